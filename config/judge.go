package config

import (
	"fmt"
	"slices"
	"time"

	"hallpass/flows"
)

// judge looks for what each key allows but the whole contradicts: a problem where it is surely a mistake, a note where it is hardly meant.
// What only the directory knows (who is in a group) it does not ask.
func judge(list []written, c *Config) {
	who := c.People
	if _, known := c.Integration(who.Directory); !known {
		who.Directory = "" // a slip there is told once, not again in every flow
	}
	people := humans(who.SameHuman)
	for i, w := range list {
		if !w.ok {
			continue
		}
		w.shadowed(list[:i])
		w.passedOn(list[i+1:])
		w.guards(who, people)
		if w.spec.Deny {
			w.deniedTwice()
			continue
		}
		w.overrides()
		for n, t := range w.all() {
			if n == 0 || t.longAt != "how_long" {
				w.durations(t)
			}
			if n == 0 || t.apprAt != "approval" {
				w.times(t)
				w.deciders(t.approval, t.apprAt, people, w.admins(who))
			}
			w.conditions(t)
			w.endless(t)
		}
		w.warning()
	}
}

// humans gives each address the one that stands for its human.
func humans(same [][]string) func(address string) string {
	first := map[string]string{}
	for _, accounts := range same {
		for _, a := range accounts {
			first[a] = accounts[0]
		}
	}
	return func(address string) string {
		if a := first[address]; a != "" {
			return a
		}
		return address
	}
}

// note says at a path within the flow what is allowed but hardly meant.
func (w written) note(path, format string, args ...any) {
	w.doc.noteAt(w.doc.where(join(w.path, path), w.at), path+": "+format, args...)
}

// deniedTwice is for those who hope that an exception from a deny flow lets somebody through.
func (w written) deniedTwice() {
	for i := range w.spec.Who.Except {
		w.note(fmt.Sprintf("who.except[%d]", i), "in a flow that forbids, `except` refuses as well; to pass people on to the flows below write `skip`")
	}
	for i, line := range w.spec.What {
		if len(line.Except) > 0 {
			w.note(fmt.Sprintf("what[%d].except", i), "in a flow that forbids, `except` refuses as well; leave these things out of the line instead")
		}
	}
}

// overrides finds those that nobody can have.
func (w written) overrides() {
	for i, o := range w.spec.ForGroups {
		w.reachable(fmt.Sprintf("for_groups[%d].group", i), flows.Selector{Kind: flows.SelectGroup, Group: o.Group})
	}
}

// reachable reports people to whom the flow never comes.
func (w written) reachable(path string, s flows.Selector) {
	switch {
	case slices.ContainsFunc(w.spec.Who.Skip, like(s)): // looked at first
		w.problem(path, "nobody can have this: who.skip passes %s on to the flows below", wordsFor(s))
	case slices.ContainsFunc(w.spec.Who.Except, like(s)):
		w.problem(path, "nobody can have this: who.except refuses %s", wordsFor(s))
	}
}

func (w written) durations(t terms) {
	h := t.long
	seen := map[time.Duration]bool{}
	for i, c := range h.Choices {
		if seen[c] {
			w.problem(fmt.Sprintf("%s.choices[%d]", t.longAt, i), "%s stands twice", flows.Span(c))
		}
		seen[c] = true
	}
	if len(h.Choices) > 0 && !h.Custom && h.Default > 0 && !seen[h.Default] && (h.Max == 0 || h.Default <= h.Max) {
		w.problem(t.longAt+".default", "%s is not one of the choices; add it there, or write custom: true", flows.Span(h.Default))
	}
	if h.Extend.By > h.Max && h.Max > 0 {
		w.problem(t.longAt+".extend.by", "%s is more than max allows (%s)", flows.Span(h.Extend.By), flows.Span(h.Max))
	}
	if least := shortest(h); h.InTotal.Max > 0 && least > h.InTotal.Max {
		w.problem(t.longAt+".in_total", "the shortest time that can be asked for is %s, so nothing ever stays within %s", flows.Span(least), flows.Span(h.InTotal.Max))
	}
	if len(h.Choices) > 0 && !h.Custom && h.Max > slices.Max(h.Choices) {
		w.note(t.longAt+".max", "nobody can ask for %s, as the longest choice is %s; add it there, or write custom: true", flows.Span(h.Max), flows.Span(slices.Max(h.Choices)))
	}
}

// times holds the times of an approval against each other. What is not written has defaults, which contradict nothing.
func (w written) times(t terms) {
	a := t.approval
	lapse := a.Lapse
	if lapse == 0 {
		lapse = flows.DefaultLapse
	}
	if w.places(t.apprAt+".remind") && a.Remind >= lapse {
		w.problem(t.apprAt+".remind", "nobody is ever reminded: the request lapses after %s; write a shorter time", flows.Span(lapse))
	}
	if e := a.Escalate; e != nil && e.After >= lapse {
		w.problem(t.apprAt+".escalate.after", "nobody else is ever asked: the request lapses after %s; write a shorter time", flows.Span(lapse))
	}
}

// places reports whether a path of the flow is written.
func (w written) places(path string) bool {
	_, ok := w.doc.places[join(w.path, path)]
	return ok
}

func (w written) warning() {
	h := w.spec.HowLong
	least := shortest(h)
	switch {
	case h.Max == 0 || w.spec.Warn == 0:
	case w.spec.Warn >= h.Max:
		w.problem("warn", "no access lasts longer than %s, so nobody is ever warned %s before its end", flows.Span(h.Max), flows.Span(w.spec.Warn))
	case least > 0 && w.spec.Warn >= least:
		w.note("warn", "whoever asks for %s is not warned, as that is not longer than %s", flows.Span(least), flows.Span(w.spec.Warn))
	}
	for i, o := range w.spec.ForGroups {
		if o.HowLong != nil && o.HowLong.Max > 0 && w.spec.Warn >= o.HowLong.Max && w.spec.Warn < h.Max {
			w.note(fmt.Sprintf("for_groups[%d].how_long", i), "nobody of %s is warned, as nothing lasts longer than %s there and warn is %s", clip(o.Group), flows.Span(o.HowLong.Max), flows.Span(w.spec.Warn))
		}
	}
}

// conditions finds what lets nobody through.
func (w written) conditions(t terms) {
	for i, c := range t.approval.AutomaticIf {
		at := fmt.Sprintf("%s.automatic[%d]", t.apprAt, i)
		if c.Group != "" {
			w.reachable(at+".group", flows.Selector{Kind: flows.SelectGroup, Group: c.Group})
		}
		if least := shortest(t.long); c.AtMost > 0 && c.AtMost < least {
			w.problem(at+".at_most", "nobody can meet this: the shortest time that can be asked for is %s", flows.Span(least))
		}
		own := t.override < 0 || t.apprAt != "approval" // what an override takes over need not fit its times
		if most := t.long.Max; own && c.AtMost > most && most > 0 && t.long.Extend.Times == 0 {
			w.note(at+".at_most", "says nothing, as nobody can ask for more than %s", flows.Span(most))
		}
	}
	for i, s := range t.approval.Exempt {
		w.reachable(fmt.Sprintf("%s.exempt[%d]", t.apprAt, i), s)
	}
}
