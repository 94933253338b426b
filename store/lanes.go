package store

import (
	"errors"
	"slices"
	"strings"

	"hallpass/flows"
)

func (t *tx) Lane(name string) (flows.Lane, error) {
	l, err := oneDoc[flows.Lane](t, "SELECT doc FROM lanes WHERE name = $1", name)
	if errors.Is(err, flows.ErrNotFound) {
		return flows.Lane{Name: name}, nil
	}
	if err != nil {
		return flows.Lane{}, err
	}
	return *l, nil
}

// Lanes are those that were ever closed, by name.
func (t *tx) Lanes() ([]flows.Lane, error) {
	a, err := t.lookAhead()
	return slices.SortedFunc(slices.Values(a.lanes), func(a, b flows.Lane) int { return strings.Compare(a.Name, b.Name) }), err
}

func (t *tx) PutLane(l flows.Lane) error {
	doc, err := rewritten(t, &l, "lanes WHERE name = $1", l.Name)
	if err != nil {
		return err
	}
	return t.put("INSERT INTO lanes (name, doc) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET doc = excluded.doc", l.Name, doc)
}

// OpenLanes are the lanes of all queues, few however many intents wait in them.
func (t *tx) OpenLanes() ([]string, error) {
	queues, err := t.queues()
	var all []string
	for _, q := range queues {
		all = append(all, q.lane)
	}
	slices.Sort(all)
	return slices.Compact(all), err
}
