package demo

import (
	"fmt"
	"time"

	"hallpass/demo/page"
	"hallpass/sandbox"
	"hallpass/sandbox/faults"
	"hallpass/sandbox/pagerduty"
)

// breakage is something a visitor can break, and mend.
type breakage struct {
	name, label string
	on, off     func(*World) error
}

// shiftAfterGap is how long Ben is on call when a gap in the rota is closed.
const shiftAfterGap = 8 * time.Hour

func breakages() []breakage {
	down := func(name, label string) breakage {
		return breakage{name, label,
			func(w *World) error { w.company.Faults()[name].Set(faults.Fault{Kind: faults.Down}); return nil },
			func(w *World) error { w.company.Faults()[name].Clear(); return nil }}
	}
	slackDown := down("slack", "Slack is down")
	slackDown.on = func(w *World) error {
		w.company.SlackFaults.Set(faults.Fault{Kind: faults.Down})
		w.company.Slack.Drop(0)
		return nil
	}
	gap := breakage{"gap", "Nobody is on call", func(w *World) error { return w.company.PagerDuty.LeaveGap(sandbox.PrimarySchedule) }, closeGap}
	return []breakage{down("okta", "Okta is down"), slackDown, down("pagerduty", "PagerDuty is down"), down("jira", "Jira is down"), gap}
}

func closeGap(w *World) error {
	now := w.clock.Now()
	return w.company.PagerDuty.PutOnCall(pagerduty.Shift{Schedule: sandbox.PrimarySchedule, Policy: sandbox.SREPolicy, Level: 1,
		User: sandbox.Who("Ben").PagerDuty, Start: now, End: now.Add(shiftAfterGap)})
}

// SetFault breaks or mends something by its name.
func (w *World) SetFault(name string, on bool) error {
	for _, b := range breakages() {
		if b.name != name {
			continue
		}
		return w.set(b, on)
	}
	return sentence(fmt.Sprintf("There is nothing called %q to break.", name))
}

func (w *World) set(b breakage, on bool) error {
	w.mu.Lock()
	same := w.broken[b.name] == on
	w.broken[b.name] = on
	w.mu.Unlock()
	if same {
		return nil
	}
	defer w.changed.Ring()
	if on {
		return b.on(w)
	}
	return b.off(w)
}

func (w *World) faults() []page.Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []page.Fault
	for _, b := range breakages() {
		out = append(out, page.Fault{Name: b.name, Label: b.label, On: w.broken[b.name]})
	}
	return out
}
