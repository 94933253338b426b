package bot

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

// Profile is a chat's word on where somebody is.
func (c *memChat) Profile(_ context.Context, a flows.Account) (flows.Profile, error) {
	return flows.Profile{Account: a, Zone: map[string]string{ana.User: "Europe/Lisbon", caro.User: "Europe/Berlin"}[a.User]}, c.failing("profile")
}

// wantsMore is what a flow may ask besides the reason.
func wantsMore() flows.Why {
	return flows.Why{Required: true, Ticket: &flows.TicketNeed{In: "jira", Pattern: "OPS-[0-9]+", Project: "OPS", Statuses: []string{"Open", "In Progress"}},
		Fields: []flows.FormField{
			{Name: "customer", Label: "Customer", Kind: flows.FieldText, Required: true},
			{Name: "impact", Label: "Impact", Kind: flows.FieldChoice, Choices: []string{"none", "some"}},
			{Name: "backup", Label: "I have a backup", Kind: flows.FieldCheckbox, Required: true},
			{Name: "partner", Label: "Working with", Kind: flows.FieldPerson},
			{Name: "told", Label: "Customer knows", Kind: flows.FieldCheckbox},
		}}
}

func TestFormsThatAskMore(t *testing.T) {
	var b strings.Builder
	show := func(name string, f Form) { b.WriteString("== " + name + "\n" + plainForm(f) + "\n") }
	w := newWorld(t)
	w.engine.offer.Why = wantsMore()
	w.bot.Command(ctx, Call{Account: ana, Text: "prod-db until tomorrow 09:00 because OPS-7: the replay fails", Trigger: "t"})
	show("/access prod-db until tomorrow 09:00 because …", w.lastForm())
	values := map[string]string{FieldResource: "okta/group/00g1", FieldReason: "replay", FieldTicket: "OPS-1", "own_customer": "Foo <b>", "own_impact": "some", "own_backup": "yes", "own_partner": "ben"}
	if err := w.bot.Change(ctx, Filled{Account: ana, Meta: w.lastForm().Meta, Values: values}); err != nil {
		t.Fatal(err)
	}
	show("drawn anew, with all that was filled in", w.lastForm())
	g := w.lease(w.request())
	w.engine.offer.TicketKey, w.engine.offer.Answers = "OPS-1", map[string]string{"customer": "Foo <b>", "backup": "yes", "partner": "ben"}
	if err := w.bot.Press(ctx, Pressed{Account: ana, Action: ActExtend, Value: value{Grant: g.ID, Revision: 2}.String(), Trigger: "t"}); err != nil {
		t.Fatal(err)
	}
	show("an extension goes on with what was answered", w.lastForm())
	w.engine.offer.Custom = false
	w.bot.Command(ctx, Call{Account: ana, Text: "prod-db until 18:00", Trigger: "t"})
	show("where a moment cannot be chosen", w.lastForm())
	golden(t, "forms-that-ask-more.txt", b.String())
}

// draft is the draft that a form was submitted with, or what it says at its fields.
func (w *world) draft(f Filled) (d flows.Draft, wrong map[string]string) {
	w.t.Helper()
	if got := w.bot.Submit(ctx, f); got.Errors != nil || got.Next != nil {
		return d, got.Errors
	}
	w.engine.drafts = nil
	w.work()
	if len(w.engine.drafts) == 0 {
		w.t.Fatal("nothing was asked")
	}
	return w.engine.drafts[len(w.engine.drafts)-1], nil
}

func typing(text string) Filled {
	return filled(map[string]string{FieldDuration: otherDuration, FieldCustom: text})
}

// Ana sits in Lisbon, where it is 12:25 as in UTC; Caro in Berlin, where it is 13:25.
func TestMomentsAreReadOnTheClockOfWhoTypesThem(t *testing.T) {
	at := func(day, hm string) time.Time {
		x, err := time.Parse("2006-01-02 15:04", day+" "+hm)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for name, c := range map[string]struct {
		who   flows.Account
		typed string
		until time.Time
		long  time.Duration
		wrong string
	}{
		"a duration":          {ana, "90m", time.Time{}, 90 * time.Minute, ""},
		"in Lisbon":           {ana, "until 18:00", at("2026-11-22", "18:00"), 5*time.Hour + 35*time.Minute, ""},
		"in Berlin":           {caro, "until 18:00", at("2026-11-22", "17:00"), 4*time.Hour + 35*time.Minute, ""},
		"tomorrow":            {ana, "Until tomorrow 09:00", at("2026-11-23", "09:00"), 20*time.Hour + 35*time.Minute, ""},
		"a day of the week":   {ana, "until friday 17:00", at("2026-11-27", "17:00"), 5*24*time.Hour + 4*time.Hour + 35*time.Minute, ""},
		"a past day":          {ana, "until 2026-01-01 09:00", time.Time{}, 0, `"until 2026-01-01 09:00" is already past; write a later one, like until tomorrow 09:00`},
		"no word for it":      {ana, "18:00", time.Time{}, 0, `"18:00" lacks a word; write "until 18:00", or a duration like 2h`},
		"nonsense":            {ana, "until noonish", time.Time{}, 0, ""},
		"nothing":             {ana, "", time.Time{}, 0, "say for how long: write 2h, until 18:00, until tomorrow 09:00 or until revoked"},
		"no end":              {ana, "until revoked", time.Time{}, flows.Indefinite, ""},
		"a profile sans zone": {account("UDAN"), "until 18:00", time.Time{}, 0, "Your profile says no time zone that is known here. Write a duration like 2h."},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.engine.actors[account("UDAN")] = flows.Actor{Account: account("UDAN"), Person: flows.Person{ID: "dan"}}
			f := typing(c.typed)
			f.Account = c.who
			d, wrong := w.draft(f)
			if wrong != nil || c.wrong != "" {
				if c.wrong != "" && wrong[FieldCustom] != c.wrong || wrong[FieldCustom] == "" {
					t.Errorf("the form says %v, want %q", wrong, c.wrong)
				}
				return
			}
			if d.Duration != c.long || !d.Until.Equal(c.until) {
				t.Errorf("%s is %s until %s", c.typed, d.Duration, d.Until)
			}
		})
	}
}

func account(user string) flows.Account {
	return flows.Account{Platform: "slack", Workspace: "T1", User: user}
}

func TestAZoneThatCannotBeLookedUp(t *testing.T) {
	w := newWorld(t)
	w.chat.fail = map[string]error{"profile": errors.New("silence")}
	_, wrong := w.draft(typing("until 18:00"))
	if want := "Your time zone cannot be looked up right now. Write a duration like 2h, or try again in a minute."; wrong[FieldCustom] != want {
		t.Errorf("the form says %v", wrong)
	}
}

func TestAnswersReachTheDraft(t *testing.T) {
	w := newWorld(t)
	d, wrong := w.draft(filled(map[string]string{FieldTicket: " OPS-1 ", "own_customer": "Foo", "own_backup": "yes", "own_partner": ""}))
	if want := map[string]string{"customer": "Foo", "backup": "yes", "partner": ""}; wrong != nil || d.TicketKey != "OPS-1" || !maps.Equal(d.Fields, want) {
		t.Errorf("the draft is %+v, %v", d, wrong)
	}
	for _, field := range []string{FieldTicket, "own_customer"} {
		w.engine.wrong = &flows.Error{Kind: flows.KindInvalid, Field: field, Sentence: "No."}
		if _, wrong := w.draft(filled(map[string]string{FieldTicket: "", "own_customer": ""})); wrong[field] != "No." {
			t.Errorf("an error of %s stands at %v", field, wrong)
		}
	}
}

func TestJiraDownIsSaidAtTheTicket(t *testing.T) {
	w := newWorld(t)
	w.engine.wrong = &flows.Error{Kind: flows.KindUnknown, Field: FieldTicket, Sentence: "Jira does not answer, so we can’t check OPS-1. Try again in a minute."}
	_, wrong := w.draft(filled(map[string]string{FieldTicket: "OPS-1"}))
	if wrong[FieldTicket] != "Jira does not answer, so we can’t check OPS-1. Try again in a minute." || len(w.engine.deeds) != 0 {
		t.Errorf("the form says %v, deeds %v", wrong, w.engine.deeds)
	}
}

func TestPeopleToChoose(t *testing.T) {
	w := newWorld(t)
	for text, want := range map[string]string{"okaf": "ben", "ANA.silva@": "ana", "": "ana ben caro", "zoe": ""} {
		var got []string
		for _, c := range w.bot.Search(ctx, ana, Meta{}, "own_partner", text) {
			got = append(got, c.Value)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q finds %v, want %s", text, got, want)
		}
	}
	if got := w.bot.Search(ctx, guest, Meta{}, "own_partner", ""); got != nil {
		t.Errorf("a guest sees %+v", got)
	}
}

func TestAnApproverNamesTheEnd(t *testing.T) {
	w := newWorld(t)
	r := w.request()
	f := typing("until 14:00") // in Berlin
	f.Account, f.Meta = caro, Meta{Kind: FormShorter, Nonce: "n2", Request: r.ID}
	if got := w.bot.Submit(ctx, f); got.Errors != nil {
		t.Fatal(got.Errors)
	}
	w.work()
	if got := w.engine.presses[0]; got.Duration != 35*time.Minute || !got.Until.Equal(clockAt("13:00")) {
		t.Errorf("pressed %+v", got)
	}
}

func TestWhatWasNamedOnCards(t *testing.T) {
	named := func(s *Story) {
		s.Flow.Why = wantsMore()
		s.Flow.Approval.Escalate = &flows.Escalate{After: time.Hour, To: []flows.Selector{{Kind: flows.SelectGroup, Group: "security"}}}
		s.Request.TicketKey, s.Request.TicketSeen = "OPS-1", flows.TicketSeen{Status: "In Progress", Assignee: "Ana Silva"}
		s.Request.Fields = map[string]string{"customer": "Foo <b>\n<!channel>", "impact": "some", "backup": "yes", "partner": "ben"}
	}
	until := func(s *Story) {
		s.Request.Until, s.Request.Duration = clockAt("18:00"), 5*time.Hour+35*time.Minute
	}
	caro, asker := chain(as(flows.PostApprover, "caro"), func(s *Story) { s.Post.Right, s.Post.RightKey = "manager", "manager:1" }), as(flows.PostAsker, "ana")
	owner := chain(second, as(flows.PostApprover, "ben"), func(s *Story) { s.Post.Right, s.Post.RightKey = "one of database-owners", "group:database-owners" })
	play(t, "named.txt", []scene{
		{"an approver sees all of it", chain(named, caro)},
		{"nobody's ticket", chain(named, caro, func(s *Story) { s.Request.TicketSeen.Assignee, s.Request.Fields = "", nil })},
		{"until a moment", chain(named, until, owner)},
		{"until a moment, made shorter by the first", chain(until, owner, func(s *Story) { s.Request.Approved = time.Hour; s.Request.Until = clockAt("13:26") })},
		{"others instead", chain(named, caro, func(s *Story) {
			x := s.Flow.Approval.Escalate
			x.Replace, x.To = true, append(x.To, flows.Selector{Kind: flows.SelectUser, User: "cto@acme.com"})
		})},
		{"asked already", chain(named, caro, func(s *Story) { s.Request.Escalated = true })},
		{"later than it lapses", chain(named, caro, func(s *Story) { s.Flow.Approval.Escalate.After = 48 * time.Hour })},
		{"afterwards", chain(named, approved, as(flows.PostApprover, "ben"))},
		{"the asker", chain(named, asker)},
		{"the asker, until a moment", chain(until, asker)},
		{"the feed, until a moment", chain(until, as(flows.PostFeed, ""))},
	})
}
