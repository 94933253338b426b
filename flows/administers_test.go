package flows_test

import (
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

// power is what the members of prod-db administer in these stories.
var power = map[string]string{prodDB.ID: "Group Administrator"}

func TestAGroupThatAdministersTheDirectoryCannotBeAskedFor(t *testing.T) {
	opened := oneStep()
	opened.What[0].Guarded = true
	for name, c := range map[string]struct {
		flow   flows.FlowSpec
		powers map[string]string
		fail   error
		reads  string
	}{
		"it does":                      {flow: oneStep(), powers: power, reads: "That is nothing that you can ask for. Ask #access-help."},
		"it does not":                  {flow: oneStep()},
		"another one does":             {flow: oneStep(), powers: map[string]string{"00gcache": "Group Administrator"}},
		"a line says guarded":          {flow: opened, powers: power},
		"whether it does is not known": {flow: oneStep(), fail: noScope, reads: "so we can’t tell what you may ask for. Try again in a minute."},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.flow)
			w.people.powers, w.people.failPowers = c.powers, c.fail
			d := flows.Draft{Resource: prodDB, Duration: time.Hour, Reason: "replay failed payments"}
			_, offered := w.engine.Offer(w.ctx, ana, prodDB, "")
			checked := w.engine.CheckDraft(w.ctx, ana, d)
			r, asked := w.engine.Ask(w.ctx, w.actor(ana), d)
			for what, err := range map[string]error{"the form": offered, "the check": checked, "asking": asked} {
				if (err == nil) != (c.reads == "") || err != nil && !strings.Contains(err.Error(), c.reads) {
					t.Errorf("%s: %v, want %q", what, err, c.reads)
				}
			}
			if asked == nil {
				is(t, "two admins decide too", r.Guarded, c.powers[prodDB.ID] != "")
			}
		})
	}
}

// What a group has come to administer while somebody waited for it counts when it would be given.
func TestNobodyGetsIntoAGroupThatAdministersByNow(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	w.people.powers = power
	w.press(caro, r.ID, true)
	w.pass(time.Minute)
	is(t, "given", w.target.has(prodKey, ana), false)
}

func TestWhatAGroupAdministersIsWaitedFor(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	w.people.failPowers = &flows.CallError{Outcome: flows.OutcomeLater, Sentence: "Okta does not answer"}
	w.press(caro, r.ID, true)
	w.pass(time.Minute)
	is(t, "given while it is not known", w.target.has(prodKey, ana), false)
	w.people.failPowers = nil
	w.pass(2 * time.Minute)
	is(t, "given once it is", w.target.has(prodKey, ana), true)
}

func TestTheTreeSaysWhatAGroupAdministers(t *testing.T) {
	w := newWorld(t, oneStep())
	w.people.powers = power
	x, err := w.engine.Explain(w.ctx, ana, prodDB, "", time.Hour, time.Time{})
	w.must(err)
	same(t, "for admins", strings.Split(strings.TrimSpace(x.String()), "\n")[1:], []string{"  ✗ guarded: its members administer the directory (Group Administrator)"})
}

func TestTheScopeThatIsMissingForRolesIsSaid(t *testing.T) {
	w := newWorld(t, oneStep())
	w.people.failPowers = &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: "Grant the service app the scope okta.roles.read"}
	var said []string
	for _, d := range w.engine.Doubts(w.ctx) {
		said = append(said, d.Sentence)
	}
	const sentence = "Okta does not say which groups administer it, so nobody can be given any. Grant the service app the scope okta.roles.read."
	same(t, "at the start", said, []string{sentence})
	w.sync()
	w.sync()
	same(t, "while it runs, once", w.alarms(), []string{sentence})
}
