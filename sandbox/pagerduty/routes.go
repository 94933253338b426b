package pagerduty

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// farthest is how far ahead /oncalls looks.
const farthest = 90 * 24 * time.Hour

func (a *Account) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, serve := range map[string]http.HandlerFunc{
		"GET /oncalls":                             a.listOnCalls,
		"GET /users":                               a.listUsers,
		"GET /users/me":                            a.readMe,
		"GET /users/{id}":                          a.readUser,
		"GET /schedules":                           a.listSchedules,
		"GET /schedules/{id}":                      a.readSchedule,
		"GET /schedules/{id}/users":                a.listOnSchedule,
		"GET /schedules/{id}/overrides":            a.listOverrides,
		"POST /schedules/{id}/overrides":           a.createOverrides,
		"DELETE /schedules/{id}/overrides/{which}": a.deleteOverride,
		"GET /escalation_policies":                 a.listPolicies,
		"GET /escalation_policies/{id}":            a.readPolicy,
		"/":                                        func(w http.ResponseWriter, _ *http.Request) { refuse(w, errNotFound) },
	} {
		mux.HandleFunc(pattern, serve)
	}
	return mux
}

// listOnCalls answers who is on call in a time, which is now where it is not said. Nobody is an empty list.
func (a *Account) listOnCalls(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	since, until, zone, bad := a.timesOf(q)
	if bad != "" {
		refuse(w, errInvalid(bad))
		return
	}
	var out []any
	met := map[Shift]bool{}
	for _, s := range a.rendered(since, until) {
		if !asked(q, "schedule_ids[]", or(s.Schedule, "null")) || !asked(q, "escalation_policy_ids[]", s.Policy) || !asked(q, "user_ids[]", s.User) {
			continue
		}
		place := Shift{Policy: s.Policy, Level: s.Level, User: s.User}
		if q.Get("earliest") == "true" && met[place] {
			continue
		}
		met[place] = true
		out = append(out, a.viewShift(r, s, zone))
	}
	writeList(w, q, "oncalls", out)
}

// asked tells whether a filter lets an id pass; no filter lets all pass.
func asked(q url.Values, name, id string) bool { return !q.Has(name) || slices.Contains(q[name], id) }

// timesOf reads since, until and time_zone, or says what is wrong with them.
func (a *Account) timesOf(q url.Values) (since, until time.Time, zone *time.Location, bad string) {
	zone, err := time.LoadLocation(q.Get("time_zone"))
	since, errSince := moment(q.Get("since"), a.now())
	until, errUntil := moment(q.Get("until"), a.now())
	switch {
	case err != nil:
		return since, until, zone, "Time zone is not known."
	case errSince != nil || errUntil != nil:
		return since, until, zone, "Since and until must be times in ISO 8601."
	case until.Before(since):
		return since, until, zone, "Until must not be before since."
	case until.After(a.now().Add(farthest)):
		return since, until, zone, "Until must not be more than 90 days ahead."
	}
	return since, until, zone, ""
}

func moment(s string, standard time.Time) (time.Time, error) {
	if s == "" {
		return standard, nil
	}
	return time.Parse(time.RFC3339, s)
}

func (a *Account) listUsers(w http.ResponseWriter, r *http.Request) {
	writeList(w, r.URL.Query(), "users", matching(r, a.usersByName(), func(u User) (string, any) { return u.Name, a.viewUser(r, u) }))
}

func (a *Account) usersByName() []User {
	return slices.SortedStableFunc(slices.Values(a.users), func(x, y User) int { return cmp.Compare(x.Name, y.Name) })
}

// matching shows those whose name contains what query asks for, in any case; addresses are not looked at.
func matching[T any](r *http.Request, all []T, view func(T) (string, any)) []any {
	var out []any
	for _, each := range all {
		name, v := view(each)
		if strings.Contains(strings.ToLower(name), strings.ToLower(r.URL.Query().Get("query"))) {
			out = append(out, v)
		}
	}
	return out
}

// readMe refuses, as it does for the key of an account: only a person's own key has a me.
func (a *Account) readMe(w http.ResponseWriter, _ *http.Request) {
	refuse(w, errInvalid("User-level token required."))
}

func (a *Account) readUser(w http.ResponseWriter, r *http.Request) {
	u := a.user(r.PathValue("id"))
	if u == nil {
		refuse(w, errNotFound)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"user": a.viewUser(r, *u)})
}

func (a *Account) listSchedules(w http.ResponseWriter, r *http.Request) {
	writeList(w, r.URL.Query(), "schedules", matching(r, a.schedules, func(s Schedule) (string, any) { return s.Name, a.viewSchedule(r, s) }))
}

// readSchedule answers a schedule, with who is on it in the time asked for.
func (a *Account) readSchedule(w http.ResponseWriter, r *http.Request) {
	s := a.schedule(r.PathValue("id"))
	since, until, _, bad := a.timesOf(r.URL.Query())
	switch {
	case s == nil:
		refuse(w, errNotFound)
	case bad != "":
		refuse(w, errInvalid(bad))
	default:
		v := a.viewSchedule(r, *s)
		v["final_schedule"] = map[string]any{"name": "Final Schedule", "rendered_schedule_entries": a.viewEntries(r, s.ID, since, until)}
		v["overrides_subschedule"] = map[string]any{"name": "Overrides", "rendered_schedule_entries": []any{}}
		v["schedule_layers"] = []any{}
		writeJSON(w, http.StatusOK, map[string]any{"schedule": v})
	}
}

// listOnSchedule answers the people on a schedule in the time asked for, each once.
func (a *Account) listOnSchedule(w http.ResponseWriter, r *http.Request) {
	since, until, _, bad := a.timesOf(r.URL.Query())
	if a.schedule(r.PathValue("id")) == nil {
		refuse(w, errNotFound)
		return
	}
	if bad != "" {
		refuse(w, errInvalid(bad))
		return
	}
	on := map[string]bool{}
	for _, s := range a.rendered(since, until) {
		on[s.User] = on[s.User] || s.Schedule == r.PathValue("id")
	}
	out := []any{}
	for _, u := range a.usersByName() {
		if on[u.ID] {
			out = append(out, a.viewUser(r, u))
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"users": out})
}

func (a *Account) listPolicies(w http.ResponseWriter, r *http.Request) {
	writeList(w, r.URL.Query(), "escalation_policies", matching(r, a.policies, func(p Policy) (string, any) { return p.Name, a.viewPolicy(r, p) }))
}

func (a *Account) readPolicy(w http.ResponseWriter, r *http.Request) {
	p := a.policy(r.PathValue("id"))
	if p == nil {
		refuse(w, errNotFound)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"escalation_policy": a.viewPolicy(r, *p)})
}
