package policy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hallpass/config"
	"hallpass/flows"
	"hallpass/flows/when"
)

// Person is one human of a world, by a short name of the file's own.
type Person struct {
	Name    string   `yaml:"name"`
	Email   string   `yaml:"email"` // the short name at example.com when empty
	Manager string   `yaml:"manager"`
	Zone    string   `yaml:"zone"` // as the directory has it; none when empty
	Groups  []string `yaml:"groups"`
	Status  string   `yaml:"status"` // active when empty
}

// Shift is who is on a shift.
type Shift struct {
	In       string   `yaml:"in"`
	Schedule string   `yaml:"schedule"`
	Level    int      `yaml:"level"` // 1 when not given
	On       []string `yaml:"on"`
	Until    string   `yaml:"until"` // "18:00", or a day and a time
	// KnownFor is for how long the plan has said so, "1h"; longer than any flow asks for when not given.
	KnownFor string `yaml:"known_for"`
}

// Resource is a thing, by its name.
type Resource struct {
	In          string            `yaml:"in"`   // the directory's integration when empty
	Type        string            `yaml:"type"` // group when empty
	Path        string            `yaml:"path"`
	Tags        map[string]string `yaml:"tags"`
	Permissions []string          `yaml:"permissions"` // member when empty
}

// World is what is given: a small company at a moment.
type World struct {
	Now       string              `yaml:"now"` // "2026-03-02 12:00", in the zone
	Zone      string              `yaml:"zone"`
	People    map[string]Person   `yaml:"people"`
	Groups    map[string][]string `yaml:"groups"` // members, besides those who name the group themselves
	Shifts    []Shift             `yaml:"shifts"`
	Resources map[string]Resource `yaml:"resources"`
	Used      string              `yaml:"used"`      // what the asker had of the thing within the rolling time
	Automatic int                 `yaml:"automatic"` // how often the asker got it today without anybody deciding
	Silent    []string            `yaml:"silent"`    // integrations that do not answer
}

// with is the world as one case changes it: people, things and groups are added or replaced by name, the rest is replaced where given.
func (w World) with(c World) World {
	w.Now, w.Zone, w.Used = first(c.Now, w.Now), first(c.Zone, w.Zone), first(c.Used, w.Used)
	w.People, w.Groups, w.Resources = over(w.People, c.People), over(w.Groups, c.Groups), over(w.Resources, c.Resources)
	if c.Shifts != nil {
		w.Shifts = c.Shifts
	}
	if c.Silent != nil {
		w.Silent = c.Silent
	}
	if c.Automatic > 0 {
		w.Automatic = c.Automatic
	}
	return w
}

func over[V any](base, more map[string]V) map[string]V {
	out := map[string]V{}
	maps.Copy(out, base)
	maps.Copy(out, more)
	return out
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// company is a world with its words read: a directory and everybody's shifts.
type company struct {
	now       time.Time
	used      time.Duration
	automatic int
	people    []flows.Person
	byID      map[flows.PersonID]flows.Person
	managers  map[flows.PersonID]flows.PersonID
	groups    map[string][]flows.PersonID
	shifts    []Shift
	until     []time.Time // of each shift
	known     []time.Time // since when each has been planned
	resources []flows.Resource
	silent    map[string]bool
	directory string
}

// read checks a world. Every mistake is told at once.
func (w World) read(set *config.Config) (*company, []string) {
	c := &company{byID: map[flows.PersonID]flows.Person{}, managers: map[flows.PersonID]flows.PersonID{}, groups: map[string][]flows.PersonID{},
		silent: map[string]bool{}, directory: set.People.Directory, automatic: w.Automatic, shifts: w.Shifts}
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	c.clock(w, say)
	for _, key := range slices.Sorted(maps.Keys(w.People)) {
		c.person(key, w.People[key], w.People, say)
	}
	for _, g := range slices.Sorted(maps.Keys(w.Groups)) {
		for _, key := range w.Groups[g] {
			c.join(g, key, say)
		}
	}
	for i, s := range w.Shifts {
		for _, key := range s.On {
			if _, ok := c.byID[flows.PersonID(key)]; !ok {
				say("shifts[%d]: %q is not among the people", i, key)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.Resources)) {
		c.resources = append(c.resources, w.Resources[name].read(name, set.People.Directory))
	}
	for _, in := range w.Silent {
		if _, ok := set.Integration(in); !ok {
			say("silent: no integration is called %q", in)
		}
		c.silent[in] = true
	}
	return c, wrong
}

// noon is the moment of a world that names none: a Monday.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// withTime is how a moment is written.
const withTime = "2006-01-02 15:04"

func (c *company) clock(w World, say func(string, ...any)) {
	zone, err := when.Zone(first(w.Zone, "UTC"))
	if err != nil {
		say("zone: %v", err)
		zone = time.UTC
	}
	c.now = noon
	if w.Now != "" {
		if c.now, err = time.ParseInLocation(withTime, w.Now, zone); err != nil {
			say("now: %q is not a moment; write it like 2026-03-02 12:00", w.Now)
		}
	}
	if w.Used != "" {
		if c.used, err = flows.ParseSpan(w.Used); err != nil {
			say("used: %v", err)
		}
	}
	for i, s := range w.Shifts {
		c.until, c.known = append(c.until, time.Time{}), append(c.known, c.now.Add(-flows.MostKnownFor))
		if s.KnownFor != "" {
			d, err := flows.ParseSpan(s.KnownFor)
			if err != nil {
				say("shifts[%d].known_for: %v", i, err)
			}
			c.known[i] = c.now.Add(-d)
		}
		if s.Until == "" {
			continue
		}
		end, err := when.Parse("until "+s.Until, c.now, zone)
		if err != nil {
			say("shifts[%d].until: %v", i, err)
		}
		c.until[i], _ = end.At(c.now)
	}
}

func (c *company) person(key string, p Person, all map[string]Person, say func(string, ...any)) {
	id := flows.PersonID(key)
	status := flows.Status(first(p.Status, string(flows.StatusActive)))
	if !slices.Contains([]flows.Status{flows.StatusActive, flows.StatusSuspended, flows.StatusLeft}, status) {
		say("people.%s: the status is active, suspended or left, not %q", key, p.Status)
	}
	x := flows.Person{ID: id, Login: key, Email: strings.ToLower(first(p.Email, key+"@example.com")), Name: first(p.Name, key), Status: status,
		Attributes: map[string]string{flows.AttributeZone: p.Zone}}
	c.people = append(c.people, x)
	c.byID[id] = x
	if p.Manager != "" {
		if _, ok := all[p.Manager]; !ok {
			say("people.%s: the manager %q is not among the people", key, p.Manager)
		}
		c.managers[id] = flows.PersonID(p.Manager)
	}
	for _, g := range p.Groups {
		c.join(g, key, say)
	}
}

func (c *company) join(group, key string, say func(string, ...any)) {
	id := flows.PersonID(key)
	if _, ok := c.byID[id]; !ok {
		say("groups.%s: %q is not among the people", group, key)
	}
	if !slices.Contains(c.groups[group], id) {
		c.groups[group] = append(c.groups[group], id)
	}
}

func (r Resource) read(name, directory string) flows.Resource {
	out := flows.Resource{ResourceKey: flows.ResourceKey{Integration: first(r.In, directory), Type: first(r.Type, "group"), ID: "id of " + name},
		Name: name, Path: r.Path, Tags: r.Tags, Permissions: r.Permissions}
	if out.Type == "group" {
		out.ID = name // a group of the directory is its name here
	}
	if len(out.Permissions) == 0 {
		out.Permissions = []string{"member"}
	}
	return out
}

// outside is the world as the ports that facts come from.
func (c *company) outside(set *config.Config) flows.Outside {
	out := flows.Outside{Directory: c, DirectoryName: c.directory, OnCall: map[string]flows.OnCall{}, Titles: map[string]string{}}
	for _, i := range set.Integrations {
		out.OnCall[i.Name] = duties{c, i.Name}
	}
	return out
}

var errSilent = &flows.CallError{Outcome: flows.OutcomeLater, Sentence: "it does not answer"}

func (c *company) answers() error {
	if c.silent[c.directory] {
		return errSilent
	}
	return nil
}

// Person gives one person by id.
func (c *company) Person(_ context.Context, id flows.PersonID) (flows.Person, error) {
	if p, ok := c.byID[id]; ok || c.answers() != nil {
		return p, c.answers()
	}
	return flows.Person{}, flows.ErrNotFound
}

// PersonBy finds people by their address only.
func (c *company) PersonBy(_ context.Context, _, value string) (flows.Person, error) {
	if err := c.answers(); err != nil {
		return flows.Person{}, err
	}
	for _, p := range c.people {
		if flows.SameAddress(p.Email, value) && p.Status != flows.StatusLeft {
			return p, nil
		}
	}
	return flows.Person{}, flows.ErrNotFound
}

// Manager climbs so many levels.
func (c *company) Manager(_ context.Context, id flows.PersonID, levels int) (flows.PersonID, error) {
	for range levels {
		if id = c.managers[id]; id == "" {
			break
		}
	}
	if id == "" && c.answers() == nil {
		return "", flows.ErrNotFound
	}
	return id, c.answers()
}

// GroupID is the name itself.
func (c *company) GroupID(_ context.Context, name string) (string, error) {
	if len(c.groups[name]) == 0 && c.answers() == nil {
		return "", flows.ErrNotFound
	}
	return name, c.answers()
}

// Members are all people of a group.
func (c *company) Members(_ context.Context, id string) ([]flows.Person, error) {
	var out []flows.Person
	for _, m := range c.groups[id] {
		out = append(out, c.byID[m])
	}
	return out, c.answers()
}

// GroupsOf are the groups of a person.
func (c *company) GroupsOf(_ context.Context, id flows.PersonID) ([]string, error) {
	var out []string
	for g, members := range c.groups {
		if slices.Contains(members, id) {
			out = append(out, g)
		}
	}
	slices.Sort(out)
	return out, c.answers()
}

// People are all people.
func (c *company) People(context.Context) ([]flows.Person, error) { return c.people, c.answers() }

// Attribute is never people's own to write: a world is given as it is.
func (c *company) Attribute(_ context.Context, name string) (flows.Attribute, error) {
	return flows.Attribute{Name: name}, c.answers()
}

// duties are the shifts of one integration.
type duties struct {
	c  *company
	in string
}

// OnCall is who is given to be on the shift.
func (d duties) OnCall(_ context.Context, s flows.Shift, _ time.Time) ([]flows.Duty, error) {
	if d.c.silent[d.in] {
		return nil, errSilent
	}
	var out []flows.Duty
	for i, x := range d.c.shifts {
		if s.In = d.in; !x.at(s) {
			continue
		}
		for _, key := range x.On {
			p := d.c.byID[flows.PersonID(key)]
			out = append(out, flows.Duty{Email: p.Email, Name: p.Name, Level: max(1, x.Level), Until: d.c.until[i]})
		}
	}
	return out, nil
}

// plans are since when somebody has been planned on each of these shifts.
func (c *company) plans(who flows.PersonID, shifts map[flows.Shift]flows.Fact[[]flows.Standing]) map[flows.Shift]flows.Planning {
	out := map[flows.Shift]flows.Planning{}
	for s := range shifts {
		p := flows.Planning{Read: c.now}
		for i, x := range c.shifts {
			if x.at(s) && slices.Contains(x.On, string(who)) && (p.Since.IsZero() || c.known[i].Before(p.Since)) {
				p.Since = c.known[i]
			}
		}
		out[s] = p
	}
	return out
}

// at reports whether a given shift is the one that a flow names.
func (x Shift) at(s flows.Shift) bool {
	return first(x.In, s.In) == s.In && x.Schedule == s.Schedule && (s.Level == 0 || max(1, x.Level) == s.Level)
}

// Plan is who is given to be on the shift, for ever. Since when that was known is given too, not read.
func (d duties) Plan(ctx context.Context, s flows.Shift, from, _ time.Time) (out []flows.Planned, err error) {
	list, err := d.OnCall(ctx, s, from)
	for _, x := range list {
		out = append(out, flows.Planned{Email: x.Email})
	}
	return out, err
}

// ShiftName is the schedule's id.
func (d duties) ShiftName(_ context.Context, schedule string) (string, error) { return schedule, nil }
