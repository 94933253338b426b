package app_test

import (
	"context"
	"errors"
	"strings"
	"time"

	"hallpass/sandbox"
	"hallpass/sandbox/slack"
)

// What people do when Hallpass is killed under them: what Slack says has failed they do again, and what it says was taken they leave.

// lost reports that Slack told somebody that the app did not answer.
func lost(err error) bool {
	return errors.Is(err, slack.ErrNoConnection) || errors.Is(err, slack.ErrTimeout)
}

// breath is how long somebody waits before trying again what did not come up.
const breath = 30 * time.Millisecond

func (p *people) breathe() {
	timer := time.NewTimer(breath)
	defer timer.Stop()
	<-timer.C
}

// insists presses a button until Slack has taken the press, and waits for what comes of it. A card that was out of date is pressed again.
// A press that was taken and then comes to nothing is lost, which must not be. Without done, nobody waits for what comes of it.
func (p *people) insists(who sandbox.Person, action string, words []string, done func() bool) {
	p.Helper()
	taken := false
	wait := done != nil
	if !wait {
		done = func() bool { return taken }
	}
	limit := time.Now().Add(patience)
	for !done() && time.Now().Before(limit) {
		p.connected(1)
		m, there := p.find(who, words...)
		if !there {
			p.until(who.Name+" has a card with "+strings.Join(words, ", "), p.c.Slack.Wait, func() bool {
				_, there := p.find(who, words...)
				return there || done()
			})
			continue
		}
		before := p.told(who, "press again")
		err := p.c.Slack.Press(p.Context(), who.Slack, m.Channel, m.TS, action)
		switch {
		case err == nil && !wait:
			taken = true
		case err == nil:
			p.until("what comes of the press of "+who.Name+" on "+action, p.either, func() bool { return done() || p.told(who, "press again") > before })
		case !lost(err):
			p.breathe() // the button went away under the finger
		}
	}
	if !done() {
		p.Fatalf("%s pressed %s for %s:\n%s", who.Name, action, patience, p.everything())
	}
}

// either waits for Slack or Okta to change.
func (p *people) either(ctx context.Context, ready func() bool) error {
	changed := p.c.Okta.Subscribe(ctx)
	for {
		said := p.c.Slack.Changed()
		if ready() {
			return nil
		}
		select {
		case <-said:
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// told counts somebody's messages with these words.
func (p *people) told(who sandbox.Person, words ...string) int {
	n := 0
	for _, m := range p.messages(who) {
		if has(p.text(m, who), words...) {
			n++
		}
	}
	return n
}

// wants types a command until there is a form, and sends it until Slack has taken it.
func (p *people) wants(who sandbox.Person, command string) {
	p.Helper()
	p.opens(who, command)
	p.submits(who)
}

// submits sends the form in front of somebody until Slack has taken it.
func (p *people) submits(who sandbox.Person) {
	p.Helper()
	for limit := time.Now().Add(patience); time.Now().Before(limit); {
		v := p.c.Slack.View(who.Slack)
		if v == nil {
			return
		}
		p.connected(1)
		s, err := p.c.Slack.Submit(p.Context(), who.Slack, v.ID)
		switch {
		case err != nil || len(s.Errors) > 0:
			p.Fatalf("%s sends a form: %v %v", who.Name, err, s.Errors)
		case s.Err == "":
			p.clears(who)
			return
		}
	}
	p.Fatalf("%s could not send a form", who.Name)
}

// opens types a command until its form is filled in. What is not there yet may come with the first sync.
func (p *people) opens(who sandbox.Person, command string) {
	p.Helper()
	for limit := time.Now().Add(patience); time.Now().Before(limit); p.breathe() {
		p.connected(1)
		if _, err := p.c.Slack.Slash(p.Context(), who.Slack, "", "/access", command); err != nil {
			p.Fatal(err)
		}
		if v := p.c.Slack.View(who.Slack); v != nil && blockOf(v, "duration") != "" {
			return
		}
		p.clears(who)
	}
	p.Fatalf("%s never got a form for %s:\n%s", who.Name, command, p.everything())
}

// clears closes whatever form is open.
func (p *people) clears(who sandbox.Person) {
	if v := p.c.Slack.View(who.Slack); v != nil {
		_ = p.c.Slack.CloseAll(p.Context(), who.Slack, v.ID) // nobody waits for the app to hear of it
	}
}
