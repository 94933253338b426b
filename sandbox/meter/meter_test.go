package meter

import (
	"testing"
	"time"
)

func TestMinute(t *testing.T) {
	noon := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	m := Minute{Allowed: 2}
	for i, c := range []struct {
		after time.Duration
		ok    bool
		left  int
		until time.Duration
	}{
		{10 * time.Second, true, 1, time.Minute},
		{59 * time.Second, true, 0, time.Minute},
		{59 * time.Second, false, 0, time.Minute},
		{60 * time.Second, true, 1, 2 * time.Minute},
	} {
		if ok := m.Take(noon.Add(c.after)); ok != c.ok || m.Left() != c.left || !m.Until().Equal(noon.Add(c.until)) {
			t.Errorf("call %d: %v, %d left until %v", i+1, ok, m.Left(), m.Until())
		}
	}
}
