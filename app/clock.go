package app

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Clock is the two clocks of the program. Both are monotone and anchored at the start, so that nothing waits longer, or less, because somebody sets the
// machine's clock under the running program; in the demo company time can run faster. A clock that follows another, which several machines share, shows
// that one's time whatever this machine's says, and neither of its own two ever goes back.
type Clock struct {
	mu      sync.Mutex
	now     func() time.Time // the machine's
	since   time.Time        // of the machine, with its monotonic reading
	company time.Time        // company time at `since`
	machine time.Time        // machine time at `since`
	speed   int
	// follows is set by the first Follow; then the last readings are kept.
	follows                  bool
	lastCompany, lastMachine time.Time
	// changed are called after a change of speed and after a leap, so that sleepers look again.
	changed []func()
}

// NewClock starts at a company time, now when zero, and runs at the speed of the machine's.
func NewClock(company time.Time) *Clock { return NewClockBy(company, time.Now) }

// NewClockBy is NewClock on a machine whose clock shows what a function says, as time.Now does: with a monotonic reading where it has one.
func NewClockBy(company time.Time, machine func() time.Time) *Clock {
	now := machine()
	if company.IsZero() {
		company = now
	}
	return &Clock{now: machine, since: now, company: company.Round(0), machine: now.Round(0), speed: 1}
}

// NewClockAt goes on from a company time that was read at a machine time, at a speed: the clock of a process that takes over.
func NewClockAt(company, machine time.Time, speed int) *Clock {
	now := time.Now()
	c := &Clock{now: time.Now, since: now, machine: now.Round(0), speed: max(1, speed)}
	c.company = company.Round(0).Add(now.Sub(machine) * time.Duration(c.speed))
	return c
}

// Company is the time that ends, windows and cards go by.
func (c *Clock) Company() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.at(c.now())
	if c.follows {
		at = later(&c.lastCompany, at)
	}
	return at
}

// later is a reading that is never before the last one.
func later(last *time.Time, at time.Time) time.Time {
	if at.After(*last) {
		*last = at
	}
	return *last
}

func (c *Clock) at(now time.Time) time.Time {
	return c.company.Add(now.Sub(c.since) * time.Duration(c.speed))
}

// Now is Company, under the name that stand-ins use.
func (c *Clock) Now() time.Time { return c.Company() }

// Machine is the time that timeouts, leases and backoff go by.
func (c *Clock) Machine() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.machineAt(c.now())
	if c.follows {
		at = later(&c.lastMachine, at)
	}
	return at
}

func (c *Clock) machineAt(now time.Time) time.Time { return c.machine.Add(now.Sub(c.since)) }

// How the other clock is asked: so often, of which the quickest answer counts, since it is wrong by half its time at most.
const (
	askings  = 3
	tooVague = 2 * time.Second
)

// Follow sets both clocks by another that is right, and says by how much they were off. It is done again and again, since clocks drift.
func (c *Clock) Follow(ctx context.Context, ask func(context.Context) (time.Time, error)) (off time.Duration, err error) {
	var there, here time.Time
	took := tooVague
	for range askings {
		before := c.now()
		t, err := ask(ctx)
		if err != nil {
			return 0, err
		}
		if n := c.now().Sub(before); n < took {
			there, here, took = t, before.Add(n/2), n
		}
	}
	if took == tooVague {
		return 0, fmt.Errorf("the clock that this one follows takes more than %s to answer", tooVague)
	}
	return c.set(there.Round(0), here), nil
}

// set has machine time be one thing at a moment of this machine's clock, and company time go along.
func (c *Clock) set(machine, here time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	off := machine.Sub(c.machineAt(here))
	c.company = c.at(here).Add(off * time.Duration(c.speed))
	c.machine, c.since, c.follows = machine, here, true
	return off
}

// Speed is how many company seconds pass in a machine second.
func (c *Clock) Speed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.speed
}

// SetSpeed changes the speed from now on; company time never jumps.
func (c *Clock) SetSpeed(n int) {
	c.mu.Lock()
	now := c.now()
	c.company, c.machine, c.since, c.speed = c.at(now), c.machineAt(now), now, max(1, n)
	changed := c.changed
	c.mu.Unlock()
	for _, f := range changed {
		f()
	}
}

// Advance leaps ahead; company time never goes back.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	c.company = c.company.Add(max(0, d))
	changed := c.changed
	c.mu.Unlock()
	for _, f := range changed {
		f()
	}
}

// OnChange has f called after each change of speed, and each leap.
func (c *Clock) OnChange(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = append(slices.Clip(c.changed), f)
}
