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

func (w *world) draw(id flows.PostID) {
	w.t.Helper()
	if err := w.bot.DrawPost(ctx, id); err != nil {
		w.t.Fatal(err)
	}
}

// did is what the chat did since the last time.
func (w *world) didInChat() string {
	s := strings.Join(w.chat.did, "; ")
	w.chat.did = nil
	return s
}

func (w *world) expectChat(want string) {
	w.t.Helper()
	if got := w.didInChat(); got != want {
		w.t.Errorf("the chat did %q, want %q", got, want)
	}
}

func (w *world) want(id flows.PostID, f func(*flows.Post)) {
	w.t.Helper()
	p := w.stored(id)
	if f != nil {
		f(&p)
	}
	w.change(func(tx flows.Tx) error {
		if err := tx.PutPost(&p); err != nil {
			return err
		}
		return flows.WantPost(tx, &p)
	})
}

func TestPostIsPostedThenEdited(t *testing.T) {
	w := newWorld(t)
	r := w.request()
	id := w.post(flows.Post{Kind: flows.PostApprover, Key: "approver/1/caro/0", Platform: "slack", Workspace: "T1", Person: "caro", Request: r.ID, Right: "manager", RightKey: "manager:1"})
	w.draw(id)
	w.expectChat("post DUCARO approver/1/caro/0")
	p := w.stored(id)
	if p.Channel != "DUCARO" || p.TS != "1" || p.User != "UCARO" || p.Shown != 1 || p.Drawn != 1 || p.Final {
		t.Errorf("stored %+v", p)
	}
	w.draw(id)
	w.expectChat("") // nothing new is wanted
	w.lease(r)
	w.want(id, nil)
	w.draw(id)
	w.expectChat("update DUCARO/1")
	if p = w.stored(id); p.Shown != 2 || p.Drawn != 2 || p.Final {
		t.Errorf("stored %+v", p)
	}
}

func TestReminderReplacesTheCard(t *testing.T) {
	w := newWorld(t)
	id := w.post(flows.Post{Kind: flows.PostAsker, Key: "asker/1", Platform: "slack", Workspace: "T1", Person: "ana", Request: w.request().ID})
	w.draw(id)
	w.want(id, func(p *flows.Post) { p.Reminder++ })
	w.draw(id)
	w.expectChat("post DUANA asker/1; delete DUANA/1; post DUANA asker/1")
	if p := w.stored(id); p.TS != "2" || p.Reminder != 0 {
		t.Errorf("stored %+v", p)
	}
	w.want(id, nil)
	w.draw(id)
	w.expectChat("update DUANA/2")
}

// A chat that counts calls would never take the next message if each try began by taking the old one away again.
func TestReminderTakesTheCardAwayOnce(t *testing.T) {
	w := newWorld(t)
	id := w.post(flows.Post{Kind: flows.PostAsker, Key: "asker/1", Platform: "slack", Workspace: "T1", Person: "ana", Request: w.request().ID})
	w.draw(id)
	w.want(id, func(p *flows.Post) { p.Reminder++ })
	for range 2 {
		w.chat.fail = map[string]error{"post": &flows.CallError{Outcome: flows.OutcomeLater, Sentence: "Slack asks us to slow down", RetryAfter: time.Second}}
		if err := w.bot.DrawPost(ctx, id); err == nil {
			t.Fatal("it was drawn")
		}
	}
	w.draw(id)
	w.expectChat("post DUANA asker/1; delete DUANA/1; post DUANA asker/1")
	if p := w.stored(id); p.TS != "2" || p.Reminder != 0 {
		t.Errorf("stored %+v", p)
	}
}

func TestMessageThatIsGoneIsPostedAnew(t *testing.T) {
	w := newWorld(t)
	id := w.post(flows.Post{Kind: flows.PostAsker, Key: "asker/1", Platform: "slack", Workspace: "T1", Person: "ana", Request: w.request().ID})
	w.draw(id)
	w.want(id, nil)
	w.chat.fail = map[string]error{"update": errGone}
	w.draw(id)
	w.expectChat("post DUANA asker/1; post DUANA asker/1")
	w.want(id, func(p *flows.Post) { p.Reminder++ })
	w.chat.fail = map[string]error{"delete": errGone}
	w.draw(id)
	w.expectChat("delete DUANA/2; post DUANA asker/1")
}

func TestFailuresLeaveThePostAsItWas(t *testing.T) {
	w := newWorld(t)
	id := w.post(flows.Post{Kind: flows.PostAsker, Key: "asker/1", Platform: "slack", Workspace: "T1", Person: "ana", Request: w.request().ID})
	for _, verb := range []string{"direct", "post"} {
		fails := &flows.CallError{Outcome: flows.OutcomeLater, Sentence: "Slack does not answer", RetryAfter: time.Second}
		w.chat.fail = map[string]error{verb: fails}
		if err := w.bot.DrawPost(ctx, id); !errors.Is(err, fails) {
			t.Errorf("%s: got %v", verb, err)
		}
		if p := w.stored(id); p.Drawn != 0 || p.TS != "" {
			t.Errorf("%s: stored %+v", verb, p)
		}
	}
}

// What is wanted while a card is being drawn is not taken for drawn.
func TestWantedMeanwhileIsDrawnAgain(t *testing.T) {
	w := newWorld(t)
	r := w.request()
	id := w.post(flows.Post{Kind: flows.PostFeed, Key: "feed/1", Platform: "slack", Workspace: "T1", Channel: "CFEED", Request: r.ID})
	w.bot.Chats["slack"] = meanwhile{w.chat, func() {
		w.change(func(tx flows.Tx) error {
			r.State, r.Closed, r.Revision = flows.Lapsed, tx.Now(), 2
			return tx.PutRequest(r)
		})
		w.want(id, nil)
	}}
	w.draw(id)
	if p := w.stored(id); p.Drawn != 1 || p.Wanted != 2 || p.Shown != 1 || p.Final {
		t.Errorf("stored %+v", p)
	}
	w.bot.Chats["slack"] = w.chat
	w.draw(id)
	if p := w.stored(id); p.Drawn != 2 || p.Shown != 2 || !p.Final {
		t.Errorf("stored %+v", p)
	}
}

type meanwhile struct {
	*memChat
	f func()
}

func (m meanwhile) Post(ctx context.Context, to Address, thread, key string, c Card) (Address, error) {
	at, err := m.memChat.Post(ctx, to, thread, key, c)
	m.f()
	return at, err
}

func TestSomebodyUnknownToTheChat(t *testing.T) {
	w := newWorld(t)
	id := w.post(flows.Post{Kind: flows.PostNotice, Topic: "answer", Key: "x", Platform: "slack", Workspace: "T1", Person: "ben", Text: "Hello."})
	w.bot.Reach = func(_ context.Context, p flows.PersonID, _ string) (flows.Account, error) {
		return flows.Account{}, flows.ErrNotFound
	}
	if call := flows.AsCall(w.bot.DrawPost(ctx, id)); call == nil || call.Outcome != flows.OutcomeRefused || call.Sentence != "ben has no account in slack" {
		t.Errorf("got %v", call)
	}
	w.engine.moves = true
	if err := w.bot.DrawPost(ctx, id); err != nil {
		t.Errorf("it goes to another chat now: %v", err)
	}
	if got := strings.Join(w.engine.did, "; "); got != "post 1 is unreached; post 1 is unreached" {
		t.Errorf("the engine was told: %s", got)
	}
	w.bot.Reach = func(context.Context, flows.PersonID, string) (flows.Account, error) {
		return flows.Account{Platform: "slack", Workspace: "T2", User: "UBEN"}, nil
	}
	w.draw(id)
	if p := w.stored(id); p.Channel != "DUBEN" || p.Workspace != "T2" || !p.Final {
		t.Errorf("stored %+v", p)
	}
}

func TestUnfitChannelGetsNothing(t *testing.T) {
	w := newWorld(t)
	var told []string
	w.bot.Channel = func(_ context.Context, at flows.Place, why string) error {
		told = append(told, fmt.Sprintf("%v %s", at, why))
		return nil
	}
	w.chat.unfit = "it is shared with another company"
	id := w.post(flows.Post{Kind: flows.PostFeed, Key: "feed/1", Platform: "slack", Workspace: "T1", Channel: "CFEED", Request: w.request().ID})
	if call := flows.AsCall(w.bot.DrawPost(ctx, id)); call == nil || call.Outcome != flows.OutcomeRefused || !call.Lane {
		t.Errorf("got %v", call)
	}
	w.expectChat("")
	w.chat.unfit = ""
	w.draw(id)
	w.expectChat("post CFEED feed/1")
	if want := []string{"{slack T1 CFEED} it is shared with another company", "{slack T1 CFEED} "}; !slices.Equal(told, want) {
		t.Errorf("told %q", told)
	}
}

func TestThreadTellsEachEntryOnce(t *testing.T) {
	w := newWorld(t)
	r := w.request()
	id := w.post(flows.Post{Kind: flows.PostFeed, Key: "feed/1", Platform: "slack", Workspace: "T1", Channel: "CFEED", Request: r.ID})
	if call := flows.AsCall(w.bot.DrawThread(ctx, id)); call == nil || call.Outcome != flows.OutcomeLater {
		t.Errorf("a thread without a line: %v", call)
	}
	w.draw(id)
	thread := func() string {
		t.Helper()
		if err := w.bot.DrawThread(ctx, id); err != nil {
			t.Fatal(err)
		}
		return w.didInChat()
	}
	log := func(actions ...flows.Action) {
		w.change(func(tx flows.Tx) error {
			for _, a := range actions {
				if err := tx.Append(&flows.Entry{Action: a, Actor: "caro", Request: r.ID}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	seq := w.stored(id).Cursor
	log(flows.ActReminded, flows.ActApproved)
	w.chat.did = nil
	if got := thread(); strings.Count(got, "post CFEED feed/1/") != 2 || !strings.HasSuffix(got, " 1") {
		t.Errorf("the thread did %q", got)
	}
	if got := thread(); got != "" {
		t.Errorf("again: %q", got)
	}
	if w.stored(id).Cursor <= seq {
		t.Error("the cursor stands still")
	}
	log(flows.ActReminded)
	if got := thread(); got != "" {
		t.Errorf("what the thread leaves out: %q", got)
	}
	log(flows.ActWarned, flows.ActWarned, flows.ActWarned, flows.ActWarned, flows.ActWarned, flows.ActWarned)
	if got := thread(); strings.Count(got, "post") != 1 {
		t.Errorf("six waiting entries made %q", got)
	}
	if c := w.chat.shown[fmt.Sprintf("CFEED/%d", w.chat.posted)]; len(c.Blocks[0].Lines) != 6 {
		t.Errorf("the reply is %s", plain(c))
	}
}
