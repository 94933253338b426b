package flows

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Decide counts a press, or says why it does not count. One decision commits; whoever comes later is told who decided what.
func (e *Engine) Decide(ctx context.Context, by Actor, p Press) (Answer, error) {
	var a Answer
	if e.clock.Machine().Sub(p.Pressed) > PressLasts {
		return e.refusePress(ctx, by, p, "This press came through more than ten minutes late, so it was not counted. Look at the card and press again if you still mean it.", true)
	}
	err := e.onRequest(ctx, p.Request, ticketOfExtension, func(tx Tx, w *work) error {
		why, stale, err := e.mayDecide(tx, w, by, p)
		if err != nil {
			return err
		}
		if why != "" {
			a = Answer{Sentence: why, Stale: stale, Request: p.Request}
			return e.logRefused(tx, by, p, why, stale)
		}
		a = Answer{Request: p.Request}
		return e.decide(tx, w, by, p)
	})
	if KindOf(err) == KindNotFound && err != nil {
		return e.refusePress(ctx, by, p, "That request does not exist here.", false)
	}
	return a, err
}

func (e *Engine) refusePress(ctx context.Context, by Actor, p Press, why string, stale bool) (Answer, error) {
	err := e.store.Change(ctx, func(tx Tx) error { return e.logRefused(tx, by, p, why, stale) })
	return Answer{Sentence: why, Stale: stale, Request: p.Request}, err
}

// logRefused keeps a refused press in the audit log and has a stale card drawn anew.
func (e *Engine) logRefused(tx Tx, by Actor, p Press, why string, stale bool) error {
	id := p.Request
	if _, err := tx.Request(id); err != nil {
		id = 0
	}
	entry := Entry{Action: ActRefused, Actor: by.Person.ID, Via: by.Account.String(), Request: id, Data: map[string]string{"press": pressWord(p.Yes), "named": p.Request.String()}, Text: why}
	if err := e.log(tx, &entry); err != nil || !stale {
		return err
	}
	post, err := pressedPost(tx, by, p)
	if err != nil || post == nil {
		return err
	}
	post.Wanted++
	if err := tx.PutPost(post); err != nil {
		return err
	}
	return wantPost(tx, post)
}

// pressedPost is the post that was pressed, or the presser's own newest card when it is none of ours; nil when there is neither.
func pressedPost(tx Tx, by Actor, p Press) (*Post, error) {
	post, err := tx.PostAt(by.Account.Platform, by.Account.Workspace, p.Channel, p.TS)
	if err == nil || ignoreMissing(err) != nil {
		return post, err
	}
	list, err := tx.Posts(PostFilter{Request: p.Request, Person: by.Person.ID, Kinds: []PostKind{PostApprover}})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	list[len(list)-1].Reminder++ // the card comes anew, below the message that is not ours
	return list[len(list)-1], nil
}

func pressWord(yes bool) string {
	if yes {
		return "approve"
	}
	return "deny"
}

const outOfDate = "This card was out of date. Here is how things stand now; press again if you still mean it."

// mayDecide says why a press does not count, empty when it does. Self-approval and eligibility are checked here, for every door.
func (e *Engine) mayDecide(tx Tx, w *work, by Actor, p Press) (why string, stale bool, err error) {
	r := w.request
	if r.isOf(e.human(by.Person.ID), e.human) {
		return "You asked for this yourself, so you can’t decide it." + e.whoCan(tx, w), false, nil
	}
	if !r.CanDecide() {
		return e.decidedWords(tx, w, by), true, nil
	}
	rights, trouble := e.rights(w, by.Person.ID)
	for _, d := range w.decisions {
		if e.human(d.Person) == e.human(by.Person.ID) && len(rights) == 0 {
			return "You have already agreed, at " + at(d.At, by.Zone) + ".", true, nil
		}
	}
	if !p.FromHome {
		post, err := tx.PostAt(by.Account.Platform, by.Account.Workspace, p.Channel, p.TS)
		if ignoreMissing(err) != nil {
			return "", false, err
		}
		if err != nil && isAsked(r, by.Person.ID) { // perhaps a card that stands twice: theirs is drawn anew
			return outOfDate, true, nil
		}
		if err != nil || post.Person != by.Person.ID || post.Request != r.ID || post.Kind != PostApprover {
			return "That card was not made for you, so the press was not counted." + e.whoCan(tx, w), false, nil
		}
	}
	switch {
	case len(rights) == 0 && trouble != "":
		return trouble + ", so we can’t tell whether you may decide. We keep asking; nothing is decided meanwhile.", true, nil
	case len(rights) == 0 && len(before(w, by.Person.ID)) > 0:
		d := before(w, by.Person.ID)[0]
		return nameOf(tx, d.Person) + " has already agreed, at " + at(d.At, by.Zone) + "." + e.whoCan(tx, w), true, nil
	case len(rights) == 0:
		return "You are not among those who can decide this now." + e.whoCan(tx, w), true, nil
	case p.Shown != r.Revision:
		return outOfDate, true, nil
	case p.Duration > r.Given() || p.Duration == Indefinite:
		return "An approver can only make it shorter.", true, nil
	case r.Given() == Indefinite && p.Duration > 0:
		return w.tooLong(p.Duration), true, nil
	}
	return "", false, nil
}

// before are the decisions by which others have met what somebody was asked for.
func before(w *work, who PersonID) []Decision {
	keys := map[string]bool{}
	for _, a := range w.request.Asked {
		keys[a.Key] = keys[a.Key] || a.Person == who
	}
	return slices.DeleteFunc(slices.Clone(w.decisions), func(d Decision) bool {
		return !slices.ContainsFunc(d.Rights, func(r Right) bool { return keys[r.Key] })
	})
}

func isAsked(r *Request, who PersonID) bool {
	return slices.ContainsFunc(r.Asked, func(a Asked) bool { return a.Person == who && !a.Gone })
}

// rights are all requirements, of the flow as asked and as it is now, that this person can meet at this moment.
func (e *Engine) rights(w *work, who PersonID) (out []Right, trouble string) {
	list := []*Flow{w.asked}
	if w.cover.Flow != nil && w.cover.Flow.Hash() != w.asked.Hash() {
		list = append(list, w.cover.Flow)
	}
	var later []Right
	for _, f := range list {
		v := e.evaluate(w, f)
		shared := false
		if t, _ := w.termsOf(f); t != nil {
			steps := t.Approval.steps()
			shared = v.Step < len(steps) && steps[v.Step].SamePerson
			later = append(later, e.laterRights(w, t, steps[min(v.Step+1, len(steps)):], who)...)
		}
		for _, o := range v.Open {
			trouble = firstNonEmpty(trouble, o.Unknown)
			out = append(out, o.rightsOf(who, shared)...)
		}
	}
	if len(out) == 0 {
		return nil, trouble
	}
	return eachOnce(append(out, later...)), trouble
}

func eachOnce(list []Right) (out []Right) {
	for _, r := range list {
		if !slices.ContainsFunc(out, func(x Right) bool { return x.Key == r.Key && x.Shared == r.Shared }) {
			out = append(out, r)
		}
	}
	return out
}

// laterRights are those to later steps that one who agrees before them may meet too: the same yes then counts for them, and nobody is asked
// twice. Whoever stands in for somebody there is asked when it comes to that.
func (e *Engine) laterRights(w *work, t *Flow, steps []Step, who PersonID) (out []Right) {
	r := *w.request
	r.Escalated = false
	for _, s := range steps {
		for _, q := range s.All {
			if o := open(t, wanting{q, nil, true}, &r, w.decisions, w.facts, e.human); s.SamePerson && !o.Fallback {
				out = append(out, o.rightsOf(who, true)...)
			}
		}
	}
	return out
}

// rightsOf are those that somebody has to an open requirement.
func (o OpenRequirement) rightsOf(who PersonID, shared bool) (out []Right) {
	for _, c := range o.Candidates {
		if c.Person == who {
			out = append(out, Right{Key: c.Key, Via: c.Via, Words: c.Right, Source: c.Source, ReadAt: c.ReadAt, Shared: shared})
		}
	}
	return out
}

// decide records a decision and moves the request where it puts it.
func (e *Engine) decide(tx Tx, w *work, by Actor, p Press) error {
	r := w.request
	rights, _ := e.rights(w, by.Person.ID)
	d := &Decision{Request: r.ID, Person: by.Person.ID, Yes: p.Yes, Comment: p.Comment, Duration: p.Duration, Rights: rights, Step: r.StepIndex, Via: by.Account, At: tx.Now()}
	if err := tx.AddDecision(d); err != nil {
		return err
	}
	if err := tx.PutPerson(by.Person); err != nil {
		return err
	}
	w.decisions = append(w.decisions, *d)
	for i := range r.Asked {
		if r.Asked[i].Person == by.Person.ID {
			r.Asked[i].Gone = true
		}
	}
	if !p.Yes {
		if err := e.log(tx, decisionEntry(ActDenied, by, d)); err != nil {
			return err
		}
		return e.close(tx, w, Denied, "", by.Person.ID, p.Comment)
	}
	if p.Duration > 0 {
		r.Approved = min(r.Given(), p.Duration)
	}
	if !p.Until.IsZero() && r.Extends == 0 {
		r.Until = earlier(time0(p.Until, r.Until), p.Until)
	}
	if err := e.log(tx, decisionEntry(ActApproved, by, d)); err != nil {
		return err
	}
	revision := r.Revision
	if err := e.settle(tx, w); err != nil {
		return err
	}
	if r.Revision == revision { // a yes always changes what the cards show
		return e.touch(tx, r)
	}
	return nil
}

func decisionEntry(act Action, by Actor, d *Decision) *Entry {
	data := map[string]string{}
	for i, r := range d.Rights {
		data[fmt.Sprintf("right%d", i+1)] = r.Key + " via " + r.Via + " from " + r.Source + " read " + r.ReadAt.UTC().Format(time.RFC3339)
		data["as"] = r.Words
	}
	if d.Duration > 0 {
		data["for"] = Span(d.Duration)
	}
	return &Entry{Action: act, Actor: by.Person.ID, Via: by.Account.String(), Request: d.Request, Data: data, Text: d.Comment}
}

// whoCan names those who can decide, as a sentence to follow another: " Caro Lind and 2 others can."
func (e *Engine) whoCan(tx Tx, w *work) string {
	if !w.request.CanDecide() {
		return ""
	}
	var names []string
	seen := map[PersonID]bool{}
	for _, o := range e.verdict(w).Open {
		for _, c := range o.Candidates {
			if !seen[c.Person] {
				seen[c.Person] = true
				names = append(names, nameOf(tx, c.Person))
			}
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return " " + names[0] + " can."
	case 2:
		return " " + names[0] + " and " + names[1] + " can."
	}
	return fmt.Sprintf(" %s and %d others can.", names[0], len(names)-1)
}

func nameOf(tx Tx, id PersonID) string {
	if p, err := tx.Person(id); err == nil && p.Name != "" {
		return p.Name
	}
	return string(id)
}

// decidedWords says how a request that is no longer pending was decided.
func (e *Engine) decidedWords(tx Tx, w *work, by Actor) string {
	r := w.request
	if n := len(w.decisions); n > 0 && r.State != Canceled && r.State != Lapsed {
		d := w.decisions[n-1]
		who, verb := nameOf(tx, d.Person)+" has", "agreed"
		if d.Person == by.Person.ID {
			who = "You have"
		}
		if !d.Yes {
			verb = "denied this"
		}
		return who + " already " + verb + ", at " + at(d.At, by.Zone) + "."
	}
	switch r.State {
	case Canceled:
		return "This was canceled at " + at(r.Closed, by.Zone) + "."
	case Lapsed:
		return "This lapsed at " + at(r.Closed, by.Zone) + ": nobody decided in time."
	}
	return "This is already decided."
}

// at words a time in a reader's zone, "12:28"; UTC is named when the zone is not known.
func at(t time.Time, zone string) string {
	if loc, err := time.LoadLocation(zone); err == nil && zone != "" {
		return t.In(loc).Format("15:04")
	}
	return t.UTC().Format("15:04 UTC")
}
