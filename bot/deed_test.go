package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

func (w *world) press(p Pressed) {
	w.t.Helper()
	p.At = w.clock.machine
	if err := w.bot.Press(ctx, p); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) expectDid(want ...string) {
	w.t.Helper()
	if !slices.Equal(w.engine.did, want) {
		w.t.Errorf("the engine was asked\n%s\nwant\n%s", strings.Join(w.engine.did, "\n"), strings.Join(want, "\n"))
	}
	w.engine.did = nil
}

func TestPressesAreCommittedThenWorkedOnce(t *testing.T) {
	w := newWorld(t)
	p := Pressed{Account: caro, Action: ActApprove, Value: "142.7", Channel: "D1", TS: "7", Key: "trigger-1"}
	for range 3 {
		w.press(p)
	}
	w.expectDid()
	w.work()
	w.work()
	w.expectDid(`caro decides R142: true 0s "" on D1/7 at 7 home=false`)
}

func TestEveryDeedReachesTheEngine(t *testing.T) {
	w := newWorld(t)
	w.press(Pressed{Account: caro, Action: ActApprove, Value: "142.7", Home: true, Key: "1"})
	w.press(Pressed{Account: ana, Action: ActCancel, Value: "142.7", Key: "2"})
	w.press(Pressed{Account: ana, Action: ActGiveBack, Value: "g17.7", Key: "3"})
	w.press(Pressed{Account: caro, Action: ActReleaseBrake, Value: "okta/2026-11-22T12:00:00Z/5", Key: "4"})
	m := Meta{Kind: FormDeny, Nonce: "n5", Request: 142, Revision: 7, Channel: "D1", TS: "7"}
	w.bot.Submit(ctx, Filled{Account: caro, Meta: m, Values: map[string]string{FieldComment: " use the replica "}})
	m.Kind, m.Nonce = FormShorter, "n6"
	w.bot.Submit(ctx, Filled{Account: caro, Meta: m, Values: map[string]string{FieldDuration: "1h0m0s"}})
	w.bot.Submit(ctx, Filled{Account: caro, Meta: Meta{Kind: FormRevoke, Nonce: "n7", Grant: 17}, Values: map[string]string{FieldReason: "laptop lost"}})
	w.bot.Submit(ctx, Filled{Account: ana, Meta: Meta{Kind: FormExtend, Nonce: "n8", Grant: 17}, Values: map[string]string{FieldDuration: "1h0m0s", FieldReason: "not done"}})
	w.work()
	w.expectDid(
		`caro decides R142: true 0s "" on / at 7 home=true`,
		`ana cancels R142`,
		`ana gives back G17`,
		`caro releases okta 2026-11-22T12:00:00Z/5`,
		`caro decides R142: false 0s "use the replica" on D1/7 at 7 home=false`,
		`caro decides R142: true 1h0m0s "" on D1/7 at 7 home=false`,
		`caro revokes G17: laptop lost`,
		`ana asks //  1h0m0s "not done"`,
	)
	for name, f := range map[string]Filled{
		FieldDuration: {Account: caro, Meta: Meta{Kind: FormShorter}, Values: map[string]string{FieldDuration: ""}},
		FieldCustom:   {Account: caro, Meta: Meta{Kind: FormShorter}, Values: map[string]string{FieldDuration: otherDuration, FieldCustom: "soon"}},
		FieldReason:   {Account: caro, Meta: Meta{Kind: FormRevoke}, Values: map[string]string{FieldReason: "  "}},
	} {
		if got := w.bot.Submit(ctx, f); got.Errors[name] == "" {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

// The answer is a message that survives a crash: the post and its intent are committed with the deed.
func TestAnswersAreMessages(t *testing.T) {
	w := newWorld(t)
	w.engine.answer = flows.Answer{Sentence: "Ben Okafor has already agreed, at 12:28.", Request: w.request().ID}
	w.press(Pressed{Account: caro, Action: ActApprove, Value: "1.1", Channel: "DUCARO", TS: "7", Key: "k"})
	if got := w.work(); !slices.Equal(got, []string{"Ben Okafor has already agreed, at 12:28."}) {
		t.Errorf("answers %q", got)
	}
	w.view(func(tx flows.Tx) error {
		p, err := tx.PostByKey("answer/1")
		if err != nil {
			return err
		}
		if p.Person != "caro" || p.User != "UCARO" || p.Topic != "answer" || p.Request != 1 {
			t.Errorf("the post is %+v", p)
		}
		_, err = tx.Intent(flows.IntentPost, flows.SubjectOf("post", p.ID))
		return err
	})
}

func TestStrangersAreToldWhereTheyPressed(t *testing.T) {
	w := newWorld(t)
	w.press(Pressed{Account: guest, Action: ActApprove, Value: "1.1", Channel: "C1", TS: "7", Key: "k"})
	w.work()
	w.expectDid()
	if !slices.Equal(w.chat.said, []string{"UGUEST: ‹Your Slack account is not linked to anybody in Okta.›"}) {
		t.Errorf("whispered %q", w.chat.said)
	}
	if !slices.Equal(w.engine.refused, []string{"UGUEST decide: Your Slack account is not linked to anybody in Okta."}) {
		t.Errorf("refused %q", w.engine.refused)
	}
}

// Unknown means wait: the deed stays until somebody answers, and is given up when the press is too old.
func TestDeedWaitsForAnAnswer(t *testing.T) {
	w := newWorld(t)
	w.press(Pressed{Account: caro, Action: ActApprove, Value: "1.1", Channel: "DUCARO", TS: "7", Key: "k"})
	w.engine.slow = &flows.Error{Kind: flows.KindUnknown, Sentence: "Okta does not answer, so we can’t tell who you are.", Cause: errors.New("timeout")}
	deed := func() (d *flows.Deed) {
		w.view(func(tx flows.Tx) (err error) {
			d, err = tx.Deed(w.engine.deeds[0])
			return err
		})
		return d
	}
	if err := w.bot.WorkDeed(ctx, *deed()); err == nil {
		t.Error("nobody answered and the deed is done")
	}
	w.clock.pass(flows.PressLasts + time.Second)
	if err := w.bot.WorkDeed(ctx, *deed()); err != nil {
		t.Fatal(err)
	}
	if d := deed(); !d.Worked || d.Answer != "Okta does not answer, so we can’t tell who you are." {
		t.Errorf("the deed is %+v", d)
	}
}

// A card whose posting ended unclear stands twice. A press on the one we do not know counts for nothing, but it is adopted.
func TestUnknownCardIsAdopted(t *testing.T) {
	w := newWorld(t)
	r := w.request()
	w.post(flows.Post{Kind: flows.PostApprover, Key: "approver/1/caro/0", Platform: "slack", Workspace: "T1", Channel: "DUCARO", TS: "8", Person: "caro", Request: r.ID, Right: "manager", RightKey: "manager:1"})
	w.engine.answer = flows.Answer{Sentence: "That card was not made for you.", Request: r.ID}
	press := Pressed{Account: caro, Action: ActApprove, Value: "1.1", Channel: "DUCARO", TS: "7", Key: "k"}
	w.press(press)
	w.work()
	w.view(func(tx flows.Tx) error {
		p, err := tx.PostAt("slack", "T1", "DUCARO", "7")
		if err != nil {
			return err
		}
		if p.Person != "caro" || p.Kind != flows.PostApprover || p.Right != "manager" || p.Wanted != 1 || p.Drawn != 0 {
			t.Errorf("adopted as %+v", p)
		}
		return nil
	})
	press.Account, press.TS, press.Key = ana, "9", "k2"
	w.press(press)
	w.work()
	w.view(func(tx flows.Tx) error {
		if p, err := tx.PostAt("slack", "T1", "DUCARO", "9"); err == nil {
			t.Errorf("Ana was given %+v", p)
		}
		return nil
	})
}

func TestStaleCardIsDrawnAnew(t *testing.T) {
	w := newWorld(t)
	r := w.request()
	id := w.post(flows.Post{Kind: flows.PostAsker, Key: "asker/1", Platform: "slack", Workspace: "T1", Channel: "DUANA", TS: "8", Person: "ana", Request: r.ID})
	w.engine.answer = flows.Answer{Sentence: "This is already decided.", Stale: true}
	w.press(Pressed{Account: ana, Action: ActCancel, Value: "1.1", Channel: "DUANA", TS: "8", Key: "k"})
	w.work()
	if p := w.stored(id); p.Wanted != 2 {
		t.Errorf("stored %+v", p)
	}
}

// Anything untyped reaches a person only as a reference.
func TestUntypedErrorsAreToldByReference(t *testing.T) {
	w := newWorld(t)
	w.engine.wrong = errors.New("sql: database is locked")
	w.press(Pressed{Account: caro, Action: ActApprove, Value: "1.1", Key: "k"})
	w.clock.pass(flows.PressLasts + time.Second)
	got := w.work()
	if len(got) != 1 || !strings.HasPrefix(got[0], "Something went wrong (reference nonce-") || strings.Contains(got[0], "sql") {
		t.Errorf("answered %q", got)
	}
}

func TestButtonsThatSayNothing(t *testing.T) {
	w := newWorld(t)
	for _, p := range []Pressed{{Action: ActApprove, Value: "x"}, {Action: ActReleaseBrake, Value: "okta"}, {Action: "unknown"}} {
		p.Account, p.Channel = ana, "D1"
		w.press(p)
	}
	if len(w.chat.said) != 3 || len(w.engine.deeds) != 0 {
		t.Errorf("said %q, deeds %v", w.chat.said, w.engine.deeds)
	}
}

func TestCommands(t *testing.T) {
	w := newWorld(t)
	r := w.request()
	g := w.lease(r)
	waiting := w.request()
	var b strings.Builder
	for i, c := range []Call{
		{Account: ana, Text: "help"}, {Account: caro, Text: "help"}, {Account: ana, Text: "mine"}, {Account: caro, Text: "pending"}, {Account: ana, Text: "pending"},
		{Account: ana, Text: "active"}, {Account: caro, Text: "active"}, {Account: ana, Text: "revoke R1"}, {Account: caro, Text: "revoke R1"},
		{Account: caro, Text: "revoke prod-db laptop lost"}, {Account: caro, Text: "revoke R9 because"}, {Account: ana, Text: "give back prod-db"},
		{Account: ana, Text: "give back prod-cache"}, {Account: ana, Text: "cancel"}, {Account: ana, Text: "cancel R9"}, {Account: ana, Text: "why prod-db member for 4h?"},
		{Account: ana, Text: "why R1"}, {Account: caro, Text: "why R1"}, {Account: ana, Text: "why R9"}, {Account: ana, Text: "why prod-cache"}, {Account: ana, Text: "why"}, {Account: caro, Text: "cancel"},
		{Account: ana, Text: "prod-db for 2h because OPS-1"}, {Account: ana, Text: ""}, {Account: ana, Text: "mien"}, {Account: guest, Text: "mine"},
	} {
		c.Key = fmt.Sprint(i)
		got := w.bot.Command(context.Background(), c)
		fmt.Fprintf(&b, "== %s types %q\n", c.Account.User, c.Text)
		if got.Card != nil {
			b.WriteString(plain(*got.Card))
		}
		b.WriteString("\n")
	}
	golden(t, "commands.txt", b.String())
	w.work()
	w.expectDid(fmt.Sprintf("caro revokes %s: laptop lost", g.ID), "ana gives back "+g.ID.String(), "ana cancels "+waiting.ID.String())
	if w.bot.Command(ctx, Call{Account: caro, Text: "revoke prod-db", Trigger: "t"}); w.lastForm().Kind != FormRevoke {
		t.Errorf("revoke without a reason opened %s", w.lastForm().Kind)
	}
}

// What somebody still has through another request is said, and ends that are not proved stand first for admins.
func TestOverlapAndUnprovedEnds(t *testing.T) {
	w := newWorld(t)
	r := w.request()
	first := w.lease(r)
	later := w.request()
	w.change(func(tx flows.Tx) error {
		later.State = flows.Approved
		if err := tx.PutRequest(later); err != nil {
			return err
		}
		g := &flows.Grant{Request: later.ID, Person: "ana", Entitlement: r.Entitlement, Holding: first.Holding, Started: clockAt("14:00"), Ends: clockAt("16:00")}
		for _, s := range []flows.GrantState{flows.Waiting, flows.Granting, flows.Active} {
			g.State = s
			if err := tx.PutGrant(g); err != nil {
				return err
			}
		}
		first.State, first.Cause, first.Released, first.Ended = flows.Ended, flows.Expired, later.ID.String(), clockAt("14:30")
		return tx.PutGrant(first)
	})
	w.clock.company = clockAt("14:30")
	id := w.post(flows.Post{Kind: flows.PostAsker, Key: "asker/1", Platform: "slack", Workspace: "T1", Person: "ana", Request: r.ID})
	w.draw(id)
	want := "R1 is over. Its time ended at 14:30. You still have ‹prod-db› until 16:00 through R2."
	if got := plainLine(w.chat.shown["DUANA/1"].Blocks[0].Lines[0]); got != want {
		t.Errorf("the card says %q", got)
	}
	other := w.request()
	other.Entitlement.Permission = "read"
	third := w.lease(other)
	w.change(func(tx flows.Tx) error {
		third.State, third.Late, third.Ends = flows.Revoking, "Okta does not answer", clockAt("17:00")
		return tx.PutGrant(third)
	})
	list, more, err := w.bot.active(ctx, "ana")
	if err != nil || more != 0 || len(list) != 2 || list[0].Grant.ID != third.ID {
		t.Errorf("admins see %v and %d more, %v", list, more, err)
	}
}

func TestShortcutOpensTheForm(t *testing.T) {
	w := newWorld(t)
	if err := w.bot.Shortcut(ctx, Call{Account: ana, Trigger: "t"}); err != nil || w.lastForm().Kind != FormAsk {
		t.Errorf("got %v", err)
	}
	w.chat.fail = map[string]error{"open": &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: "the trigger is old"}}
	if err := w.bot.Press(ctx, Pressed{Account: ana, Action: ActAskForm, Channel: "D1"}); err == nil || !slices.Equal(w.chat.said, []string{"UANA: ‹The form did not open in time. Press again.›"}) {
		t.Errorf("got %v, said %q", err, w.chat.said)
	}
}

func TestHome(t *testing.T) {
	w := newWorld(t)
	w.clock.company = clockAt("12:32")
	w.lease(w.request())
	w.request()
	w.change(func(tx flows.Tx) error {
		return tx.PutSync(flows.SyncState{Integration: "okta", Held: "6 ends of people who are no longer in 3 groups", HeldKey: "k7"})
	})
	var b strings.Builder
	show := func(name string) { fmt.Fprintf(&b, "== %s\n%s\n", name, plainHome(w.chat.home)) }
	for _, a := range []flows.Account{ana, caro, guest} {
		if err := w.bot.OpenedHome(ctx, a); err != nil {
			t.Fatal(err)
		}
		show(a.User)
	}
	w.press(Pressed{Account: caro, Action: ActHomeQuery, Home: true, Query: "cache"})
	show("caro searches for cache")
	w.engine.slow = context.DeadlineExceeded
	if err := w.bot.OpenedHome(ctx, caro); err != nil {
		t.Fatal(err)
	}
	show("caro, while the directory does not answer")
	golden(t, "home.txt", b.String())
}
