package slack

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"hallpass/bot"
	sandbox "hallpass/sandbox/slack"

	"github.com/gorilla/websocket"
)

// While Slack recycles all sockets again and again, every press is answered and none is handled on a link that is not up.
func TestRotationLeavesNoGap(t *testing.T) {
	d := startDesk(t, sandbox.Options{WarningTime: 300 * time.Millisecond})
	at := d.post(approverCard())
	const presses = 200
	var people sync.WaitGroup
	for range 4 {
		people.Go(func() {
			for range presses / 4 {
				if err := d.w.Press(d.ctx, "U0ANA", at.Channel, at.TS, "approve"); err != nil {
					t.Errorf("a press was lost: %v", err)
				}
			}
		})
	}
	rotated := make(chan struct{})
	go func() {
		defer close(rotated)
		for _, reason := range []string{sandbox.Warning, sandbox.RefreshRequested, sandbox.Warning} {
			before := d.s.serialOfLinks()
			d.w.DisconnectAll(reason)
			d.until("both links are replaced", func() bool { return d.s.serialOfLinks() == before+2 && d.s.Ready() })
		}
	}()
	people.Wait()
	<-rotated
	d.until("the old links are gone", func() bool { return d.w.Connections() == 2 && d.s.Connections() == 2 })
	if got := len(d.keys()); got != presses {
		t.Errorf("the bot heard of %d presses, want %d", got, presses)
	}
	d.clean()
}

// serialOfLinks is how many links were ever up.
func (s *Slack) serialOfLinks() int {
	s.links.mu.Lock()
	defer s.links.mu.Unlock()
	return s.links.ever
}

func TestDroppedLinksComeBack(t *testing.T) {
	d := startDesk(t, sandbox.Options{})
	at := d.post(approverCard())
	d.w.Drop(1)
	d.until("one link was replaced", func() bool { return d.s.serialOfLinks() == 3 && d.s.Connections() == 2 })
	d.w.Drop(0)
	d.until("both links were replaced", func() bool { return d.s.serialOfLinks() == 5 && d.s.Connections() == 2 && d.w.Connections() == 2 })
	d.must(d.w.Press(d.ctx, "U0ANA", at.Channel, at.TS, "approve"))
	d.clean()
}

// The same press on two sockets carries the same key; so does the same message.
func TestRepeatsCarryOneKey(t *testing.T) {
	d := startDesk(t, sandbox.Options{})
	at := d.post(approverCard())
	d.w.Duplicate(2)
	d.must(d.w.Press(d.ctx, "U0ANA", at.Channel, at.TS, "approve"))
	d.in.until(t, "both copies arrive", func() bool { return len(d.in.presses) == 2 })
	if a, b := d.in.presses[0].Key, d.in.presses[1].Key; a != b || a == "" {
		t.Errorf("the copies carry the keys %q and %q", a, b)
	}
	if _, err := d.w.Slash(d.ctx, "U0ANA", "", "/access", "mine"); err != nil {
		t.Fatal(err)
	}
	d.in.until(t, "both commands arrive", func() bool { return len(d.in.calls) == 2 })
	if a, b := d.in.calls[0].Key, d.in.calls[1].Key; a != b || a == "" {
		t.Errorf("the copies carry the keys %q and %q", a, b)
	}
	d.w.Duplicate(1)
	d.in.onShortcut = func(ctx context.Context, c bot.Call) error { return d.s.OpenForm(ctx, c.Trigger, denyForm()) }
	d.must(d.w.Shortcut(d.ctx, "U0ANA", "ask_access"))
	d.w.Duplicate(2)
	if _, err := d.w.Submit(d.ctx, "U0ANA", d.w.View("U0ANA").ID); err != nil {
		t.Fatal(err)
	}
	d.in.until(t, "both submissions arrive", func() bool { return len(d.in.submits) == 2 })
	if a, b := d.in.submits[0].Key, d.in.submits[1].Key; a != b || !strings.HasPrefix(a, "form:n2:") {
		t.Errorf("the copies carry the keys %q and %q", a, b)
	}
	d.clean()
}

func TestFatalEnds(t *testing.T) {
	for name, c := range map[string]struct {
		do       func(*desk)
		want     error
		sentence string
	}{
		"socket mode off": {func(d *desk) { d.w.DisconnectAll(sandbox.LinkDisabled) }, errSocketModeOff, "Socket Mode was switched off in the app's settings"},
		"bot token":       {func(d *desk) { d.w.RevokeToken() }, errBotRevoked, "Slack has revoked the bot token"},
		"uninstalled":     {func(d *desk) { d.w.Uninstall() }, errUninstalled, "The Slack app was removed from the workspace"},
		"app token":       {func(d *desk) { d.w.RevokeAppToken() }, nil, "Slack refuses slack.app_token: the token was revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			d := startDesk(t, sandbox.Options{})
			c.do(d)
			err := <-d.ended
			d.ended <- nil
			var fatal *Fatal
			if !errors.As(err, &fatal) || !strings.HasPrefix(err.Error(), c.sentence) || (c.want != nil && !errors.Is(err, c.want)) {
				t.Errorf("Run ended with %v", err)
			}
			if d.s.Ready() {
				t.Error("it is still ready")
			}
			d.clean()
		})
	}
}

func TestFatalStarts(t *testing.T) {
	for name, c := range map[string]struct {
		configure func(*Config)
		options   sandbox.Options
		sentence  string
	}{
		"wrong bot token": {configure: func(c *Config) { c.BotToken = "xoxb-wrong" }, sentence: "Slack refuses slack.bot_token: Slack does not know the token (invalid_auth)"},
		"wrong app token": {configure: func(c *Config) { c.AppToken = "xapp-wrong" }, sentence: "Slack refuses slack.app_token: Slack does not know the token (invalid_auth)"},
		"tokens swapped":  {configure: func(c *Config) { c.AppToken, c.BotToken = c.BotToken, c.AppToken }, sentence: "Slack refuses slack.bot_token: it is a token of another kind"},
		"other workspace": {configure: func(c *Config) { c.TeamIDs = []string{"T0OTHER"} }, sentence: "slack.bot_token belongs to the workspace T01ACME, which is not among slack.team_ids"},
		"no scope at all": {options: sandbox.Options{Scopes: []string{"chat:write"}}, sentence: "Slack refuses slack.bot_token: the token lacks a scope (users:read)"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, c.options, c.configure)
			err := d.s.Run(d.ctx, d.in)
			if err == nil || !strings.HasPrefix(err.Error(), c.sentence) {
				t.Errorf("Run ended with %v", err)
			}
		})
	}
}

func TestOtherAppsSocketIsRefused(t *testing.T) {
	d := newDesk(t, sandbox.Options{}, nil)
	if err := d.s.whoami(d.ctx); err != nil {
		t.Fatal(err)
	}
	d.s.self.app = "A0OTHER"
	if err := d.s.Run(d.ctx, d.in); !errors.Is(err, errOtherApp) {
		t.Errorf("Run ended with %v", err)
	}
}

func TestForeignConnectionsRaiseAnAlarm(t *testing.T) {
	d := newDesk(t, sandbox.Options{}, nil)
	d.w.ReportConnections(7)
	d.run()
	if got, want := d.alarm(), "Slack counts 7 connections of the app and Hallpass opened 2."; !strings.HasPrefix(got, want) {
		t.Errorf("the alarm says %q", got)
	}
	d.w.ReportConnections(2)
	d.w.Drop(0)
	d.until("both links were replaced", func() bool { return d.s.serialOfLinks() == 4 && d.s.Connections() == 2 })
	if len(d.rang) > 0 {
		t.Errorf("another alarm: %q", d.alarm())
	}
}

// Slack may still count links that were lost; they are ours all the same, for a while.
func TestGhostsAreOurs(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var ls links
	one, two := &link{}, &link{}
	ls.add(one)
	ls.add(two)
	ls.dial(2) // the one that asks, and another
	if got := ls.ours(at.Add(-time.Minute)); got != 3 {
		t.Errorf("%d are ours while another is being opened, want 3", got)
	}
	ls.remove(one, false, at)
	if got := ls.ours(at.Add(-time.Minute)); got != 3 {
		t.Errorf("%d are ours soon after, want 3", got)
	}
	if got := ls.ours(at.Add(time.Second)); got != 2 {
		t.Errorf("%d are ours later, want 2", got)
	}
	ls.remove(two, farewell(&websocket.CloseError{Code: websocket.CloseGoingAway}), at)
	if got := ls.ours(at.Add(-time.Minute)); got != 1 {
		t.Errorf("%d are ours after a farewell, want 1", got)
	}
	if farewell(&websocket.CloseError{Code: websocket.CloseAbnormalClosure}) || farewell(nil) {
		t.Error("a lost connection is taken for a farewell")
	}
}

// A deed that is not committed in time stays without an answer, so that the person sees an error; a search is answered with nothing.
func TestLateHandlers(t *testing.T) {
	d := newDesk(t, sandbox.Options{AckDeadline: 400 * time.Millisecond}, nil)
	d.s.pace.handle, d.s.pace.answer = 50*time.Millisecond, 100*time.Millisecond
	d.run()
	at := d.post(approverCard())
	release := make(chan struct{})
	defer close(release)
	for what, do := range map[string]func(context.Context, bot.Pressed) error{
		"hangs":    func(context.Context, bot.Pressed) error { <-release; return nil },
		"gives up": func(ctx context.Context, _ bot.Pressed) error { <-ctx.Done(); return ctx.Err() },
		"fails":    func(context.Context, bot.Pressed) error { return errors.New("the disk is full") },
		"panics":   func(context.Context, bot.Pressed) error { panic("a mistake") },
	} {
		d.in.note(func() { d.in.onPress = do })
		if err := d.w.Press(d.ctx, "U0ANA", at.Channel, at.TS, "approve"); !errors.Is(err, sandbox.ErrTimeout) {
			t.Errorf("when the handler %s, the person sees %v, want %v", what, err, sandbox.ErrTimeout)
		}
	}
	if d.s.Late() != 1 {
		t.Errorf("%d were late, want 1", d.s.Late())
	}
	d.w.ForgetProblems()
	d.in.onShortcut = func(ctx context.Context, c bot.Call) error { return d.s.OpenForm(ctx, c.Trigger, askForm()) }
	d.must(d.w.Shortcut(d.ctx, "U0ANA", "ask_access"))
	d.in.onSearch = func(ctx context.Context, _ bot.Meta, _ string) []bot.ChoiceItem { <-ctx.Done(); return nil }
	offered, err := d.w.Options(d.ctx, "U0ANA", d.w.View("U0ANA").ID, "resource", "resource", "slow")
	if err != nil || len(offered) != 0 {
		t.Errorf("a slow search offered %v, %v", offered, err)
	}
	d.clean()
}

// What is under way when Run is told to end is still acknowledged.
func TestEndIsGraceful(t *testing.T) {
	d := startDesk(t, sandbox.Options{})
	at := d.post(approverCard())
	d.in.onPress = func(context.Context, bot.Pressed) error {
		d.stop()
		d.until("the links are no longer read", func() bool { return d.s.Connections() == 0 })
		return nil
	}
	d.must(d.w.Press(d.ctx, "U0ANA", at.Channel, at.TS, "approve"))
	err := <-d.ended
	d.ended <- nil
	if err != nil {
		t.Errorf("Run ended with %v", err)
	}
	d.clean()
}

// Slack's patience is asked for: a 429 at the door is waited out.
func TestBackoff(t *testing.T) {
	b := backoff{pace: usualPace()}
	var waits []time.Duration
	for range 9 {
		waits = append(waits, b.next(errLost))
	}
	for i, d := range waits {
		full := min(time.Second<<i, time.Minute)
		if d < full/2 || d > full {
			t.Errorf("wait %d is %s, want between %s and %s", i, d, full/2, full)
		}
	}
	d := newDesk(t, sandbox.Options{}, nil)
	d.w.Throttle("apps.connections.open", 1, 1)
	_, err := d.s.open(d.ctx)
	b.reset()
	if got := b.next(err); got < time.Second || got > 2*time.Second {
		t.Errorf("after a Retry-After of 1 s it waits %s (%v)", got, err)
	}
}

// A person of another workspace presses in a shared channel: the account is theirs, not the app's.
func TestStrangersAccount(t *testing.T) {
	d := startDesk(t, sandbox.Options{})
	d.w.AddUser(sandbox.User{ID: "U0EVE", TeamID: "T0OTHER", Name: "eve", RealName: "Ana Silva", Stranger: true})
	d.w.AddChannel(sandbox.Channel{ID: "C0SHARED", Name: "shared", ExtShared: true, Members: []string{"U0ANA", "U0EVE", "U0BOT"}})
	at, err := d.s.Post(d.ctx, bot.Address{Platform: Platform, Workspace: "T01ACME", Channel: "C0SHARED"}, "", "", approverCard())
	d.must(err)
	d.must(d.w.Press(d.ctx, "U0EVE", at.Channel, at.TS, "approve"))
	if got := d.in.presses[0].Account; got != account("T0OTHER", "U0EVE") {
		t.Errorf("the press is of %v", got)
	}
	if _, err := d.w.Mention(d.ctx, "U0EVE", "C0SHARED", "approve R1"); err != nil {
		t.Fatal(err)
	}
	d.in.until(t, "the mention arrives", func() bool { return len(d.in.calls) == 1 })
	if got := d.in.calls[0].Account; got != account("T0OTHER", "U0EVE") {
		t.Errorf("the mention is of %v", got)
	}
	p, err := d.s.Profile(d.ctx, account("T0OTHER", "U0EVE"))
	if err != nil || p.Refused != refuseStranger {
		t.Errorf("the stranger is %+v, %v", p, err)
	}
	d.must(d.w.PressForged(d.ctx, "U0NOBODY", map[string]any{"actions": []any{map[string]any{"action_id": "approve", "value": "142.7"}},
		"container": map[string]any{"type": "message", "message_ts": at.TS, "channel_id": at.Channel}}))
	if p, err := d.s.Profile(d.ctx, d.in.presses[1].Account); err != nil || p.Refused != refuseUnknown {
		t.Errorf("nobody is %+v, %v", p, err)
	}
}
