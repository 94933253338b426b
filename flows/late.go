package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// tellLate marks a holding whose end waits for an answer, and tells the holder and the feed, once.
func (e *Engine) tellLate(ctx context.Context, id HoldingID, why string) error {
	return e.store.Change(ctx, func(tx Tx) error {
		h, err := tx.Holding(id)
		if err != nil || !h.Open || !h.LateSince.IsZero() {
			return err
		}
		h.LateSince = tx.Real()
		if err := tx.PutHolding(h); err != nil {
			return err
		}
		list, err := tx.Grants(GrantFilter{Holding: id, States: []GrantState{Revoking}})
		if err != nil {
			return err
		}
		for _, g := range list {
			g.Late = why
			if err := tx.PutGrant(g); err != nil {
				return err
			}
			if err := e.log(tx, &Entry{Action: ActLate, Request: g.Request, Grant: g.ID, Holding: id, Data: map[string]string{"why": why}}); err != nil {
				return err
			}
			if err := e.touchRequest(tx, g.Request); err != nil {
				return err
			}
			if err := e.noticeOf(tx, "trouble", g); err != nil {
				return err
			}
		}
		return nil
	})
}

// lateAlarms is when admins are told that a target holds ends up; then every hour.
var lateAlarms = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

// alarmDue is how many alarms should have been told after so long.
func alarmDue(d time.Duration) int {
	n := 0
	for _, a := range lateAlarms {
		if d >= a {
			n++
		}
	}
	if d > time.Hour {
		n += int(d/time.Hour) - 1
	}
	return n
}

// waiting are the ends that one target holds up.
type waiting struct {
	in   string
	lane Lane
	ends []*Grant
}

// WatchLanes tells holders, feed and admins about ends that a target holds up: by its silence, or by refusing to take access back.
// It is called every few seconds, and notes now and then that Hallpass runs.
func (e *Engine) WatchLanes(ctx context.Context) error {
	if err := e.beatWhenDue(ctx); err != nil {
		return err
	}
	var found []waiting
	err := e.store.View(ctx, func(tx Tx) (err error) {
		found, err = e.waitingEnds(tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, x := range found {
		if x.lane.Closed {
			err = e.watchClosed(ctx, x)
		} else {
			err = e.watchRefusing(ctx, x)
		}
		if err != nil {
			return err
		}
	}
	return e.tellHealed(ctx, found)
}

// tellHealed tells the admins that a target answers again of which they were told that it does not, once no end waits for it any more.
func (e *Engine) tellHealed(ctx context.Context, waits []waiting) error {
	var healed []Lane
	err := e.store.View(ctx, func(tx Tx) error {
		list, err := tx.Lanes()
		healed = slices.DeleteFunc(list, func(l Lane) bool {
			return l.Closed || l.Told == 0 || slices.ContainsFunc(waits, func(x waiting) bool { return x.lane.Name == l.Name })
		})
		return err
	})
	for _, l := range healed {
		if err == nil {
			err = e.store.Change(ctx, func(tx Tx) error { return e.healed(tx, l) })
		}
	}
	return err
}

func (e *Engine) healed(tx Tx, was Lane) error {
	l, err := tx.Lane(was.Name)
	if err != nil || l.Closed || l.Told == 0 {
		return err
	}
	if err := tx.PutLane(Lane{Name: l.Name}); err != nil { // its next trouble is another one
		return err
	}
	words := fmt.Sprintf("%s answers again, after %s. No end waits for it any more.",
		e.out.title(strings.TrimPrefix(l.Name, LaneTarget(""))), Span(l.ProbeAfter.Sub(l.Since)))
	return e.alarm(tx, fmt.Sprintf("healed/%s/%d", l.Name, l.Since.Unix()), words, Entry{})
}

// waitingEnds are the ends that wait, by target, in the order of their names.
func (e *Engine) waitingEnds(tx Tx) ([]waiting, error) {
	list, err := tx.Grants(GrantFilter{States: []GrantState{Revoking}})
	if err != nil {
		return nil, err
	}
	ends := map[string][]*Grant{}
	for _, g := range list {
		ends[g.Entitlement.Integration] = append(ends[g.Entitlement.Integration], g)
	}
	var out []waiting
	for _, in := range sortedKeys(ends) {
		lane, err := tx.Lane(LaneTarget(in))
		if err != nil {
			return nil, err
		}
		out = append(out, waiting{in: in, lane: lane, ends: ends[in]})
	}
	return out, nil
}

// watchClosed tells each holder once, also those whose end nobody has tried yet, and the admins about the lane.
func (e *Engine) watchClosed(ctx context.Context, x waiting) error {
	title := e.out.title(x.in)
	for _, g := range x.ends {
		if g.Late != "" {
			continue
		}
		if err := e.tellLate(ctx, g.Holding, title+" does not answer"); err != nil {
			return err
		}
	}
	return e.store.Change(ctx, func(tx Tx) error {
		l, err := tx.Lane(x.lane.Name)
		if err != nil || !l.Closed {
			return err
		}
		silent := tx.Real().Sub(l.Since)
		due := alarmDue(silent)
		if due <= l.Told {
			return nil
		}
		l.Told = due
		if err := tx.PutLane(l); err != nil {
			return err
		}
		words := fmt.Sprintf("%s has not answered for %s. %s. Hallpass tries again every few seconds.", title, Span(silent), endsWait(len(x.ends)))
		return e.alarm(tx, fmt.Sprintf("lane/%s/%d/%d", l.Name, l.Since.Unix(), due), words, Entry{})
	})
}

// endsWait words how many people may still have what they should not.
func endsWait(n int) string {
	if n == 1 {
		return "1 end waits for it: that person may still have the access"
	}
	return fmt.Sprintf("%d ends wait for it: those people may still have their access", n)
}

// catchUp is how long, in machine time, the ends that waited for a silent target have for their turn once it answers again, before admins
// are told of each that is still there.
const catchUp = 5 * time.Minute

// watchRefusing alarms the admins about access that a target which answers does not take back, louder each time.
func (e *Engine) watchRefusing(ctx context.Context, x waiting) error {
	if opened := x.lane.ProbeAfter; e.clock.Machine().Sub(opened) < catchUp {
		return nil
	}
	for _, g := range x.ends {
		if g.Late == "" {
			continue
		}
		if err := e.store.Change(ctx, func(tx Tx) error { return e.refusingAlarm(tx, g.ID) }); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) refusingAlarm(tx Tx, id GrantID) error {
	g, err := tx.Grant(id)
	if err != nil || g.State != Revoking {
		return err
	}
	h, err := tx.Holding(g.Holding)
	if err != nil || h.LateSince.IsZero() || h.Stuck != "" {
		return err
	}
	since := tx.Real().Sub(h.LateSince)
	due := alarmDue(since)
	if due <= h.Alarms {
		return nil
	}
	h.Alarms = due
	if err := tx.PutHolding(h); err != nil {
		return err
	}
	words := fmt.Sprintf("%s: %s should have lost %s %s ago and may still have it. %s. Hallpass tries again every few seconds.",
		g.Request, nameOf(tx, h.Person), resourceName(tx, h.Entitlement), Span(since), g.Late)
	return e.alarm(tx, fmt.Sprintf("refused/%d/%d/%d", h.ID, h.LateSince.Unix(), due), words, Entry{Request: g.Request, Holding: h.ID})
}
