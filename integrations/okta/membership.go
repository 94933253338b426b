package okta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"hallpass/flows"
	"hallpass/integrations/rest"
)

// What is said of a thing that no longer exists.
const (
	groupGone  = "the group no longer exists in Okta"
	personGone = "the person no longer exists in Okta"
)

func refused(format string, args ...any) *flows.CallError {
	return &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: fmt.Sprintf(format, args...)}
}

func givenUp(ctx context.Context) *flows.CallError {
	return &flows.CallError{Outcome: flows.OutcomeLater, Sentence: "the call to Okta was given up", Cause: ctx.Err()}
}

// ours refuses what is not the membership of one person in one of our groups.
func (o *Okta) ours(e flows.Entitlement, p flows.PersonID) error {
	if e.Integration != o.name || e.Type != groupType || e.Permission != permission || e.ID == "" || p == "" {
		return refused("%s of %q is not the membership of somebody in a group of Okta", e, p)
	}
	return nil
}

// Check reads the group and, in a call of its own, the person's groups. Rules may be a minute old.
func (o *Okta) Check(ctx context.Context, e flows.Entitlement, p flows.PersonID) (flows.Reading, error) {
	if err := o.ours(e, p); err != nil {
		return flows.Reading{}, err
	}
	g, err := o.group(ctx, e.ID)
	if errors.Is(err, flows.ErrNotFound) {
		return flows.Reading{Gone: groupGone}, nil
	}
	if err != nil {
		return flows.Reading{}, err
	}
	rules, err := o.rules.recent(ctx)
	if err != nil {
		return flows.Reading{}, err
	}
	groups, err := o.GroupsOf(ctx, p)
	if errors.Is(err, flows.ErrNotFound) {
		return flows.Reading{Gone: personGone, Unfit: g.unfit(rules)}, nil
	}
	if err != nil {
		return flows.Reading{}, err
	}
	reading := flows.Reading{Present: slices.Contains(groups, e.ID), Unfit: g.unfit(rules)}
	if name, ok := rules[e.ID]; ok && reading.Present {
		reading.Source = ruleNamed(name)
	}
	return reading, nil
}

// Grant puts somebody into a group that is still fit. Already being in it is done.
func (o *Okta) Grant(ctx context.Context, e flows.Entitlement, p flows.PersonID) error {
	if err := o.ours(e, p); err != nil {
		return err
	}
	why, err := o.unfitNow(ctx, e.ID)
	switch {
	case errors.Is(err, flows.ErrNotFound):
		return refused(groupGone)
	case err != nil:
		return err
	case why != "":
		return refused("%s", why)
	}
	err = o.rest.Do(ctx, rest.Call{Method: http.MethodPut, Path: path("groups", e.ID, "users", string(p)), Bucket: "membership"})
	if !gone(err) {
		return err
	}
	missing, lookErr := o.missing(ctx, e.ID, p)
	switch {
	case lookErr != nil:
		return lookErr // the 404 proves that nothing was done, so what looking says stands for the call
	case missing != "":
		return refused("%s", missing)
	}
	return err
}

// Remove takes somebody out of a group. Not being in it, and a group or person that no longer exists, are done. A group that a rule
// has begun to fill is refused: Okta would write the person onto the rule's list of exceptions.
func (o *Okta) Remove(ctx context.Context, e flows.Entitlement, p flows.PersonID) error {
	if err := o.ours(e, p); err != nil {
		return err
	}
	why, err := o.unfitNow(ctx, e.ID)
	switch {
	case errors.Is(err, flows.ErrNotFound):
		return nil
	case err != nil:
		return err
	case why != "":
		return o.unlessAbsent(ctx, e, p, refused("%s", why))
	}
	err = o.rest.Do(ctx, rest.Call{Method: http.MethodDelete, Path: path("groups", e.ID, "users", string(p)), Bucket: "membership"})
	if !gone(err) {
		return err
	}
	_, err = o.missing(ctx, e.ID, p) // both there: he was not a member; one missing: so is the membership
	return err
}

// unlessAbsent gives the refusal only where there is something to remove.
func (o *Okta) unlessAbsent(ctx context.Context, e flows.Entitlement, p flows.PersonID, refusal error) error {
	groups, err := o.GroupsOf(ctx, p)
	if errors.Is(err, flows.ErrNotFound) || (err == nil && !slices.Contains(groups, e.ID)) {
		return nil
	}
	if err != nil {
		return err
	}
	return refusal
}

// unfitNow reads the group and the rules and says why the group cannot be changed, empty when it can. ErrNotFound when it is gone.
func (o *Okta) unfitNow(ctx context.Context, groupID string) (string, error) {
	g, err := o.group(ctx, groupID)
	if err != nil {
		return "", err
	}
	rules, err := o.rules.fresh(ctx)
	if err != nil {
		return "", err
	}
	if why := g.unfit(rules); why != "" {
		return fmt.Sprintf("%s cannot be changed: %s", g.text("name"), why), nil
	}
	return "", nil
}

// missing says which of group and person does not exist, empty when both do.
func (o *Okta) missing(ctx context.Context, groupID string, p flows.PersonID) (string, error) {
	if _, err := o.group(ctx, groupID); errors.Is(err, flows.ErrNotFound) {
		return groupGone, nil
	} else if err != nil {
		return "", err
	}
	if _, err := o.Person(ctx, p); errors.Is(err, flows.ErrNotFound) {
		return personGone, nil
	} else if err != nil {
		return "", err
	}
	return "", nil
}
