package app_test

import (
	"sync/atomic"
	"testing"
	"time"

	"hallpass/sandbox"
)

// elsewhere is by how much the vendors' clocks are ahead of the machine's.
type elsewhere struct{ atomic.Int64 }

// hang has every vendor's clock go by it.
func (e *elsewhere) hang(c *sandbox.Company) {
	for name, f := range c.Faults() {
		if name == "slack" {
			continue
		}
		before := f.Now
		f.Now = func() time.Time { return before().Add(time.Duration(e.Load())) }
	}
}

func (e *elsewhere) is(d time.Duration) { e.Store(int64(d)) }

func TestTheMachinesClockIsOff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		vendors time.Duration
		says    string
		early   bool // R1 ends before its time by company time
	}{
		"behind": {10 * time.Minute, "10 min behind that of", true},
		"ahead":  {-10 * time.Minute, "10 min ahead of that of", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var off elsewhere
			w := settle(t, plan{fill: off.hang})
			w.agreed("R1", "prod-db", "1h")
			off.is(c.vendors)
			w.sync()
			w.hears(sandbox.AuditChannel, "The clock of Hallpass’s machine is "+c.says, "Nothing new is given until they agree, and ends come by the earlier clock.")
			w.asks(dev, "analytics-read for 1h")
			w.gets(dev, "Approved, but Hallpass’s clock does not agree with that of", "Okta", "You get analytics-read as soon as it does; the time starts then.")
			w.later(51 * time.Minute)
			if c.early {
				w.isNot(sandbox.ProdDBGroup, ana)
				w.gets(ana, "R1 is over. prod-db was taken back at 13:16.")
			} else {
				w.gets(ana, "prod-db ends at 13:25, in")
				if !w.member(sandbox.ProdDBGroup, ana) {
					t.Error("it ended before its time by both clocks")
				}
				w.later(9 * time.Minute)
				w.isNot(sandbox.ProdDBGroup, ana)
				w.gets(ana, "R1 is over. prod-db was taken back at 13:25.")
			}
			if w.member(sandbox.AnalyticsReadGroup, dev) {
				t.Error("something was given while the clock is off")
			}
			off.is(0)
			w.sync()
			w.asks(ana, "prod-cache for 1h because OPS-1: replay failed payments") // so that PagerDuty and Jira say what time it is
			w.hears(sandbox.AuditChannel, "The clock of Hallpass’s machine agrees with that of", "again. What waited for it is given now.")
			w.gets(dev, "You have analytics-read (member) until")
			if list := w.alarms(); len(list) != 2 {
				t.Errorf("told %d times: %q", len(list), list)
			}
			w.done()
		})
	}
}
