package flows

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// recheckEvery is how often a waiting request is evaluated again (machine time), so that a handover of the shift or a suspension shows.
const recheckEvery = FactsLast - 10*time.Second

// troubleEvery is how soon a lookup that failed is tried again, in machine time.
const troubleEvery = 10 * time.Second

// Reconsider evaluates a pending request again with fresh facts. It carries out IntentAsk.
func (e *Engine) Reconsider(ctx context.Context, id RequestID) Result {
	again := Result{}
	err := e.onRequest(ctx, id, ticketNext, func(tx Tx, w *work) error {
		again = Result{}
		if !w.request.CanDecide() {
			return nil
		}
		if err := e.settle(tx, w); err != nil {
			return err
		}
		if w.request.CanDecide() {
			again = againReal(tx.Real().Add(recheck(w.request)))
		}
		return nil
	})
	if err != nil {
		return failed(err)
	}
	return again
}

func recheck(r *Request) time.Duration {
	if r.Trouble != "" {
		return troubleEvery
	}
	return recheckEvery
}

// settle moves a pending request to where its facts and decisions put it: ended, approved, or asking the right people.
func (e *Engine) settle(tx Tx, w *work) error {
	r := w.request
	asker := w.facts.Asker
	switch {
	case asker.Trouble == "" && !asker.Value.Active():
		if asker.Value.ID != "" { // read for this person just now, so what they have ends without a sync
			if err := e.leaveOnce(tx, asker.Value); err != nil {
				return err
			}
		}
		return e.close(tx, w, Canceled, ActCanceled, "", "is no longer active in the directory")
	case w.resource.Gone || w.resource.Unfit != "":
		return e.close(tx, w, Canceled, ActCanceled, "", "It can no longer be given: "+unfitWords(w.resource))
	case w.cover.Refused != "":
		return e.close(tx, w, Canceled, ActCanceled, "", "The policy no longer allows this.")
	}
	before, was := fingerprint(r), r.Open
	v := e.verdict(w)
	ticket, err := e.extensionWaits(tx, w)
	if err != nil {
		return err
	}
	if v.Satisfied && firstNonEmpty(w.cover.Unknown, asker.Trouble, ticket) == "" {
		return e.approve(tx, w, v.Auto)
	}
	r.Policy = w.policy.Hash
	if t, trouble := w.asked.terms(w.resource, w.facts); trouble == "" {
		r.ForGroup = t.group
	}
	r.Open, r.NotAtOnce = v.Open, e.notAtOnce(w)
	r.Guarded = r.Guarded || w.cover.Guarded
	r.Trouble = firstNonEmpty(asker.Trouble, w.cover.Unknown, v.Unknown())
	if v.Satisfied {
		r.Trouble = firstNonEmpty(r.Trouble, ticket)
	}
	if v.Step != r.StepIndex || r.StepAsked.IsZero() {
		r.StepIndex, r.StepAsked, r.Reminders, r.Widened, r.Escalated = v.Step, tx.Now(), 0, false, false
	}
	if err := e.askPeople(tx, w); err != nil {
		return err
	}
	if err := wantTimer(tx, SubjectOf("request", r.ID), e.nextDue(w.askedTerms(), r)); err != nil {
		return err
	}
	if fingerprint(r) == before {
		return tx.PutRequest(r)
	}
	if err := e.logWaiting(tx, w, before, was); err != nil {
		return err
	}
	return e.touch(tx, r)
}

func unfitWords(r Resource) string {
	if r.Gone {
		return "it no longer exists."
	}
	return r.Unfit + "."
}

func firstNonEmpty(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

// fingerprint is what people can see change about a waiting request.
func fingerprint(r *Request) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s|%d|%s|%v", r.State, r.StepIndex, r.Trouble, r.Approved)
	for _, o := range r.Open {
		fmt.Fprintf(&b, "|%s %v %s", o.Key, o.Fallback, o.Unknown)
		for _, c := range o.Candidates {
			fmt.Fprintf(&b, " %s", c.Person)
		}
	}
	for _, a := range r.Asked {
		fmt.Fprintf(&b, "|%s %v", a.Person, a.Gone)
	}
	if n := r.NotAtOnce; n != nil {
		fmt.Fprintf(&b, "|%s %s %v", n.Shift, n.Since, n.Unread)
	}
	return b.String()
}

// turned is whom a requirement was surely turned to because nobody else is there: 0 and up, or -1 when it was not.
func turned(list []OpenRequirement, key string) int {
	for _, o := range list {
		if o.Key == key && o.Fallback && o.Unknown == "" {
			return len(o.Candidates)
		}
	}
	return -1
}

// logWaiting records what has newly gone wrong or been turned to others.
func (e *Engine) logWaiting(tx Tx, w *work, before string, was []OpenRequirement) error {
	r := w.request
	if r.Trouble != "" && !strings.Contains(before, "|"+r.Trouble+"|") {
		if err := e.log(tx, &Entry{Action: ActTrouble, Request: r.ID, Data: map[string]string{"trouble": r.Trouble}}); err != nil {
			return err
		}
	}
	for _, o := range r.Open {
		old, now := turned(was, o.Key), turned(r.Open, o.Key)
		if now < 0 || (old >= 0 && (now > 0 || old == 0)) {
			continue
		}
		data := map[string]string{"requirement": o.Key, "people": fmt.Sprint(len(o.Candidates))}
		if err := e.log(tx, &Entry{Action: ActFallback, Request: r.ID, Data: data}); err != nil {
			return err
		}
		if len(o.Candidates) == 0 {
			if err := e.alarm(tx, fmt.Sprintf("nobody/%d/%s", r.ID, o.Key), r.ID.String()+" waits: nobody is there to decide ("+o.Words+"), and the fallback has nobody either.", Entry{Request: r.ID}); err != nil {
				return err
			}
		}
	}
	return nil
}

// close ends a request that was never approved, and tells the asker.
func (e *Engine) close(tx Tx, w *work, to RequestState, act Action, by PersonID, why string) error {
	if err := e.closeQuietly(tx, w, to, act, by, why); err != nil || by == w.request.Asker {
		return err
	}
	return e.notice(tx, string(to), w.request.Asker, w.request, nil)
}

// closeQuietly is close without the notice.
func (e *Engine) closeQuietly(tx Tx, w *work, to RequestState, act Action, by PersonID, why string) error {
	r := w.request
	r.State, r.Closed, r.ClosedBy, r.Ending, r.Trouble = to, tx.Now(), by, why, ""
	if act != "" { // a denial is already in the log, as a decision
		if err := e.log(tx, &Entry{Action: act, Actor: by, Request: r.ID, Text: why, Data: map[string]string{"state": string(to)}}); err != nil {
			return err
		}
	}
	if err := e.dropWaiting(tx, r); err != nil {
		return err
	}
	if err := e.touch(tx, r); err != nil {
		return err
	}
	return wantTicket(tx, r, w.asked.Tickets.In)
}

// dropWaiting drops the lease of a request that was approved once, was open again, and has now ended without an approval.
func (e *Engine) dropWaiting(tx Tx, r *Request) error {
	list, err := tx.Grants(GrantFilter{Request: r.ID, States: []GrantState{Waiting}})
	if err != nil {
		return err
	}
	for _, g := range list {
		g.State, g.Cause, g.Ended = Dropped, Unfinished, tx.Now()
		if err := tx.PutGrant(g); err != nil {
			return err
		}
		h, err := tx.Holding(g.Holding)
		if err != nil {
			return err
		}
		if err := wantHold(tx, h, RankGrant); err != nil { // to be closed, if nothing else leans on it
			return err
		}
	}
	return nil
}

// approve makes the grant, or lengthens the one that an extension names.
func (e *Engine) approve(tx Tx, w *work, auto string) error {
	r := w.request
	r.State, r.Closed, r.Open, r.Trouble, r.Policy = Approved, tx.Now(), nil, "", w.policy.Hash
	r.StepIndex = len(w.askedTerms().Approval.Steps)
	for _, d := range w.decisions {
		if d.Duration > 0 && d.Duration < r.Given() {
			r.Approved = d.Duration
		}
	}
	data := map[string]string{"flow": w.asked.Name, "hash": w.asked.Hash(), "policy": w.policy.Hash, "for": Span(r.Given())}
	if auto != "" {
		data["why"] = auto // no human was needed
		e.leantOn(w, data)
	}
	if err := e.log(tx, &Entry{Action: ActRequestOK, Request: r.ID, Data: data}); err != nil {
		return err
	}
	if err := e.touch(tx, r); err != nil {
		return err
	}
	if err := wantTicket(tx, r, w.asked.Tickets.In); err != nil {
		return err
	}
	if r.Extends != 0 {
		return e.lengthen(tx, w)
	}
	h, err := tx.OpenHolding(r.For, r.Entitlement)
	if KindOf(err) == KindNotFound {
		h = &Holding{Person: r.For, Entitlement: r.Entitlement, Open: true, Opened: tx.Now()}
		err = tx.PutHolding(h)
	}
	if err != nil {
		return err
	}
	g := &Grant{State: Waiting, Request: r.ID, Person: r.For, Entitlement: r.Entitlement, Holding: h.ID, Duration: r.Given()}
	if old, err := tx.Grants(GrantFilter{Request: r.ID, States: []GrantState{Waiting}}); err != nil || len(old) > 0 {
		if err != nil {
			return err
		}
		g = old[0] // asked again after the policy became stricter: the same lease, still not begun
		g.Duration = r.Given()
	}
	if err := tx.PutGrant(g); err != nil {
		return err
	}
	return wantHold(tx, h, RankGrant)
}

// lengthen moves the end of a running grant, without a gap.
func (e *Engine) lengthen(tx Tx, w *work) error {
	r := w.request
	g, err := tx.Grant(r.Extends)
	if err != nil {
		return err
	}
	f, err := w.termsNow()
	if err != nil {
		return err
	}
	why, _, err := e.ticketNow(tx, w)
	if err != nil {
		return err
	}
	x := f.HowLong.Extend
	switch {
	case why != "":
		r.Ending = why
	case g.State != Active:
		r.Ending = "The access had already ended."
	case capped(x, g) != nil:
		r.Ending = "The policy no longer allows extending it."
	}
	if r.Ending != "" {
		if err := e.touch(tx, r); err != nil {
			return err
		}
		return e.notice(tx, "failed", r.Asker, r, g)
	}
	if r.Given() > x.By {
		r.Approved = x.By
		if err := tx.PutRequest(r); err != nil {
			return err
		}
	}
	g.Ends, g.Warned = g.Ends.Add(r.Given()), false
	g.Extended++
	if err := tx.PutGrant(g); err != nil {
		return err
	}
	base, err := tx.Request(g.Request)
	if err != nil {
		return err
	}
	data := map[string]string{"by": Span(r.Given()), "until": g.Ends.UTC().Format(time.RFC3339)}
	for _, id := range []RequestID{r.ID, base.ID} {
		if err := e.log(tx, &Entry{Action: ActExtended, Request: id, Grant: g.ID, Holding: g.Holding, Data: data}); err != nil {
			return err
		}
	}
	if err := e.touch(tx, base); err != nil {
		return err
	}
	if err := e.grantTimer(tx, g, w.asked.Warn); err != nil {
		return err
	}
	return e.notice(tx, "extended", r.Asker, r, g)
}
