package flows_test

import (
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

// asking is a flow with questions of its own.
func asking() flows.FlowSpec {
	spec := oneStep()
	spec.Why.Fields = []flows.FormField{
		{Name: "customer", Label: "Customer", Kind: flows.FieldText, Required: true},
		{Name: "impact", Label: "Impact", Kind: flows.FieldChoice, Choices: []string{"none", "some"}},
		{Name: "backup", Label: "I have a backup", Kind: flows.FieldCheckbox, Required: true},
		{Name: "partner", Label: "Working with", Kind: flows.FieldPerson},
	}
	return spec
}

func answering(answers map[string]string) flows.Draft {
	return flows.Draft{Resource: prodDB, Duration: time.Hour, Reason: "replay failed payments", Fields: answers}
}

func TestAnswersAreCheckedAtTheirField(t *testing.T) {
	w := newWorld(t, asking())
	whole := func(name, answer string) map[string]string {
		m := map[string]string{"customer": "Foo Ltd", "backup": flows.Ticked, name: answer}
		return m
	}
	for name, c := range map[string]struct {
		answers map[string]string
		field   string
		reads   string
	}{
		"nothing":            {nil, "own_customer", "Fill this in; it is shown to those who decide."},
		"only spaces":        {whole("customer", "  "), "own_customer", "Fill this in; it is shown to those who decide."},
		"too long":           {whole("customer", strings.Repeat("é", 501)), "own_customer", "At most 500 characters."},
		"no such choice":     {whole("impact", "all"), "own_impact", "Choose none or some."},
		"not ticked":         {whole("backup", ""), "own_backup", "Tick this to ask."},
		"ticked otherwise":   {whole("backup", "no"), "own_backup", "Tick it, or leave it."},
		"nobody's id":        {whole("partner", "00unobody"), "own_partner", "Choose somebody from the list; this is nobody who works here."},
		"what is required":   {whole("impact", ""), "", ""},
		"all of it":          {map[string]string{"customer": "Foo", "impact": "some", "backup": "yes", "partner": string(ben)}, "", ""},
		"with more than all": {map[string]string{"customer": "Foo", "backup": "yes", "approver": "me"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			field, reads := w.wrong(ana, answering(c.answers))
			is(t, "field", field, c.field)
			is(t, "reads", reads, c.reads)
		})
	}
	w.t = t
}

func TestAnswersAreKeptAndNotInWhatIsHashed(t *testing.T) {
	w := newWorld(t, asking())
	r := w.ask2(ana, answering(map[string]string{"customer": " Foo Ltd ", "backup": "yes", "partner": string(ben), "approver": "me"}))
	is(t, "answers", len(r.Fields), 3)
	is(t, "customer", r.Fields["customer"], "Foo Ltd")
	w.view(func(tx flows.Tx) error {
		list, err := tx.Entries(flows.EntryFilter{Request: r.ID, Actions: []flows.Action{flows.ActAsked}})
		is(t, "the entry's text", list[0].Text, "replay failed payments\nCustomer: Foo Ltd\nI have a backup: yes\nWorking with: Ben Okafor")
		for _, v := range list[0].Data {
			if strings.Contains(v, "Foo") {
				t.Errorf("typed text is hashed in the clear: %v", list[0].Data)
			}
		}
		if strings.Contains(string(list[0].Bytes), "Foo") {
			t.Error("typed text is in the chained bytes")
		}
		return err
	})
}

func TestAnExtensionAnswersAsBefore(t *testing.T) {
	spec := asking()
	spec.Approval = flows.Approval{Automatic: true}
	w := newWorld(t, spec)
	w.ask2(ana, answering(map[string]string{"customer": "Foo Ltd", "backup": "yes"}))
	g := w.grant(1)
	o, err := w.engine.OfferExtension(w.ctx, ana, g.ID)
	w.must(err)
	is(t, "the form has them", o.Answers["customer"], "Foo Ltd")
	r := w.ask2(ana, flows.Draft{Extends: g.ID, Duration: time.Hour, Reason: "it takes longer"})
	is(t, "kept", r.Fields["customer"], "Foo Ltd")
}

func TestUntilAMoment(t *testing.T) {
	w := newWorld(t, oneStep())
	until := w.clock.Company().Add(5*time.Hour + 35*time.Minute)
	r := w.ask2(ana, flows.Draft{Resource: prodDB, Until: until, Reason: "replay failed payments"})
	is(t, "how long that is", r.Duration, 5*time.Hour+35*time.Minute)
	w.pass(time.Hour)
	w.press(ben, r.ID, true)
	is(t, "ends then, though deciding took an hour", w.grant(r.ID).Ends, until)
	w.pass(4*time.Hour + 40*time.Minute)
	is(t, "taken back", w.target.has(prodKey, ana), false)
}

func TestUntilAMomentThatComesFirst(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask2(ana, flows.Draft{Resource: prodDB, Until: w.clock.Company().Add(time.Hour), Reason: "replay failed payments"})
	w.pass(61 * time.Minute)
	is(t, "nobody decided", w.request(r.ID).State, flows.Lapsed)
}

func TestUntilIsHeldToWhatTheFlowAllows(t *testing.T) {
	w := newWorld(t, oneStep())
	for name, c := range map[string]struct {
		until time.Duration
		reads string
	}{
		"too long":  {9 * time.Hour, "At most 8 h here. Ask for 8 h and extend later."},
		"past":      {-time.Minute, "That is not later than it would end anyway. Name a later time."},
		"too short": {30 * time.Second, "At least 1 min."},
		"just fits": {8 * time.Hour, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			field, reads := w.wrong(ana, flows.Draft{Resource: prodDB, Until: w.clock.Company().Add(c.until), Reason: "replay failed payments"})
			is(t, "reads", reads, c.reads)
			is(t, "at the duration", field == "duration", c.reads != "")
		})
	}
	w.t = t
}

func TestAnApproverNamesTheEnd(t *testing.T) {
	w := newWorld(t, usual())
	r := w.ask(ana, 8*time.Hour)
	p := w.pressOn(caro, r.ID, true)
	p.Until, p.Duration = w.clock.Company().Add(3*time.Hour), 3*time.Hour
	_, err := w.engine.Decide(w.ctx, w.actor(caro), p)
	w.must(err)
	w.run()
	w.pass(time.Hour)
	w.press(ben, r.ID, true)
	is(t, "ends when the first one said", w.grant(r.ID).Ends, p.Until)
}

func TestExtendUntilAMoment(t *testing.T) {
	w := newWorld(t, automatic())
	w.ask(ana, time.Hour)
	g := w.grant(1)
	until := g.Ends.Add(90 * time.Minute)
	w.ask2(ana, flows.Draft{Extends: g.ID, Until: until, Reason: "the replay takes longer"})
	is(t, "ends", w.grant(1).Ends, until)
	_, err := w.engine.Ask(w.ctx, w.actor(ana), flows.Draft{Extends: g.ID, Until: g.Ends, Reason: "the replay takes longer"})
	if err == nil {
		t.Error("an end before the end was taken")
	}
}
