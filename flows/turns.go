package flows

// turn is how one part of what a flow says has changed: not at all, so that it surely gives more, so that it surely gives less, or
// so that it is not to be said.
type turn int

const (
	unturned turn = iota
	easier
	stricter
	otherwise
)

// turns are what has changed between two levels, part by part. Way says how easily somebody gets it at all; the other parts are
// compared where there are two.
type turns struct{ way, time, total, approval, conditions, asks turn }

func (t turns) any(x turn) bool {
	return t.way == x || t.time == x || t.total == x || t.approval == x || t.conditions == x || t.asks == x
}

// turnsOf compares two levels, with the flows behind them as they hold for the asker.
func turnsOf(from, to Level, o, n *Flow, f *Facts) (t turns) {
	switch was, is := ease[from.Way], ease[to.Way]; {
	case was < is:
		t.way = easier
	case was > is:
		t.way = stricter
	}
	if ease[from.Way] == 0 || ease[to.Way] == 0 {
		return t
	}
	t.time = timeTurn(from, to, o.HowLong, n.HowLong)
	t.asks = turnOf(from.Asks == to.Asks, whyNarrows(o.Why, n.Why), whyNarrows(n.Why, o.Why))
	if from.Way != to.Way {
		return t
	}
	if from.Way != WayAsks {
		ot, nt := HowLong{InTotal: o.HowLong.InTotal}, HowLong{InTotal: n.HowLong.InTotal}
		t.total = turnOf(from.Total == to.Total, howLongNarrows(ot, nt), howLongNarrows(nt, ot))
	}
	if from.Way != WayAutomatic {
		oa, na := o.Approval.byPeople(), n.Approval.byPeople()
		t.approval = turnOf(from.byPeople() == to.byPeople(), approvalNarrows(oa, na, false), approvalNarrows(na, oa, false))
	}
	if from.Way == WayConditions {
		oc, nc := conditionsFor(o.Approval, f), conditionsFor(n.Approval, f)
		t.conditions = turnOf(from.Conditions == to.Conditions, conditionsWithin(nc, oc), conditionsWithin(oc, nc))
	}
	return t
}

// timeTurn takes access without an end for more than any with one: whoever has it can give it back.
func timeTurn(from, to Level, o, n HowLong) turn {
	switch {
	case to.Indefinite && !from.Indefinite:
		return easier
	case from.Indefinite && !to.Indefinite:
		return stricter
	}
	o.InTotal, n.InTotal = Total{}, Total{}
	return turnOf(from.time() == to.time() && from.Extend == to.Extend, howLongNarrows(o, n), howLongNarrows(n, o))
}

func turnOf(same, narrower, wider bool) turn {
	switch {
	case same:
		return unturned
	case narrower && !wider:
		return stricter
	case wider && !narrower:
		return easier
	}
	return otherwise
}

// byPeople is an approval without what spares people the asking.
func (a Approval) byPeople() Approval {
	a.Automatic, a.AutomaticIf, a.Exempt = false, nil, nil
	return a
}

func (l Level) byPeople() [3]string { return [3]string{l.Approval, l.Fallback, l.Escalation} }
