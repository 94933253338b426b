// Package file is a company directory written into the configuration, for the smallest teams.
//
// The vocabulary: a person has an id that never changes, and a group is its name, written at its people. What is promised: the same
// answers as a real directory gives, from what was loaded; a mistake in the list is an error before anything starts, and all mistakes are
// told at once. What is not done: nothing is read again while the program runs, and a group without people does not exist.
package file

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hallpass/flows"
)

// Person is one entry of the list.
type Person struct {
	ID         string // required and unique
	Name       string
	Email      string
	Title      string
	Manager    string // id or address
	Groups     []string
	Attributes map[string]string // such as slackId
	Status     flows.Status      // active where empty
}

// Directory implements flows.Directory.
type Directory struct {
	people   []flows.Person // in the order of the list
	byID     map[flows.PersonID]flows.Person
	managers map[flows.PersonID]flows.PersonID
	groups   map[string][]flows.PersonID
}

var _ flows.Directory = (*Directory)(nil)

// New checks the list. The error tells every mistake.
func New(list []Person) (*Directory, error) {
	d := &Directory{byID: map[flows.PersonID]flows.Person{}, managers: map[flows.PersonID]flows.PersonID{}, groups: map[string][]flows.PersonID{}}
	var mistakes []error
	for i, p := range list {
		if err := d.add(i, p); err != nil {
			mistakes = append(mistakes, err)
		}
	}
	for _, p := range list {
		if err := d.report(p); err != nil {
			mistakes = append(mistakes, err)
		}
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *Directory) add(i int, p Person) error {
	id := flows.PersonID(p.ID)
	if p.Status == "" {
		p.Status = flows.StatusActive
	}
	switch _, taken := d.byID[id]; {
	case p.ID == "":
		return fmt.Errorf("person %d of the list has no id", i+1)
	case taken:
		return fmt.Errorf("the id %s is there twice", p.ID)
	case !slices.Contains([]flows.Status{flows.StatusActive, flows.StatusSuspended, flows.StatusLeft}, p.Status):
		return fmt.Errorf("%s has the status %q; it is active, suspended or left", p.ID, p.Status)
	}
	d.byID[id] = person(p)
	d.people = append(d.people, d.byID[id])
	for _, g := range p.Groups {
		if !slices.Contains(d.groups[g], id) {
			d.groups[g] = append(d.groups[g], id)
		}
	}
	return nil
}

func person(p Person) flows.Person {
	attributes := maps.Clone(p.Attributes)
	if attributes == nil {
		attributes = map[string]string{}
	}
	return flows.Person{
		ID: flows.PersonID(p.ID), Login: p.ID, Email: strings.ToLower(strings.TrimSpace(p.Email)), Name: p.Name, Title: p.Title,
		Status: p.Status, Attributes: attributes,
	}
}

// report notes whom somebody reports to.
func (d *Directory) report(p Person) error {
	if p.Manager == "" {
		return nil
	}
	for _, m := range d.people {
		if m.ID == flows.PersonID(p.Manager) || flows.SameAddress(m.Email, p.Manager) {
			d.managers[flows.PersonID(p.ID)] = m.ID
			return nil
		}
	}
	return fmt.Errorf("the manager of %s is %q, who is not in the list", p.ID, p.Manager)
}

// Person gives one person by id.
func (d *Directory) Person(_ context.Context, id flows.PersonID) (flows.Person, error) {
	p, ok := d.byID[id]
	if !ok {
		return flows.Person{}, flows.ErrNotFound
	}
	return copied(p), nil
}

// copied keeps what was loaded out of the caller's reach.
func copied(p flows.Person) flows.Person {
	p.Attributes = maps.Clone(p.Attributes)
	return p
}

// PersonBy finds the one person with an attribute's value. Who has left is not matched.
func (d *Directory) PersonBy(_ context.Context, attribute, value string) (flows.Person, error) {
	value = strings.TrimSpace(value)
	var found []flows.Person
	for _, p := range d.people {
		if value != "" && p.Status != flows.StatusLeft && has(p, attribute, value) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 0:
		return flows.Person{}, flows.ErrNotFound
	case 1:
		return copied(found[0]), nil
	}
	return flows.Person{}, flows.ErrAmbiguous
}

func has(p flows.Person, attribute, value string) bool {
	switch attribute {
	case "id", "login":
		return string(p.ID) == value
	case "email":
		return flows.SameAddress(p.Email, value)
	}
	return p.Attributes[attribute] == value
}

// Manager climbs so many levels. Nobody, or oneself, is ErrNotFound.
func (d *Directory) Manager(_ context.Context, id flows.PersonID, levels int) (flows.PersonID, error) {
	if levels < 1 {
		return "", flows.Errorf(flows.KindInvalid, "a manager is at least one level up, not %d", levels)
	}
	for range levels {
		up, ok := d.managers[id]
		if !ok || up == id {
			return "", flows.ErrNotFound
		}
		id = up
	}
	return id, nil
}

// GroupID looks a name up; it is the id.
func (d *Directory) GroupID(_ context.Context, name string) (string, error) {
	if len(d.groups[name]) == 0 {
		return "", flows.ErrNotFound
	}
	return name, nil
}

// GroupNames are the names of all groups, in order.
func (d *Directory) GroupNames(context.Context) ([]string, error) {
	return slices.Sorted(maps.Keys(d.groups)), nil
}

// Members are all people of a group.
func (d *Directory) Members(_ context.Context, groupID string) ([]flows.Person, error) {
	ids := d.groups[groupID]
	if len(ids) == 0 {
		return nil, flows.ErrNotFound
	}
	out := make([]flows.Person, 0, len(ids))
	for _, id := range ids {
		out = append(out, copied(d.byID[id]))
	}
	return out, nil
}

// GroupsOf are the groups of a person, in order.
func (d *Directory) GroupsOf(_ context.Context, id flows.PersonID) ([]string, error) {
	if _, ok := d.byID[id]; !ok {
		return nil, flows.ErrNotFound
	}
	var out []string
	for _, g := range slices.Sorted(maps.Keys(d.groups)) {
		if slices.Contains(d.groups[g], id) {
			out = append(out, g)
		}
	}
	return out, nil
}

// People are all people of the list.
func (d *Directory) People(context.Context) ([]flows.Person, error) {
	out := make([]flows.Person, 0, len(d.people))
	for _, p := range d.people {
		out = append(out, copied(p))
	}
	return out, nil
}

// Attribute knows the manager and whatever somebody has. Nobody but who writes the configuration can change any of it.
func (d *Directory) Attribute(_ context.Context, name string) (flows.Attribute, error) {
	a := flows.Attribute{Name: name}
	for _, p := range d.people {
		if _, has := p.Attributes[name]; has || name == flows.AttributeManager {
			return a, nil
		}
	}
	return a, flows.ErrNotFound
}
