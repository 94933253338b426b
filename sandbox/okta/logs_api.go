package okta

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Page sizes and reach of the system log (okta-management-openapi-spec 2026.06).
const (
	eventsPage     = 100
	eventsPageMost = 1000
	eventsReach    = 7 * 24 * time.Hour // since, where a caller does not say
)

// listEvents answers the system log. Without until it is polling: the last page, too, has a next link, which gives what
// happens from then on; with until the last page has none.
func (o *Org) listEvents(c *call) {
	q := c.r.URL.Query()
	from, to, keep, ok := o.eventRange(q)
	limit, okLimit := limitOf(q, eventsPage, eventsPageMost)
	cursor, okCursor := cursorOf(q)
	if !ok || !okLimit || !okCursor {
		o.refuse(c.w, errInvalid("since, until, filter, limit or after"))
		return
	}
	number, _ := strconv.Atoi(cursor)
	backwards := strings.EqualFold(q.Get("sortOrder"), "DESCENDING")
	page := []any{}
	more := false
	for _, e := range o.eventsAfter(number, backwards) {
		if e.at.Before(from) || !e.at.Before(to) || !keep(e.view()) {
			continue
		}
		if more = len(page) == limit; more {
			break
		}
		page, number = append(page, e.view()), e.number
	}
	next := ""
	if more || !q.Has("until") && !backwards {
		next = strconv.Itoa(number)
	}
	linkPage(c.w, c.r, next)
	writeJSON(c.w, http.StatusOK, page)
}

// eventRange reads the times and the filter. The end lies just after now where a caller does not say.
func (o *Org) eventRange(q url.Values) (from, to time.Time, keep func(map[string]any) bool, ok bool) {
	to, okTo := timeOf(q.Get("until"), o.now().Add(time.Second))
	from, okFrom := timeOf(q.Get("since"), to.Add(-eventsReach))
	keep, err := compileSearch(q.Get("filter"), nil)
	return from, to, keep, okTo && okFrom && err == nil
}

// eventsAfter returns the events on the far side of a number, in either direction; number 0 is the beginning of both.
func (o *Org) eventsAfter(number int, backwards bool) []event {
	if !backwards {
		return o.events[min(number, len(o.events)):]
	}
	before := o.events
	if number > 0 {
		before = o.events[:min(number-1, len(o.events))]
	}
	out := slices.Clone(before)
	slices.Reverse(out)
	return out
}

func timeOf(s string, standard time.Time) (time.Time, bool) {
	if s == "" {
		return standard, true
	}
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}
