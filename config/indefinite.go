package config

import "time"

// timed reads a time with an end; whoever writes "indefinite" there is told where it belongs.
func (v value) timed() time.Duration {
	if s, ok := v.plain(); ok && s == "indefinite" {
		v.say("%s is for times with an end; access without one is offered by indefinite: true beside it", v.name())
		return 0
	}
	return v.span(0)
}

// endless finds what says nothing where only access without an end is offered: a human always decides that, and no end is warned of.
func (w written) endless(t terms) {
	inherited := t.override >= 0 && t.apprAt == "approval" // it is for the others
	if h := t.long; h.Max != 0 || !h.Indefinite || len(h.Choices) > 0 || inherited {
		return
	}
	const nobody = "lets nobody through: only access without an end is offered here, and a human always decides that; remove it"
	if a := t.approval; a.Automatic || len(a.AutomaticIf) > 0 {
		w.problem(t.apprAt+".automatic", nobody)
	}
	if len(t.approval.Exempt) > 0 {
		w.problem(t.apprAt+".exempt", nobody)
	}
	if w.spec.Warn > 0 && t.override < 0 && len(w.spec.ForGroups) == 0 {
		w.problem("warn", "nobody is ever warned: access without an end has none to be warned of; remove it")
	}
}
