package pagerduty

import (
	"net/http"
	"slices"
	"time"
)

// thing is what every object of PagerDuty begins with.
func thing(r *http.Request, kind, folder, id, summary string) map[string]any {
	at := "http://" + r.Host + "/" + folder + "/" + id
	return map[string]any{"id": id, "type": kind, "summary": summary, "self": at, "html_url": at}
}

// whole tells whether include[] asks for an object in full.
func whole(r *http.Request, name string) bool {
	return slices.Contains(r.URL.Query()["include[]"], name)
}

// viewShift is an entry of /oncalls: references, or whole objects where include[] asks for them.
func (a *Account) viewShift(r *http.Request, s Shift, zone *time.Location) map[string]any {
	user, policy := *a.user(s.User), *a.policy(s.Policy)
	v := map[string]any{
		"user":              thing(r, "user_reference", "users", user.ID, user.Name),
		"escalation_policy": thing(r, "escalation_policy_reference", "escalation_policies", policy.ID, policy.Name),
		"escalation_level":  s.Level,
		"schedule":          nil, "start": nil, "end": nil,
	}
	if whole(r, "users") {
		v["user"] = a.viewUser(r, user)
	}
	if whole(r, "escalation_policies") {
		v["escalation_policy"] = a.viewPolicy(r, policy)
	}
	schedule := a.schedule(s.Schedule)
	if schedule == nil {
		return v
	}
	v["schedule"] = thing(r, "schedule_reference", "schedules", schedule.ID, schedule.Name)
	if whole(r, "schedules") {
		v["schedule"] = a.viewSchedule(r, *schedule)
	}
	v["start"], v["end"] = s.Start.In(zone).Format(time.RFC3339), s.End.In(zone).Format(time.RFC3339)
	return v
}

// viewUser is a user; his contact methods are references unless include[] asks for them.
func (a *Account) viewUser(r *http.Request, u User) map[string]any {
	v := thing(r, "user", "users", u.ID, u.Name)
	method := thing(r, "email_contact_method_reference", "users/"+u.ID+"/contact_methods", "C"+u.ID, "Default")
	if whole(r, "contact_methods") {
		method["type"], method["label"], method["address"] = "email_contact_method", "Default", u.Email
	}
	v["name"], v["email"], v["time_zone"], v["role"] = u.Name, u.Email, u.TimeZone, u.Role
	v["color"], v["avatar_url"], v["job_title"], v["description"] = "purple", "http://"+r.Host+"/avatars/"+u.ID, "", nil
	v["invitation_sent"], v["created_via_sso"] = false, true
	v["contact_methods"], v["notification_rules"], v["teams"] = []any{method}, []any{}, []any{}
	return v
}

// viewSchedule is a schedule with its people and the policies that it stands on.
func (a *Account) viewSchedule(r *http.Request, s Schedule) map[string]any {
	v := thing(r, "schedule", "schedules", s.ID, s.Name)
	v["name"], v["time_zone"], v["description"], v["teams"] = s.Name, s.TimeZone, "", []any{}
	users, policies := []any{}, []any{}
	met := map[string]bool{}
	for _, shift := range a.shifts {
		if shift.Schedule != s.ID {
			continue
		}
		if !met[shift.User] {
			users = append(users, thing(r, "user_reference", "users", shift.User, a.user(shift.User).Name))
		}
		if !met[shift.Policy] {
			policies = append(policies, thing(r, "escalation_policy_reference", "escalation_policies", shift.Policy, a.policy(shift.Policy).Name))
		}
		met[shift.User], met[shift.Policy] = true, true
	}
	v["users"], v["escalation_policies"] = users, policies
	return v
}

// viewEntries are the shifts of a schedule in a time.
func (a *Account) viewEntries(r *http.Request, scheduleID string, since, until time.Time) []any {
	out := []any{}
	for _, s := range a.rendered(since, until) {
		if s.Schedule == scheduleID {
			out = append(out, map[string]any{
				"start": s.Start.UTC().Format(time.RFC3339), "end": s.End.UTC().Format(time.RFC3339),
				"user": thing(r, "user_reference", "users", s.User, a.user(s.User).Name),
			})
		}
	}
	return out
}

// viewPolicy is an escalation policy; its rules are drawn from the shifts that name it.
func (a *Account) viewPolicy(r *http.Request, p Policy) map[string]any {
	v := thing(r, "escalation_policy", "escalation_policies", p.ID, p.Name)
	targets := map[int][]any{}
	met := map[Shift]bool{}
	top := 0
	for _, s := range a.shifts {
		place := Shift{Schedule: s.Schedule, Level: s.Level}
		target := thing(r, "schedule_reference", "schedules", s.Schedule, "")
		if s.Schedule == "" {
			place.User = s.User
			target = thing(r, "user_reference", "users", s.User, a.user(s.User).Name)
		}
		if s.Policy == p.ID && !met[place] {
			met[place] = true
			targets[s.Level] = append(targets[s.Level], target)
			top = max(top, s.Level)
		}
	}
	rules := []any{}
	for level := 1; level <= top; level++ {
		if len(targets[level]) > 0 {
			rules = append(rules, map[string]any{"id": p.ID + "R", "escalation_delay_in_minutes": 30, "targets": targets[level]})
		}
	}
	v["name"], v["description"], v["num_loops"], v["escalation_rules"] = p.Name, "", 0, rules
	v["services"], v["teams"], v["on_call_handoff_notifications"] = []any{}, []any{}, "if_has_services"
	return v
}

func (a *Account) viewOverride(r *http.Request, o override) map[string]any {
	v := thing(r, "override", "schedules/"+o.schedule+"/overrides", o.id, a.user(o.user).Name)
	v["start"], v["end"] = o.start.UTC().Format(time.RFC3339), o.end.UTC().Format(time.RFC3339)
	v["user"] = thing(r, "user_reference", "users", o.user, a.user(o.user).Name)
	return v
}

// view repeats an override that was refused.
func (d asOverride) view() map[string]any {
	return map[string]any{
		"start": d.Start.Format(time.RFC3339), "end": d.End.Format(time.RFC3339),
		"user": map[string]any{"id": d.User.ID, "type": "user_reference"},
	}
}
