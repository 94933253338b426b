package config

import (
	"slices"
	"strings"

	"hallpass/flows"
)

// readFlows reads the flows, from this file or from the file of their own.
func readFlows(o object) []*flows.Flow {
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

func readFlowsFile(v value) []*flows.Flow {
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

func readFlowList(v value) []*flows.Flow {
	var out []*flows.Flow
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

// readFlow compiles one flow; what the domain finds wrong is reported where it stands, unless it follows from something told.
func readFlow(o object) *flows.Flow {
	spec := flows.FlowSpec{
		Name:     o.get("name").text(),
		Who:      readWho(o.get("who")),
		What:     readWhat(o.get("what")),
		HowLong:  readHowLong(o.get("how_long")),
		Why:      readWhy(o.get("why")),
		Approval: readApproval(o.get("approval")),
		Warn:     o.get("warn").span(0),
		Tickets:  readTickets(o.get("tickets")),
	}
	if !o.ok {
		return nil
	}
	f, problems := flows.NewFlow(spec)
	for _, p := range problems {
		path := join(o.path, p.Path)
		if !o.doc.told(path) {
			o.doc.sayAt(o.doc.where(path, o.at), "%s: %s", p.Path, p.Sentence)
		}
	}
	return f
}

func readWho(v value) flows.Who {
	o := v.object(sectionWho)
	return flows.Who{Any: o.get("any").selectors(), Except: o.get("except").selectors()}
}

func readWhat(v value) []flows.What {
	var out []flows.What
	for _, item := range v.list() {
		o := item.object(sectionWhat)
		out = append(out, flows.What{
			In:          o.get("in").integration(asTarget),
			Type:        o.get("type").known(resourceTypes),
			Names:       readNames(o),
			Tags:        o.get("tags").labels(),
			Except:      readMatches(o.get("except")),
			Permissions: readPermissions(o.get("permissions")),
		})
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
		out = append(out, flows.Match{Name: o.get("name").text(), Tags: o.get("tags").labels()})
	}
	return out
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

// maxTimes bounds extensions and approvals to what makes sense.
const maxTimes = 100

func readHowLong(v value) flows.HowLong {
	o := v.object(sectionHowLong)
	h := flows.HowLong{
		Default: o.get("default").span(0),
		Max:     o.get("max").span(0),
		Custom:  o.get("custom").flag(),
		Extend:  readExtend(o.get("extend")),
	}
	for _, item := range o.get("choices").list() {
		h.Choices = append(h.Choices, item.span(0))
	}
	return h
}

func readExtend(v value) flows.Extend {
	o := v.object(sectionExtend)
	return flows.Extend{
		Times: o.need("times", "say how often, such as {times: 1, by: 4h}").number(1, maxTimes, 0),
		By:    o.need("by", "say by how much at a time, such as {times: 1, by: 4h}").span(0),
	}
}

// maxReason is the most characters that a reason may be asked to have.
const maxReason = 500

func readWhy(v value) flows.Why {
	o := v.object(sectionWhy)
	return flows.Why{
		Required: o.get("reason").word("optional", "required") == "required",
		AtLeast:  o.get("at_least").number(1, maxReason, 0),
		Hint:     o.get("hint").text(),
	}
}

// readApproval reads the short form `approval: automatic` too.
func readApproval(v value) flows.Approval {
	if s, ok := v.plain(); ok {
		if s != "automatic" {
			v.say("approval must be automatic, or a mapping with steps")
		}
		return flows.Approval{Automatic: s == "automatic"}
	}
	o := v.object(sectionApproval)
	return flows.Approval{
		Automatic: readAutomatic(o.get("automatic")),
		Steps:     readSteps(o.get("steps")),
		Fallback:  o.get("fallback").selectors(),
		Remind:    o.get("remind").span(0),
		Lapse:     o.get("lapse").span(0),
	}
}

func readAutomatic(v value) bool {
	if v.present() && v.shape() == list {
		v.say("conditions for «automatic» are not supported yet")
		return false
	}
	return v.flag()
}

func readSteps(v value) []flows.Step {
	var out []flows.Step
	for _, item := range v.list() {
		var step flows.Step
		for _, r := range item.object(sectionStep).get("all").list() {
			step.All = append(step.All, readRequirement(r))
		}
		out = append(out, step)
	}
	return out
}

func readRequirement(v value) flows.Requirement {
	from, o := v.selectorIn(sectionRequirement)
	return flows.Requirement{From: from, N: o.get("at_least").number(1, maxTimes, 0)}
}

func readTickets(v value) flows.TicketRule {
	o := v.object(sectionTickets)
	return flows.TicketRule{
		In:        o.need("in", "name the integration that keeps tickets").integration(asTickets),
		IssueType: o.get("issue_type").text(),
		Granted:   o.get("granted").text(),
		Ended:     o.get("ended").text(),
	}
}
