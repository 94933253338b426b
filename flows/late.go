package flows

import (
	"context"
	"fmt"
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

// WatchLanes tells holders, feed and admins about ends that a closed lane holds up. It is called every few seconds.
func (e *Engine) WatchLanes(ctx context.Context) error {
	type late struct {
		lane Lane
		in   string
		ids  []HoldingID
	}
	var found []late
	err := e.store.View(ctx, func(tx Tx) error {
		found = nil
		for in := range e.out.Targets {
			l, err := tx.Lane(LaneTarget(in))
			if err != nil || !l.Closed {
				if err != nil {
					return err
				}
				continue
			}
			list, err := tx.Holdings(HoldingFilter{OpenOnly: true, Integration: in})
			if err != nil {
				return err
			}
			x := late{lane: l, in: in}
			for _, h := range list {
				g, err := tx.Grants(GrantFilter{Holding: h.ID, States: []GrantState{Revoking}, Limit: 1})
				if err != nil {
					return err
				}
				if len(g) > 0 {
					x.ids = append(x.ids, h.ID)
				}
			}
			if len(x.ids) > 0 {
				found = append(found, x)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, x := range found {
		title := e.out.title(x.in)
		for _, id := range x.ids {
			if err := e.tellLate(ctx, id, title+" does not answer"); err != nil {
				return err
			}
		}
		if err := e.laneAlarm(ctx, x.lane.Name, title, len(x.ids)); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) laneAlarm(ctx context.Context, lane, title string, ends int) error {
	return e.store.Change(ctx, func(tx Tx) error {
		l, err := tx.Lane(lane)
		if err != nil || !l.Closed {
			return err
		}
		due := alarmDue(tx.Real().Sub(l.Since))
		if due <= l.Told {
			return nil
		}
		l.Told = due
		if err := tx.PutLane(l); err != nil {
			return err
		}
		words := fmt.Sprintf("%s has not answered for %s. %d ends wait for it: those people may still have their access. Hallpass tries again every few seconds.", title, Span(tx.Real().Sub(l.Since)), ends)
		return e.alarm(tx, fmt.Sprintf("lane/%s/%d/%d", lane, l.Since.Unix(), due), words, Entry{})
	})
}
