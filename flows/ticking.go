package flows

import (
	"context"
	"fmt"
	"time"
)

// Tick does what is due on a request or grant by company time. It carries out IntentTimer.
func (e *Engine) Tick(ctx context.Context, subject string) Result {
	var id int64
	var again Result
	var err error
	if _, scanErr := fmt.Sscanf(subject, "grant/%d", &id); scanErr == nil {
		again, err = e.tickGrant(ctx, GrantID(id))
	} else if _, scanErr := fmt.Sscanf(subject, "request/%d", &id); scanErr == nil {
		again, err = e.tickRequest(ctx, RequestID(id))
	}
	if err != nil {
		return failed(err)
	}
	return again
}

func (e *Engine) tickGrant(ctx context.Context, id GrantID) (Result, error) {
	var again Result
	err := e.store.Change(ctx, func(tx Tx) error {
		again = Result{}
		g, err := tx.Grant(id)
		if err != nil || g.State != Active || g.Endless() {
			return ignoreMissing(err)
		}
		now := tx.Now().Add(e.ahead())
		if !now.Before(g.Ends) {
			return e.end(tx, g, Expired, "", "")
		}
		r, f, err := askedBy(tx, g.Request)
		if err != nil {
			return err
		}
		if warn, ok := g.WarnAt(f.Warn); ok && !g.Warned && !now.Before(warn) {
			if err := e.warn(tx, r, g); err != nil {
				return err
			}
		}
		again = Result{Again: true, Scale: ByCompany, Due: grantDue(g, f.Warn).Add(-e.ahead())}
		return nil
	})
	return again, err
}

func grantDue(g *Grant, warn time.Duration) time.Time {
	if at, ok := g.WarnAt(warn); ok && !g.Warned {
		return at
	}
	return g.Ends
}

// grantTimer has the grant looked at when its warning or its end is due. Without an end it needs no timer.
func (e *Engine) grantTimer(tx Tx, g *Grant, warn time.Duration) error {
	if g.Endless() {
		return nil
	}
	return wantTimer(tx, SubjectOf("grant", g.ID), grantDue(g, warn))
}

// warn tells the holder that the end is near, in a message of its own.
func (e *Engine) warn(tx Tx, r *Request, g *Grant) error {
	g.Warned = true
	if err := tx.PutGrant(g); err != nil {
		return err
	}
	if err := e.log(tx, &Entry{Action: ActWarned, Request: r.ID, Grant: g.ID, Holding: g.Holding, Data: map[string]string{"ends": g.Ends.UTC().Format(time.RFC3339)}}); err != nil {
		return err
	}
	return e.say(tx, Post{Kind: PostWarning, Key: fmt.Sprintf("warning/%d/%d", g.ID, g.Extended), Person: g.Person, Request: r.ID, Grant: g.ID})
}

func (e *Engine) tickRequest(ctx context.Context, id RequestID) (Result, error) {
	var again Result
	err := e.store.Change(ctx, func(tx Tx) error {
		again = Result{}
		r, err := tx.Request(id)
		if err != nil || !r.CanDecide() {
			return ignoreMissing(err)
		}
		w := &work{request: r}
		if w.asked, err = flowOf(tx, r.FlowHash); err != nil {
			return err
		}
		w.terms = w.askedTerms()
		if !tx.Now().Add(e.ahead()).Before(r.Lapses) {
			return e.close(tx, w, Lapsed, ActLapsed, "", "Nobody decided in time.")
		}
		if err := e.nudge(tx, w); err != nil {
			return err
		}
		again = Result{Again: true, Scale: ByCompany, Due: e.nextDue(w.terms, r).Add(-e.ahead())}
		return nil
	})
	return again, err
}

// nudge reminds those who were asked and have not decided, ever more seldom, and asks more of a group after a while.
func (e *Engine) nudge(tx Tx, w *work) error {
	r := w.request
	now := tx.Now().Add(e.ahead())
	changed := false
	if !r.Widened && !now.Before(r.StepAsked.Add(WidenAfter)) {
		r.Widened, changed = true, true
		if err := e.askPeople(tx, w); err != nil {
			return err
		}
	}
	if x := w.terms.Approval.Escalate; x != nil && !r.Escalated && !now.Before(r.StepAsked.Add(x.After)) {
		r.Escalated, changed = true, true
		if err := e.log(tx, &Entry{Action: ActEscalated, Request: r.ID, Data: map[string]string{"after": Span(x.After)}}); err != nil {
			return err
		}
		if err := wantAsk(tx, r.ID, tx.Real()); err != nil {
			return err
		}
	}
	sent := r.Reminders
	for r.Reminders < maxReminders && !now.Before(r.remindAt(w.terms.Approval.Remind)) { // after a time without us, one stands for all that were due
		r.Reminders++
	}
	if r.Reminders > sent {
		changed = true
		if err := e.remind(tx, r); err != nil {
			return err
		}
	}
	if !changed {
		return nil
	}
	return tx.PutRequest(r)
}

func (e *Engine) remind(tx Tx, r *Request) error {
	for _, a := range r.Asked {
		if a.Gone || a.Step != r.StepIndex {
			continue
		}
		p, err := tx.PostByKey(approverKey(r.ID, a.Person, a.Step))
		if err != nil {
			return err
		}
		p.Reminder++
		p.Wanted++
		if err := tx.PutPost(p); err != nil {
			return err
		}
		if err := wantPost(tx, p); err != nil {
			return err
		}
	}
	return e.log(tx, &Entry{Action: ActReminded, Request: r.ID})
}
