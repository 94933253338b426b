package app

import (
	"sync"
	"time"
)

// Clock is the two clocks of the program. Company time is monotone and anchored at the start; in the demo it can run faster.
type Clock struct {
	mu      sync.Mutex
	company time.Time // company time at `since`
	since   time.Time // machine time, with its monotonic reading
	speed   int
	// changed is called after a change of speed and after a leap, so that sleepers look again.
	changed func()
}

// NewClock starts at a company time, now when zero, and runs at the speed of the machine's.
func NewClock(company time.Time) *Clock {
	now := time.Now()
	if company.IsZero() {
		company = now
	}
	return &Clock{company: company.Round(0), since: now, speed: 1}
}

// NewClockAt goes on from a company time that was read at a machine time, at a speed: the clock of a process that takes over.
func NewClockAt(company, machine time.Time, speed int) *Clock {
	return &Clock{company: company.Round(0), since: machine.Round(0), speed: max(1, speed)}
}

// Company is the time that ends, windows and cards go by.
func (c *Clock) Company() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at(time.Now())
}

func (c *Clock) at(now time.Time) time.Time {
	return c.company.Add(now.Sub(c.since) * time.Duration(c.speed))
}

// Now is Company, under the name that stand-ins use.
func (c *Clock) Now() time.Time { return c.Company() }

// Machine is the time that timeouts, leases and backoff go by.
func (c *Clock) Machine() time.Time { return time.Now().Round(0) }

// Speed is how many company seconds pass in a machine second.
func (c *Clock) Speed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.speed
}

// SetSpeed changes the speed from now on; company time never jumps.
func (c *Clock) SetSpeed(n int) {
	c.mu.Lock()
	now := time.Now()
	c.company, c.since, c.speed = c.at(now), now, max(1, n)
	changed := c.changed
	c.mu.Unlock()
	if changed != nil {
		changed()
	}
}

// Advance leaps ahead; company time never goes back.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	c.company = c.company.Add(max(0, d))
	changed := c.changed
	c.mu.Unlock()
	if changed != nil {
		changed()
	}
}

// OnChange has f called after each change of speed, and each leap.
func (c *Clock) OnChange(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = f
}
