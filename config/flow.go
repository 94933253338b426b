package config

import (
	"slices"
	"strings"

	"hallpass/flows"
)

// readFlows reads the flows, from this file or from the file of their own.
func readFlows(o object) []written {
	inline, elsewhere := o.get("flows"), o.get("flows_file")
	switch {
	case inline.present() && elsewhere.present():
		elsewhere.say("flows and flows_file contradict each other; choose one")
	case elsewhere.present():
		return readFlowsFile(elsewhere)
	default:
		o.need("flows", "without one nobody can ask for anything")
	}
	return readFlowList(inline)
}

func readFlowsFile(v value) []written {
	path := v.doc.resolve(v.text())
	if path == "" {
		return nil
	}
	text, err := v.doc.opts.ReadFile(path)
	if err != nil {
		v.say("the file %s cannot be read: %s", v.text(), reason(err))
		return nil
	}
	root, ok := v.doc.reader.parse(path, text)
	switch {
	case !ok:
		return nil
	case !root.present():
		root.say("the file is empty; it must hold flows:")
		return nil
	}
	return readFlowList(root.object(sectionFlowsFile).need("flows", "without one nobody can ask for anything"))
}

func readFlowList(v value) []written {
	var out []written
	names := map[string]value{}
	for _, item := range v.list() {
		o := item.object(sectionFlow)
		unique(o.get("name"), names, nameIn(o))
		out = append(out, readFlow(o))
	}
	return out
}

// nameIn is the flow's name, silently: readFlow reports what is wrong with it.
func nameIn(o object) string {
	s, _ := o.get("name").plain()
	return strings.TrimSpace(s)
}

// written is a flow with the place where each part of it stands.
type written struct {
	object
	spec flows.FlowSpec
	flow *flows.Flow // nil when something is wrong with it
}

// readFlow compiles one flow; what the domain finds wrong is reported where it stands, unless it follows from something told.
func readFlow(o object) written {
	spec := flows.FlowSpec{
		Name:      o.get("name").text(),
		Who:       readWho(o.get("who")),
		What:      readWhat(o.get("what")),
		HowLong:   readHowLong(o.get("how_long")),
		Why:       readWhy(o.get("why")),
		Approval:  readApproval(o.get("approval")),
		Warn:      o.get("warn").span(0),
		Tickets:   readTickets(o.get("tickets")),
		Deny:      o.get("deny").flag(),
		ForGroups: readOverrides(o.get("for_groups")),
	}
	w := written{object: o, spec: spec}
	if !o.ok {
		return w
	}
	w.denies()
	w.bounds()
	var problems []flows.Problem
	w.flow, problems = flows.NewFlow(spec)
	for _, p := range problems {
		w.problem(p.Path, "%s", p.Sentence)
	}
	return w
}

// problem reports what is wrong at a path within the flow, once.
func (w written) problem(path, format string, args ...any) {
	full := join(w.path, path)
	if !w.doc.told(full) {
		w.doc.sayAt(w.doc.where(full, w.at), path+": "+format, args...)
	}
}

// denies checks that a flow that forbids says nothing about how it would be given.
func (w written) denies() {
	if !w.spec.Deny {
		return
	}
	for _, k := range []string{"how_long", "why", "approval", "warn", "tickets", "for_groups"} {
		if v := w.get(k); v.present() {
			v.say("%s says nothing in a flow that forbids; remove it, or deny", k)
		}
	}
}

func readWho(v value) flows.Who {
	o := v.object(sectionWho)
	return flows.Who{Any: o.get("any").selectors(), Except: o.get("except").selectors(), Skip: o.get("skip").selectors()}
}

func readWhat(v value) []flows.What {
	var out []flows.What
	for _, item := range v.list() {
		o := item.object(sectionWhat)
		line := flows.What{
			In:          o.get("in").integration(asTarget),
			Type:        o.get("type").known(resourceTypes),
			Names:       readNames(o),
			Under:       o.get("under").text(),
			Except:      readMatches(o.get("except")),
			Permissions: readPermissions(o.get("permissions")),
			Guarded:     o.get("guarded").flag(),
		}
		line.Tags, line.TagsIn, line.TagsExist = readTags(o.get("tags"))
		out = append(out, line)
	}
	return out
}

// readNames reads names: [a, b] or name: a.
func readNames(o object) []string {
	one, many := o.get("name"), o.get("names")
	switch {
	case one.present() && many.present():
		one.say("name and names contradict each other; keep names")
		return nil
	case one.present():
		o.doc.places[join(o.path, "names")] = one.at
		return []string{one.text()}
	}
	return many.texts()
}

func readMatches(v value) []flows.Match {
	var out []flows.Match
	for _, item := range v.list() {
		o := item.object(sectionMatch)
		m := flows.Match{Name: o.get("name").text()}
		m.Tags, m.TagsIn, m.TagsExist = readTags(o.get("tags"))
		out = append(out, m)
	}
	return out
}

// readTags reads {env: prod, team: [a, b], owner: {exists: true}}.
func readTags(v value) (equal map[string]string, in map[string][]string, exist []string) {
	o := v.open()
	equal, in = map[string]string{}, map[string][]string{}
	for _, k := range o.order {
		f := o.get(k)
		f.label(k)
		switch f.shape() {
		case list:
			for _, item := range f.list() {
				in[k] = append(in[k], item.scalar())
			}
		case mapping:
			if there := f.object(sectionTag).need("exists", "write {exists: true}"); there.present() && !there.flag() {
				there.say("exists must be true; what a tag must not be belongs under except")
			}
			exist = append(exist, k)
		default:
			equal[k] = f.scalar()
		}
	}
	slices.Sort(exist)
	return filled(equal), filled(in), exist
}

// filled is a map that holds something, or nil.
func filled[V any](m map[string]V) map[string]V {
	if len(m) == 0 {
		return nil
	}
	return m
}

// What targets have, as far as this version knows them: groups, of which one can be a member.
var (
	resourceTypes = []string{"group"}
	permissions   = []string{"member"}
)

// known reads a word that must be known, absent or not.
func (v value) known(list []string) string {
	s := v.text()
	if s != "" && !slices.Contains(list, s) {
		v.say("%s %q is not known; %s", v.name(), clip(s), meant(s, list))
	}
	return s
}

func readPermissions(v value) []string {
	var out []string
	for _, item := range v.list() {
		out = append(out, item.known(permissions))
	}
	return out
}
