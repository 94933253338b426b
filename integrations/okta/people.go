package okta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"hallpass/flows"
	"hallpass/integrations/rest"
)

// attributeName is what Okta allows as the name of a profile attribute.
var attributeName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// enough matches prove that a value is not unique.
const enough = 2

// leftLately is for how long People still lists who has left, so that every sync in between sees it said and not only missing.
const leftLately = 30 * 24 * time.Hour

// Okta's words for a person's state that mean more to us than "not active".
const (
	statusActive = "ACTIVE"
	statusLeft   = "DEPROVISIONED"
)

type user struct {
	ID      string
	Status  string
	Profile map[string]json.RawMessage
}

// text is a profile attribute as a string: numbers and truths as written, lists joined by commas.
func (u user) text(name string) string { return asText(u.Profile[name]) }

func asText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		words := make([]string, len(list))
		for i, one := range list {
			words[i] = asText(one)
		}
		return strings.Join(words, ",")
	}
	if len(raw) > 0 && raw[0] == '{' {
		return "" // objects have no one value
	}
	return string(raw)
}

func (u user) email() string { return strings.ToLower(strings.TrimSpace(u.text("email"))) }

func (u user) left() bool { return u.Status == statusLeft }

func (u user) person() flows.Person {
	p := flows.Person{
		ID: flows.PersonID(u.ID), Login: u.text("login"), Email: u.email(), Name: u.name(), Title: u.text("title"),
		Status: flows.StatusSuspended, Attributes: map[string]string{},
	}
	if p.Title == "" {
		p.Title = u.text("department")
	}
	switch u.Status {
	case statusActive:
		p.Status = flows.StatusActive
	case statusLeft:
		p.Status = flows.StatusLeft
	}
	for name := range u.Profile {
		if v := u.text(name); v != "" {
			p.Attributes[name] = v
		}
	}
	return p
}

func (u user) name() string {
	for _, n := range []string{u.text("displayName"), u.text("firstName") + " " + u.text("lastName"), u.text("login")} {
		if n = strings.TrimSpace(n); n != "" {
			return n
		}
	}
	return u.ID
}

// Person reads one person by the immutable id. Okta would also answer to a login or to "me"; that is not found here.
func (o *Okta) Person(ctx context.Context, id flows.PersonID) (flows.Person, error) {
	u, err := o.user(ctx, string(id))
	if err != nil {
		return flows.Person{}, err
	}
	if u.ID != string(id) {
		return flows.Person{}, flows.ErrNotFound
	}
	return u.person(), nil
}

// user reads a person by id or login; ErrNotFound when Okta says that there is none.
func (o *Okta) user(ctx context.Context, key string) (user, error) {
	var u user
	if key == "" {
		return u, flows.ErrNotFound
	}
	err := o.rest.Do(ctx, rest.Call{Method: http.MethodGet, Path: path("users", key), Into: &u, Bucket: "user"})
	return u, found(err)
}

// found turns Okta's own "there is none" into ErrNotFound.
func found(err error) error {
	if gone(err) {
		return flows.ErrNotFound
	}
	return err
}

// PersonBy finds the one person with an attribute's value. Who has left is not matched. Values are compared exactly, addresses and
// logins but for case.
func (o *Okta) PersonBy(ctx context.Context, attribute, value string) (flows.Person, error) {
	value = strings.TrimSpace(value)
	if value == "" {
		return flows.Person{}, flows.ErrNotFound
	}
	switch {
	case attribute == "id":
		return o.Person(ctx, flows.PersonID(value))
	case !attributeName.MatchString(attribute):
		return flows.Person{}, flows.Errorf(flows.KindInvalid, "%q is not the name of an Okta profile attribute", attribute)
	}
	matches := func(u user) bool { return !u.left() && u.text(attribute) == value }
	if attribute == "email" || attribute == "login" {
		matches = func(u user) bool { return !u.left() && flows.SameAddress(u.text(attribute), value) }
		candidates, err := o.users(ctx, "filter", attribute, value, matches)
		return only(candidates, err)
	}
	candidates, err := o.users(ctx, "search", attribute, value, matches)
	if err == nil {
		candidates, err = o.again(ctx, candidates, matches)
	}
	return only(candidates, err)
}

// users lists the people whose attribute has a value, by filter (the records) or search (the index), and compares.
func (o *Okta) users(ctx context.Context, how, attribute, value string, matches func(user) bool) ([]user, error) {
	query := url.Values{how: {fmt.Sprintf("profile.%s eq %s", attribute, quoted(value))}, "limit": {fmt.Sprint(usersPage)}}
	var out []user
	call := rest.Call{Method: http.MethodGet, Path: path("users"), Query: query, Bucket: "users"}
	err := rest.Pages(ctx, o.rest, call, func(page []user) {
		for _, u := range page {
			if matches(u) {
				out = append(out, u)
			}
		}
	})
	return out, err
}

// again reads the records behind what the index showed, until it is plain that the value is not unique.
func (o *Okta) again(ctx context.Context, candidates []user, matches func(user) bool) ([]user, error) {
	var out []user
	for _, c := range candidates {
		u, err := o.user(ctx, c.ID)
		if errors.Is(err, flows.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if matches(u) {
			out = append(out, u)
		}
		if len(out) == enough {
			break
		}
	}
	return out, nil
}

func only(found []user, err error) (flows.Person, error) {
	switch {
	case err != nil:
		return flows.Person{}, err
	case len(found) == 0:
		return flows.Person{}, flows.ErrNotFound
	case len(found) > 1:
		return flows.Person{}, flows.ErrAmbiguous
	}
	return found[0].person(), nil
}

// quoted is a string in Okta's filter language.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// Manager climbs so many levels by the manager attribute. Nobody named there, oneself, or somebody whom Okta no longer knows by id
// or address is ErrNotFound. A value that is none of these names the manager in a way that was not configured: an error.
func (o *Okta) Manager(ctx context.Context, id flows.PersonID, levels int) (flows.PersonID, error) {
	if levels < 1 {
		return "", flows.Errorf(flows.KindInvalid, "a manager is at least one level up, not %d", levels)
	}
	u, err := o.user(ctx, string(id))
	if err == nil && u.ID != string(id) {
		err = flows.ErrNotFound
	}
	for range levels {
		if err != nil {
			return "", err
		}
		u, err = o.managerOf(ctx, u)
	}
	return flows.PersonID(u.ID), err
}

func (o *Okta) managerOf(ctx context.Context, of user) (user, error) {
	value := strings.TrimSpace(of.text(o.manager))
	if value == "" {
		return user{}, flows.ErrNotFound
	}
	u, err := o.named(ctx, value)
	switch {
	case err == nil && u.ID == of.ID:
		return user{}, flows.ErrNotFound
	case errors.Is(err, flows.ErrNotFound) && !strings.Contains(value, "@") && !strings.HasPrefix(value, "00u"):
		return user{}, flows.Errorf(flows.KindInvalid,
			"the manager of %s is given as %q in Okta's %s, which is no id, login or address", of.name(), value, o.manager)
	}
	return u, err
}

// named finds somebody by id, login or address.
func (o *Okta) named(ctx context.Context, value string) (user, error) {
	u, err := o.user(ctx, value)
	if err == nil && (u.ID == value || strings.EqualFold(u.text("login"), value)) {
		return u, nil
	}
	if err != nil && !errors.Is(err, flows.ErrNotFound) {
		return user{}, err
	}
	matches := func(u user) bool { return !u.left() && flows.SameAddress(u.text("email"), value) }
	all, err := o.users(ctx, "filter", "email", value, matches)
	if _, err := only(all, err); err != nil {
		return user{}, err
	}
	return all[0], nil
}

// People are everybody whom Okta lists, and those who left in the last month. Who is missing here left before that, or was deleted.
func (o *Okta) People(ctx context.Context) ([]flows.Person, error) {
	since := o.now().Add(-leftLately).UTC().Format("2006-01-02T15:04:05.000Z")
	var out []flows.Person
	for _, query := range []url.Values{
		{"limit": {fmt.Sprint(usersPage)}}, // leaves out DEPROVISIONED
		{"limit": {fmt.Sprint(usersPage)}, "filter": {fmt.Sprintf("status eq %s and lastUpdated gt %s", quoted(statusLeft), quoted(since))}},
	} {
		call := rest.Call{Method: http.MethodGet, Path: path("users"), Query: query, Bucket: "users", Background: true}
		err := rest.Pages(ctx, o.rest, call, func(page []user) {
			for _, u := range page {
				out = append(out, u.person())
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return once(out), nil
}

// once leaves out who was listed again because he left between the two lists; the later word counts.
func once(people []flows.Person) []flows.Person {
	at, out := map[flows.PersonID]int{}, people[:0]
	for _, p := range people {
		if i, again := at[p.ID]; again {
			out[i] = p
			continue
		}
		at[p.ID] = len(out)
		out = append(out, p)
	}
	return out
}
