package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// askPeople makes the list of those asked match those who can decide, and their cards with it.
func (e *Engine) askPeople(tx Tx, w *work) error {
	r := w.request
	want := map[PersonID]Candidate{}
	keys := map[PersonID]string{}
	for _, o := range r.Open {
		for _, c := range o.Candidates {
			if _, ok := want[c.Person]; !ok && (c.Primary || r.Widened) {
				want[c.Person], keys[c.Person] = c, o.Key
			}
		}
	}
	unknown := r.Trouble != ""
	for i := range r.Asked {
		a := &r.Asked[i]
		_, still := want[a.Person]
		if a.Step == r.StepIndex && still {
			if err := e.askAgain(tx, r, a); err != nil {
				return err
			}
		} else if !a.Gone && !(unknown && a.Step == r.StepIndex) {
			a.Gone = true
		}
	}
	var names []string
	for _, id := range slices.Sorted(mapKeys(want)) {
		c := want[id]
		if slices.ContainsFunc(r.Asked, func(a Asked) bool { return a.Person == id && a.Step == r.StepIndex }) {
			continue
		}
		r.Asked = append(r.Asked, Asked{Person: id, Key: keys[id], Right: c.Right, Until: c.Until, Step: r.StepIndex})
		names = append(names, string(id))
		if err := e.cardFor(tx, Post{Kind: PostApprover, Key: approverKey(r.ID, id, r.StepIndex), Person: id, Request: r.ID, Right: c.Right, RightKey: keys[id], Until: c.Until}); err != nil {
			return err
		}
	}
	if len(names) == 0 {
		return nil
	}
	return e.log(tx, &Entry{Action: ActPeopleAsked, Request: r.ID, Data: map[string]string{"people": strings.Join(names, " "), "step": fmt.Sprint(r.StepIndex + 1)}})
}

// cardFor gives somebody the card of the step that is open. One that they have from another step is taken over and comes anew, below in
// the conversation: nobody has two.
func (e *Engine) cardFor(tx Tx, fresh Post) error {
	list, err := tx.Posts(PostFilter{Request: fresh.Request, Person: fresh.Person, Unfinal: true, Kinds: []PostKind{PostApprover}})
	switch {
	case err != nil:
		return err
	case len(list) == 0:
		return e.say(tx, fresh)
	}
	p := list[0]
	p.Key, p.Right, p.RightKey, p.Until = fresh.Key, fresh.Right, fresh.RightKey, fresh.Until
	p.Reminder++
	p.Wanted++
	if err := tx.PutPost(p); err != nil {
		return err
	}
	return wantPost(tx, p)
}

// askAgain turns to somebody who was asked before and was not meanwhile: the card comes anew, below in the conversation.
func (e *Engine) askAgain(tx Tx, r *Request, a *Asked) error {
	if !a.Gone {
		return nil
	}
	a.Gone = false
	p, err := tx.PostByKey(approverKey(r.ID, a.Person, a.Step))
	switch {
	case KindOf(err) == KindNotFound && err != nil: // taken over by another step
		return e.cardFor(tx, Post{Kind: PostApprover, Key: approverKey(r.ID, a.Person, a.Step), Person: a.Person, Request: r.ID, Right: a.Right, RightKey: a.Key, Until: a.Until})
	case err != nil:
		return err
	}
	p.Reminder++
	p.Wanted++
	p.Final = false
	if err := tx.PutPost(p); err != nil {
		return err
	}
	return wantPost(tx, p)
}

func mapKeys[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// nextDue is when something of a pending request falls due next, by company time.
func (e *Engine) nextDue(f *Flow, r *Request) time.Time {
	due := r.Lapses
	if r.Reminders < maxReminders {
		due = earlier(due, r.remindAt(f.Approval.Remind))
	}
	if !r.Widened {
		due = earlier(due, r.StepAsked.Add(WidenAfter))
	}
	if x := f.Approval.Escalate; x != nil && !r.Escalated {
		due = earlier(due, r.StepAsked.Add(x.After))
	}
	return due
}

// maxReminders is how many reminders an approver gets about one step. Each replaces the message before it.
const maxReminders = 4

// remindAt is when the next reminder is due: the first after a pause, and each pause after it is twice as long.
func (r *Request) remindAt(pause time.Duration) time.Time {
	return r.StepAsked.Add(pause * (1<<(r.Reminders+1) - 1))
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
