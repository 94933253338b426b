package bot

import (
	"time"

	"hallpass/flows"
)

// tooNew says why being on call was not enough this once, about somebody by name, or to themselves when there is none. It accuses nobody: whoever
// takes over a shift for a colleague reads this too.
func tooNew(n *flows.NotAtOnce, name Line, now time.Time) Line {
	who, is, has := name, "is", "has"
	if name == nil {
		who, is, has = line("you"), "are", "have"
	}
	switch {
	case n.Unread:
		return line("the plan of ", typed(n.Shift), " has not been read lately, so we can’t tell for how long ", who, " "+has+" been on it.")
	case n.Since.IsZero():
		return line("the plan of ", typed(n.Shift), ", as we read it last, did not have ", who, " on call now.")
	}
	return line("we have known only since ", moment(n.Since, now), " that ", who, " "+is+" on call now (", typed(n.Shift), "), and "+flows.Span(n.Wanted)+" are wanted.")
}

// atOnceOnCall is "You will get it at once: you are on call for SRE primary until 18:00."
func atOnceOnCall(o *flows.Offer) Line {
	l := line("You will get it at once: you are on call for ", typed(o.Shift))
	if !o.OnCall.Until.IsZero() {
		l = line(l, " until ", Span{Time: o.OnCall.Until, Form: Clock})
	}
	if o.Indefinite {
		return line(l, ". Access until revoked is decided by people.")
	}
	return line(l, ".")
}
