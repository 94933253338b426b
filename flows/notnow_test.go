package flows_test

import (
	"testing"
	"time"

	"hallpass/flows"
)

// stopped is a world in which nothing new is given while the text that it returns is not empty.
func stopped(t *testing.T, spec flows.FlowSpec) (*world, *string) {
	t.Helper()
	why := new(string)
	w := emptyWorld(t)
	w.set.NotNow = []flows.NotNow{func(flows.Tx) (string, error) { return "", nil }, func(flows.Tx) (string, error) { return *why, nil }}
	w.begin(spec)
	return w, why
}

const noTime = "Hallpass’s clock does not agree with Okta’s"

func TestWhileNothingIsGivenEndsGoOn(t *testing.T) {
	w, why := stopped(t, automatic())
	runs := w.ask(ana, time.Hour)
	*why = noTime
	waits := w.ask(ben, time.Hour)
	is(t, "agreed to", w.request(waits.ID).State, flows.Approved)
	is(t, "and waits", w.grant(waits.ID).State, flows.Waiting)
	is(t, "saying why", w.grant(waits.ID).Late, noTime)
	revision := w.request(waits.ID).Revision
	w.pass(time.Hour + time.Minute)
	is(t, "an end comes", w.grant(runs.ID).State, flows.Ended)
	is(t, "taken away", w.target.has(prodKey, ana), false)
	is(t, "nothing given", w.target.has(prodKey, ben), false)
	is(t, "said once", w.request(waits.ID).Revision, revision)
	*why = ""
	w.pass(20 * time.Second)
	is(t, "then it is given", w.grant(waits.ID).State, flows.Active)
	is(t, "for its whole time", w.grant(waits.ID).Ends.Sub(w.grant(waits.ID).Started), time.Hour)
	is(t, "and is not late any more", w.grant(waits.ID).Late, "")
}

func TestWhileNothingIsGivenNothingIsExtended(t *testing.T) {
	w, why := stopped(t, automatic())
	g := w.grant(w.ask(ana, time.Hour).ID)
	*why = noTime
	x, err := w.engine.Ask(w.ctx, w.actor(ana), flows.Draft{Extends: g.ID, Duration: time.Hour, Reason: "not done yet"})
	w.must(err)
	w.pass(time.Minute)
	is(t, "the end stays", w.grant(g.Request).Ends, g.Ends)
	is(t, "and says why", w.request(x.ID).Trouble, noTime)
	*why = ""
	w.pass(time.Minute)
	is(t, "then it is extended", w.grant(g.Request).Ends, g.Ends.Add(time.Hour))
}

// A grant whose answer was lost is looked for while nothing is given: what came of it is recorded, so that it ends; what did not is not sent again.
func TestWhileNothingIsGivenALostGrantIsFoundAndNotRepeated(t *testing.T) {
	for name, landed := range map[string]bool{"landed": true, "lost for good": false} {
		t.Run(name, func(t *testing.T) {
			w, why := stopped(t, automatic())
			w.target.lose = 1
			r := w.ask(ana, time.Hour)
			is(t, "being given", w.grant(r.ID).State, flows.Granting)
			*why = noTime
			w.target.members[prodKey][ana] = landed
			w.pass(time.Minute)
			want := flows.Granting
			if landed {
				want = flows.Active
			}
			is(t, "state", w.grant(r.ID).State, want)
			is(t, "there", w.target.has(prodKey, ana), landed)
		})
	}
}
