package store

import (
	"context"
	"testing"
	"time"

	"hallpass/flows"
)

// A sync that was stamped by a clock which somebody has set back since would be no evidence of who was there before a request. The next one is.
func TestWhoIsSeenByAClockThatWasSetBackIsSeenNow(t *testing.T) {
	clock := newClock()
	s := opened(t, func(o *Options) { o.Clock = clock })
	group := flows.Entitlement{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: "00gdb"}, Permission: "member"}
	sync := func() (since time.Time) {
		if err := s.Change(context.Background(), func(tx flows.Tx) error { return tx.ReplaceMembers(group, []flows.PersonID{"00uana"}) }); err != nil {
			t.Fatal(err)
		}
		if err := s.View(context.Background(), func(tx flows.Tx) (err error) {
			since, _, err = tx.SeenSince(group, "00uana")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return since
	}
	for _, step := range []struct {
		what      string
		now, want time.Time
	}{
		{"the first sync", noon, noon},
		{"a later one", noon.Add(time.Minute), noon},
		{"by a clock that was set back", noon.Add(-time.Hour), noon.Add(-time.Hour)},
		{"which goes on", noon.Add(time.Hour), noon.Add(-time.Hour)},
	} {
		clock.company = step.now
		if since := sync(); !since.Equal(step.want) {
			t.Errorf("%s: seen since %s, want %s", step.what, since, step.want)
		}
	}
}
