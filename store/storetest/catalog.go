package storetest

import (
	"errors"
	"time"

	"hallpass/flows"
)

var catalogStories = []story{
	{"people", people},
	{"a resource comes back whole", resourceWhole},
	{"resources by filter, by name", resourceFilters},
	{"resources page by page", resourcePages},
	{"members keep their first time", membersSince},
	{"how syncs went", syncStates},
}

func people(w *world) {
	ann, bob := filled[flows.Person](), filled[flows.Person]()
	ann.ID, bob.ID = "ann", "bob"
	w.change(func(tx flows.Tx) error { return errors.Join(tx.PutPerson(bob), tx.PutPerson(ann)) })
	w.same("a person", read(w, func(tx flows.Tx) (flows.Person, error) { return tx.Person("ann") }), ann)
	ann.Status = flows.StatusLeft
	w.change(func(tx flows.Tx) error { return tx.PutPerson(ann) })
	w.same("all people", read(w, func(tx flows.Tx) ([]flows.Person, error) { return tx.People() }), []flows.Person{ann, bob})
	w.view(func(tx flows.Tx) error {
		_, err := tx.Person("nobody")
		w.absent("Person", err)
		return nil
	})
}

func resourceWhole(w *world) {
	r := filled[flows.Resource]()
	w.change(func(tx flows.Tx) error { return tx.PutResource(r) })
	one := func(tx flows.Tx) (flows.Resource, error) { return tx.Resource(r.ResourceKey) }
	w.same("the resource", read(w, one), r)
	r.Name, r.Unfit = "renamed", ""
	w.change(func(tx flows.Tx) error { return tx.PutResource(r) })
	w.same("the replaced resource", read(w, one), r)
	w.view(func(tx flows.Tx) error {
		_, err := tx.Resource(flows.ResourceKey{Integration: "okta"})
		w.absent("Resource", err)
		return nil
	})
}

func stocked(w *world) {
	thing := func(integration, kind, id, name string) flows.Resource {
		return flows.Resource{ResourceKey: flows.ResourceKey{Integration: integration, Type: kind, ID: id}, Name: name}
	}
	gone, unfit := thing("okta", "group", "g5", "prod-gone"), thing("okta", "group", "g6", "prod-rule")
	gone.Gone, unfit.Unfit = true, "assigned by a rule"
	w.change(func(tx flows.Tx) error {
		var errs error
		for _, r := range []flows.Resource{
			thing("okta", "group", "g2", "Prod_DB"), thing("okta", "group", "g1", "prod-db"), thing("okta", "app", "a1", "prod-db"),
			thing("ldap", "group", "l1", "PROD-DB"), thing("okta", "group", "g3", "Büro 100%"), thing("okta", "group", "g4", "zebra"), gone, unfit,
		} {
			errs = errors.Join(errs, tx.PutResource(r))
		}
		return errs
	})
}

func found(w *world, f flows.ResourceFilter) []string {
	w.Helper()
	out := []string{}
	for _, r := range read(w, func(tx flows.Tx) ([]flows.Resource, error) { return tx.Resources(f) }) {
		out = append(out, r.ID)
	}
	return out
}

func resourceFilters(w *world) {
	stocked(w)
	for name, c := range map[string]struct {
		f    flows.ResourceFilter
		want []string
	}{
		"all that can be":        {flows.ResourceFilter{}, []string{"g3", "l1", "a1", "g1", "g2", "g4"}},
		"with gone and unfit":    {flows.ResourceFilter{All: true}, []string{"g3", "l1", "a1", "g1", "g5", "g6", "g2", "g4"}},
		"integration":            {flows.ResourceFilter{Integration: "ldap"}, []string{"l1"}},
		"type":                   {flows.ResourceFilter{Type: "app"}, []string{"a1"}},
		"text inside":            {flows.ResourceFilter{Text: "EB"}, []string{"g4"}},
		"text is taken literal":  {flows.ResourceFilter{Text: "d_d"}, []string{"g2"}},
		"a percent sign too":     {flows.ResourceFilter{Text: "%"}, []string{"g3"}},
		"beyond ASCII":           {flows.ResourceFilter{Text: "BÜRO"}, []string{"g3"}},
		"exact name":             {flows.ResourceFilter{Name: "Prod-DB"}, []string{"l1", "a1", "g1"}},
		"exact name in okta":     {flows.ResourceFilter{Name: "prod-db", Integration: "okta", Type: "group"}, []string{"g1"}},
		"limit":                  {flows.ResourceFilter{Text: "prod", Limit: 2}, []string{"l1", "a1"}},
		"nothing":                {flows.ResourceFilter{Text: "nothing like it"}, []string{}},
		"a backslash is nothing": {flows.ResourceFilter{Text: `\`}, []string{}},
	} {
		w.same("Resources, "+name, found(w, c.f), c.want)
	}
}

func resourcePages(w *world) {
	stocked(w)
	var all []string
	f := flows.ResourceFilter{All: true, Limit: 3}
	for {
		page := read(w, func(tx flows.Tx) ([]flows.Resource, error) { return tx.Resources(f) })
		for _, r := range page {
			all = append(all, r.ID)
		}
		if len(page) < f.Limit {
			break
		}
		f.After = &page[len(page)-1]
	}
	w.same("all pages together", all, []string{"g3", "l1", "a1", "g1", "g5", "g6", "g2", "g4"})
}

func membersSince(w *world) {
	replace := func(people ...flows.PersonID) {
		w.Helper()
		w.change(func(tx flows.Tx) error { return tx.ReplaceMembers(prodDB, people) })
	}
	replace("ann", "bob", "ann")
	w.clock.Advance(time.Hour, time.Hour)
	replace("bob", "eve")
	w.clock.Advance(time.Hour, time.Hour)
	replace("bob", "eve", "ann")
	other := prodDB
	other.ID = "00g2"
	w.change(func(tx flows.Tx) error { return tx.ReplaceMembers(other, nil) })
	since := func(e flows.Entitlement, p flows.PersonID) time.Time {
		return read(w, func(tx flows.Tx) (time.Time, error) {
			at, ok, err := tx.SeenSince(e, p)
			if ok == at.IsZero() {
				w.Errorf("SeenSince says %v, %v", at, ok)
			}
			return at, err
		})
	}
	w.same("bob, always there", since(prodDB, "bob"), Noon)
	w.same("eve, there since one", since(prodDB, "eve"), Noon.Add(time.Hour))
	w.same("ann, back again", since(prodDB, "ann"), Noon.Add(2*time.Hour))
	w.same("somebody never seen", since(prodDB, "max"), time.Time{})
	w.same("another entitlement", since(other, "bob"), time.Time{})
}

func syncStates(w *world) {
	s := filled[flows.SyncState]()
	s.Integration = "okta"
	w.change(func(tx flows.Tx) error { return tx.PutSync(s) })
	w.same("the sync", read(w, func(tx flows.Tx) (flows.SyncState, error) { return tx.Sync("okta") }), s)
	s.Failed = ""
	w.change(func(tx flows.Tx) error { return tx.PutSync(s) })
	w.same("the replaced sync", read(w, func(tx flows.Tx) (flows.SyncState, error) { return tx.Sync("okta") }), s)
	never := read(w, func(tx flows.Tx) (flows.SyncState, error) { return tx.Sync("ldap") })
	w.same("one that never ran, but for its name", never, flows.SyncState{Integration: "ldap"})
}
