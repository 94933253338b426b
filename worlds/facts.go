package worlds

import (
	"slices"

	"hallpass/sandbox"
	"hallpass/worlds/checker"
)

// beginFacts notes who is what when a world begins.
func (w *World) beginFacts() {
	for name, id := range groupsByName {
		for _, who := range w.Company.Okta.Members(id) {
			w.set(name, who, true)
		}
	}
	for _, p := range sandbox.People() {
		w.set("active", p.Okta, true)
		if p.Manager != "" {
			w.set("manager/"+p.Okta, p.Manager, true)
		}
	}
	w.seeShift()
}

// seeShift notes who is on call now.
func (w *World) seeShift() {
	on := w.Company.PagerDuty.OnCall(sandbox.PrimarySchedule)
	for _, p := range sandbox.People() {
		if p.PagerDuty != "" {
			if is := slices.Contains(on, p.PagerDuty); is != w.is("shift", p.Okta) {
				w.set("shift", p.Okta, is)
			}
		}
	}
}

func (w *World) is(what, who string) bool {
	return slices.ContainsFunc(w.facts, func(f checker.Fact) bool { return f.What == what && f.Who == who && f.To.IsZero() })
}

// set notes that somebody is something from now on, or no longer.
func (w *World) set(what, who string, is bool) {
	if is {
		w.facts = append(w.facts, checker.Fact{What: what, Who: who, From: w.now()})
		return
	}
	for i := range w.facts {
		if f := &w.facts[i]; f.What == what && f.Who == who && f.To.IsZero() {
			f.To = w.now()
		}
	}
}

// only notes that one is something from now on, and nobody else.
func (w *World) only(what, who string) {
	for i := range w.facts {
		if f := &w.facts[i]; f.What == what && f.To.IsZero() {
			f.To = w.now()
		}
	}
	w.set(what, who, true)
}
