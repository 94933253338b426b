package app_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"hallpass/app"
	"hallpass/config"
	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/sandbox/okta"
	"hallpass/sandbox/slack"
	"hallpass/store"
)

// past is a town in which a lot happens after a copy of its database was taken.
type past struct {
	*town
	plan   plan
	groups []string // the ids of things that everybody gets at once
	before map[string]bool
}

var everybody = []sandbox.Person{ana, ben, caro, dev, eve, finn}

// things is how many things there are beside Acme's own.
const things = 14

func thing(i int) string { return fmt.Sprintf("lab-%02d", i) }

// oldTown is one whose calls are given up soon, as a recovery waits for those that were lost.
func oldTown(t *testing.T, edit func(string) string) *past {
	p := &past{plan: plan{call: time.Second, edit: func(text string) string {
		text = strings.Replace(text, "in_total: 40h per 7d}", "in_total: 160h per 7d, extend: {times: 2, by: 2h}}", 1)
		text = strings.Replace(text, "help: {", "limits: {pending: 100, per_day: 200}\nhelp: {", 1)
		if edit != nil {
			text = edit(text)
		}
		return text
	}}}
	p.plan.fill = func(c *sandbox.Company) {
		for i := range things {
			id := fmt.Sprintf("00glab%014d", i)
			p.groups = append(p.groups, id)
			if err := c.Okta.AddGroup(okta.Group{ID: id, Name: thing(i), Profile: map[string]any{"jitTags": "env=staging"}}); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 3 { // there before, and stays
			if err := c.Okta.AddMember(p.groups[i], finn.Okta); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.town = settle(t, p.plan)
	p.before = p.members()
	return p
}

// members are all that Okta has, as "group person".
func (p *past) members() map[string]bool {
	out := map[string]bool{}
	for _, g := range append(slices.Clone(p.groups), sandbox.ProdDBGroup, sandbox.AnalyticsReadGroup) {
		for _, who := range sandbox.People() {
			if who.Okta != "" && p.c.Okta.IsMember(g, who.Okta) {
				out[g+" "+who.Name] = true
			}
		}
	}
	return out
}

// n-th pair of a person and a thing.
func (p *past) pair(n int) (who sandbox.Person, group int) {
	return everybody[n%len(everybody)], n / len(everybody)
}

func (p *past) asksFor(n int) {
	p.Helper()
	who, g := p.pair(n)
	p.asks(who, thing(g)+" for 1h")
}

func (p *past) has(from, to int) {
	p.Helper()
	for n := from; n < to; n++ {
		who, g := p.pair(n)
		p.isMember(p.groups[g], who)
	}
}

func (p *past) card(n int) (sandbox.Person, slack.Message) {
	p.Helper()
	who, g := p.pair(n)
	return who, p.gets(who, "You have "+thing(g)+" (member) until", "Give back")
}

func (p *past) givesBack(n int) {
	p.Helper()
	who, card := p.card(n)
	p.press(who, card, "give_back")
}

func (p *past) extends(n int) {
	p.Helper()
	who, card := p.card(n)
	p.press(who, card, "extend")
	p.fills(who, "duration", slack.Chosen("2 h"))
	if wrong := p.sends(who); wrong != "" {
		p.Fatal(wrong)
	}
}

// backup copies the database of the running program.
func (p *past) backup(to string) {
	p.Helper()
	if _, err := store.Backup(p.Context(), "sqlite:"+filepath.Join(p.dir, "hallpass.db"), to); err != nil {
		p.Fatal(err)
	}
}

// putBack puts a copy in the place of the database of a program that has stopped.
func (p *past) putBack(from string) {
	p.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		p.Fatal(err)
	}
	path := filepath.Join(p.dir, "hallpass.db")
	for _, rest := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + rest); err != nil && !os.IsNotExist(err) {
			p.Fatal(err)
		}
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		p.Fatal(err)
	}
}

// comes waits for something to be true in the store, also while that is away for a moment.
func (p *past) comes(what string, ready func(flows.Tx) (bool, error)) {
	p.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(patience); ; {
		ok := false
		err := p.app.Store().View(p.Context(), func(tx flows.Tx) (err error) { ok, err = ready(tx); return err })
		if ok && err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			p.Fatalf("%s did not come true in the store within %s (%v)", what, patience, err)
		}
	}
}

func recovering(tx flows.Tx) (bool, error) {
	r, err := flows.ReadRecovery(tx)
	return r != nil, err
}

func (p *past) recovered() {
	p.Helper()
	p.comes("the recovery is over", func(tx flows.Tx) (bool, error) {
		r, err := flows.ReadRecovered(tx)
		now, nowErr := recovering(tx)
		if err == nil {
			err = nowErr
		}
		return r != nil && !now, err
	})
}

// everythingEnds lets time go by until nobody should have anything, and asserts that Okta has what it had before.
func (p *past) everythingEnds() {
	p.Helper()
	defer p.sayWhatIsLeft()
	p.later(16 * time.Minute)
	p.later(9 * time.Hour)
	p.comes("every lease is over", func(tx flows.Tx) (bool, error) {
		list, err := tx.Grants(flows.GrantFilter{States: []flows.GrantState{flows.Waiting, flows.Granting, flows.Active, flows.Revoking}})
		for _, g := range list {
			if g.State == flows.Active && g.Ends.After(tx.Now()) { // what was on its way until now began only now
				p.later(g.Ends.Sub(tx.Now()))
				break
			}
		}
		return len(list) == 0, err
	})
	p.comes("every holding is closed", func(tx flows.Tx) (bool, error) {
		list, err := tx.Holdings(flows.HoldingFilter{OpenOnly: true})
		return len(list) == 0, err
	})
	after := p.members()
	for m := range after {
		if !p.before[m] {
			p.Errorf("left without an end: %s", m)
		}
	}
	for m := range p.before {
		if !after[m] {
			p.Errorf("taken away though it was there before: %s", m)
		}
	}
}

// sayWhatIsLeft prints, for a story that failed, the leases that are not over, their holdings, and what is still to be done.
func (p *past) sayWhatIsLeft() {
	if !p.Failed() {
		return
	}
	_ = p.app.Store().View(context.Background(), func(tx flows.Tx) error {
		p.Logf("it is %s, on the machine %s", tx.Now(), tx.Real())
		grants, err := tx.Grants(flows.GrantFilter{States: []flows.GrantState{flows.Waiting, flows.Granting, flows.Active, flows.Revoking}})
		for _, g := range grants {
			p.Logf("%+v", *g)
			if h, err := tx.Holding(g.Holding); err == nil {
				p.Logf("%+v", *h)
			}
		}
		if err != nil {
			return err
		}
		intents, err := tx.Intents(flows.IntentFilter{})
		for _, i := range intents {
			p.Logf("%+v", i)
		}
		return err
	})
}

// A copy is taken while the program works; then 50 grants, 20 ends and 5 extensions happen, and more is under way when the copy is put back. None of
// them is left without an end, what was there before stays, and nobody is given anything anew.
func TestAnOlderDatabaseIsMadeGood(t *testing.T) {
	t.Parallel()
	p := oldTown(t, nil)
	copied := filepath.Join(t.TempDir(), "copy.db")
	for n := range 12 {
		p.asksFor(n)
	}
	p.has(0, 10)
	p.asksFor(12)
	p.backup(copied) // while what was asked last is on its way
	p.has(0, 13)
	given := len(p.entries(flows.ActGiven))
	for n := 13; n < 66; n++ {
		p.asksFor(n)
	}
	p.has(13, 66)
	for n := range 5 {
		p.extends(2 * n)
	}
	p.comes("five extensions", func(tx flows.Tx) (bool, error) {
		list, err := tx.Entries(flows.EntryFilter{Actions: []flows.Action{flows.ActExtended}})
		return len(list) == 2*5, err // told of the request and of what it extends
	})
	for n := range 8 { // four of them are known to the copy
		p.givesBack(2*n + 1)
	}
	for n := 40; n < 52; n++ {
		p.givesBack(n)
	}
	p.comes("twenty ends", func(tx flows.Tx) (bool, error) {
		list, err := tx.Grants(flows.GrantFilter{States: []flows.GrantState{flows.Ended}})
		return len(list) == 20, err
	})
	if n := len(p.entries(flows.ActGiven)) - given; n < 50 {
		t.Fatalf("%d grants after the copy", n)
	}
	numbers := len(p.entries(flows.ActAsked))
	for n := 66; n < 72; n++ {
		p.asksFor(n)
	}
	p.stop() // in the middle of it
	p.putBack(copied)
	writes := len(p.c.Okta.History())
	p.start(p.plan)
	p.recovered()
	for _, c := range p.c.Okta.History()[writes:] {
		if c.Added && c.ByAPI {
			t.Errorf("%s was put into %s while or after recovering", c.User, c.Group)
		}
	}
	p.until("the admins are told", p.c.Slack.Wait, func() bool {
		all := strings.Join(p.alarms(), "\n")
		return has(all, "Hallpass’s database is older than what was done with it: its log ends with entry", "Hallpass knows again what it did; new access is given again.")
	})
	p.asks(ana, "analytics-read for 1h")
	p.gets(ana, "You have analytics-read (member) until")
	list := p.entries(flows.ActAsked)
	if last := list[len(list)-1].Request; int(last) <= numbers+6 {
		t.Errorf("%s was given twice", last)
	}
	p.everythingEnds()
	p.done()
}

// What a program does with its witness at its start, before it writes anything.
func TestTheWitnessIsLookedAtFirst(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	w.asks(finn, "analytics-read for 1h")
	w.gets(finn, "You have analytics-read (member)")
	copied := filepath.Join(t.TempDir(), "copy.db")
	p := &past{town: w}
	p.backup(copied)
	w.asks(ana, "analytics-read for 1h")
	w.gets(ana, "You have analytics-read (member)")
	w.stop()
	file := filepath.Join(w.dir, "witness")
	newest, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(w.dir, "hallpass.db"))
	if err != nil {
		t.Fatal(err)
	}
	database := filepath.Join(t.TempDir(), "whole.db")
	if err := os.WriteFile(database, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(newest), "\n")
	seq, hash, _ := strings.Cut(head, " ")
	for name, c := range map[string]struct {
		database string // the newest where empty, none where "none"
		witness  string // none where empty
		why      string // not recovering where empty
	}{
		"as it was":                    {database, string(newest), ""},
		"as the release before had it": {database, head + "\n", ""},
		"ahead":                        {copied, string(newest), "and entry " + seq + " was there before"},
		"ahead, of the release before": {copied, head + "\n", "and entry " + seq + " was there before"},
		"another entry":                {database, seq + " " + strings.Repeat("a", 64) + "\n", "entry " + seq + " of its log is not the one that was there before"},
		"missing":                      {database, "", "is not there"},
		"torn":                         {database, string(newest[:len(newest)/2]), "cannot be read (it is torn)"},
		"changed":                      {database, strings.Replace(string(newest), hash[:6], "000000", 1), "cannot be read (it is torn)"},
		"empty":                        {database, " ", "cannot be read (it is torn)"},
		"a new database":               {"none", string(newest), "that of another database"},
		"everything new":               {"none", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.Remove(filepath.Join(w.dir, "hallpass.db")); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if c.database != "none" {
				p.putBack(c.database)
			}
			if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if c.witness != "" {
				if err := os.WriteFile(file, []byte(c.witness), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for start := range 2 { // it lasts over a restart
				why := whyRecovering(t, w)
				if (c.why == "") != (why == "") || !strings.Contains(why, c.why) {
					t.Errorf("start %d: recovering because %q, want %q", start+1, why, c.why)
				}
			}
			if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), "installation ") {
				t.Errorf("the witness is %q now, %v", text, err)
			}
		})
	}
}

// A program that dies as soon as it has begun must not look like one whose witness was taken away.
func TestTheLogDoesNotGrowBeforeItHasAWitness(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	w.stop()
	file := filepath.Join(w.dir, "witness")
	for _, f := range []string{file, filepath.Join(w.dir, "hallpass.db")} {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	set, err := config.Load(w.dir+"/config.yaml", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	grown := 0
	a, err := app.New(t.Context(), app.Options{Config: set, Clock: w.time, Log: zerolog.Nop(), Witness: func(head flows.Head) {
		grown++
		if _, err := os.Stat(file); err != nil {
			t.Errorf("the log has %d entries, and there is no witness: %v", head.Seq, err)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil || grown == 0 {
		t.Errorf("the log grew %d times, %v", grown, err)
	}
}

// whyRecovering makes the program, without running it.
func whyRecovering(t *testing.T, w *town) string {
	t.Helper()
	set, err := config.Load(w.dir+"/config.yaml", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), app.Options{Config: set, Clock: w.time, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	var r *flows.Recovery
	if err := a.Store().View(t.Context(), func(tx flows.Tx) (err error) { r, err = flows.ReadRecovery(tx); return err }); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if r == nil {
		return ""
	}
	return r.Why
}

// An admin of the machine has everything looked at, beside nobody, with the command's own verb.
func TestRecoverByHand(t *testing.T) {
	t.Parallel()
	p := oldTown(t, func(text string) string { return strings.Replace(text, "witness: {file: witness}\n", "", 1) })
	copied := filepath.Join(t.TempDir(), "copy.db")
	p.backup(copied)
	p.asksFor(0)
	p.has(0, 1)
	p.stop()
	p.putBack(copied)
	set, err := config.Load(p.dir+"/config.yaml", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set.Timing.CallTimeout = p.plan.call
	recover := func(want app.Recovering) (said []string) {
		want.Say = func(words string) { said = append(said, words) }
		if err := app.Recover(t.Context(), app.Options{Config: set, Clock: p.time, Log: zerolog.Nop(), LogLag: time.Millisecond, Landing: time.Millisecond}, want); err != nil {
			t.Fatal(err)
		}
		return said
	}
	if said := recover(app.Recovering{}); len(said) != 1 || said[0] != "There is nothing to recover: the database holds what its witness saw." {
		t.Errorf("without a witness it says %q", said)
	}
	said := recover(app.Recovering{Since: monday})
	if len(said) != 3 || !has(said[0], "Recovering since", "an admin wants it") || !has(said[2], "1 access was found that nothing explains: each ends by itself unless an admin keeps it.") {
		t.Errorf("it says %q", said)
	}
	p.start(p.plan)
	p.gets(ana, "You have lab-00 (member) until", "no longer knows who agreed to this")
	p.everythingEnds()
	p.done()
}

// A witness that cannot be written is told to the admins, and holds nothing up.
func TestAWitnessThatCannotBeWrittenIsTold(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{edit: with("witness: {file: witness}", "witness: {file: no-such-folder/witness}")})
	w.until("the admins are told", w.c.Slack.Wait, func() bool {
		return slices.ContainsFunc(w.alarms(), func(s string) bool {
			return strings.Contains(s, "The witness cannot be written, so an older database would not be noticed:")
		})
	})
	w.asks(finn, "analytics-read for 1h")
	w.gets(finn, "You have analytics-read (member)")
	if n := len(w.alarms()); n != 1 {
		t.Errorf("told %d times", n)
	}
	w.done()
}
