package okta

import (
	"slices"
	"sort"
)

// shelf keeps things by id and hands them out in the order of their ids, so that a page goes on where the last one ended
// even when something was added or removed in between.
type shelf[T any] struct {
	ids  []string
	byID map[string]T
}

func (s *shelf[T]) get(id string) (T, bool) {
	v, ok := s.byID[id]
	return v, ok
}

func (s *shelf[T]) put(id string, v T) {
	if s.byID == nil {
		s.byID = map[string]T{}
	}
	if _, ok := s.byID[id]; !ok {
		i := sort.SearchStrings(s.ids, id)
		s.ids = slices.Insert(s.ids, i, id)
	}
	s.byID[id] = v
}

func (s *shelf[T]) remove(id string) {
	if _, ok := s.byID[id]; !ok {
		return
	}
	delete(s.byID, id)
	i := sort.SearchStrings(s.ids, id)
	s.ids = slices.Delete(s.ids, i, i+1)
}

// after returns up to limit things whose id is greater than the cursor and that keep says yes to, and whether more follow.
func (s *shelf[T]) after(cursor string, limit int, keep func(T) bool) (page []T, last string, more bool) {
	for _, id := range s.ids[sort.Search(len(s.ids), func(i int) bool { return s.ids[i] > cursor }):] {
		v := s.byID[id]
		if !keep(v) {
			continue
		}
		if len(page) == limit {
			return page, last, true
		}
		page, last = append(page, v), id
	}
	return page, last, false
}

// all returns everything in the order of ids.
func (s *shelf[T]) all() []T {
	out := make([]T, 0, len(s.ids))
	for _, id := range s.ids {
		out = append(out, s.byID[id])
	}
	return out
}
