package flows_test

import (
	"strings"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/flows/when"
)

// inTheirDay lets through from nine to six wherever the asker is.
func inTheirDay(t *testing.T) flows.FlowSpec {
	t.Helper()
	window, err := when.ParseWindow("mon-fri", "09:00-18:00", "")
	if err != nil {
		t.Fatal(err)
	}
	s := oneStep()
	s.Approval.AutomaticIf = []flows.Condition{{During: &window}}
	s.HowLong.InTotal = flows.Total{Max: 24 * time.Hour, Per: 7 * 24 * time.Hour}
	return s
}

// The story begins at noon of a Monday, UTC.
func TestAWindowInTheAskersZone(t *testing.T) {
	for name, c := range map[string]struct {
		zone string
		own  bool
		err  error
		want flows.RequestState
	}{
		"it is day there":             {zone: "Europe/Lisbon", want: flows.Approved},
		"it is evening there":         {zone: "Asia/Kolkata", want: flows.Approved},
		"it is night there":           {zone: "Asia/Tokyo", want: flows.Pending},
		"it is not morning there yet": {zone: "America/Los_Angeles", want: flows.Pending},
		"none":                        {zone: "", want: flows.Pending},
		"one that does not exist":     {zone: "Mars/Base", want: flows.Pending},
		"the machine's":               {zone: "Local", want: flows.Pending},
		"an offset":                   {zone: "+01:00", want: flows.Pending},
		"people write it themselves":  {zone: "Europe/Lisbon", own: true, want: flows.Pending},
		"who writes it is not known":  {zone: "Europe/Lisbon", err: noScope, want: flows.Pending},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, inTheirDay(t))
			w.change(ana, func(p *flows.Person) { p.Attributes[flows.AttributeZone] = c.zone })
			w.actor(ana)
			if c.own {
				w.people.own = []string{flows.AttributeZone}
			}
			w.people.closed = c.err
			r := w.ask(ana, time.Hour)
			is(t, "state", w.request(r.ID).State, c.want)
			is(t, "people decide", len(w.asked(r.ID)) > 0, c.want == flows.Pending)
			w.people.closed = nil
		})
	}
}

func TestExplainTheAskersZone(t *testing.T) {
	for zone, want := range map[string]string{
		"Europe/Lisbon": "✓ on weekdays from 09:00 to 18:00 in Ana Silva's zone (Europe/Lisbon, from Okta)",
		"Asia/Tokyo":    "✗ on weekdays from 09:00 to 18:00 in Ana Silva's zone (Asia/Tokyo, from Okta); opens Tue 3 Mar 2026 09:00 JST",
		"":              "✗ on weekdays from 09:00 to 18:00 in Ana Silva's zone (none in Okta)",
		"Mars/Base":     `✗ on weekdays from 09:00 to 18:00 in Ana Silva's zone (Okta says "Mars/Base", which is none)`,
		"their own":     "? on weekdays from 09:00 to 18:00 in Ana Silva's zone (Okta lets people change their own timezone)",
	} {
		w := newWorld(t, inTheirDay(t))
		w.change(ana, func(p *flows.Person) { p.Attributes[flows.AttributeZone] = zone })
		if zone == "their own" {
			w.people.own = []string{flows.AttributeZone}
		}
		if x := w.explain(ana, time.Hour, time.Time{}).String(); !strings.Contains(x, want+"\n") {
			t.Errorf("%q is missing in\n%s", want, x)
		}
	}
}

func TestWhereTheZoneIsTheAskersIsKept(t *testing.T) {
	w := newWorld(t, inTheirDay(t))
	w.change(ana, func(p *flows.Person) { p.Attributes[flows.AttributeZone] = "Europe/Lisbon" })
	r := w.ask(ana, time.Hour)
	var why []string
	w.view(func(tx flows.Tx) error {
		list, err := tx.Entries(flows.EntryFilter{Request: r.ID, Actions: []flows.Action{flows.ActRequestOK}})
		for _, e := range list {
			why = append(why, e.Data["why"])
		}
		return err
	})
	if s := strings.Join(why, ""); !strings.Contains(s, "in Ana Silva's zone (Europe/Lisbon, from Okta)") {
		t.Errorf("the log says %q", s)
	}
	same(t, "needed of the directory", flows.NewPolicy(w.policy, nil, "okta").Attributes(), []string{flows.AttributeZone})
}

// A window that moves with the asker is another one than one that does not.
func TestAnotherZoneWidens(t *testing.T) {
	their, fixed := inTheirDay(t), inTheirDay(t)
	window := *fixed.Approval.AutomaticIf[0].During
	window.Zone = "Europe/Berlin"
	fixed.Approval.AutomaticIf = []flows.Condition{{During: &window}}
	pair := func(a, b flows.FlowSpec) bool {
		x, _ := flows.NewFlow(a)
		y, _ := flows.NewFlow(b)
		return flows.Narrows(flows.NewPolicy([]*flows.Flow{x}, nil, "okta"), flows.NewPolicy([]*flows.Flow{y}, nil, "okta"))
	}
	is(t, "to the asker's", pair(fixed, their), false)
	is(t, "from the asker's", pair(their, fixed), false)
	is(t, "the same", pair(their, their), true)
}
