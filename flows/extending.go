package flows

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// OfferExtension is what the form for extending shows, for the usual time.
func (e *Engine) OfferExtension(ctx context.Context, who PersonID, id GrantID) (Offer, error) {
	return e.OfferFor(ctx, who, Draft{Extends: id})
}

func (e *Engine) offerExtension(ctx context.Context, who PersonID, wanted Draft) (Offer, error) {
	d := Draft{Extends: wanted.Extends, Reason: offering}
	w, err := e.extensionOf(ctx, who, &d)
	if err != nil {
		return Offer{}, err
	}
	f := w.terms
	o := Offer{TicketKey: d.TicketKey, Answers: d.Fields, Resource: w.resource, Flow: f, Permissions: []string{w.request.Entitlement.Permission}, Default: min(f.HowLong.Default, f.HowLong.Extend.By),
		Max: f.HowLong.Extend.By, Custom: true, Why: f.Why}
	for _, c := range f.HowLong.Choices {
		if c <= o.Max {
			o.Choices = append(o.Choices, c)
		}
	}
	if !slices.Contains(o.Choices, o.Max) {
		o.Choices = append(o.Choices, o.Max)
	}
	if w.request.Duration = o.Default; wanted.Duration > 0 {
		w.request.Duration = min(wanted.Duration, o.Max)
	}
	if f.lets(w.request, w.facts) != "" {
		o.Automatic = "It will be extended at once."
		return o, nil
	}
	for _, step := range f.Approval.steps() {
		for _, q := range step.All {
			o.Deciders = append(o.Deciders, open(f, wanting{Requirement: q}, w.request, nil, w.facts, e.human))
		}
	}
	return o, nil
}

// extensionOf checks that a grant can be extended by its holder, within the caps of the flow that covers it now.
func (e *Engine) extensionOf(ctx context.Context, who PersonID, d *Draft) (*work, error) {
	var g *Grant
	if err := e.store.View(ctx, func(tx Tx) (err error) {
		if g, err = extendable(tx, who, d.Extends, Extend{}); err != nil {
			return err
		}
		return d.goOnWith(tx, g)
	}); err != nil {
		return nil, err
	}
	d.Resource, d.Permission = g.Entitlement.ResourceKey, g.Entitlement.Permission
	w, _, err := e.draftWork(ctx, who, *d)
	if err != nil {
		return nil, err
	}
	if err := checkExtension(w.terms, g, d); err != nil {
		return nil, err
	}
	w.request.Extends = g.ID
	if d.Reason == offering {
		return w, nil
	}
	return w, e.checkNamed(ctx, w, d)
}

// goOnWith fills in what the request of a grant named, where an extension says nothing else.
func (d *Draft) goOnWith(tx Tx, g *Grant) error {
	base, err := tx.Request(g.Request)
	if err != nil {
		return err
	}
	if d.TicketKey == "" {
		d.TicketKey = base.TicketKey
	}
	if d.Fields == nil {
		d.Fields = base.Fields
	}
	return nil
}

// offering stands in for the reason while a form is only being drawn.
const offering = "-"

// extendable is a running grant of this person that no extension waits for. It is looked at again when the request is recorded, with the
// flow's caps, for two forms may be sent at one moment.
func extendable(tx Tx, who PersonID, id GrantID, x Extend) (*Grant, error) {
	g, err := tx.Grant(id)
	if ignoreMissing(err) != nil {
		return nil, err
	}
	if err != nil || g.Person != who {
		return nil, Errorf(KindNotFound, "There is no such access of yours.")
	}
	waits, err := tx.CountRequests(RequestFilter{Extends: id, States: []RequestState{Pending}})
	switch {
	case err != nil:
		return nil, err
	case g.State != Active:
		return nil, Errorf(KindConflict, "This access is over. Ask for it again.")
	case g.Endless():
		return nil, Errorf(KindRefused, "This access has no end, so there is nothing to extend.")
	case waits > 0:
		return nil, Errorf(KindConflict, "An extension of this is already waiting for an answer.")
	case x.Times > 0:
		return g, capped(x, g)
	}
	return g, nil
}

func capped(x Extend, g *Grant) error {
	switch {
	case x.Times == 0:
		return Errorf(KindRefused, "This cannot be extended. Ask for it again when it has ended.")
	case g.Extended >= x.Times:
		return Errorf(KindRefused, "This has been extended %s already, which is the most. Ask for it again when it has ended.", times(g.Extended))
	}
	return nil
}

func checkExtension(f *Flow, g *Grant, d *Draft) error {
	x := f.HowLong.Extend
	if err := capped(x, g); err != nil {
		return err
	}
	if err := d.endFrom(g.Ends); err != nil {
		return err
	}
	if d.Duration == 0 {
		d.Duration = min(f.HowLong.Default, x.By)
	}
	if d.Duration == Indefinite {
		return &Error{Kind: KindInvalid, Field: "duration", Sentence: "An extension has an end. Ask anew for access until revoked."}
	}
	if d.Duration > x.By {
		return &Error{Kind: KindInvalid, Field: "duration", Sentence: fmt.Sprintf("At most %s more at a time.", Span(x.By))}
	}
	if d.Duration < time.Minute {
		return &Error{Kind: KindInvalid, Field: "duration", Sentence: "At least 1 min."}
	}
	if d.Reason == offering {
		return nil
	}
	return checkReason(f.Why, d.Reason)
}

// ticketOfExtension adds a last look at the ticket of a request to extend. It gives at once when it is decided, so there is no later moment
// for it, as there is before a grant.
func ticketOfExtension(n *needs, w *work) {
	if w.request.Extends != 0 {
		namedTickets(n, w)
	}
}

// ticketNext is ticketOfExtension once nobody needs to decide any more. While people do, the ticket is not looked at.
func ticketNext(n *needs, w *work) {
	if len(w.request.Open) == 0 {
		ticketOfExtension(n, w)
	}
}

// extensionWaits says why a request to extend waits though it is agreed to: nobody can tell whether its ticket is still good enough, or nothing is
// given now. Empty when it need not.
func (e *Engine) extensionWaits(tx Tx, w *work) (string, error) {
	if w.request.Extends == 0 || w.cover.Flow == nil {
		return "", nil
	}
	_, unknown, err := e.ticketNow(tx, w)
	if err != nil || unknown != "" {
		return unknown, err
	}
	return e.notNow(tx)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
