package config

import (
	"slices"
	"time"

	"hallpass/flows"
	"hallpass/flows/when"
)

// maxTimes bounds extensions, approvals and uses to what makes sense.
const maxTimes = 100

func readHowLong(v value) flows.HowLong {
	o := v.object(sectionHowLong)
	h := flows.HowLong{
		Default:    o.get("default").timed(),
		Max:        o.get("max").timed(),
		Custom:     o.get("custom").flag(),
		Indefinite: o.get("indefinite").flag(),
		Extend:     readExtend(o.get("extend")),
		InTotal:    readTotal(o.get("in_total")),
	}
	for _, item := range o.get("choices").list() {
		h.Choices = append(h.Choices, item.timed())
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

// readTotal reads "24h per 7d".
func readTotal(v value) flows.Total {
	written := v.text()
	if written == "" {
		return flows.Total{}
	}
	t, err := when.ParseTotal(written)
	if err != nil {
		v.say("in_total: %s", err)
	}
	return flows.Total{Max: t.Max, Per: t.Per}
}

// maxReason is the most characters that a reason may be asked to have.
const maxReason = 500

func readWhy(v value) flows.Why {
	o := v.object(sectionWhy)
	return flows.Why{
		Required: o.get("reason").word("optional", "required") == "required",
		AtLeast:  o.get("at_least").number(1, maxReason, 0),
		Hint:     o.get("hint").text(),
		Pattern:  o.get("pattern").text(),
		Ticket:   readTicket(o.get("ticket")),
		Fields:   readFields(o.get("fields")),
	}
}

// DefaultReuse is how many grants may name one ticket when the file does not say.
const DefaultReuse = 3

var assignees = []string{"asker", "anyone"}

func readTicket(v value) *flows.TicketNeed {
	o := v.object(sectionTicket)
	if !o.ok {
		return nil
	}
	return &flows.TicketNeed{
		In:          o.need("in", "name the integration that keeps tickets").integration(asTickets),
		Pattern:     o.need("pattern", `write what its key looks like, such as "OPS-[0-9]+"`).text(),
		Project:     o.get("project").text(),
		Statuses:    o.get("status").texts(),
		AnyAssignee: o.get("assignee").word(assignees...) == "anyone",
		Reuse:       o.get("reuse").number(1, maxTimes, DefaultReuse),
	}
}

// The longest words of a question and of a choice, in characters. Chats cut what is longer.
const (
	maxFieldLabel = 150
	maxChoice     = 75
)

var fieldKinds = []string{string(flows.FieldText), string(flows.FieldChoice), string(flows.FieldCheckbox), string(flows.FieldPerson)}

func readFields(v value) []flows.FormField {
	var out []flows.FormField
	names := map[string]value{}
	for _, item := range v.list() {
		o := item.object(sectionField)
		f := flows.FormField{
			Name:     o.need("name", "write a short name for records, such as change_id").text(),
			Label:    o.need("label", "write the question as it is shown").atMost(maxFieldLabel),
			Kind:     flows.FieldKind(o.get("kind").word(fieldKinds...)),
			Choices:  readChoices(o.get("choices")),
			Required: o.get("required").flag(),
		}
		unique(o.get("name"), names, f.Name)
		out = append(out, f)
	}
	return out
}

func readChoices(v value) []string {
	var out []string
	seen := map[string]value{}
	for _, item := range v.list() {
		s := item.atMost(maxChoice)
		unique(item, seen, s)
		out = append(out, s)
	}
	return out
}

// atMost reads text of so many characters.
func (v value) atMost(limit int) string {
	s := v.text()
	if len([]rune(s)) > limit {
		v.say("%s is too long to be shown; the limit is %d characters", v.name(), limit)
	}
	return s
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

// shortest is the least that can be asked for, zero when any time can.
func shortest(h flows.HowLong) time.Duration {
	switch {
	case h.Custom || h.Extend.Times > 0:
		return 0
	case len(h.Choices) > 0:
		return slices.Min(h.Choices)
	}
	return h.Default
}
