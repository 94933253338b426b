package bot

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"hallpass/flows"
)

// How many things one list shows.
const (
	mineShown   = 10
	activeShown = 15
	activeRead  = 2000 // grants looked through for an admin's list
)

// overview is what one person sees at once: theirs, what waits for them, and for admins everything active.
type overview struct {
	Mine    []*Story // what they have, soonest end first
	Asked   []*Story // what they have asked for
	Waiting []*Story // what waits for their decision
}

// live are the states of grants that somebody has, or nearly.
var live = []flows.GrantState{flows.Waiting, flows.Granting, flows.Active, flows.Revoking}

func (b *Bot) overview(ctx context.Context, who flows.PersonID) (overview, error) {
	var o overview
	err := b.Store.View(ctx, func(tx flows.Tx) (err error) {
		o = overview{}
		if o.Mine, err = b.leases(tx, flows.GrantFilter{Person: who, States: live, Limit: mineShown}); err != nil {
			return err
		}
		pending := []flows.RequestState{flows.Pending}
		if o.Asked, err = b.requests(tx, flows.RequestFilter{Asker: who, States: pending, Limit: mineShown}); err != nil {
			return err
		}
		o.Waiting, err = b.waiting(tx, who)
		return err
	})
	for _, list := range [][]*Story{o.Mine, o.Asked, o.Waiting} {
		for _, s := range list {
			s.Post.Person = who
		}
	}
	o.Waiting = slices.DeleteFunc(o.Waiting, func(s *Story) bool { return s.mine() != nil })
	slices.SortStableFunc(o.Mine, bySoonestEnd)
	return o, err
}

// waiting are the requests that somebody could decide, those that they were asked about and those that they were not yet.
func (b *Bot) waiting(tx flows.Tx, who flows.PersonID) (out []*Story, err error) {
	list, err := tx.Requests(flows.RequestFilter{Naming: who})
	for _, r := range list {
		if err != nil || len(out) == mineShown {
			break
		}
		if !r.CouldDecide(who) {
			continue
		}
		var s *Story
		if s, err = b.read(tx, r.ID, 0); err == nil {
			out = append(out, s)
		}
	}
	return out, err
}

// bySoonestEnd puts what has no end last.
func bySoonestEnd(a, b *Story) int {
	return cmp.Or(cmp.Compare(endless(a.Grant), endless(b.Grant)), a.Grant.Ends.Compare(b.Grant.Ends))
}

func (b *Bot) leases(tx flows.Tx, f flows.GrantFilter) ([]*Story, error) {
	list, err := tx.Grants(f)
	if err != nil {
		return nil, err
	}
	var out []*Story
	for _, g := range list {
		s, err := b.read(tx, g.Request, g.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func (b *Bot) requests(tx flows.Tx, f flows.RequestFilter) ([]*Story, error) {
	list, err := tx.Requests(f)
	if err != nil {
		return nil, err
	}
	var out []*Story
	for _, r := range list {
		s, err := b.read(tx, r.ID, 0)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// active are the grants that admins see, and how many more there are: first the ends that are not proved, then what has no end, which stands
// until somebody looks at it, the oldest first, then the rest by their ends.
func (b *Bot) active(ctx context.Context, query string) (shown []*Story, more int, err error) {
	err = b.Store.View(ctx, func(tx flows.Tx) error {
		list, err := tx.Grants(flows.GrantFilter{States: live, Limit: activeRead})
		if err != nil {
			return err
		}
		if list, err = matching(tx, list, query); err != nil {
			return err
		}
		slices.SortStableFunc(list, func(a, b *flows.Grant) int {
			return cmp.Or(cmp.Compare(unproved(b), unproved(a)), cmp.Compare(endless(b), endless(a)), a.Ends.Compare(b.Ends), a.Started.Compare(b.Started))
		})
		more = max(0, len(list)-activeShown)
		shown = nil
		for _, g := range list[:len(list)-more] {
			s, err := b.read(tx, g.Request, g.ID)
			if err != nil {
				return err
			}
			shown = append(shown, s)
		}
		return nil
	})
	return shown, more, err
}

func unproved(g *flows.Grant) int {
	if g.State == flows.Revoking {
		return 1
	}
	return 0
}

func endless(g *flows.Grant) int {
	if g.Endless() {
		return 1
	}
	return 0
}

// matching keeps the grants whose holder, thing or number holds the query.
func matching(tx flows.Tx, list []*flows.Grant, query string) ([]*flows.Grant, error) {
	query = strings.ToLower(strings.TrimSpace(query))
	if query == "" {
		return list, nil
	}
	people := map[flows.PersonID]flows.Person{}
	var out []*flows.Grant
	for _, g := range list {
		if err := readNames(tx, people, []flows.PersonID{g.Person}); err != nil {
			return nil, err
		}
		r, err := tx.Resource(g.Entitlement.ResourceKey)
		if missing(err) != nil {
			return nil, err
		}
		p := people[g.Person]
		words := strings.ToLower(strings.Join([]string{p.Name, p.Email, r.Name, g.Request.String(), g.ID.String()}, "\n"))
		if strings.Contains(words, query) {
			out = append(out, g)
		}
	}
	return out, nil
}
