package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hallpass/flows/when"
)

// nearest are ways near to the case that would work, or work without people: another time, a later moment, a ticket, a permission, a group.
func (x explainer) nearest() []Line {
	if x.r.Fate == FateUnknown {
		return []Line{{Text: "the same, once there is an answer"}}
	}
	if x.r.Flow == nil {
		return append(x.otherPermissions(), x.groups()...)
	}
	var out []Line
	switch x.r.Fate {
	case FateDenied:
		out = x.otherTimes()
	case FateAsks:
		out = x.atOnce()
	}
	return append(out, x.r.Flow.Why.Ticket.nearest()...)
}

// otherTimes are the times nearest to one that the flow does not give.
func (x explainer) otherTimes() []Line {
	h := x.r.Flow.HowLong
	less, more := x.shorter(func(time.Duration) bool { return true }), x.longer()
	text := "asking " + ForSpan(more)
	switch {
	case less > 0 && more > 0 && !h.Custom:
		text = "asking " + ForSpan(less) + " or " + ForSpan(more)
	case less > 0:
		text = "asking for at most " + Span(less)
		if h.Extend.Times > 0 {
			text += ", and extending it later, " + h.Extend.words()
		}
	case h.Custom:
		text = "asking for at least 1 min"
	case more == 0:
		return nil
	}
	return []Line{{Text: text}}
}

// atOnce are ways to get it without anybody deciding.
func (x explainer) atOnce() (out []Line) {
	if d := x.shorter(func(d time.Duration) bool { return x.r.Flow.lets(x.request(d), x.Facts) != "" }); d > 0 {
		out = append(out, Line{Text: "asking for " + Span(d) + ": nobody would have to decide"})
	}
	if c, at, ok := x.opening(); ok {
		out = append(out, Line{Text: fmt.Sprintf("asking from %s on (%s): nobody would have to decide; now it is decided by %s", stamp(at), Condition{During: c.During}.wordsFor(x.Facts), x.deciders())})
	}
	return out
}

// deciders names who would decide now, step by step.
func (x explainer) deciders() string {
	var steps []string
	for _, list := range x.r.Steps {
		var all []string
		for _, o := range list {
			all = append(all, o.Words)
		}
		steps = append(steps, Join(all, "and"))
	}
	return strings.Join(steps, ", then ")
}

// nearest says which ticket must be named: a question names none.
func (t *TicketNeed) nearest() []Line {
	if t == nil {
		return nil
	}
	text := "naming a ticket of " + firstNonEmpty(t.Project, titled(t.In))
	if len(t.Statuses) > 0 {
		text += " in " + Join(t.Statuses, "or")
	}
	if !t.AnyAssignee {
		text += " that is assigned to you"
	}
	return []Line{{Text: text + ": without one it cannot be asked for"}}
}

// otherPermissions are those of the same thing that can be asked for. Whoever has one knows of the thing.
func (x explainer) otherPermissions() []Line {
	if !x.Facts.Asker.Value.Active() {
		return nil
	}
	list := x.p.permissions(x.Resource, x.Facts)
	if len(list) == 0 || slices.Contains(list, x.Permission) {
		return nil
	}
	return []Line{{Text: fmt.Sprintf("asking for %s (%s)", x.Resource.Name, Join(list, "or"))}}
}

// shorter is the longest time, shorter than asked for, that the flow offers and that is good enough.
func (x explainer) shorter(good func(time.Duration) bool) time.Duration {
	h := x.r.Flow.HowLong
	list := append(slices.Clone(h.Choices), h.Max, h.Default, h.InTotal.Max-x.Facts.Local.Used)
	for _, c := range x.r.Flow.Approval.AutomaticIf {
		list = append(list, c.AtMost)
	}
	var best time.Duration
	for _, d := range list {
		if d > best && d < x.r.Duration && x.r.Flow.refuses(d) == "" && good(d) {
			best = d
		}
	}
	return best
}

// longer is the shortest time, longer than asked for, that the flow offers; zero when it offers none.
func (x explainer) longer() (best time.Duration) {
	h := x.r.Flow.HowLong
	for _, d := range append(slices.Clone(h.Choices), h.Default, Indefinite) {
		if d > x.r.Duration && (best == 0 || d < best) && x.r.Flow.refuses(d) == "" {
			best = d
		}
	}
	return best
}

// opening is the next moment at which a window lets the same request through, and by which condition.
func (x explainer) opening() (by Condition, best time.Time, found bool) {
	for _, c := range x.r.Flow.Approval.AutomaticIf {
		opens, ok := c.nextOpening(x.Facts)
		if !ok || found && !opens.Before(best) {
			continue
		}
		then := *x.Facts
		then.Local.Now = opens
		if x.r.Flow.lets(x.request(x.r.Duration), &then) != "" {
			by, best, found = c, opens, true
		}
	}
	return by, best, found
}

// groups says whom the first flow about the thing is for. It is not for the asker to know.
func (x explainer) groups() []Line {
	if x.guarded() || !x.Facts.Asker.Value.Active() {
		return nil
	}
	for _, f := range x.p.Flows {
		covered, excepted := f.line(x.Resource, x.Permission)
		in, _ := isAmong(f.Who.Any, x.Facts)
		switch {
		case !covered:
			continue
		case excepted || f.Deny || in:
			return nil
		}
		return []Line{{Text: fmt.Sprintf("being %s: flow %s", x.selectors(f.Who.Any), f.Name), admins: true}}
	}
	return nil
}

// nextOpening is when a condition's window opens next; false when it has none, is open now, or never opens.
func (c Condition) nextOpening(f *Facts) (time.Time, bool) {
	if c.During == nil {
		return time.Time{}, false
	}
	zone := f.zone()
	if !c.inAskersZone() {
		zone, _ = when.Zone(c.During.Zone) // one that cannot be read opens never
	}
	opens, _, ok := c.During.Next(f.Local.Now, zone)
	if !ok || !opens.After(f.Local.Now) {
		return time.Time{}, false
	}
	return opens.In(zone), true
}
