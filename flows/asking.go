package flows

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// maxReason is the longest reason, in characters: Slack's own bound for a text field.
const maxReason = 3000

// Offer is what the form shows for one resource, for the usual time.
func (e *Engine) Offer(ctx context.Context, who PersonID, k ResourceKey, permission string) (Offer, error) {
	return e.OfferFor(ctx, who, Draft{Resource: k, Permission: permission})
}

// OfferFor is what the form shows for a draft: who decides, or that nobody has to, is said for its duration, cut to the longest that there is.
func (e *Engine) OfferFor(ctx context.Context, who PersonID, d Draft) (Offer, error) {
	if d.Extends != 0 {
		return e.offerExtension(ctx, who, d)
	}
	w, perms, err := e.draftWork(ctx, who, d)
	if err != nil {
		return Offer{}, err
	}
	f := w.terms
	o := Offer{Resource: w.resource, Flow: f, Permissions: perms, Choices: f.HowLong.Choices, Default: f.HowLong.Default, Max: f.HowLong.longest(),
		Custom: f.HowLong.Custom, Indefinite: f.HowLong.Indefinite, Why: f.Why}
	w.request.Duration = f.HowLong.chosen(d.Duration)
	if why, on := f.passes(w.request, w.facts); why != "" {
		o.Automatic = "You will get it at once" + becauseOf(why) + "."
		if o.Indefinite {
			o.Automatic += " Access until revoked is decided by people."
		}
		o.onCall(on, w.facts)
		return o, nil
	}
	o.NotAtOnce = f.almost(w.request, w.facts)
	for _, step := range f.Approval.steps() {
		for _, q := range step.All {
			x := open(f, wanting{Requirement: q}, w.request, nil, w.facts, e.human)
			o.Deciders = append(o.Deciders, x)
			o.Unknown = firstNonEmpty(o.Unknown, x.Unknown)
		}
	}
	return o, nil
}

// chosen is the duration that an offer is about: the one that is chosen so far, or the usual one.
func (h HowLong) chosen(d time.Duration) time.Duration {
	switch {
	case d <= 0 || h.Max == 0:
		return h.usual()
	case d == Indefinite && h.Indefinite:
		return d
	}
	return min(d, h.Max)
}

// TimeMatters reports whether it depends on for how long something is asked who decides, or whether anybody has to.
func (o Offer) TimeMatters() bool {
	return o.Flow != nil && (o.Indefinite || o.Flow.HowLong.InTotal.Max > 0 || slices.ContainsFunc(o.Flow.Approval.AutomaticIf, func(c Condition) bool { return c.AtMost > 0 }))
}

// denied is what a deny flow says to those it covers.
func denied(r Resource, f *Flow) *Error {
	return &Error{Kind: KindRefused, Field: "resource", Sentence: fmt.Sprintf("%s cannot be asked for: the flow %s forbids it.", r.Name, f.Name)}
}

// draftWork gathers everything about a draft as if it were a request.
func (e *Engine) draftWork(ctx context.Context, who PersonID, d Draft) (*work, []string, error) {
	w := &work{request: &Request{Asker: who, For: who, State: Pending, Entitlement: Entitlement{d.Resource, d.Permission}}}
	err := e.store.View(ctx, func(tx Tx) (err error) {
		if err := e.renew(tx); err != nil {
			return err
		}
		w.policy = e.policy.Load()
		w.resource, err = tx.Resource(d.Resource)
		return err
	})
	if err != nil {
		if KindOf(err) == KindNotFound {
			return nil, nil, e.unseen()
		}
		return nil, nil, err
	}
	n := newNeeds(who)
	for _, perm := range w.resource.Permissions {
		w.policy.whoNeeds(n, w.resource, perm)
	}
	w.facts = e.gather(ctx, n)
	if t := w.facts.Asker.Trouble; t != "" {
		return nil, nil, Errorf(KindUnknown, "%s, so we can’t tell what you may ask for. Try again in a minute.", t)
	}
	perms := w.policy.permissions(w.resource, w.facts)
	if d.Permission == "" {
		w.request.Entitlement.Permission = firstOf(perms)
	}
	w.cover = w.policy.Cover(w.resource, w.request.Entitlement.Permission, w.facts)
	switch {
	case w.cover.Unknown != "":
		return nil, nil, Errorf(KindUnknown, "%s, so we can’t tell what you may ask for. Try again in a minute.", w.cover.Unknown)
	case w.cover.Denied != nil && w.facts.Asker.Value.Active() && w.policy.couldAsk(w.resource, w.request.Entitlement.Permission, w.facts):
		return nil, nil, denied(w.resource, w.cover.Denied)
	case w.cover.Flow == nil || !w.facts.Asker.Value.Active() || !slices.Contains(perms, w.request.Entitlement.Permission):
		return nil, nil, e.unseen() // its name is not theirs to know
	}
	w.asked = w.cover.Flow
	n.approval(w.asked, w.resource)
	w.facts = e.gather(ctx, n)
	var trouble string
	if w.terms, trouble = w.termsOf(w.asked); trouble != "" {
		return nil, nil, Errorf(KindUnknown, "%s, so we can’t tell what you may ask for. Try again in a minute.", trouble)
	}
	return w, perms, e.store.View(ctx, func(tx Tx) error { return e.readLocal(tx, w) })
}

// becauseOf words why nobody has to decide; nothing for a flow that never asks anybody.
func becauseOf(why string) string {
	switch why {
	case "automatic":
		return ""
	case "exempt":
		return ": you are exempt from asking"
	}
	return " (" + why + ")"
}

// CheckDraft reports the first mistake in a draft, at its field.
func (e *Engine) CheckDraft(ctx context.Context, who PersonID, d Draft) error {
	if d.Extends != 0 {
		_, err := e.extensionOf(ctx, who, &d)
		return err
	}
	_, err := e.draft(ctx, who, &d)
	return err
}

// draft checks everything about an ordinary draft and fills in what the flow can fill.
func (e *Engine) draft(ctx context.Context, who PersonID, d *Draft) (*work, error) {
	w, _, err := e.draftWork(ctx, who, *d)
	if err != nil {
		return nil, err
	}
	if err := d.endFrom(e.clock.Company()); err != nil {
		return nil, err
	}
	if err := checkDraft(w.terms, d); err != nil {
		return nil, err
	}
	return w, e.checkNamed(ctx, w, d)
}

// checkNamed checks what a draft answers besides the reason: the flow's own questions, and last the ticket, which is asked outside.
func (e *Engine) checkNamed(ctx context.Context, w *work, d *Draft) error {
	if err := e.checkAnswers(ctx, w.terms.Why.Fields, d); err != nil {
		return err
	}
	return e.checkTicket(ctx, w, d)
}

// endFrom makes a duration of a moment that was named as the end.
func (d *Draft) endFrom(start time.Time) error {
	if d.Until.IsZero() {
		return nil
	}
	if d.Duration = d.Until.Sub(start); d.Duration <= 0 {
		return &Error{Kind: KindInvalid, Field: "duration", Sentence: "That is not later than it would end anyway. Name a later time."}
	}
	return nil
}

// checkDraft checks what a flow says of duration and reason, and fills the default duration in.
func checkDraft(f *Flow, d *Draft) error {
	h := f.HowLong
	if d.Duration == 0 {
		d.Duration = h.Default
	}
	switch {
	case d.Duration == Indefinite && !h.Indefinite:
		return &Error{Kind: KindInvalid, Field: "duration", Sentence: fmt.Sprintf("Access here has an end: at most %s.", Span(h.longest()))}
	case d.Duration == Indefinite:
		return checkReason(f.Why, d.Reason)
	case h.Max == 0:
		return &Error{Kind: KindInvalid, Field: "duration", Sentence: "Access here has no end: choose until revoked."}
	case d.Duration > h.longest() && (h.Custom || !h.Indefinite):
		s := fmt.Sprintf("At most %s here.", Span(h.longest()))
		if h.Extend.Times > 0 {
			s += fmt.Sprintf(" Ask for %s and extend later.", Span(h.longest()))
		}
		return &Error{Kind: KindInvalid, Field: "duration", Sentence: s}
	case d.Duration < time.Minute:
		return &Error{Kind: KindInvalid, Field: "duration", Sentence: "At least 1 min."}
	case !h.Custom && d.Duration != h.Default && !slices.Contains(h.Choices, d.Duration):
		return &Error{Kind: KindInvalid, Field: "duration", Sentence: "Choose " + Join(h.spans(), "or") + "."}
	}
	return checkReason(f.Why, d.Reason)
}

func checkReason(w Why, reason string) error {
	n := utf8.RuneCountInString(strings.TrimSpace(reason))
	switch {
	case w.Required && n == 0:
		return &Error{Kind: KindInvalid, Field: "reason", Sentence: "Say why; it is shown to those who decide."}
	case n > 0 && n < w.AtLeast, w.Required && n < w.AtLeast:
		return &Error{Kind: KindInvalid, Field: "reason", Sentence: fmt.Sprintf("Say a little more: at least %d characters.", w.AtLeast)}
	case w.Pattern != "" && n > 0 && !regexp.MustCompile(w.Pattern).MatchString(reason):
		return &Error{Kind: KindInvalid, Field: "reason", Sentence: "The reason must match " + w.Pattern + hintOf(w) + "."}
	case n > maxReason:
		return &Error{Kind: KindInvalid, Field: "reason", Sentence: fmt.Sprintf("At most %d characters.", maxReason)}
	}
	return nil
}

func hintOf(w Why) string {
	if w.Hint == "" {
		return ""
	}
	return " (" + w.Hint + ")"
}

// spans words what the form offers besides a time of one's own.
func (h HowLong) spans() []string {
	choices := h.Choices
	if len(choices) == 0 && h.Max > 0 {
		choices = []time.Duration{h.Default}
	}
	var out []string
	for _, c := range choices {
		out = append(out, Span(c))
	}
	if h.Indefinite {
		out = append(out, untilRevoked)
	}
	return out
}

// Ask makes a request. One nonce makes at most one: a repeat gets the first.
func (e *Engine) Ask(ctx context.Context, by Actor, d Draft) (*Request, error) {
	if r := e.byNonce(ctx, d.Nonce); r != nil {
		return r, nil
	}
	var w *work
	var err error
	if d.Extends != 0 {
		w, err = e.extensionOf(ctx, by.Person.ID, &d)
	} else {
		w, err = e.draft(ctx, by.Person.ID, &d)
	}
	if err != nil {
		return nil, err
	}
	var made *Request
	err = e.store.Change(ctx, func(tx Tx) error {
		if old, err := tx.RequestByNonce(d.Nonce); err == nil && d.Nonce != "" {
			made = old
			return nil
		}
		moved, err := e.moved(tx, w.policy)
		if err != nil {
			return err
		}
		if moved {
			return Errorf(KindConflict, "The policy has just changed. Ask again.")
		}
		if w.facts.stale(tx.Real()) {
			return Errorf(KindUnknown, "Looking things up took too long. Nothing was asked; try again.")
		}
		if err := e.limits(tx, by.Person.ID); err != nil {
			return err
		}
		if d.Extends != 0 {
			if _, err := extendable(tx, by.Person.ID, d.Extends, w.terms.HowLong.Extend); err != nil {
				return err
			}
		}
		if err := ticketFree(tx, w.terms.Why.Ticket, w.request, d.TicketKey); err != nil {
			return err
		}
		made = e.newRequest(tx, w, by, d)
		return e.begin(tx, w, made)
	})
	return made, err
}

func (e *Engine) byNonce(ctx context.Context, nonce string) (r *Request) {
	if nonce == "" {
		return nil
	}
	_ = e.store.View(ctx, func(tx Tx) (err error) {
		r, err = tx.RequestByNonce(nonce)
		return err
	})
	return r
}

// limits holds one person to so many requests pending and so many a day.
func (e *Engine) limits(tx Tx, who PersonID) error {
	n, err := tx.CountRequests(RequestFilter{Asker: who, States: []RequestState{Pending}})
	if err != nil {
		return err
	}
	if e.set.Pending > 0 && n >= e.set.Pending {
		return Errorf(KindRefused, "You have %d requests waiting, which is the most at one time. Cancel one, or wait for an answer.", n)
	}
	n, err = tx.CountRequests(RequestFilter{Asker: who, MadeSince: tx.Now().Add(-24 * time.Hour)})
	if err != nil {
		return err
	}
	if e.set.PerDay > 0 && n >= e.set.PerDay {
		return Errorf(KindRefused, "You have asked %d times in the last 24 h, which is the most. Ask a security admin if you need more today.", n)
	}
	return nil
}

// showExtension has the cards of a grant show that more time is being asked for.
func (e *Engine) showExtension(tx Tx, r *Request) error {
	if r.Extends == 0 {
		return nil
	}
	g, err := tx.Grant(r.Extends)
	if err != nil {
		return err
	}
	base, err := tx.Request(g.Request)
	if err != nil {
		return err
	}
	return e.touch(tx, base)
}

func (e *Engine) newRequest(tx Tx, w *work, by Actor, d Draft) *Request {
	r := &Request{State: Pending, Asker: by.Person.ID, For: by.Person.ID, Entitlement: w.request.Entitlement, Duration: d.Duration, Until: d.Until,
		Reason: strings.TrimSpace(d.Reason), TicketKey: d.TicketKey, Fields: d.Fields, Extends: d.Extends, FlowName: w.asked.Name, FlowHash: w.asked.Hash(), ForGroup: w.terms.group, Guarded: w.cover.Guarded, Nonce: d.Nonce, Via: by.Account,
		Made: tx.Now(), Policy: w.policy.Hash}
	if w.ticket != nil {
		r.TicketSeen = TicketSeen{Status: w.ticket.Value.Status, Assignee: w.ticket.Value.AssigneeName}
	}
	r.lapseAfter(tx.Now(), w.terms)
	return r
}

// lapseAfter says when nobody needs to decide any more: after the flow's time, or when the end that was named has come.
func (r *Request) lapseAfter(now time.Time, f *Flow) {
	r.Lapses = now.Add(f.Approval.Lapse)
	if !r.Until.IsZero() {
		r.Lapses = earlier(r.Lapses, r.Until)
	}
}

// begin records a new request with its cards, its ticket and its first people.
func (e *Engine) begin(tx Tx, w *work, r *Request) error {
	if err := tx.PutPerson(w.facts.Asker.Value); err != nil {
		return err
	}
	if err := tx.PutRequest(r); err != nil {
		return err
	}
	if at := e.set.Feed; at != (Place{}) {
		if err := e.sayIn(tx, at, Post{Kind: PostFeed, Key: feedKey(r.ID), Request: r.ID}); err != nil {
			return err
		}
	}
	if err := e.say(tx, Post{Kind: PostAsker, Key: askerKey(r.ID), Person: r.Asker, Request: r.ID}); err != nil {
		return err
	}
	data := map[string]string{"flow": w.asked.Name, "hash": w.asked.Hash(), "entitlement": r.Entitlement.String(), "for": Span(r.Duration)}
	if r.Guarded {
		data["guarded"] = "two admins decide too"
	}
	if r.Extends != 0 {
		data["extends"] = r.Extends.String()
	}
	if w.ticket != nil {
		data["ticket"] = r.TicketKey + " read from " + w.ticket.Source + " at " + w.ticket.ReadAt.UTC().Format(time.RFC3339)
	}
	if err := e.log(tx, &Entry{Action: ActAsked, Actor: r.Asker, Via: r.Via.String(), Request: r.ID, Grant: r.Extends, Data: data, Text: r.typed(tx, w.asked.Why.Fields)}); err != nil {
		return err
	}
	if err := wantTicket(tx, r, w.asked.Tickets.In); err != nil {
		return err
	}
	if err := e.showExtension(tx, r); err != nil {
		return err
	}
	fresh := *w
	fresh.request, fresh.decisions = r, nil
	if err := e.settle(tx, &fresh); err != nil || !r.CanDecide() {
		return err
	}
	return wantAsk(tx, r.ID, tx.Real().Add(recheck(r)))
}
