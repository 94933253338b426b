package worlds

import "time"

// The time of a world is that of its bubble: it stands still while anybody is at work and leaps when everybody waits.
func now() time.Time        { return time.Now() }
func sleep(d time.Duration) { time.Sleep(d) }
