package app_test

import (
	"context"
	"errors"
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

// again does something until it came to what it should, for as long as anybody is patient.
func (p *people) again(what string, do func() (done bool)) {
	p.Helper()
	for limit := time.Now().Add(patience); time.Now().Before(limit); p.breathe() {
		p.connected(1)
		if do() {
			return
		}
	}
	p.Fatalf("%s: not in %s\n%s", what, patience, p.everything())
}

// takes presses a button until Slack has taken the press. Done reports whether there is nothing left to press for.
func (p *people) takes(who sandbox.Person, action string, words []string, done func() bool) {
	p.Helper()
	p.again(who.Name+" presses "+action, func() bool {
		m, there := p.find(who, words...)
		if !there {
			return done()
		}
		err := p.c.Slack.Press(p.Context(), who.Slack, m.Channel, m.TS, action)
		return err == nil // otherwise nobody was there, or the button went away under the finger
	})
}

// insists presses a button and waits for what comes of it. A card that was out of date is pressed again. A press that was taken and then
// comes to nothing is lost, which must not be.
func (p *people) insists(who sandbox.Person, action string, words []string, done func() bool) {
	p.Helper()
	p.comesTo(who, done, func() { p.takes(who, action, words, done) })
}

// comesTo does something and waits for what comes of it; again where the card was out of date.
func (p *people) comesTo(who sandbox.Person, done func() bool, do func()) {
	p.Helper()
	p.again("what "+who.Name+" does", func() bool {
		before := p.told(who, "press again")
		do()
		p.until("what comes of it for "+who.Name, p.either, func() bool { return done() || p.told(who, "press again") > before })
		return done()
	})
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
	p.again(who.Name+" sends a form", func() bool {
		v := p.c.Slack.View(who.Slack)
		if v == nil {
			return true
		}
		s, err := p.c.Slack.Submit(p.Context(), who.Slack, v.ID)
		if err != nil || len(s.Errors) > 0 {
			p.Fatalf("%s sends a form: %v %v", who.Name, err, s.Errors)
		}
		return s.Err == ""
	})
	p.clears(who)
}

// writes fills a field of the form in front of somebody and sends it, until Slack has taken it. Of a press that was made again, the first may be carried
// out late, by the Hallpass that follows, so that its form comes on top of the one that was just filled.
func (p *people) writes(who sandbox.Person, field, text string) {
	p.Helper()
	p.again(who.Name+" sends a form with "+field, func() bool {
		v := p.c.Slack.View(who.Slack)
		if v == nil {
			return true
		}
		if err := p.c.Slack.Fill(p.Context(), who.Slack, v.ID, blockOf(v, field), field, slack.Typed(text)); err != nil {
			p.Log(err)
			return false
		}
		s, err := p.c.Slack.Submit(p.Context(), who.Slack, v.ID)
		return err == nil && s.Err == "" && len(s.Errors) == 0
	})
	p.clears(who)
}

// opens types a command until its form is filled in. What is not there yet may come with the first sync.
func (p *people) opens(who sandbox.Person, command string) {
	p.Helper()
	p.shows(who, "duration", func() error {
		_, err := p.c.Slack.Slash(p.Context(), who.Slack, "", "/access", command)
		return err
	})
}

// shows does something until there is a form with a field.
func (p *people) shows(who sandbox.Person, field string, do func() error) {
	p.Helper()
	p.again(who.Name+" opens a form with "+field, func() bool {
		p.clears(who)
		if err := do(); err != nil && !lost(err) {
			p.Log(err) // a button that went away under the finger; there is another
		}
		return p.appears(who, field)
	})
}

// formComes is a bit longer than Slack lets an app open a form after a press or a command.
const formComes = slack.TriggerLife + 100*time.Millisecond

// appears waits for a form for as long as one may come of what was just done: whoever looked away sooner would find it on top of the next.
func (p *people) appears(who sandbox.Person, field string) (there bool) {
	ctx, cancel := context.WithTimeout(p.Context(), formComes)
	defer cancel()
	return p.c.Slack.Wait(ctx, func() bool {
		v := p.c.Slack.View(who.Slack)
		return v != nil && blockOf(v, field) != ""
	}) == nil
}

// brings presses a button until there is its form.
func (p *people) brings(who sandbox.Person, action, field string, words ...string) {
	p.Helper()
	p.shows(who, field, func() error {
		m, there := p.find(who, words...)
		if !there {
			return nil
		}
		return p.c.Slack.Press(p.Context(), who.Slack, m.Channel, m.TS, action)
	})
}

// clears closes whatever form is open.
func (p *people) clears(who sandbox.Person) {
	if v := p.c.Slack.View(who.Slack); v != nil {
		_ = p.c.Slack.CloseAll(p.Context(), who.Slack, v.ID) // nobody waits for the app to hear of it
	}
}
