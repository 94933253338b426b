package bot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

// standing makes it a request for access until it is revoked.
func standing(s *Story) {
	s.Flow.HowLong.Indefinite = true
	s.Request.Duration = flows.Indefinite
}

// stands is a story of such access, given at 12:30.
func stands(s *Story) {
	active(s)
	standing(s)
	s.Grant.Duration, s.Grant.Ends = flows.Indefinite, time.Time{}
}

func TestCardsOfAccessUntilRevoked(t *testing.T) {
	asker, caro := as(flows.PostAsker, "ana"), chain(as(flows.PostApprover, "caro"), func(s *Story) { s.Post.Right, s.Post.RightKey = "manager", "manager:1" })
	ben := chain(as(flows.PostApprover, "ben"), func(s *Story) { s.Post.Right, s.Post.RightKey = "one of database-owners", "group:database-owners" })
	feed := as(flows.PostFeed, "")
	end := func(s *Story) {
		stands(s)
		s.Now, s.Grant.State, s.Grant.Cause, s.Grant.EndBy, s.Grant.EndWhy = clockAt("14:30"), flows.Revoking, flows.Revoked, "eve", "changed teams"
		s.Entries = append(s.Entries, flows.Entry{Seq: 5, At: clockAt("14:30"), Action: flows.ActEnding, Grant: 17, Data: map[string]string{"cause": "revoked"}, Hash: "e55555ffff"})
	}
	gone := func(s *Story) {
		s.Grant.State, s.Grant.Ended, s.Holding.Open, s.Holding.Proof = flows.Ended, clockAt("14:30:32"), false, flows.ProofGone
		s.Holding.FirstRead, s.Holding.SecondRead, s.Now = clockAt("14:30:02"), clockAt("14:30:32"), clockAt("14:31")
	}
	play(t, "indefinite.txt", []scene{
		{"asked", chain(standing, asker)},
		{"to the first of two", chain(standing, caro)},
		{"to the last", chain(standing, second, ben)},
		{"to the last, where no other time is offered", chain(standing, second, ben, func(s *Story) { s.Flow.HowLong = flows.HowLong{Indefinite: true} })},
		{"shortened by the first", chain(standing, second, ben, func(s *Story) { s.Request.Approved, s.Decisions[0].Duration = time.Hour, time.Hour })},
		{"you have it", chain(stands, topic("have"))},
		{"active", chain(stands, asker)},
		{"active, to an approver", chain(stands, ben)},
		{"in the feed, waiting", chain(standing, second, feed)},
		{"in the feed, active", chain(stands, feed)},
		{"taken away", chain(end, topic("revoked"))},
		{"being taken back", chain(end, asker)},
		{"over", chain(end, gone, asker)},
		{"over, in the feed", chain(end, gone, feed)},
		{"a time that ended beside it", chain(over(flows.Expired, ""), asker, func(s *Story) {
			s.Grant.Released, s.Leaning = "R150", &flows.Grant{Request: 150, State: flows.Active, Duration: flows.Indefinite}
		})},
		{"given back, a time goes on", chain(stands, asker, func(s *Story) {
			s.Now, s.Grant.State, s.Grant.Cause, s.Grant.EndBy, s.Grant.Ended = clockAt("14:30"), flows.Ended, flows.GivenBack, "ana", clockAt("14:30")
			s.Grant.Released, s.Leaning = "R150", &flows.Grant{Request: 150, State: flows.Active, Duration: time.Hour, Ends: clockAt("15:00")}
		})},
	})
}

func TestFormsThatOfferAccessUntilRevoked(t *testing.T) {
	var b strings.Builder
	w := newWorld(t)
	show := func(name, text string) {
		w.bot.Command(ctx, Call{Account: ana, Text: text, Trigger: "t"})
		fmt.Fprintf(&b, "== %s: %s\n%s\n", name, text, plainForm(w.lastForm()))
	}
	show("not offered", "prod-db until revoked because on the team")
	w.engine.offer.Indefinite = true
	show("offered", "prod-db because on the team")
	show("offered", "prod-db Until Revoked because on the team")
	w.engine.offer.Choices = nil
	show("beside any time", "prod-db")
	w.engine.offer.Custom, w.engine.offer.Max, w.engine.offer.Default = false, 0, 0
	show("nothing else", "prod-db")
	w.engine.offer.Indefinite, w.engine.offer.Choices, w.engine.offer.Max = false, []time.Duration{time.Hour}, time.Hour
	show("not offered, nor any time", "prod-db until revoked")
	golden(t, "forms-until-revoked.txt", b.String())
}

func TestAskingUntilRevoked(t *testing.T) {
	for _, values := range []map[string]string{{FieldDuration: indefiniteChoice}, {FieldDuration: otherDuration, FieldCustom: "until revoked"}} {
		d, wrong := newWorld(t).draft(filled(values))
		if wrong != nil || d.Duration != flows.Indefinite || !d.Until.IsZero() {
			t.Errorf("%v became %+v, %v", values, d, wrong)
		}
	}
	r := newWorld(t).bot.Command(ctx, Call{Account: ana, Text: "why prod-db until revoked"})
	if got := plain(*r.Card); !strings.Contains(got, flows.Indefinite.String()) {
		t.Errorf("why explains another time:\n%s", got)
	}
}

// "why" reads a moment on the clock of the one who types it, as the form does, and says when it cannot.
func TestWhyReadsForHowLongAsTheFormDoes(t *testing.T) {
	w := newWorld(t)
	for text, want := range map[string]string{
		"why prod-db until 18:00":          "ana asks for okta/group/00g1 (), 5h35m0s.",
		"why prod-db until tomorrow 09:00": "20h35m0s.",
		"why prod-db for 90m?":             "1h30m0s.",
		"why prod-db":                      "(), 0s.",
		"why prod-db until noon":           "noon",
	} {
		r := w.bot.Command(ctx, Call{Account: ana, Text: text})
		if got := plain(*r.Card); !strings.Contains(got, want) {
			t.Errorf("%s reads\n%s", text, got)
		}
	}
}

func TestAnApproverMakesItATimeWithAnEnd(t *testing.T) {
	w := newWorld(t)
	r := w.request()
	r.Duration = flows.Indefinite
	w.change(func(tx flows.Tx) error { return tx.PutRequest(r) })
	if err := w.bot.Press(ctx, Pressed{Account: caro, Action: ActShorter, Value: value{Request: r.ID, Revision: 1}.String(), Trigger: "t", Channel: "D1", TS: "7"}); err != nil {
		t.Fatal(err)
	}
	golden(t, "shorter-than-until-revoked.txt", plainForm(w.lastForm()))
	f := Filled{Account: caro, Meta: w.lastForm().Meta, Values: map[string]string{FieldDuration: otherDuration, FieldCustom: "until revoked"}}
	if got := w.bot.Submit(ctx, f); got.Errors[FieldCustom] != "An approver can only make it shorter." {
		t.Errorf("the form says %v", got.Errors)
	}
}

func TestListsOfAccessUntilRevoked(t *testing.T) {
	w := newWorld(t)
	w.lease(w.request())
	r := w.request()
	r.Duration, r.Entitlement.ID = flows.Indefinite, "00g2"
	g := w.lease(r)
	g.Ends = time.Time{}
	w.change(func(tx flows.Tx) error { return tx.PutGrant(g) })
	w.clock.pass(6 * 24 * time.Hour)
	var b strings.Builder
	for _, text := range []string{"mine", "active"} {
		fmt.Fprintf(&b, "== %s\n%s\n", text, plain(*w.bot.Command(ctx, Call{Account: map[string]flows.Account{"mine": ana, "active": caro}[text], Text: text}).Card))
	}
	for _, who := range []flows.Account{ana, caro} {
		if err := w.bot.OpenedHome(ctx, who); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "== Home of %s\n%s\n", who.User, plainHome(w.chat.home))
	}
	golden(t, "lists-until-revoked.txt", b.String())
}
