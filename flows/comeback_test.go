package flows_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"hallpass/flows"
)

// off has Hallpass be off for so long, and start again.
func (w *world) off(d time.Duration) {
	w.t.Helper()
	w.must(w.engine.Beat(w.ctx))
	w.must(w.store.Close())
	w.clock.pass(d)
	w.reopen()
	w.must(w.engine.ComeBack(w.ctx))
}

// digests are what each person is told of a time off, as "person: R1 R2".
func (w *world) digests() (out []string) {
	w.t.Helper()
	w.view(func(tx flows.Tx) error {
		list, err := tx.Posts(flows.PostFilter{Kinds: []flows.PostKind{flows.PostDigest}})
		for _, p := range list {
			s := string(p.Person) + ":"
			for _, id := range p.Off.About {
				s += " " + id.String()
			}
			out = append(out, s)
		}
		return err
	})
	return out
}

// A weekend off, with everything that can fall due in it: an end, a request past its time, one that would have been reminded, and a start
// whose window passes.
func TestAWeekendOff(t *testing.T) {
	w := newWorld(t, automatic())
	over := w.ask(ana, 2*time.Hour)
	w.target.down = true
	until := w.clock.Company().Add(5 * time.Hour)
	named, err := w.engine.Ask(w.ctx, w.actor(caro), flows.Draft{Resource: prodDB, Until: until, Reason: "replay failed payments"})
	w.must(err)
	w.run()
	is(t, "agreed to and not begun", w.grant(named.ID).State, flows.Waiting)
	waits := oneStep()
	waits.Name = "databases"
	w.use(waits)
	lapses := w.ask(dev, time.Hour)
	long := oneStep()
	long.Name, long.Approval.Lapse, long.Approval.Remind = "patient", 7*24*time.Hour, 20*time.Hour
	w.use(long)
	asked := w.ask(ana, time.Hour)
	w.target.down = false

	before := map[flows.PersonID][]string{ana: w.told(ana), caro: w.told(caro), dev: w.told(dev)}
	w.off(64 * time.Hour)
	is(t, "the end has begun", w.grant(over.ID).State, flows.Revoking)
	is(t, "lapsed", w.request(lapses.ID).State, flows.Lapsed)
	is(t, "dropped", w.grant(named.ID).State, flows.Dropped)
	is(t, "still open", w.request(asked.ID).State, flows.Pending)
	w.pass(2 * time.Minute)
	is(t, "ended", w.grant(over.ID).State, flows.Ended)
	is(t, "gone", w.target.has(prodKey, ana), false)
	for who, had := range before {
		same(t, "no message of its own for "+string(who), w.told(who), had)
	}
	is(t, "nobody was reminded", w.reminders(ben, asked.ID), 0)
	same(t, "one digest each", w.digests(), []string{"00uana: R1", "00uben: R4", "00ucaro: R2 R4", "00udev: R3 R4"})
	same(t, "and one for the admins", w.alarms(), []string{"Hallpass was off for 2 d 16 h: 1 end came late, by up to 2 d 14 h, 1 request lapsed and 1 grant was dropped, as its time was over before it began."})
	w.clock.pass(78 * time.Hour)
	w.run()
	is(t, "later ones are", w.reminders(ben, asked.ID) > 0, true)
	is(t, "no digest more", len(w.digests()), 4)
}

func TestABreakThatIsShortIsNoTimeOff(t *testing.T) {
	w := newWorld(t, automatic())
	w.ask(ana, time.Hour)
	w.pass(50 * time.Minute)
	w.off(20 * time.Minute)
	w.pass(2 * time.Minute)
	is(t, "ended", w.grant(1).State, flows.Ended)
	is(t, "digests", len(w.digests())+len(w.alarms()), 0)
}

func TestAStoreThatNeverKnewHowLongItWasOffTellsNothing(t *testing.T) {
	w := newWorld(t, automatic())
	w.ask(ana, time.Hour)
	w.must(w.store.Close())
	w.clock.pass(10 * time.Hour)
	w.reopen()
	w.must(w.engine.ComeBack(w.ctx))
	w.pass(2 * time.Minute)
	is(t, "ended all the same", w.grant(1).State, flows.Ended)
	is(t, "digests", len(w.digests())+len(w.alarms()), 0)
}

// Killed in the middle of coming back, or started twice: it happens once.
func TestComingBackTwiceTellsOnce(t *testing.T) {
	w := newWorld(t, automatic())
	w.ask(ana, time.Hour)
	w.off(10 * time.Hour)
	w.must(w.engine.ComeBack(w.ctx))
	w.reopenAndComeBack()
	w.pass(2 * time.Minute)
	same(t, "digests", w.digests(), []string{"00uana: R1"})
	is(t, "alarms", len(w.alarms()), 1)
}

func (w *world) reopenAndComeBack() {
	w.t.Helper()
	w.must(w.store.Close())
	w.reopen()
	w.must(w.engine.ComeBack(w.ctx))
}

// byRisk are flows over groups of their own, the riskiest last.
func byRisk() (out []flows.FlowSpec) {
	for i, from := range [][]flows.Selector{nil, {owners()}, {owners(), onCall()}, {owners(), onCall(), {Kind: flows.SelectGroup, Group: "security"}}} {
		s := usual()
		s.Name, s.What = fmt.Sprintf("needs-%d", i), []flows.What{{In: "okta", Type: "group", Names: []string{fmt.Sprintf("needs-%d-*", i)}}}
		s.Approval = flows.Approval{Automatic: i == 0}
		for _, x := range from {
			s.Approval.Steps = append(s.Approval.Steps, flows.Step{All: []flows.Requirement{{From: x}}})
		}
		out = append(out, s)
	}
	return out
}

func owners() flows.Selector {
	return flows.Selector{Kind: flows.SelectGroup, Group: "database-owners"}
}

// Twelve ends fall due while nobody runs, or while Okta does not answer. They are taken away by their risk, and in the order in which they fell due
// among equals.
func TestTheRiskiestEndComesFirst(t *testing.T) {
	for name, away := range map[string]func(w *world){
		"after a weekend off": func(w *world) { w.off(64 * time.Hour) },
		"after an hour without Okta": func(w *world) {
			w.target.setDown(true)
			w.clock.pass(5 * time.Hour)
			w.run()
			w.target.setDown(false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := emptyWorld(t)
			w.set.Pending, w.set.PerDay = 0, 0
			w.target.list = nil
			for i := range 4 {
				for n := range 3 {
					w.target.list = append(w.target.list, flows.Resource{ResourceKey: riskKey(i, n), Name: fmt.Sprintf("needs-%d-%d", i, n), Permissions: []string{"member"}})
				}
			}
			w.begin(byRisk()...)
			for i := range 4 {
				for n := range 3 {
					w.askAndAgree(riskKey(i, n), time.Hour+time.Duration(n)*time.Minute)
				}
			}
			is(t, "all are given", w.count(flows.Active), 12)
			away(w)
			c := newCrew(w)
			c.work()
			c.pass(2*time.Minute, time.Second)
			is(t, "all are over", w.count(flows.Ended), 12)
			var want []string
			for i := 3; i >= 0; i-- {
				for n := range 3 {
					want = append(want, riskKey(i, n).ID)
				}
			}
			same(t, "in this order", w.target.removed, want)
		})
	}
}

func riskKey(i, n int) flows.ResourceKey {
	return flows.ResourceKey{Integration: "okta", Type: "group", ID: fmt.Sprintf("00grisk%d%d", i, n)}
}

// askAndAgree has Ana ask for something and everybody agree who is asked.
func (w *world) askAndAgree(k flows.ResourceKey, d time.Duration) {
	w.t.Helper()
	r, err := w.engine.Ask(w.ctx, w.actor(ana), flows.Draft{Resource: k, Duration: d, Reason: "the quarterly audit"})
	w.must(err)
	w.run()
	for _, who := range []flows.PersonID{caro, ben, eve} {
		if x := w.request(r.ID); x.CanDecide() && slices.ContainsFunc(x.Asked, func(a flows.Asked) bool { return a.Person == who && !a.Gone }) {
			w.press(who, r.ID, true)
		}
	}
}
