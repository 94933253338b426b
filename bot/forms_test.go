package bot

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

var ctx = context.Background()

// lastForm is the form that was shown last.
func (w *world) lastForm() Form {
	w.t.Helper()
	if len(w.chat.forms) == 0 {
		w.t.Fatal("no form was shown")
	}
	return w.chat.forms[len(w.chat.forms)-1]
}

func TestForms(t *testing.T) {
	var b strings.Builder
	show := func(name string, f Form) { fmt.Fprintf(&b, "== %s\n%s\n", name, plainForm(f)) }
	w := newWorld(t)
	for _, text := range []string{"", "prod-db for 4h because OPS-1: rotate keys", "prod-db member for 90m", "prod-db for 2hh because OPS-1", "prod-cache for 1h because OPS-1"} {
		if r := w.bot.Command(ctx, Call{Account: ana, Text: text, Trigger: "t"}); r.Card != nil {
			t.Errorf("%q was answered with %s", text, plain(*r.Card))
		}
		show("/access "+text, w.lastForm())
	}
	w.engine.offer.Permissions = []string{"read", "write"}
	w.engine.offer.Automatic = "You will get it at once: you are on call until 18:00."
	w.bot.Command(ctx, Call{Account: ana, Text: "prod-db write", Trigger: "t"})
	show("two permissions, at once", w.lastForm())
	w.engine.offer.Automatic, w.engine.offer.Unknown, w.engine.offer.Choices = "", "PagerDuty does not answer", nil
	w.engine.offer.Deciders[1] = flows.OpenRequirement{Words: "somebody on call for SRE primary", Unknown: "PagerDuty does not answer"}
	w.bot.Command(ctx, Call{Account: ana, Text: "prod-db", Trigger: "t"})
	show("any time, and the outside does not answer", w.lastForm())
	w.engine.offer.Custom = false
	w.engine.offer.Deciders = []flows.OpenRequirement{{Words: "your manager"}, {Words: "one of owners", Fallback: true, Candidates: []flows.Candidate{{Person: "ben", Primary: true}}}}
	w.bot.Command(ctx, Call{Account: ana, Text: "prod-db", Trigger: "t"})
	show("one time, nobody there", w.lastForm())
	w.engine.catalog = nil
	w.bot.Command(ctx, Call{Account: ana, Trigger: "t"})
	show("nothing to ask for", w.lastForm())
	golden(t, "forms.txt", b.String())
}

func TestFormsOfButtons(t *testing.T) {
	var b strings.Builder
	w := newWorld(t)
	r := w.request()
	press := func(name string, who flows.Account, action Action, v value) {
		if err := w.bot.Press(ctx, Pressed{Account: who, Action: action, Value: v.String(), Trigger: "t", Channel: "D1", TS: "7"}); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "== %s\n%s\n", name, plainForm(w.lastForm()))
	}
	press("deny", caro, ActDeny, value{Request: r.ID, Revision: 1})
	press("shorter", caro, ActShorter, value{Request: r.ID, Revision: 1})
	press("deny, by somebody who was not asked", ana, ActDeny, value{Request: r.ID, Revision: 1})
	press("a request that is none", caro, ActDeny, value{Request: 99, Revision: 1})
	g := w.lease(r)
	press("deny, too late", caro, ActDeny, value{Request: r.ID, Revision: 1})
	press("extend", ana, ActExtend, value{Grant: g.ID, Revision: 2})
	press("revoke", caro, ActRevoke, value{Grant: g.ID, Revision: 2})
	press("revoke, by somebody who is no admin", ana, ActRevoke, value{Grant: g.ID, Revision: 2})
	press("by a guest", guest, ActExtend, value{Grant: g.ID, Revision: 2})
	golden(t, "forms-of-buttons.txt", b.String())
	if m := w.chat.forms[0].Meta; m.Request != r.ID || m.Revision != 1 || m.Channel != "D1" || m.TS != "7" || m.Nonce == "" {
		t.Errorf("the form forgets where it was opened: %+v", m)
	}
	if len(w.engine.refused) != 1 || !strings.HasPrefix(w.engine.refused[0], "UGUEST press extend: ") {
		t.Errorf("the audit log has %q", w.engine.refused)
	}
}

// Whatever is chosen anew, the rest stays as typed.
func TestChangesKeepWhatWasTyped(t *testing.T) {
	w := newWorld(t)
	values := map[string]string{FieldReason: "OPS-1: rotate keys", FieldDuration: (4 * time.Hour).String(), FieldCustom: "90m"}
	meta := Meta{Kind: FormAsk, Nonce: "n"}
	step := func(change map[string]string) map[string]string {
		maps.Copy(values, change)
		if err := w.bot.Change(ctx, Filled{Account: ana, Form: FormRef{ID: "V1", Account: ana}, Meta: meta, Values: values}); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, f := range w.lastForm().Fields {
			got[f.Name] = f.Value
		}
		meta = w.lastForm().Meta
		return got
	}
	expect := func(got map[string]string, name, want string) {
		t.Helper()
		if v, ok := got[name]; v != want || !ok {
			t.Errorf("%s is %q (%v), want %q", name, v, ok, want)
		}
	}
	expect(step(nil), FieldReason, "OPS-1: rotate keys")
	got := step(map[string]string{FieldResource: db.ResourceKey.String()})
	expect(got, FieldReason, "OPS-1: rotate keys")
	expect(got, FieldDuration, "4h0m0s")
	if meta.Nonce != "n" || meta.Resource != db.ResourceKey.String() {
		t.Errorf("meta is %+v", meta)
	}
	got = step(map[string]string{FieldDuration: otherDuration})
	expect(got, FieldCustom, "90m")
	w.engine.slow = &flows.CallError{Outcome: flows.OutcomeUnknown, Sentence: "Okta does not answer"}
	got = step(map[string]string{FieldReason: "more"})
	expect(got, FieldReason, "more")
	expect(got, FieldResource, db.ResourceKey.String())
	if f := w.lastForm().Fields[0]; plainLine(f.Lines[0]) != "‹Okta does not answer. Try again in a moment.›" {
		t.Errorf("the form says %q", plainLine(f.Lines[0]))
	}
}

// A duration typed with a wrong name waits until a thing is chosen.
func TestTypedDurationWaitsForAThing(t *testing.T) {
	w := newWorld(t)
	for typed, want := range map[string]string{"4h": "4h0m0s", "90m": otherDuration} {
		w.bot.Command(ctx, Call{Account: ana, Text: "prod-dd for " + typed, Trigger: "t"})
		if err := w.bot.Change(ctx, Filled{Account: ana, Meta: w.lastForm().Meta, Values: map[string]string{FieldResource: db.ResourceKey.String()}}); err != nil {
			t.Fatal(err)
		}
		for _, f := range w.lastForm().Fields {
			if f.Name == FieldDuration && f.Value != want {
				t.Errorf("%s became %q, want %q", typed, f.Value, want)
			}
		}
	}
}

func TestTypeahead(t *testing.T) {
	w := newWorld(t)
	got := w.bot.Search(ctx, ana, Meta{}, FieldResource, "prod")
	if len(got) != 1 || got[0] != (ChoiceItem{Value: "okta/group/00g1", Label: "prod-db", Small: "Okta group · env=prod"}) {
		t.Errorf("got %+v", got)
	}
	if got := w.bot.Search(ctx, guest, Meta{}, FieldResource, "prod"); got != nil {
		t.Errorf("a guest sees %+v", got)
	}
}

func filled(values map[string]string) Filled {
	all := map[string]string{FieldResource: "okta/group/00g1", FieldDuration: "1h0m0s", FieldReason: "OPS-1: rotate keys"}
	maps.Copy(all, values)
	return Filled{Account: ana, Form: FormRef{Account: ana, ID: "V1", Hash: "h"}, Meta: Meta{Kind: FormAsk, Nonce: "n1"}, Values: all}
}

func TestMistakesStandAtTheirFields(t *testing.T) {
	w := newWorld(t)
	at := func(f Filled, want map[string]string) {
		t.Helper()
		got := w.bot.Submit(ctx, f)
		if !maps.Equal(got.Errors, want) || got.Next != nil {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	at(filled(map[string]string{FieldResource: ""}), map[string]string{FieldResource: "Choose what you need from the list."})
	at(filled(map[string]string{FieldDuration: otherDuration, FieldCustom: "2hh"}), map[string]string{FieldCustom: `"2hh" is not a duration; write it like 45m, 2h, 1h30m or 1d`})
	for field, at2 := range map[string]string{"duration": FieldDuration, "reason": FieldReason, "permission": FieldResource, "": FieldResource} {
		w.engine.wrong = &flows.Error{Kind: flows.KindInvalid, Field: field, Sentence: "No."}
		at(filled(nil), map[string]string{at2: "No."})
	}
	if len(w.engine.refused) != 0 {
		t.Errorf("slips are in the audit log: %q", w.engine.refused)
	}
	f := filled(nil)
	f.Account = guest
	at(f, map[string]string{FieldResource: notLinked.Sentence})
	if len(w.engine.deeds) != 0 || len(w.engine.refused) != 1 {
		t.Errorf("deeds %v, refused %q", w.engine.deeds, w.engine.refused)
	}
}

func TestSubmitAsksOnce(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		if got := w.bot.Submit(ctx, filled(map[string]string{FieldDuration: otherDuration, FieldCustom: "90m"})); got.Errors != nil || got.Next != nil {
			t.Fatalf("got %+v", got)
		}
	}
	w.work()
	if got := strings.Join(w.engine.did, "\n"); got != `ana asks okta/group/00g1  1h30m0s "OPS-1: rotate keys"` {
		t.Errorf("did %s", got)
	}
}

// When the outside does not answer in time, the deed is committed and the form is brought up to date when it is worked.
func TestSlowSubmitIsFinishedLater(t *testing.T) {
	w := newWorld(t)
	w.engine.slow = &flows.CallError{Outcome: flows.OutcomeUnknown, Sentence: "Okta does not answer"}
	got := w.bot.Submit(ctx, filled(nil))
	if got.Next == nil || got.Next.Kind != FormNotice {
		t.Fatalf("got %+v", got)
	}
	if err := w.bot.WorkDeed(ctx, flows.Deed{ID: w.engine.deeds[0], Kind: DeedAsk, Account: ana, Body: []byte("{}"), Real: w.clock.machine}); err == nil {
		t.Error("a deed is finished although nobody answers")
	}
	w.engine.slow = nil
	w.engine.wrong = flows.Errorf(flows.KindRefused, "You have 10 requests waiting, which is the most at one time.")
	w.work()
	f := w.lastForm()
	if f.Kind != FormAsk || plainLine(f.Fields[0].Lines[0]) != "‹You have 10 requests waiting, which is the most at one time.›" || f.Meta.Nonce == "n1" {
		t.Errorf("the form became %s with %+v", plainForm(f), f.Meta)
	}
	for _, field := range f.Fields {
		if field.Name == FieldReason && field.Value != "OPS-1: rotate keys" {
			t.Errorf("what was typed is gone: %q", field.Value)
		}
	}
}

func TestSlowSubmitSaysThatItWasAsked(t *testing.T) {
	w := newWorld(t)
	w.engine.slow = context.DeadlineExceeded
	w.bot.Submit(ctx, filled(nil))
	w.engine.slow = nil
	w.work()
	if got := plainLine(w.lastForm().Fields[0].Lines[0]); got != "‹Asked: R142. The card in your messages tells how it goes on.›" {
		t.Errorf("the form says %q", got)
	}
}

// For how long something is asked may decide who is asked: the form follows what is chosen, and promises nothing for what is not yet typed.
func TestTheFormIsOfferedForTheTimeThatIsChosen(t *testing.T) {
	w := newWorld(t)
	f := *twoSteps(t)
	f.Approval.AutomaticIf = []flows.Condition{{AtMost: time.Hour}}
	w.engine.offer.Flow = &f
	for _, c := range []struct {
		typed  string
		chosen map[string]string
		want   time.Duration
	}{
		{typed: "prod-db", want: 0},
		{typed: "prod-db for 4h", want: 4 * time.Hour},
		{typed: "prod-db until 18:00", want: longest},
		{chosen: map[string]string{FieldDuration: "4h0m0s"}, want: 4 * time.Hour},
		{chosen: map[string]string{FieldDuration: "3h0m0s"}, want: 0}, // of another thing
		{chosen: map[string]string{FieldDuration: otherDuration}, want: longest},
		{chosen: map[string]string{FieldDuration: otherDuration, FieldCustom: "90m"}, want: 90 * time.Minute},
	} {
		if c.chosen == nil {
			w.bot.Command(ctx, Call{Account: ana, Text: c.typed, Trigger: "t"})
		} else {
			c.chosen[FieldResource] = w.engine.offer.Resource.ResourceKey.String()
			if err := w.bot.Change(ctx, Filled{Account: ana, Meta: Meta{Kind: FormAsk}, Values: c.chosen}); err != nil {
				t.Fatal(err)
			}
		}
		if got := w.engine.offeredFor[len(w.engine.offeredFor)-1]; got != c.want {
			t.Errorf("%q %v is offered for %s, want %s", c.typed, c.chosen, got, c.want)
		}
	}
}
