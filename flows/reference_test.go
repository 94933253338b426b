package flows_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hallpass/flows"
)

// desk is a ticket system in memory.
type desk struct {
	mu    sync.Mutex
	list  map[string]flows.TicketFacts
	down  bool
	reads int
}

func (d *desk) Read(_ context.Context, key string) (flows.TicketFacts, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reads++
	if d.down {
		return flows.TicketFacts{}, &flows.CallError{Outcome: flows.OutcomeLater, Lane: true, Sentence: "Jira answers 503"}
	}
	t, ok := d.list[key]
	if !ok {
		return t, flows.ErrNotFound
	}
	return t, nil
}

func (d *desk) Open(context.Context, flows.TicketDraft) (string, error) { return "SEC-1", nil }
func (d *desk) Comment(context.Context, string, string, []string) error { return nil }
func (d *desk) Move(context.Context, string, string) error              { return nil }
func (d *desk) Status(_ context.Context, key string) (string, error)    { return d.list[key].Status, nil }

// change changes a ticket, as somebody does in Jira.
func (d *desk) change(key string, f func(*flows.TicketFacts)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.list[key]
	f(&t)
	d.list[key] = t
}

// anas is a ticket that is good enough for Ana.
func anas(key string) flows.TicketFacts {
	return flows.TicketFacts{Key: key, Project: "OPS", Status: "Open", Assignee: "Ana@acme.example", AssigneeID: "712020:ana", AssigneeName: "Ana Silva", Creator: "712020:caro"}
}

// ticketed is a flow that wants a ticket of OPS that is the asker's, open, and named by at most two grants.
func ticketed(spec flows.FlowSpec) flows.FlowSpec {
	spec.Why.Ticket = &flows.TicketNeed{In: "jira", Pattern: "OPS-[0-9]+", Project: "OPS", Statuses: []string{"Open", "In Progress"}, Reuse: 2}
	return spec
}

// withDesk is a world with a ticket system in which OPS-1 is Ana's.
func withDesk(t *testing.T, specs ...flows.FlowSpec) (*world, *desk) {
	t.Helper()
	w := newWorld(t, specs...)
	d := &desk{list: map[string]flows.TicketFacts{"OPS-1": anas("OPS-1")}}
	w.engine = flows.NewEngine(w.store, w.clock, flows.Outside{Directory: w.people, DirectoryName: "okta", OnCall: map[string]flows.OnCall{"pagerduty": w.shifts},
		Targets: map[string]flows.Target{"okta": w.target}, Tickets: map[string]flows.Tickets{"jira": d}, Accounts: map[string]flows.Accounts{"slack": w.chat},
		Titles: map[string]string{"okta": "Okta", "pagerduty": "PagerDuty", "jira": "Jira"}}, w.set, nil)
	w.use(specs...)
	return w, d
}

func naming(key string) flows.Draft {
	return flows.Draft{Resource: prodDB, Duration: time.Hour, Reason: "replay failed payments", TicketKey: key}
}

// wrong is what somebody reads at a field when they ask; empty when they may.
func (w *world) wrong(who flows.PersonID, d flows.Draft) (field, sentence string) {
	w.t.Helper()
	err := w.engine.CheckDraft(w.ctx, who, d)
	_, asked := w.engine.Ask(w.ctx, w.actor(who), d)
	w.run()
	var x, y *flows.Error
	if errors.As(err, &x) && errors.As(asked, &y) && x.Sentence == y.Sentence {
		return x.Field, x.Sentence
	}
	if err != nil || asked != nil {
		w.t.Fatalf("the form says %v, asking %v", err, asked)
	}
	return "", ""
}

func TestTheTicketThatIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		who   flows.PersonID
		key   string
		now   func(*flows.TicketFacts)
		need  func(*flows.TicketNeed)
		reads string
	}{
		"hers, open":         {ana, "OPS-1", nil, nil, ""},
		"typed small":        {ana, " ops-1 ", nil, nil, ""},
		"none":               {ana, "", nil, nil, "Name a ticket, assigned to you, in OPS, Open or In Progress."},
		"another kind":       {ana, "WEB-1", nil, nil, "WEB-1 is not a ticket that is wanted here: its key must match OPS-[0-9]+."},
		"only begins alike":  {ana, "OPS-1 and more", nil, nil, "OPS-1 and more is not a ticket that is wanted here: its key must match OPS-[0-9]+."},
		"a path":             {ana, "x/OPS-1", nil, nil, "x/OPS-1 is not a ticket that is wanted here: its key must match OPS-[0-9]+."},
		"there is none":      {ana, "OPS-9", nil, nil, "OPS-9 does not exist in Jira, or Hallpass may not see it. Name another ticket."},
		"done":               {ana, "OPS-1", func(f *flows.TicketFacts) { f.Status = "Done" }, nil, "OPS-1 is Done; it must be Open or In Progress."},
		"in progress":        {ana, "OPS-1", func(f *flows.TicketFacts) { f.Status = "in progress" }, nil, ""},
		"another project":    {ana, "OPS-1", func(f *flows.TicketFacts) { f.Project = "WEB" }, nil, "OPS-1 is not in the project OPS. Name a ticket that is."},
		"moved away":         {ana, "OPS-1", func(f *flows.TicketFacts) { f.Key = "SEC-7" }, nil, "OPS-1 is called SEC-7 now, and that is not a ticket that is wanted here."},
		"somebody else's":    {ben, "OPS-1", nil, nil, "OPS-1 is assigned to somebody else. Name a ticket that is assigned to you."},
		"nobody's":           {ana, "OPS-1", func(f *flows.TicketFacts) { f.Assignee, f.AssigneeID = "", "" }, nil, "OPS-1 is assigned to nobody. Name a ticket that is assigned to you."},
		"address not shown":  {ana, "OPS-1", func(f *flows.TicketFacts) { f.Assignee = "" }, nil, "Jira does not show us the address of the one to whom OPS-1 is assigned, so we can’t tell whether it is yours. Let it be seen in your profile there, or name another ticket."},
		"anybody's will do":  {ben, "OPS-1", func(f *flows.TicketFacts) { f.Assignee, f.AssigneeID = "", "" }, func(n *flows.TicketNeed) { n.AnyAssignee = true }, ""},
		"Hallpass' by label": {ana, "OPS-1", func(f *flows.TicketFacts) { f.Labels = []string{"Hallpass-R1-7"} }, nil, "OPS-1 was made by Hallpass itself, so it is no reason to be given anything. Name the ticket of your work."},
		"Hallpass' by maker": {ana, "OPS-1", func(f *flows.TicketFacts) { f.Ours = true }, nil, "OPS-1 was made by Hallpass itself, so it is no reason to be given anything. Name the ticket of your work."},
	} {
		t.Run(name, func(t *testing.T) {
			spec := ticketed(oneStep())
			if c.need != nil {
				c.need(spec.Why.Ticket)
			}
			w, d := withDesk(t, spec)
			if c.now != nil {
				d.change("OPS-1", c.now)
			}
			field, reads := w.wrong(c.who, naming(c.key))
			is(t, "reads", reads, c.reads)
			is(t, "at the field", field == "ticket", c.reads != "")
			if c.reads == "" {
				is(t, "kept as Jira writes it", w.request(1).TicketKey, "OPS-1")
			}
		})
	}
}

func TestATicketThatHallpassKeepsIsNoReason(t *testing.T) {
	spec := ticketed(oneStep())
	w, d := withDesk(t, spec)
	d.list["OPS-2"] = anas("OPS-2")
	r := w.ask2(ana, naming("OPS-1"))
	w.must(w.store.Change(w.ctx, func(tx flows.Tx) error { // its own ticket stands in OPS, and somebody took its label off
		r, err := tx.Request(r.ID)
		if err != nil {
			return err
		}
		r.Ticket, r.TicketStage = "OPS-2", 1
		return tx.PutRequest(r)
	}))
	_, reads := w.wrong(ana, naming("OPS-2"))
	is(t, "reads", reads, "OPS-2 was made by Hallpass itself, so it is no reason to be given anything. Name the ticket of your work.")
}

// ask2 asks with everything that a draft holds.
func (w *world) ask2(who flows.PersonID, d flows.Draft) *flows.Request {
	w.t.Helper()
	r, err := w.engine.Ask(w.ctx, w.actor(who), d)
	w.must(err)
	w.run()
	return w.request(r.ID)
}

func TestATicketIsNamedSoOften(t *testing.T) {
	w, d := withDesk(t, ticketed(oneStep()))
	tooOften := "OPS-1 was named 2 times already, which is the most. Name another ticket."
	first := w.ask2(ana, naming("OPS-1"))
	w.press(ben, first.ID, false)
	given, waits := w.ask2(ana, naming("OPS-1")), w.ask2(ana, naming("ops-1"))
	w.press(ben, given.ID, true)
	_, reads := w.wrong(ana, naming("OPS-1"))
	is(t, "one given and one that waits; a no is not counted", reads, tooOften)
	d.change("OPS-1", func(f *flows.TicketFacts) { f.Assignee = "dev@acme.example" })
	_, reads = w.wrong(dev, naming("OPS-1"))
	is(t, "handed to a colleague, it counts on", reads, tooOften)
	d.change("OPS-1", func(f *flows.TicketFacts) { f.Assignee = "ana@acme.example" })
	d.list["OPS-2"] = anas("OPS-1") // moved: the old key leads to the same ticket
	_, reads = w.wrong(ana, naming("OPS-2"))
	is(t, "under another key", reads, tooOften)
	_, err := w.engine.Cancel(w.ctx, w.actor(ana), waits.ID)
	w.must(err)
	w.run()
	_, reads = w.wrong(ana, naming("OPS-1"))
	is(t, "canceled, it is free again", reads, "")
	w.pass(2 * time.Hour)
	_, reads = w.wrong(ana, naming("OPS-1"))
	is(t, "what was given counts for ever", reads, tooOften)
}

func TestAnExtensionGoesOnWithItsTicket(t *testing.T) {
	spec := ticketed(automatic())
	spec.Why.Ticket.Reuse = 1
	w, d := withDesk(t, spec)
	w.ask2(ana, naming("OPS-1"))
	g := w.grant(1)
	o, err := w.engine.OfferExtension(w.ctx, ana, g.ID)
	w.must(err)
	is(t, "the form has it", o.TicketKey, "OPS-1")
	more := flows.Draft{Extends: g.ID, Duration: time.Hour, Reason: "the replay takes longer"}
	d.change("OPS-1", func(f *flows.TicketFacts) { f.Status = "Done" })
	_, reads := w.wrong(ana, more)
	is(t, "done meanwhile", reads, "OPS-1 is Done; it must be Open or In Progress.")
	d.change("OPS-1", func(f *flows.TicketFacts) { f.Status = "Open" })
	is(t, "open again", w.ask2(ana, more).TicketKey, "OPS-1")
}

func TestTheTicketIsLookedAtOnceMoreBeforeAnExtension(t *testing.T) {
	for name, c := range map[string]struct {
		now  func(*flows.TicketFacts)
		says string
	}{
		"still good": {func(f *flows.TicketFacts) { f.Status = "In Progress" }, ""},
		"done":       {func(f *flows.TicketFacts) { f.Status = "Done" }, "OPS-1 is Done; it must be Open or In Progress."},
		"given away": {func(f *flows.TicketFacts) { f.Assignee = "ben@acme.example" }, "OPS-1 is assigned to somebody else. Name a ticket that is assigned to you."},
	} {
		t.Run(name, func(t *testing.T) {
			w, d := withDesk(t, ticketed(oneStep()))
			w.press(ben, w.ask2(ana, naming("OPS-1")).ID, true)
			ends := w.grant(1).Ends
			more := w.ask2(ana, flows.Draft{Extends: w.grant(1).ID, Duration: time.Hour, Reason: "the replay takes longer"})
			reads := d.reads
			w.pass(10 * time.Minute)
			is(t, "not looked at while it waits", d.reads, reads)
			d.change("OPS-1", c.now)
			w.press(caro, more.ID, true)
			is(t, "extended", w.grant(1).Ends.After(ends), c.says == "")
			is(t, "why not", w.request(more.ID).Ending, c.says)
			is(t, "told in a message of its own", w.noticed(ana, more.ID, "failed"), c.says != "")
		})
	}
}

func TestAnExtensionWaitsForJira(t *testing.T) {
	w, d := withDesk(t, ticketed(oneStep()))
	w.press(ben, w.ask2(ana, naming("OPS-1")).ID, true)
	ends := w.grant(1).Ends
	more := w.ask2(ana, flows.Draft{Extends: w.grant(1).ID, Duration: time.Hour, Reason: "the replay takes longer"})
	d.down = true
	w.press(caro, more.ID, true)
	is(t, "not extended", w.grant(1).Ends, ends)
	is(t, "the card says why", w.request(more.ID).Trouble, "Jira does not answer")
	d.down = false
	w.pass(time.Minute)
	is(t, "extended once Jira answers", w.grant(1).Ends, ends.Add(time.Hour))
}

func TestJiraDownMeansWait(t *testing.T) {
	w, d := withDesk(t, ticketed(oneStep()))
	d.down = true
	field, reads := w.wrong(ana, naming("OPS-1"))
	is(t, "when asking", field+": "+reads, "ticket: Jira does not answer, so we can’t check OPS-1. Try again in a minute.")
	is(t, "nobody's lane closes for it", flows.AsCall(w.engine.CheckDraft(w.ctx, ana, naming("OPS-1"))).Lane, false)
	d.down = false
	r := w.ask2(ana, naming("OPS-1"))
	d.down = true
	w.press(ben, r.ID, true)
	is(t, "agreed", w.request(r.ID).State, flows.Approved)
	is(t, "but not given", w.target.has(prodKey, ana), false)
	is(t, "and the card says why", w.grant(r.ID).Late, "Jira does not answer")
	d.down = false
	w.pass(time.Minute)
	is(t, "given", w.target.has(prodKey, ana), true)
	is(t, "in time", w.grant(r.ID).Late, "")
}

func TestTheTicketIsLookedAtOnceMoreBeforeTheGrant(t *testing.T) {
	for name, c := range map[string]struct {
		now  func(*flows.TicketFacts)
		says string
	}{
		"still good": {func(f *flows.TicketFacts) { f.Status = "In Progress" }, ""},
		"done":       {func(f *flows.TicketFacts) { f.Status = "Done" }, "OPS-1 is Done; it must be Open or In Progress."},
		"given away": {func(f *flows.TicketFacts) { f.Assignee = "ben@acme.example" }, "OPS-1 is assigned to somebody else. Name a ticket that is assigned to you."},
	} {
		t.Run(name, func(t *testing.T) {
			w, d := withDesk(t, ticketed(oneStep()))
			r := w.ask2(ana, naming("OPS-1"))
			reads := d.reads
			w.pass(10 * time.Minute)
			is(t, "not looked at while it waits", d.reads, reads)
			d.change("OPS-1", c.now)
			w.press(ben, r.ID, true)
			is(t, "given", w.target.has(prodKey, ana), c.says == "")
			is(t, "why not", w.grant(r.ID).EndWhy, c.says)
		})
	}
}

func TestThePolicyWantsATicketMeanwhile(t *testing.T) {
	w, _ := withDesk(t, oneStep())
	r := w.ask(ana, time.Hour)
	w.use(ticketed(oneStep()))
	w.press(ben, r.ID, true)
	w.pass(time.Minute)
	if w.request(r.ID).State == flows.Pending { // asked again, as the policy is another one
		w.press(caro, r.ID, true)
	}
	is(t, "given", w.target.has(prodKey, ana), false)
	is(t, "why not", w.grant(r.ID).EndWhy, "The policy wants a ticket now. Ask again and name one.")
}

func TestTheTicketInTheRecord(t *testing.T) {
	w, _ := withDesk(t, ticketed(oneStep()))
	r := w.ask2(ana, naming("OPS-1"))
	is(t, "on the cards", r.TicketSeen, flows.TicketSeen{Status: "Open", Assignee: "Ana Silva"})
	w.view(func(tx flows.Tx) error {
		list, err := tx.Entries(flows.EntryFilter{Request: r.ID, Actions: []flows.Action{flows.ActAsked}})
		if len(list) != 1 || list[0].Data["ticket"] != "OPS-1 read from jira at 2026-03-02T12:01:00Z" {
			t.Errorf("the entry has %+v", list)
		}
		return err
	})
}

func TestAFlowThatWantsNoTicketForgetsIt(t *testing.T) {
	w, d := withDesk(t, oneStep())
	is(t, "kept", w.ask2(ana, naming("OPS-1")).TicketKey, "")
	is(t, "looked at", d.reads, 0)
}

func TestTwoFormsAtOneMomentNameATicketOnce(t *testing.T) {
	spec := ticketed(oneStep())
	spec.Why.Ticket.Reuse = 1
	w, _ := withDesk(t, spec)
	who := w.actor(ana)
	var asked [4]error
	var all sync.WaitGroup
	for i := range asked {
		all.Go(func() { _, asked[i] = w.engine.Ask(w.ctx, who, naming("OPS-1")) })
	}
	all.Wait()
	w.run()
	ok := slices.DeleteFunc(asked[:], func(err error) bool { return err != nil })
	is(t, "asked", len(ok), 1)
}

func TestMistakesInWhatAFlowWants(t *testing.T) {
	spec := oneStep()
	spec.Why.Ticket = &flows.TicketNeed{Pattern: "(", Reuse: -1}
	spec.Why.Fields = []flows.FormField{{Name: "A b", Label: " ", Kind: "date"}, {Name: "x", Label: "X", Kind: flows.FieldChoice}, {Name: "x", Label: "X", Kind: flows.FieldText, Choices: []string{"a"}}}
	_, problems := flows.NewFlow(spec)
	var got []string
	for _, p := range problems {
		got = append(got, p.Path+": "+p.Sentence)
	}
	is(t, "problems", strings.Join(got, "\n"), strings.Join([]string{
		"why.ticket.in: name the integration that keeps tickets",
		`why.ticket.pattern: "(" is not a regular expression`,
		"why.ticket.reuse: must not be negative",
		"why.fields[0].name: needs a name of small letters, digits and _, at most 40",
		"why.fields[0].label: say what is asked",
		"why.fields[0].kind: must be text, choice, checkbox or person",
		"why.fields[1].choices: needs what can be chosen, 1 to 100, none of them empty",
		"why.fields[2].name: x is the name of another question already",
		"why.fields[2].choices: only a choice has choices"}, "\n"))
}
