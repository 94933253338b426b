package config

import (
	"fmt"

	"hallpass/flows"
	"hallpass/flows/when"
)

func readApproval(v value) flows.Approval {
	if _, ok := v.plain(); ok {
		v.say("approval must be a mapping, such as {steps: [{all: [{manager: 1}]}]} or {automatic: true, fallback: [{group: security}]}")
		return flows.Approval{}
	}
	o := v.object(sectionApproval)
	a := flows.Approval{
		Exempt:   o.get("exempt").selectors(),
		Steps:    readSteps(o.get("steps")),
		Fallback: o.get("fallback").selectors(),
		Remind:   o.get("remind").span(0),
		Lapse:    o.get("lapse").span(0),
		Escalate: readEscalate(o.get("escalate")),
	}
	a.Automatic, a.AutomaticIf = readAutomatic(o.get("automatic"))
	return a
}

// readAutomatic reads true, or a list of conditions.
func readAutomatic(v value) (always bool, conditions []flows.Condition) {
	if !v.present() || v.shape() != list {
		return v.flag(), nil
	}
	for _, item := range v.list() {
		o := item.object(sectionCondition)
		if o.ok && len(o.keys) == 0 {
			item.say("a condition needs during, group, shift, at_most or per_day; to let everybody through write automatic: true")
		}
		c := flows.Condition{
			During: readDuring(o.get("during")),
			Group:  o.get("group").group(),
			AtMost: o.get("at_most").span(0),
			PerDay: o.get("per_day").number(1, maxTimes, 0),
		}
		if on := o.get("shift"); on.present() {
			c.Shift, c.KnownFor = readShift(on)
		}
		conditions = append(conditions, c)
	}
	return false, conditions
}

// The words for a window without days or without hours.
const (
	allDays  = "daily"
	allHours = "00:00-24:00"
)

// readDuring reads a window; without days it is daily, without hours the whole day.
func readDuring(v value) *when.Window {
	o := v.object(sectionDuring)
	if !o.ok {
		return nil
	}
	w := &when.Window{}
	var err error
	if w.Days, err = when.ParseDays(o.get("days").or(allDays)); err != nil {
		o.get("days").say("days: %s", err)
	}
	if w.From, w.To, err = when.ParseHours(o.get("hours").or(allHours)); err != nil {
		o.get("hours").say("hours: %s", err)
	}
	w.Zone = readZone(o.need("zone", "write one such as Europe/Berlin, or asker"))
	for _, item := range o.get("holidays").list() {
		day, err := when.ParseDate(item.scalar())
		if err != nil {
			item.say("%s: %s", item.name(), err)
		}
		w.Holidays = append(w.Holidays, day)
	}
	return w
}

func (v value) or(otherwise string) string {
	if s := v.text(); s != "" {
		return s
	}
	return otherwise
}

// askersZone is written for a window in whatever zone the asker is in, by the directory.
const askersZone = "asker"

// readZone reads a zone by its name; the asker's is the empty one.
func readZone(v value) string {
	name := v.text()
	if name == "" {
		return ""
	}
	if name == askersZone {
		v.mention(MentionAttribute, "", flows.AttributeZone)
		return ""
	}
	if _, err := when.Zone(name); err != nil {
		v.say("zone: %s", err)
	}
	return name
}

func readSteps(v value) []flows.Step {
	var out []flows.Step
	for _, item := range v.list() {
		o := item.object(sectionStep)
		step := flows.Step{SamePerson: o.get("same_person").flag()}
		for _, r := range o.get("all").list() {
			step.All = append(step.All, readRequirement(r))
		}
		out = append(out, step)
	}
	return out
}

// readRequirement reads a selector, or any: several, and at_least.
func readRequirement(v value) flows.Requirement {
	if v.everyone() {
		return flows.Requirement{From: flows.Selector{Kind: flows.SelectEveryone}}
	}
	o := v.object(sectionRequirement)
	r := flows.Requirement{N: o.get("at_least").number(1, maxTimes, 0)}
	if _, several := o.keys["any"]; !several {
		r.From = v.pick(o, sectionRequirement)
		return r
	}
	if chosen := o.chosen(); len(chosen) > 0 {
		v.say("%s contradict each other here; put them all into any", flows.Join(append(chosen, "any"), "and"))
	}
	r.Any = o.get("any").selectors()
	if len(r.Any) == 0 {
		v.doc.bad = append(v.doc.bad, v.path)
	}
	for i := range r.Any { // the domain counts alternatives without naming any
		v.doc.places[fmt.Sprintf("%s[%d]", v.path, i)] = v.doc.where(fmt.Sprintf("%s.any[%d]", v.path, i), v.at)
	}
	return r
}

func readEscalate(v value) *flows.Escalate {
	o := v.object(sectionEscalate)
	if !o.ok {
		return nil
	}
	return &flows.Escalate{
		After:   o.need("after", "say how long to wait for those who were asked, such as 1h").span(0),
		To:      o.need("to", "say who is asked then, such as [{group: security}]").selectors(),
		Replace: o.get("replace").flag(),
	}
}

// readOverrides reads what holds instead for members of groups. What one says replaces the flow's own as a whole, with the same defaults.
func readOverrides(v value) []flows.Override {
	var out []flows.Override
	seen := map[string]value{}
	for _, item := range v.list() {
		o := item.object(sectionOverride)
		over := flows.Override{Group: o.need("group", "name the group that this is for").group()}
		unique(o.get("group"), seen, over.Group)
		if long := o.get("how_long"); long.present() {
			h := readHowLong(long)
			switch {
			case h.Default == 0 && len(h.Choices) > 0:
				h.Default = h.Choices[0]
			case h.Default == 0 && h.Custom:
				h.Default = h.Max
			}
			over.HowLong = &h
		}
		if approval := o.get("approval"); approval.present() {
			a := readApproval(approval)
			over.Approval = &a
		}
		out = append(out, over)
	}
	return out
}

// part of a flow: how long and how approved, for those whom one override covers or none does, with the paths of what says so.
type terms struct {
	long     flows.HowLong
	approval flows.Approval
	longAt   string
	apprAt   string
	override int // -1 is the flow's own
}

// all are the flow's own terms and those of each override.
func (w written) all() []terms {
	own := terms{w.spec.HowLong, w.spec.Approval, "how_long", "approval", -1}
	out := []terms{own}
	for i, o := range w.spec.ForGroups {
		t := own
		t.override = i
		if o.HowLong != nil {
			t.long, t.longAt = *o.HowLong, fmt.Sprintf("for_groups[%d].how_long", i)
		}
		if o.Approval != nil {
			t.approval, t.apprAt = *o.Approval, fmt.Sprintf("for_groups[%d].approval", i)
		}
		out = append(out, t)
	}
	return out
}

// bounds holds that whatever goes through without a human is bounded by in_total, and that a human is there to decide past it.
func (w written) bounds() {
	if w.spec.Deny {
		return
	}
	for _, t := range w.all() {
		a := t.approval
		alone := a.Automatic || len(a.AutomaticIf) > 0
		if alone || len(a.Exempt) > 0 {
			w.unbounded(t)
		}
		if len(a.Steps) == 0 && (!a.Automatic || len(a.Fallback) == 0) && (alone || len(a.Exempt) > 0) {
			w.undecided(t)
		}
	}
}

func (w written) unbounded(t terms) {
	if t.long.InTotal.Max > 0 || t.long.Max == 0 {
		return
	}
	by := ".automatic"
	if !t.approval.Automatic && len(t.approval.AutomaticIf) == 0 {
		by = ".exempt"
	}
	w.problem(t.longAt+".in_total", "is missing, but %s lets people through without a human; say up to how much, such as in_total: 24h per 7d, past which a human decides", t.apprAt+by)
}

func (w written) undecided(t terms) {
	if t.approval.Automatic {
		w.problem(t.apprAt+".fallback", "is missing; past in_total a human decides, so say who, such as fallback: [{group: security}]")
		return
	}
	steps := t.apprAt + ".steps"
	defer func() { w.doc.bad = append(w.doc.bad, join(w.path, steps)) }() // so that the domain does not say it again
	w.problem(steps, "is missing; whoever meets no condition is decided by humans, so say by whom, such as steps: [{all: [{manager: 1}]}]")
}
