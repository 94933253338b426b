package flows

import (
	"fmt"
	"path"
	"regexp"
)

// checker finds every problem of a flow at once.
type checker struct{ problems []Problem }

func (c *checker) say(path, format string, args ...any) {
	c.problems = append(c.problems, Problem{path, fmt.Sprintf(format, args...)})
}

func (c *checker) check(s *FlowSpec) {
	if s.Name == "" {
		c.say("name", "a flow needs a name")
	}
	if len(s.Who.Any) == 0 {
		c.say("who", "say who may ask; a flow without `who` is refused")
	}
	c.selectors("who.any", s.Who.Any, false)
	c.selectors("who.except", s.Who.Except, false)
	c.selectors("who.skip", s.Who.Skip, false)
	c.knownFors(s)
	c.what(s.What)
	if s.Warn < 0 {
		c.say("warn", "must not be negative")
	}
	if s.Deny {
		return // what is forbidden needs neither a time nor a way to be approved
	}
	c.howLong("how_long", s.HowLong)
	c.why(s.Why)
	c.approval("approval", s.Approval)
	for i, o := range s.ForGroups {
		c.override(fmt.Sprintf("for_groups[%d]", i), o)
	}
}

func (c *checker) override(at string, o Override) {
	if o.Group == "" {
		c.say(at+".group", "name the group that this is for")
	}
	if o.HowLong == nil && o.Approval == nil {
		c.say(at, "say what is different for this group: how_long or approval")
	}
	if o.HowLong != nil {
		c.howLong(at+".how_long", *o.HowLong)
	}
	if o.Approval != nil {
		c.approval(at+".approval", *o.Approval)
	}
}

func (c *checker) why(w Why) {
	if w.AtLeast < 0 {
		c.say("why.at_least", "must not be negative")
	}
	if _, err := regexp.Compile(w.Pattern); err != nil {
		c.say("why.pattern", "%q is not a regular expression", w.Pattern)
	}
	c.ticketNeed(w.Ticket)
	c.fields(w.Fields)
}

func (c *checker) what(lines []What) {
	if len(lines) == 0 {
		c.say("what", "say what can be asked for; a flow without `what` is refused")
	}
	for i, w := range lines {
		at := fmt.Sprintf("what[%d]", i)
		if w.In == "" {
			c.say(at+".in", "name the integration")
		}
		if w.Type == "" {
			c.say(at+".type", "name the type of resource, such as group")
		}
		for j, n := range w.Names {
			c.glob(fmt.Sprintf("%s.names[%d]", at, j), n)
		}
		for j, e := range w.Except {
			if e.Name == "" && len(e.Tags)+len(e.TagsIn)+len(e.TagsExist) == 0 {
				c.say(fmt.Sprintf("%s.except[%d]", at, j), "name or tags are needed")
			}
			c.glob(fmt.Sprintf("%s.except[%d].name", at, j), e.Name)
		}
	}
}

func (c *checker) glob(at, pattern string) {
	if _, err := path.Match(pattern, ""); err != nil {
		c.say(at, "%q is not a pattern; use * and ? only", pattern)
	}
}

func (c *checker) howLong(at string, h HowLong) {
	if h.Max <= 0 {
		c.without(at, h)
		return
	}
	for i, d := range h.Choices {
		if d <= 0 || d > h.Max {
			c.say(fmt.Sprintf("%s.choices[%d]", at, i), "%s is outside what max allows (%s)", Span(d), Span(h.Max))
		}
	}
	if h.Default < 0 || h.Default > h.Max {
		c.say(at+".default", "%s is outside what max allows (%s)", Span(h.Default), Span(h.Max))
	}
	if len(h.Choices) == 0 && !h.Custom && h.Default == 0 {
		c.say(at, "offer choices, a default, or custom: true")
	}
	if h.Extend.Times < 0 || (h.Extend.Times > 0 && h.Extend.By <= 0) {
		c.say(at+".extend", "needs times and by, such as {times: 1, by: 4h}")
	}
	if t := h.InTotal; (t.Max > 0) != (t.Per > 0) || t.Max < 0 || t.Max > t.Per {
		c.say(at+".in_total", "needs a time within a longer one, such as 24h per 7d")
	}
}

// without is a flow that says no longest time: it must offer nothing that has an end.
func (c *checker) without(at string, h HowLong) {
	timed := len(h.Choices) > 0 || h.Default != 0 || h.Custom || h.Extend != Extend{}
	switch {
	case !h.Indefinite || h.Max < 0:
		c.say(at+".max", "say the longest time, such as 8h")
	case timed:
		c.say(at+".max", "say the longest time, such as 8h, for those who ask for an end; only `indefinite: true` alone goes without")
	case h.InTotal != Total{}:
		c.say(at+".in_total", "limits nothing where only access without an end is offered: a human always decides that")
	}
}

func (c *checker) approval(at string, a Approval) {
	if !a.Automatic && len(a.Steps) == 0 {
		c.say(at, "say how it is approved: automatic, or steps; a flow without approval is refused")
	}
	if a.Automatic && len(a.Steps) > 0 {
		c.say(at, "automatic and steps contradict each other; choose one")
	}
	for i, s := range a.Steps {
		c.step(fmt.Sprintf("%s.steps[%d]", at, i), s)
	}
	c.selectors(at+".exempt", a.Exempt, false)
	c.selectors(at+".fallback", a.Fallback, true)
	if a.Remind < 0 || a.Lapse < 0 {
		c.say(at, "remind and lapse must not be negative")
	}
	if e := a.Escalate; e != nil {
		if e.After <= 0 || len(e.To) == 0 {
			c.say(at+".escalate", "needs after and to, such as {after: 1h, to: [{group: security}]}")
		}
		c.selectors(at+".escalate.to", e.To, true)
	}
	for i, x := range a.AutomaticIf {
		if x.During != nil && x.During.NeverOpens() {
			c.say(fmt.Sprintf("%s.automatic[%d].during", at, i), "must open at some time")
		}
		if x.AtMost < 0 || x.PerDay < 0 {
			c.say(fmt.Sprintf("%s.automatic[%d]", at, i), "must not be negative")
		}
	}
}

func (c *checker) step(at string, s Step) {
	if len(s.All) == 0 {
		c.say(at, "a step needs at least one requirement under `all`")
	}
	for j, r := range s.All {
		where := fmt.Sprintf("%s.all[%d]", at, j)
		c.selectors(where, r.People(), true)
		if r.N < 0 {
			c.say(where, "the number of approvals must be positive")
		}
		for _, p := range r.People() {
			if p.Kind == SelectEveryone {
				c.say(where, "everyone cannot be an approver; name a group")
			}
		}
	}
}

// selectors checks people. The manager of the asker and the owner of the resource mean something only among approvers.
func (c *checker) selectors(at string, list []Selector, approvers bool) {
	for i, s := range list {
		where := fmt.Sprintf("%s[%d]", at, i)
		if approvers && len(list) == 1 {
			where = at
		}
		switch {
		case s.Kind == SelectUser && s.User == "":
			c.say(where, "user needs an address")
		case s.Kind == SelectGroup && s.Group == "":
			c.say(where, "group needs a name")
		case s.Kind == SelectManager && s.Manager < 1:
			c.say(where, "manager needs a level, 1 for the direct one")
		case (s.Kind == SelectManager || s.Kind == SelectOwner) && !approvers:
			c.say(where, "%s is for approvers only", s.Kind)
		case s.Kind == SelectOwner && s.Owner == "":
			c.say(where, "owner needs the tag that names the owner")
		case s.Kind == SelectShift && (s.Shift == nil || s.Shift.In == "" || s.Shift.Schedule == ""):
			c.say(where, "shift needs in and schedule")
		case s.KnownFor != 0 && approvers:
			c.say(where+".shift.known_for", needless)
		case s.Kind == "":
			c.say(where, "name a user, group, manager, shift or everyone")
		}
	}
}
