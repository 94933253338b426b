package flows

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// OfferExtension is what the form for extending shows.
func (e *Engine) OfferExtension(ctx context.Context, who PersonID, id GrantID) (Offer, error) {
	d := Draft{Extends: id, Reason: "-"}
	w, err := e.extensionOf(ctx, who, &d)
	if err != nil {
		return Offer{}, err
	}
	f := w.asked
	o := Offer{Resource: w.resource, Flow: f, Permissions: []string{w.request.Entitlement.Permission}, Default: min(f.HowLong.Default, f.HowLong.Extend.By),
		Max: f.HowLong.Extend.By, Custom: true, Why: f.Why}
	for _, c := range f.HowLong.Choices {
		if c <= o.Max {
			o.Choices = append(o.Choices, c)
		}
	}
	if !slices.Contains(o.Choices, o.Max) {
		o.Choices = append(o.Choices, o.Max)
	}
	if f.Approval.Automatic {
		o.Automatic = "It will be extended at once."
		return o, nil
	}
	for i := range f.Approval.Steps {
		for _, q := range f.Approval.Steps[i].All {
			o.Deciders = append(o.Deciders, open(f, q, w.request, nil, w.facts, e.human))
		}
	}
	return o, nil
}

// extensionOf checks that a grant can be extended by its holder, within the caps of the flow that covers it now.
func (e *Engine) extensionOf(ctx context.Context, who PersonID, d *Draft) (*work, error) {
	var g *Grant
	var waits int
	err := e.store.View(ctx, func(tx Tx) (err error) {
		if g, err = tx.Grant(d.Extends); err != nil {
			return err
		}
		waits, err = tx.CountRequests(RequestFilter{Extends: d.Extends, States: []RequestState{Pending}})
		return err
	})
	switch {
	case KindOf(err) == KindNotFound:
		return nil, Errorf(KindNotFound, "There is no such access of yours.")
	case err != nil:
		return nil, err
	case g.Person != who:
		return nil, Errorf(KindNotFound, "There is no such access of yours.")
	case g.State != Active:
		return nil, Errorf(KindConflict, "This access is over. Ask for it again.")
	case waits > 0:
		return nil, Errorf(KindConflict, "An extension of this is already waiting for an answer.")
	}
	d.Resource, d.Permission = g.Entitlement.ResourceKey, g.Entitlement.Permission
	w, _, err := e.draftWork(ctx, who, *d)
	if err != nil {
		return nil, err
	}
	if err := checkExtension(w.asked, g, d); err != nil {
		return nil, err
	}
	w.request.Extends = g.ID
	return w, nil
}

func checkExtension(f *Flow, g *Grant, d *Draft) error {
	x := f.HowLong.Extend
	switch {
	case x.Times == 0:
		return Errorf(KindRefused, "This cannot be extended. Ask for it again when it has ended.")
	case g.Extended >= x.Times:
		return Errorf(KindRefused, "This has been extended %s already, which is the most. Ask for it again when it has ended.", times(g.Extended))
	}
	if d.Duration == 0 {
		d.Duration = min(f.HowLong.Default, x.By)
	}
	if d.Duration > x.By {
		return &Error{Kind: KindInvalid, Field: "duration", Sentence: fmt.Sprintf("At most %s more at a time.", Span(x.By))}
	}
	if d.Duration < time.Minute {
		return &Error{Kind: KindInvalid, Field: "duration", Sentence: "At least 1 min."}
	}
	if d.Reason == "-" {
		return nil
	}
	return checkReason(f.Why, d.Reason)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
