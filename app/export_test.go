package app

import "time"

// HostOff has the machine's own clock be wrong, for whoever follows another.
func (c *Clock) HostOff(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	machine := c.now
	c.now = func() time.Time { return machine().Add(by) }
}
