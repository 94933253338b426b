package flows

import (
	"slices"
	"time"
)

// Planning is what our own reads of a shift's plan say of the asker at this moment. Company time.
type Planning struct {
	Since time.Time // since when each read has had them on it for this moment; zero: the last one did not, or it is too old to count
	Read  time.Time // when the plan was last read; zero: never
	// Old is set when that was too long ago, so that nothing is known.
	Old bool
}

// How long a shift must have been known, at least and at most, where a flow says so.
const (
	LeastKnownFor = time.Hour
	MostKnownFor  = 7 * 24 * time.Hour
)

func knownFor(d time.Duration) time.Duration {
	if d == 0 {
		return DefaultKnownFor
	}
	return d
}

// plansOf reads since when the one it is for has been planned, for this moment, on the shifts that could do without a human.
func (e *Engine) plansOf(tx Tx, w *work) (map[Shift]Planning, error) {
	out, about := map[Shift]Planning{}, Policy{}
	for _, f := range []*Flow{w.asked, w.cover.Flow} {
		if f != nil {
			about.Flows = append(about.Flows, f)
		}
	}
	for s := range about.plans() {
		state, err := tx.Sync(planKey(s))
		if err != nil {
			return nil, err
		}
		turns, err := tx.Turns(s)
		if err != nil {
			return nil, err
		}
		age := e.clock.Company().Sub(state.Complete)
		p := Planning{Read: state.Complete, Old: state.Complete.IsZero() || age > planLasts || age < 0}
		for _, t := range turns {
			if t.Person == w.request.For && !p.Old && !tx.Now().Before(t.From) && tx.Now().Before(t.To) {
				p.Since = t.Since
			}
		}
		out[s] = p
	}
	return out, nil
}

// asPlanned takes everybody who is on a shift to have been planned for as long as any flow can ask.
func (f *Facts) asPlanned() {
	f.Local.Plans = map[Shift]Planning{}
	for s := range f.Shifts {
		f.Local.Plans[s] = Planning{Since: f.Local.Now.Add(-MostKnownFor), Read: f.Local.Now}
	}
}

// known reports whether the asker's time on a shift was planned so long ago.
func (l Local) known(s Shift, d time.Duration) bool {
	p := l.Plans[s]
	return !p.Since.IsZero() && l.Now.Sub(p.Since) >= knownFor(d)
}

// surelyAmong reports whether the asker is one of these people, and a shift only where it was planned for long enough; then it is named.
// What does not answer is no. Whoever needs no shift leans on none.
func surelyAmong(list []Selector, f *Facts) (in bool, on []Selector) {
	for _, s := range list {
		switch yes, trouble := s.covers(f); {
		case !yes || trouble != "":
		case !s.isShift():
			return true, nil
		case on == nil && f.Local.known(*s.Shift, s.KnownFor):
			on = []Selector{s}
		}
	}
	return on != nil, on
}

// surely reports whether a flow covers the asker for as much as that takes where no human decides. Only a shift needs more than to be on it.
func (w Who) surely(f *Facts) (in bool, on []Selector) {
	if !slices.ContainsFunc(w.Any, Selector.isShift) {
		return true, nil
	}
	return surelyAmong(w.Any, f)
}

func (s Selector) isShift() bool { return s.Kind == SelectShift }

// shifts are the shift of a condition, if it has one.
func (c Condition) shifts() []Selector {
	if c.Shift == nil {
		return nil
	}
	return []Selector{{Kind: SelectShift, Shift: c.Shift, KnownFor: c.KnownFor}}
}

// words names a shift for people: "SRE primary", or the schedule's id.
func (s Shift) words(names map[Shift]string) string { return firstNonEmpty(names[s], s.Schedule) }

// letsSome reports whether an approval lets anybody through without a human.
func (a Approval) letsSome() bool {
	return a.Automatic || len(a.AutomaticIf) > 0 || len(a.Exempt) > 0
}

// approvals are the flow's own and those of its overrides.
func (f FlowSpec) approvals() []Approval {
	out := []Approval{f.Approval}
	for _, o := range f.ForGroups {
		if o.Approval != nil {
			out = append(out, *o.Approval)
		}
	}
	return out
}

func (f FlowSpec) letsSome() bool {
	return !f.Deny && slices.ContainsFunc(f.approvals(), Approval.letsSome)
}

// plans are the shifts by which a policy lets somebody through without a human, each with the longest time that one must have been known.
func (p *Policy) plans() map[Shift]time.Duration {
	out := map[Shift]time.Duration{}
	add := func(list []Selector) {
		for _, s := range list {
			if s.isShift() {
				out[*s.Shift] = max(out[*s.Shift], knownFor(s.KnownFor))
			}
		}
	}
	for _, f := range p.Flows {
		if !f.letsSome() {
			continue
		}
		add(f.Who.Any)
		for _, a := range f.approvals() {
			add(a.Exempt)
			for _, c := range a.AutomaticIf {
				add(c.shifts())
			}
		}
	}
	return out
}
