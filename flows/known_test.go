package flows_test

import (
	"testing"
	"time"

	"hallpass/flows"
)

// onShift lets whoever is on call have it at once, and has one of the owners decide for others.
func onShift() flows.FlowSpec {
	s := oneStep()
	s.Approval.AutomaticIf = []flows.Condition{{Shift: onCall().Shift}}
	return s
}

// rota is a story about the plan of one shift, on whose live answer Ana always is.
type rota struct {
	*world
	start time.Time
}

func newRota(t *testing.T, spec flows.FlowSpec) *rota {
	w := emptyWorld(t)
	r := &rota{w, w.clock.Company()}
	w.shifts.on = []flows.Duty{{Email: "ana@acme.example", Level: 1, Until: r.start.Add(48 * time.Hour)}}
	w.begin(spec)
	return r
}

// at lets time go by until so many hours after the start.
func (r *rota) at(hours float64) {
	r.clock.pass(r.start.Add(time.Duration(hours * float64(time.Hour))).Sub(r.clock.Company()))
}

// reads has Hallpass read a plan: pairs of hours between which Ana is on it.
func (r *rota) reads(hours ...float64) {
	r.t.Helper()
	r.shifts.plan = nil
	for i := 0; i+1 < len(hours); i += 2 {
		r.shifts.plan = append(r.shifts.plan, flows.Planned{Email: "ana@acme.example", From: r.start.Add(time.Duration(hours[i] * float64(time.Hour))),
			To: r.start.Add(time.Duration(hours[i+1] * float64(time.Hour)))})
	}
	r.look()
}

func (r *rota) look() {
	r.t.Helper()
	r.must(r.engine.Sync(r.ctx, flows.PlanWork, 0).Err)
}

// asks is what becomes of Ana's request now.
func (r *rota) asks() *flows.Request {
	r.t.Helper()
	q, err := r.engine.Ask(r.ctx, r.actor(ana), flows.Draft{Resource: prodDB, Duration: time.Hour, Reason: "replay failed payments"})
	r.must(err)
	return r.request(q.ID)
}

func tooNew(n *flows.NotAtOnce) flows.NotAtOnce {
	if n == nil {
		return flows.NotAtOnce{}
	}
	return *n
}

func TestAShiftDoesWithoutAHumanOnlyAsPlannedLongAgo(t *testing.T) {
	since := func(hours float64) *flows.NotAtOnce {
		at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC).Add(time.Duration(hours * float64(time.Hour)))
		return &flows.NotAtOnce{Shift: "SRE primary", Since: at, Wanted: 12 * time.Hour}
	}
	notThere := &flows.NotAtOnce{Shift: "SRE primary", Wanted: 12 * time.Hour}
	unread := &flows.NotAtOnce{Shift: "SRE primary", Unread: true, Wanted: 12 * time.Hour}
	for name, c := range map[string]struct {
		story func(r *rota)
		want  *flows.NotAtOnce // nil: at once
	}{
		"planned since yesterday":                 {func(r *rota) { r.at(1); r.reads(8, 20); r.at(13); r.reads(8, 20) }, nil},
		"planned a moment too short":              {func(r *rota) { r.at(1); r.reads(0, 24); r.at(12.9); r.reads(0, 24) }, since(1)},
		"an override that no read has seen":       {func(r *rota) { r.at(1); r.reads(); r.at(13); r.reads(); r.at(13.1) }, notThere},
		"an override that the last read has seen": {func(r *rota) { r.at(1); r.reads(); r.at(13); r.reads(12, 24) }, since(13)},
		"taken off and put back": {func(r *rota) {
			r.at(1)
			r.reads(0, 48)
			r.at(6)
			r.reads(20, 48)
			r.at(7)
			r.reads(0, 48)
			r.at(15)
			r.reads(0, 48)
		}, since(7)},
		"taken off and put back, long ago": {func(r *rota) {
			r.at(1)
			r.reads(0, 48)
			r.at(6)
			r.reads()
			r.at(7)
			r.reads(0, 48)
			r.at(18)
			r.reads(0, 48)
			r.at(19)
			r.reads(0, 48)
		}, nil},
		"written in other pieces": {func(r *rota) {
			r.at(1)
			r.reads(0, 24)
			r.at(6)
			r.reads(0, 10, 10, 24)
			r.at(12)
			r.reads(5, 14, 13, 30)
			r.at(13)
			r.reads(0, 24)
		}, nil},
		"the part that was added later": {func(r *rota) {
			r.at(1)
			r.reads(0, 13)
			r.at(11)
			r.reads(0, 24)
			r.at(13.5)
			r.reads(0, 24)
		}, since(11)},
		"the part that was there before": {func(r *rota) {
			r.at(1)
			r.reads(0, 14)
			r.at(11)
			r.reads(0, 24)
			r.at(13.5)
			r.reads(0, 24)
		}, nil},
		"nothing was ever read":             {func(r *rota) { r.at(13) }, unread},
		"the plan has not been read lately": {func(r *rota) { r.at(1); r.reads(0, 24); r.at(14) }, unread},
		"an outage of some hours": {func(r *rota) {
			r.at(1)
			r.reads(0, 24)
			r.at(4)
			r.shifts.down = true
			r.look()
			r.at(13)
			r.shifts.down = false
			r.reads(0, 24)
		}, nil},
		"a failed read says nothing": {func(r *rota) {
			r.shifts.down = true
			r.at(1)
			r.look()
			r.at(12)
			r.shifts.down = false
			r.reads(0, 24)
			r.at(13)
			r.reads(0, 24)
		}, since(12)},
		"an outage of a day":  {func(r *rota) { r.at(1); r.reads(0, 48); r.at(25); r.reads(0, 48) }, since(25)},
		"the clock went back": {func(r *rota) { r.at(1); r.reads(0, 48); r.at(13.5); r.reads(0, 48); r.clock.pass(-30 * time.Minute) }, unread},
		"permanently on call": {func(r *rota) {
			r.shifts.plan = []flows.Planned{{Email: "ana@acme.example"}}
			for h := range 14 {
				r.at(float64(h + 1))
				r.look()
			}
		}, nil},
		"the address has come to be hers": {func(r *rota) {
			r.at(1)
			r.shifts.plan = []flows.Planned{{Email: "oncall@acme.example"}}
			r.look()
			r.at(13)
			r.look()
			p := r.people.all[ana]
			p.Email = "oncall@acme.example"
			r.people.all[ana], r.shifts.on[0].Email = p, p.Email
			r.look()
		}, since(13)},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRota(t, onShift())
			c.story(r)
			got := r.asks()
			is(t, "not at once", tooNew(got.NotAtOnce), tooNew(c.want))
			is(t, "approved", got.State == flows.Approved, c.want == nil)
		})
	}
}

func TestByWhatAShiftCanDoWithoutAHuman(t *testing.T) {
	by := func(change func(s *flows.FlowSpec)) flows.FlowSpec {
		s := oneStep()
		change(&s)
		return s
	}
	onlyOnCall := func(s *flows.FlowSpec) { s.Who.Any = []flows.Selector{onCall()} }
	both := func(s *flows.FlowSpec) { s.Who.Any = append([]flows.Selector{onCall()}, s.Who.Any...) }
	auto := func(s *flows.FlowSpec) {
		s.Approval = flows.Approval{Automatic: true, Fallback: []flows.Selector{group("security")}}
	}
	for name, c := range map[string]struct {
		spec     flows.FlowSpec
		new, old bool // whether it is given at once: as the shift is new to us, as it was planned
	}{
		"a condition": {onShift(), false, true},
		"a condition, and a time too long": {by(func(s *flows.FlowSpec) {
			s.Approval.AutomaticIf = []flows.Condition{{Shift: onCall().Shift, AtMost: time.Minute}}
		}), false, false},
		"an exemption":             {by(func(s *flows.FlowSpec) { s.Approval.Exempt = []flows.Selector{onCall()} }), false, true},
		"covered by it, automatic": {by(func(s *flows.FlowSpec) { onlyOnCall(s); auto(s) }), false, true},
		"covered by it, exempt":    {by(func(s *flows.FlowSpec) { onlyOnCall(s); s.Approval.Exempt = []flows.Selector{inGroup("engineering")} }), false, true},
		"covered by it, in a group": {by(func(s *flows.FlowSpec) {
			onlyOnCall(s)
			s.Approval.AutomaticIf = []flows.Condition{{Group: "engineering"}}
		}), false, true},
		"covered by it, people decide": {by(onlyOnCall), false, false},
		"covered otherwise too":        {by(func(s *flows.FlowSpec) { both(s); auto(s) }), true, true},
		"covered by it, an override for engineering": {by(func(s *flows.FlowSpec) {
			onlyOnCall(s)
			s.ForGroups = []flows.Override{{Group: "engineering", Approval: &flows.Approval{Automatic: true}}}
		}), false, true},
		"six hours are enough": {by(func(s *flows.FlowSpec) {
			s.Approval.AutomaticIf = []flows.Condition{{Shift: onCall().Shift, KnownFor: 6 * time.Hour}}
		}), false, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRota(t, c.spec)
			r.at(1)
			r.reads(0, 48)
			is(t, "while it is new", r.asks().State == flows.Approved, c.new)
			r.at(7)
			r.reads(0, 48)
			if name != "six hours are enough" {
				r.at(13)
				r.reads(0, 48)
			}
			is(t, "as planned", r.asks().State == flows.Approved, c.old)
		})
	}
}

func TestWhatWaitedIsGivenOnceTheShiftIsKnownForLongEnough(t *testing.T) {
	r := newRota(t, onShift())
	r.at(1)
	r.reads(0, 48)
	q := r.asks()
	is(t, "people are asked", q.State, flows.Pending)
	r.at(12.9)
	r.run()
	is(t, "still", r.request(q.ID).State, flows.Pending)
	r.at(13.1)
	r.run()
	is(t, "then not", r.request(q.ID).State, flows.Approved)
	is(t, "with the record of why", r.entry(q.ID, flows.ActRequestOK)["why"], "automatic: on call for SRE primary, as planned for 12 h")
	is(t, "and of the shift", r.entry(q.ID, flows.ActRequestOK)["shift"], "shift:pagerduty/PSRE01/0")
	is(t, "and since when", r.entry(q.ID, flows.ActRequestOK)["planned since"], "2026-03-02T13:00:00Z")
}

func (w *world) entry(id flows.RequestID, action flows.Action) map[string]string {
	w.t.Helper()
	var list []flows.Entry
	w.view(func(tx flows.Tx) (err error) {
		list, err = tx.Entries(flows.EntryFilter{Request: id, Actions: []flows.Action{action}})
		return err
	})
	if len(list) == 0 {
		w.t.Fatalf("the log holds no %q of %s", action, id)
	}
	return list[len(list)-1].Data
}

// The last look before the grant sees the same as the first. What does not answer waits; a shift that was taken away goes to people.
func TestAShiftIsLookedAtAgainJustBeforeTheGrant(t *testing.T) {
	for name, c := range map[string]struct {
		between func(r *rota)
		want    flows.RequestState
		given   bool
	}{
		"nothing happens":           {func(*rota) {}, flows.Approved, true},
		"PagerDuty falls silent":    {func(r *rota) { r.shifts.down = true }, flows.Approved, false},
		"somebody else takes over":  {func(r *rota) { r.shifts.on = nil }, flows.Pending, false},
		"the plan is another one":   {func(r *rota) { r.reads() }, flows.Pending, false},
		"the plan is old meanwhile": {func(r *rota) { r.must(r.stale()) }, flows.Approved, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRota(t, onShift())
			r.at(1)
			r.reads(0, 48)
			r.at(13)
			r.reads(0, 48)
			q := r.asks()
			is(t, "at first", q.State, flows.Approved)
			c.between(r)
			for range 20 { // a lookup that fails is tried again for ever
				r.step()
			}
			is(t, "then", r.request(q.ID).State, c.want)
			is(t, "given", r.target.has(prodKey, ana), c.given)
			r.shifts.down = false
		})
	}
}

// stale has the plan read too long ago.
func (r *rota) stale() error {
	return r.store.Change(r.ctx, func(tx flows.Tx) error {
		s, err := tx.Sync("plan/pagerduty/PSRE01/0")
		if err != nil {
			return err
		}
		s.Complete = s.Complete.Add(-2 * time.Hour)
		if err := tx.PutSync(s); err != nil {
			return err
		}
		i, err := tx.Intent(flows.IntentSync, "sync/"+flows.PlanWork)
		if err != nil {
			return err
		}
		list, err := tx.Claim(flows.ClaimQuery{Owner: "a reader that hangs", Company: tx.Now(), Machine: tx.Real(), Until: tx.Real().Add(time.Hour), Limit: 100})
		for _, x := range list {
			if x.ID != i.ID && err == nil {
				_, err = tx.Finish(x, flows.Finish{Scale: x.Scale, Due: x.Due})
			}
		}
		return err
	})
}

func TestPlansAreReadForAsLongAsAFlowLeansOnThem(t *testing.T) {
	r := newRota(t, oneStep())
	open := func() bool {
		found := false
		r.view(func(tx flows.Tx) error {
			list, err := tx.Intents(flows.IntentFilter{Kind: flows.IntentSync})
			for _, i := range list {
				found = found || i.Subject == "sync/"+flows.PlanWork
			}
			return err
		})
		return found
	}
	is(t, "where people decide", open(), false)
	r.use(onShift())
	r.run()
	is(t, "where a shift does without them", open(), true)
	read := func() (at time.Time) {
		r.view(func(tx flows.Tx) error {
			s, err := tx.Sync("plan/pagerduty/PSRE01/0")
			at = s.Complete
			return err
		})
		return at
	}
	first := read()
	r.pass(14 * time.Minute)
	is(t, "not yet again", read(), first)
	r.pass(2 * time.Minute)
	is(t, "again after a quarter of an hour", read().Sub(first) >= 15*time.Minute, true)
	r.shifts.down = true
	r.pass(15 * time.Minute)
	failed := read()
	r.shifts.down = false
	r.pass(2 * time.Minute)
	is(t, "a read that failed is tried again soon", read().After(failed), true)
	r.use(oneStep())
	r.pass(20 * time.Minute)
	is(t, "and no longer", open(), false)
}
