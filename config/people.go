package config

import (
	"maps"
	"slices"
	"time"

	"hallpass/flows"
)

// People says who is who.
type People struct {
	Directory string // the integration that knows people
	Link      Link
	Admins    []flows.Selector // users, groups and shifts
	SameHuman [][]string       // addresses of accounts that are one human, lower case
}

// Link says how a platform account is linked to a person: by an attribute of the directory that holds the account's id, or, if
// Attribute is empty, by address.
type Link struct {
	Attribute string
}

// ByAddress reports whether accounts are linked by their address.
func (l Link) ByAddress() bool { return l.Attribute == "" }

func readPeople(v value) People {
	o := v.object(sectionPeople)
	return People{
		Directory: o.need("directory", "name the integration that knows your people").integration(asDirectory),
		Link:      readLink(o.need("link", "write {attribute: NAME}, or {address: true, sso_enforced: true}")),
		Admins:    readAdmins(o.need("admins", "they hear of trouble and may revoke, such as [{group: security}]")),
		SameHuman: readSameHuman(o.get("same_human")),
	}
}

func readLink(v value) Link {
	o := v.object(sectionLink)
	attribute, byAddress, enforced := o.get("attribute"), o.get("address"), o.get("sso_enforced")
	link := Link{Attribute: attribute.attribute()}
	attribute.mention(MentionAttribute, "", link.Attribute)
	on, sso := byAddress.flag(), enforced.flag()
	switch {
	case !o.ok:
	case attribute.present() && byAddress.present():
		v.say("attribute and address contradict each other; choose one")
	case on && !sso && !v.doc.told(enforced.path):
		byAddress.say("linking by address needs sso_enforced: true beside it, as a promise that nobody in the workspace can choose an address freely")
	case !on && !attribute.present() && !v.doc.told(v.path):
		v.say("say how accounts are linked: {attribute: NAME}, or {address: true, sso_enforced: true}")
	case attribute.present() && enforced.present():
		enforced.say("sso_enforced belongs to address: true only")
	}
	return link
}

func readAdmins(v value) []flows.Selector {
	var out []flows.Selector
	for _, item := range v.list() {
		s := item.selector()
		if s.Kind == flows.SelectEveryone || s.Kind == flows.SelectManager || s.Kind == flows.SelectOwner {
			item.say("%s cannot be admins; name users, groups or shifts", s.Kind)
		}
		if s.KnownFor != 0 {
			item.say("known_for has a meaning only where being on a shift does without a human; remove it here")
		}
		item.mention(MentionAdmins, "", s.Group)
		out = append(out, s)
	}
	return out
}

func readSameHuman(v value) [][]string {
	var out [][]string
	for _, item := range v.list() {
		var one []string
		for _, a := range item.list() {
			one = append(one, a.address())
			a.mention(MentionUser, "", one[len(one)-1])
		}
		if len(one) == 1 {
			item.say("%s names one address; at least two make sense", item.name())
		}
		out = append(out, one)
	}
	return out
}

// selectors reads a list of people.
func (v value) selectors() []flows.Selector {
	var out []flows.Selector
	for _, item := range v.list() {
		out = append(out, item.selector())
	}
	return out
}

// maxLevels bounds how far up the managers, and how far down a schedule's levels, a file may reach.
const maxLevels = 20

func (v value) selector() flows.Selector {
	if v.everyone() {
		return flows.Selector{Kind: flows.SelectEveryone}
	}
	return v.pick(v.object(sectionSelector), sectionSelector)
}

// everyone reports whether the bare word stands there, which is a selector too.
func (v value) everyone() bool {
	s, ok := v.plain()
	return ok && s == "everyone"
}

// pick reads exactly one of user, group, manager, shift, owner, everyone.
func (v value) pick(o object, section string) flows.Selector {
	chosen := o.chosen()
	if !o.ok || len(chosen) != 1 {
		v.unclear(o, chosen, section)
		return flows.Selector{}
	}
	s := o.get(chosen[0]).people(flows.SelectorKind(chosen[0]))
	o.get(chosen[0]).mentionPeople(s)
	return s
}

// people reads what stands beside one kind of selector.
func (v value) people(kind flows.SelectorKind) flows.Selector {
	s := flows.Selector{Kind: kind}
	switch kind {
	case flows.SelectUser:
		s.User = v.address()
	case flows.SelectGroup:
		s.Group = v.text()
	case flows.SelectManager:
		s.Manager = v.number(1, maxLevels, 0)
	case flows.SelectShift:
		s.Shift, s.KnownFor = readShift(v)
	case flows.SelectOwner:
		s.Owner = readOwner(v)
	case flows.SelectEveryone:
		if !v.flag() && !v.doc.told(v.path) {
			v.say("everyone must be true; to leave somebody out use except")
		}
	}
	return s
}

// readOwner reads the tag that names a resource's owner; the word resource means the tag owner.
func readOwner(v value) string {
	if word, ok := v.plain(); ok {
		if word != "resource" {
			v.say("owner must be resource, or {tag: NAME}")
		}
		return "owner"
	}
	return v.object(sectionOwner).need("tag", "write {tag: NAME}").text()
}

// chosen are the kinds of people that are named, also those without a value.
func (o object) chosen() []string {
	var out []string
	for _, k := range known(sectionSelector) {
		if _, ok := o.keys[k]; ok {
			out = append(out, k)
		}
	}
	return out
}

func (v value) unclear(o object, chosen []string, section string) {
	switch {
	case len(chosen) > 1:
		v.say("%s contradict each other here; write one entry for each", flows.Join(chosen, "and"))
	case o.ok && !o.strange(section):
		v.say("name a user, group, manager, shift or everyone")
	default: // an unknown key, or one of a later version, or no mapping: told already
		v.doc.bad = append(v.doc.bad, v.path)
	}
}

// readShift also reads for how long the shift must have been planned, where it does without a human.
func readShift(v value) (*flows.Shift, time.Duration) {
	o := v.object(sectionShift)
	s := &flows.Shift{
		In:       o.need("in", "name the integration that knows who is on call").integration(asOnCall),
		Schedule: o.need("schedule", "write the schedule's id").text(),
		Level:    o.get("level").number(1, maxLevels, 0),
	}
	o.get("schedule").mention(MentionSchedule, s.In, s.Schedule)
	if s.Schedule != "" && !schedule.MatchString(s.Schedule) {
		o.get("schedule").say("schedule must be the schedule's id such as PSRE01, not its name; PagerDuty shows it in the address of its page")
	}
	return s, o.get("known_for").span(0)
}

// guarded are the groups that choose people: whoever gets into one gets power over others.
func guarded(c *Config) []string {
	names := map[string]bool{}
	add := func(list []flows.Selector) {
		for _, s := range list {
			if s.Kind == flows.SelectGroup && s.Group != "" {
				names[s.Group] = true
			}
		}
	}
	add(c.People.Admins)
	for _, f := range c.Flows {
		add(f.Who.Any)
		add(f.Who.Except)
		add(f.Who.Skip)
		add(choosers(f.Approval))
		for _, o := range f.ForGroups {
			add([]flows.Selector{{Kind: flows.SelectGroup, Group: o.Group}})
			if o.Approval != nil {
				add(choosers(*o.Approval))
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// choosers are all people that an approval names.
func choosers(a flows.Approval) []flows.Selector {
	out := slices.Concat(a.Exempt, a.Fallback)
	if a.Escalate != nil {
		out = append(out, a.Escalate.To...)
	}
	for _, c := range a.AutomaticIf {
		out = append(out, flows.Selector{Kind: flows.SelectGroup, Group: c.Group})
	}
	for _, s := range a.Steps {
		for _, r := range s.All {
			out = append(out, r.People()...)
		}
	}
	return out
}
