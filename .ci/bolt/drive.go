// Command bolt tries the sandbox's Slack with Slack's official Node client: it starts a workspace, lets app.js connect to it, acts as
// the people in it, and exits 0 only when everything they saw is what a real Slack would have shown.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"hallpass/sandbox/slack"
)

// patience is for the whole run, node's start included.
const patience = time.Minute

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	steps, err := drive(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bolt:", err)
		cancel()
		os.Exit(1)
	}
	fmt.Printf("bolt: %d steps passed\n", steps)
}

func drive(ctx context.Context) (int, error) {
	w, err := slack.Start(slack.Options{})
	if err != nil {
		return 0, err
	}
	defer w.Close()
	w.AddUser(slack.User{ID: "U0ANA", Name: "ana", RealName: "Ana Silva"})
	w.AddUser(slack.User{ID: "U0BEN", Name: "ben", RealName: "Ben Okafor"})
	w.AddChannel(slack.Channel{ID: "C0SEC", Name: "security", Members: []string{"U0ANA", "U0BEN", "U0BOT"}})
	node := exec.CommandContext(ctx, "node", "app.js")
	node.Dir = filepath.Join(".ci", "bolt")
	node.Env = append(os.Environ(), "SLACK_API_URL="+w.APIURL(), "SLACK_BOT_TOKEN=xoxb-sandbox", "SLACK_APP_TOKEN=xapp-sandbox")
	node.Stdout, node.Stderr = os.Stderr, os.Stderr
	if err := node.Start(); err != nil {
		return 0, fmt.Errorf("node does not start: %w", err)
	}
	defer func() { _ = node.Process.Kill(); _ = node.Wait() }()
	return play(ctx, w)
}

// step is one thing people do, and what must come of it.
type step struct {
	name string
	do   func(context.Context, *slack.Workspace) error
}

func play(ctx context.Context, w *slack.Workspace) (int, error) {
	steps := []step{
		{"the app connects", connects}, {"a command answers", helps}, {"a command opens a form, which asks back and is sent", asks},
		{"a button edits the card and answers", approves}, {"the Home tab is published", opensHome}, {"a direct message is answered", says},
		{"a refresh of the connection loses nothing", refreshes}, {"nothing was wrong", nothingWrong},
	}
	for i, s := range steps {
		if err := s.do(ctx, w); err != nil {
			return i, fmt.Errorf("step %d, %s: %w; problems: %q", i+1, s.name, err, w.Problems())
		}
	}
	return len(steps), nil
}

// expect compares what is read with what should stand there.
func expect(what, got, want string) error {
	if got != want {
		return fmt.Errorf("%s reads %q, want %q", what, got, want)
	}
	return nil
}

func connects(ctx context.Context, w *slack.Workspace) error {
	return w.Wait(ctx, func() bool { return w.Connections() == 1 })
}

func helps(ctx context.Context, w *slack.Workspace) error {
	reply, err := w.Slash(ctx, "U0ANA", "C0SEC", "/access", "help")
	return errors.Join(err, expect("the answer", reply.Text+reply.Err, "Help for <@U0ANA>"))
}

func asks(ctx context.Context, w *slack.Workspace) error {
	if reply, err := w.Slash(ctx, "U0ANA", "C0SEC", "/access", ""); err != nil || reply.Err != "" {
		return fmt.Errorf("the command failed: %q, %w", reply.Err, err)
	}
	if err := w.Wait(ctx, func() bool { return w.View("U0ANA") != nil }); err != nil {
		return fmt.Errorf("no form opened: %w", err)
	}
	view := w.View("U0ANA").ID
	offered, err := w.Options(ctx, "U0ANA", view, "what", "what", "pro")
	if err != nil || len(offered) != 1 || offered[0].Text != "prod-db (pro)" {
		return fmt.Errorf("the menu offers %+v, %w", offered, err)
	}
	if err := w.Fill(ctx, "U0ANA", view, "what", "what", slack.Chosen("r1")); err != nil {
		return err
	}
	if err := w.Fill(ctx, "U0ANA", view, "why", "text", slack.Typed("no")); err != nil {
		return err
	}
	refused, err := w.Submit(ctx, "U0ANA", view)
	if err := errors.Join(err, expect("the field", refused.Errors["why"], "Say more.")); err != nil {
		return err
	}
	if err := w.Fill(ctx, "U0ANA", view, "why", "text", slack.Typed("replay payments")); err != nil {
		return err
	}
	sent, err := w.Submit(ctx, "U0ANA", view)
	if err != nil || !sent.Closed {
		return fmt.Errorf("the form did not close: %+v, %w", sent, err)
	}
	return nil
}

// card is the last message of the app in the channel that everybody sees.
func card(w *slack.Workspace) (slack.Message, bool) {
	for _, m := range w.Messages("C0SEC") {
		if !m.Ephemeral {
			return m, true
		}
	}
	return slack.Message{}, false
}

func approves(ctx context.Context, w *slack.Workspace) error {
	if err := w.Wait(ctx, func() bool { _, there := card(w); return there }); err != nil {
		return fmt.Errorf("no card was posted: %w", err)
	}
	before, _ := card(w)
	if err := expect("the card", w.Text(before), "r1: replay payments\n[ Approve ]"); err != nil {
		return err
	}
	if err := w.Press(ctx, "U0BEN", "C0SEC", before.TS, "approve"); err != nil {
		return err
	}
	answered := func() bool { all := w.Messages("C0SEC"); return all[len(all)-1].Text == "Noted." }
	if err := w.Wait(ctx, answered); err != nil {
		return fmt.Errorf("no answer came by the response_url: %w", err)
	}
	after, _ := card(w)
	return expect("the card", w.Text(after), "Approved by @Ben Okafor")
}

func opensHome(ctx context.Context, w *slack.Workspace) error {
	if err := w.OpenHome(ctx, "U0ANA"); err != nil {
		return err
	}
	if err := w.Wait(ctx, func() bool { return w.Home("U0ANA") != nil }); err != nil {
		return err
	}
	return expect("the Home tab", w.ViewText(*w.Home("U0ANA")), "My access")
}

func says(ctx context.Context, w *slack.Workspace) error {
	if _, err := w.Say(ctx, "U0ANA", "a < b & @ben"); err != nil {
		return err
	}
	if err := w.Wait(ctx, func() bool { return len(w.Messages(w.DM("U0ANA"))) == 2 }); err != nil {
		return err
	}
	return expect("the answer", w.Text(w.Messages(w.DM("U0ANA"))[1]), "You said: a < b & @Ben Okafor")
}

func refreshes(ctx context.Context, w *slack.Workspace) error {
	if err := w.Wait(ctx, func() bool { return w.Unanswered() == 0 }); err != nil {
		return err
	}
	w.DisconnectAll(slack.RefreshRequested)
	if err := w.Wait(ctx, func() bool { return w.Connections() == 1 }); err != nil {
		return err
	}
	return helps(ctx, w)
}

func nothingWrong(_ context.Context, w *slack.Workspace) error {
	if problems := w.Problems(); len(problems) > 0 {
		return errors.New("Bolt or the stand-in misbehaved")
	}
	return nil
}
