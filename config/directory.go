package config

import (
	"hallpass/flows"
)

// File is a directory that stands in the configuration, for the smallest teams.
type File struct {
	People []FilePerson
}

// FilePerson is one of its people, with the names of groups and the id of the manager (empty when there is none).
type FilePerson struct {
	flows.Person
	Manager flows.PersonID
	Groups  []string
}

func readFile(o object) *File {
	f := &File{}
	ids, addresses := map[string]value{}, map[string]value{}
	var managers []value
	for _, item := range o.need("people", "list them as {id, name, email}").list() {
		p := item.object(sectionPerson)
		f.People = append(f.People, readPerson(p))
		unique(p.get("id"), ids, p.get("id").scalar())
		unique(p.get("email"), addresses, f.People[len(f.People)-1].Email)
		if m := p.get("manager"); m.present() {
			managers = append(managers, m)
		}
	}
	checkManagers(managers, f.People)
	return f
}

func readPerson(o object) FilePerson {
	p := FilePerson{
		Person: flows.Person{
			ID:         flows.PersonID(o.need("id", "it must never change, so a number of your own is better than a name").scalar()),
			Name:       o.need("name", "write how people know them").text(),
			Email:      o.need("email", "write their address").address(),
			Title:      o.get("title").text(),
			Status:     flows.Status(o.get("status").word(string(flows.StatusActive), string(flows.StatusSuspended), string(flows.StatusLeft))),
			Attributes: o.get("attributes").labels(),
		},
		Manager: flows.PersonID(o.get("manager").scalar()),
		Groups:  o.get("groups").texts(),
	}
	p.Login = p.Email
	return p
}

// labels reads a mapping of words to single values, such as tags.
func (v value) labels() map[string]string {
	o := v.open()
	if len(o.order) == 0 {
		return nil
	}
	out := make(map[string]string, len(o.order))
	for _, k := range o.order {
		o.get(k).label(k)
		out[k] = o.get(k).scalar()
	}
	return out
}

// maxLabel is the longest name of a tag or attribute, in bytes.
const maxLabel = 200

func (v value) label(name string) {
	if len(name) > maxLabel {
		v.say("a name of a tag or attribute is too long; the limit is %d bytes", maxLabel)
	}
}

func unique(v value, seen map[string]value, written string) {
	if written == "" {
		return
	}
	if first, twice := seen[written]; twice {
		v.say("%s %q stands twice; it is also in line %d", v.name(), clip(written), first.at.line)
		return
	}
	seen[written] = v
}

// checkManagers finds managers who are nobody in the list, or their own.
func checkManagers(managers []value, people []FilePerson) {
	var ids []string
	known := map[string]bool{}
	for _, p := range people {
		ids = append(ids, string(p.ID))
		known[string(p.ID)] = true
	}
	for _, m := range managers {
		if id := m.scalar(); id != "" && !known[id] {
			m.say("nobody has the id %q; %s", clip(id), meant(id, few(ids)))
		}
	}
}

// few keeps a list in a sentence readable.
func few(words []string) []string { return words[:min(len(words), 10)] }
