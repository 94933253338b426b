package pagerduty

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// asOverride is an override as callers write it.
type asOverride struct {
	Start time.Time
	End   time.Time
	User  struct{ ID string }
}

// listOverrides wants both since and until. The document says 201 here, the service answers 200.
func (a *Account) listOverrides(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	since, until, _, bad := a.timesOf(q)
	switch {
	case a.schedule(r.PathValue("id")) == nil:
		refuse(w, errNotFound)
		return
	case !q.Has("since") || !q.Has("until"):
		bad = "Since and until are required."
	}
	if bad != "" {
		refuse(w, errInvalid(bad))
		return
	}
	out := []any{}
	for _, o := range a.overrides {
		if o.schedule == r.PathValue("id") && touches(o.start, o.end, since, until) {
			out = append(out, a.viewOverride(r, o))
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"overrides": out})
}

// createOverrides takes a list, as documented, or the older single override, which PagerDuty's Go client still sends.
func (a *Account) createOverrides(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Override  *asOverride
		Overrides []asOverride
	}
	if a.schedule(r.PathValue("id")) == nil {
		refuse(w, errNotFound)
		return
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		refuse(w, errInvalid("The body is not JSON of the right form."))
		return
	}
	if body.Override != nil {
		o, why := a.addOverride(r.PathValue("id"), *body.Override)
		if why != "" {
			refuse(w, errInvalid(why))
			return
		}
		writeJSON(w, http.StatusCreated, map[string]any{"override": a.viewOverride(r, o)})
		return
	}
	out := []any{}
	for _, each := range body.Overrides {
		o, why := a.addOverride(r.PathValue("id"), each)
		if why != "" {
			out = append(out, map[string]any{"status": http.StatusBadRequest, "errors": []string{why}, "override": each.view()})
			continue
		}
		out = append(out, map[string]any{"status": http.StatusCreated, "override": a.viewOverride(r, o)})
	}
	writeJSON(w, http.StatusCreated, out)
}

// addOverride checks an override and takes it, or says why not.
func (a *Account) addOverride(scheduleID string, d asOverride) (o override, why string) {
	switch {
	case a.user(d.User.ID) == nil:
		return o, "User not found."
	case !d.Start.Before(d.End):
		return o, "End must be after start."
	case !a.now().Before(d.End):
		return o, "Override must end in the future."
	}
	a.serial++
	o = override{fmt.Sprintf("Q%06d", a.serial), scheduleID, d.User.ID, d.Start, d.End}
	a.overrides = append(a.overrides, o)
	return o, ""
}

// deleteOverride removes a future override (204) or ends one that has begun (200).
func (a *Account) deleteOverride(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(a.overrides, func(o override) bool {
		return o.schedule == r.PathValue("id") && o.id == r.PathValue("which")
	})
	switch {
	case i < 0:
		refuse(w, errNotFound)
	case a.now().Before(a.overrides[i].start):
		a.overrides = slices.Delete(a.overrides, i, i+1)
		w.WriteHeader(http.StatusNoContent)
	default:
		a.overrides[i].end = a.now()
		w.WriteHeader(http.StatusOK)
	}
}
