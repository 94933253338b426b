package okta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"hallpass/flows"
	"hallpass/integrations/rest"
)

// Sync lists every group with its tags, and the members of those that are fit. It is complete or an error. It leaves a part of the
// rate limit to others and waits when Okta says so. A group that vanishes while it runs is left out.
func (o *Okta) Sync(ctx context.Context) (flows.Snapshot, error) {
	var groups []group
	call := rest.Call{
		Method: http.MethodGet, Path: path("groups"), Query: url.Values{"limit": {fmt.Sprint(groupsPage)}}, Bucket: "groups", Background: true,
	}
	if err := rest.Pages(ctx, o.rest, call, func(page []group) { groups = append(groups, page...) }); err != nil {
		return flows.Snapshot{}, err
	}
	rules, err := o.readRules(ctx, true)
	if err != nil {
		return flows.Snapshot{}, err
	}
	resources := make([]flows.Resource, len(groups))
	var fit []flows.Entitlement
	for i, g := range groups {
		resources[i] = o.resource(g, rules)
		if resources[i].Unfit == "" {
			fit = append(fit, flows.Entitlement{ResourceKey: resources[i].ResourceKey, Permission: permission})
		}
	}
	return o.withMembers(ctx, resources, fit)
}

// withMembers reads the members of the fit groups, a few at one time.
func (o *Okta) withMembers(ctx context.Context, resources []flows.Resource, fit []flows.Entitlement) (flows.Snapshot, error) {
	lists, errs := make([][]user, len(fit)), make([]error, len(fit))
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wait sync.WaitGroup
	slots := make(chan struct{}, syncConcurrent)
	for i, e := range fit {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			lists[i], errs[i] = o.members(ctx, e.ID, true)
			if errs[i] != nil && !errors.Is(errs[i], flows.ErrNotFound) {
				stop()
			}
		})
	}
	wait.Wait()
	return assemble(resources, fit, lists, errs)
}

// assemble makes the snapshot, or gives the error that stopped the reading rather than one of those that the stopping caused.
func assemble(resources []flows.Resource, fit []flows.Entitlement, lists [][]user, errs []error) (flows.Snapshot, error) {
	members, vanished := map[flows.Entitlement][]flows.PersonID{}, map[string]bool{}
	var failed *flows.CallError
	for i, e := range fit {
		if errors.Is(errs[i], flows.ErrNotFound) {
			vanished[e.ID] = true
			continue
		}
		if errs[i] != nil {
			if call := flows.AsCall(errs[i]); failed == nil || (call.Lane && !failed.Lane) {
				failed = call
			}
			continue
		}
		ids := make([]flows.PersonID, 0, len(lists[i]))
		for _, u := range lists[i] {
			ids = append(ids, flows.PersonID(u.ID))
		}
		members[e] = ids
	}
	if failed != nil {
		return flows.Snapshot{}, failed
	}
	kept := make([]flows.Resource, 0, len(resources))
	for _, r := range resources {
		if !vanished[r.ID] {
			kept = append(kept, r)
		}
	}
	return flows.Snapshot{Resources: kept, Members: members}, nil
}
