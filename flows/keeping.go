package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// What an admin can say of access that was found after a restore.
const (
	StrayKeep = "keep" // for a stated time: "keep 8h"
	StrayTake = "take" // away, now
	StrayLeft = "left" // it is not Hallpass's, and stays
)

// strayLongest is the longest that an admin can keep what was found. Whoever needs it longer asks for it.
const strayLongest = 30 * 24 * time.Hour

// SettleStray does with access that was found after a restore what an admin says: the one that a grant names ("G1101"), or a question by its key.
func (e *Engine) SettleStray(ctx context.Context, by Actor, key, what string) (Answer, error) {
	var a Answer
	verb, span, _ := strings.Cut(what, " ")
	var d time.Duration
	if verb == StrayKeep {
		var err error
		if d, err = ParseSpan(span); err != nil || d < time.Minute || d > strayLongest {
			return a, Errorf(KindInvalid, "Say for how long it stays, at most %s.", Span(strayLongest))
		}
	}
	err := e.store.Change(ctx, func(tx Tx) error {
		a = Answer{}
		if !by.Admin {
			a.Sentence = "Only admins of Hallpass can settle this."
			return e.refusal(tx, by, what+" "+key, a.Sentence)
		}
		var id GrantID
		if _, err := fmt.Sscanf(key, "G%d", &id); err == nil {
			return e.settleLease(tx, by, id, verb, d, &a)
		}
		return e.answerQuestion(tx, by, key, verb, d, &a)
	})
	return a, err
}

func (e *Engine) settleLease(tx Tx, by Actor, id GrantID, verb string, d time.Duration, a *Answer) error {
	g, err := tx.Grant(id)
	if ignoreMissing(err) != nil {
		return err
	}
	var r *Request
	if err == nil {
		if r, err = tx.Request(g.Request); err != nil {
			return err
		}
		a.Request = r.ID
	}
	switch {
	case r == nil || !r.Stray:
		a.Sentence = "There is no such access."
	case g.State != Active:
		a.Sentence, a.Stale = "This access is over already.", true
	case verb == StrayTake:
		return e.end(tx, g, Revoked, by.Person.ID, "")
	case verb != StrayKeep:
		a.Sentence = "This access is Hallpass’s own: keep it for a time, or take it away."
	case e.human(by.Person.ID) == e.human(g.Person):
		a.Sentence = "This is your own access; another admin decides."
	}
	if a.Sentence != "" {
		return e.refusal(tx, by, verb+" "+id.String(), a.Sentence)
	}
	return e.keepFor(tx, by, r, g, d)
}

// keepFor moves the end of access that was found.
func (e *Engine) keepFor(tx Tx, by Actor, r *Request, g *Grant, d time.Duration) error {
	g.Duration, g.Ends, g.Warned = d, tx.Now().Add(d), false
	if err := tx.PutGrant(g); err != nil {
		return err
	}
	r.Duration = d
	data := map[string]string{"for": Span(d), "until": g.endWords()}
	if err := e.log(tx, &Entry{Action: ActStrayKept, Actor: by.Person.ID, Via: by.Account.String(), Request: r.ID, Grant: g.ID, Holding: g.Holding, Data: data}); err != nil {
		return err
	}
	if err := e.touch(tx, r); err != nil {
		return err
	}
	return e.grantTimer(tx, g, 0)
}

// answerQuestion does what an admin says of access that nobody can tell who gave.
func (e *Engine) answerQuestion(tx Tx, by Actor, key, verb string, d time.Duration, a *Answer) error {
	list, err := Questions(tx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(q Question) bool { return q.Key == key })
	if at < 0 {
		a.Sentence = "Somebody has settled this already. Look again."
		return e.refusal(tx, by, verb+" "+key, a.Sentence)
	}
	q := list[at]
	if verb != StrayTake && e.human(by.Person.ID) == e.human(q.Person) {
		a.Sentence = "This is your own access; another admin decides."
		return e.refusal(tx, by, verb+" "+key, a.Sentence)
	}
	if err := putMeta(tx, metaQuestions, slices.Delete(list, at, at+1)); err != nil {
		return err
	}
	k := having{q.Entitlement, q.Person}
	if verb == StrayLeft {
		return e.log(tx, &Entry{Action: ActStrayLeft, Actor: by.Person.ID, Via: by.Account.String(), Data: map[string]string{"entitlement": k.Entitlement.String(), "person": string(k.Person)}})
	}
	h, err := tx.OpenHolding(k.Person, k.Entitlement)
	if ignoreMissing(err) != nil {
		return err
	}
	if err != nil {
		h = nil
	}
	g, err := e.stray(tx, k, h, q.Since, max(d, time.Minute))
	if err != nil {
		return err
	}
	a.Request = g.Request
	if verb == StrayTake {
		return e.end(tx, g, Revoked, by.Person.ID, "")
	}
	r, err := tx.Request(g.Request)
	if err != nil {
		return err
	}
	return e.keepFor(tx, by, r, g, d)
}
