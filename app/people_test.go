package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hallpass/sandbox"
	"hallpass/sandbox/slack"
)

// people play Acme's people through what they see on their screens, and never touch Hallpass itself.
type people struct {
	*testing.T
	c     *sandbox.Company
	clock interface{ Advance(time.Duration) }
}

var ana, ben, caro, dev, eve, finn, gus = sandbox.Who("Ana"), sandbox.Who("Ben"), sandbox.Who("Caro"), sandbox.Who("Dev"), sandbox.Who("Eve"),
	sandbox.Who("Finn"), sandbox.Who("Gus")

// until waits for something to come true in a stand-in.
func (p *people) until(what string, wait func(context.Context, func() bool) error, ready func() bool) {
	p.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := wait(ctx, ready); err != nil {
		p.Fatalf("%s: %v\n%s", what, err, p.everything())
	}
}

// later has company time leap ahead.
func (p *people) later(d time.Duration) { p.clock.Advance(d) }

// everything is what people see, for a failure.
func (p *people) everything() string {
	var b strings.Builder
	for _, who := range sandbox.People() {
		for _, m := range p.messages(who) {
			fmt.Fprintf(&b, "── %s, %s ──\n%s\n", who.Name, keyOf(m), p.text(m, who))
		}
		if v := p.c.Slack.View(who.Slack); v != nil {
			fmt.Fprintf(&b, "── form of %s ──\n%s\n", who.Name, p.c.Slack.ViewText(*v))
		}
	}
	for _, ch := range []string{sandbox.FeedChannel, sandbox.AuditChannel} {
		for _, m := range p.c.Slack.Messages(ch) {
			fmt.Fprintf(&b, "── %s, %s ──\n%s\n", ch, keyOf(m), p.c.Slack.TextFor(m, sandbox.EveSlack))
		}
	}
	return b.String()
}

// keyOf is the key that Hallpass keeps with each of its messages; empty for others'.
func keyOf(m slack.Message) string {
	var meta struct {
		Payload struct{ Key string } `json:"event_payload"`
	}
	if len(m.Metadata) == 0 || json.Unmarshal(m.Metadata, &meta) != nil {
		return ""
	}
	return meta.Payload.Key
}

func (p *people) connected(n int) {
	p.Helper()
	p.until("Hallpass is connected", p.c.Slack.Wait, func() bool { return p.c.Slack.Connections() >= n })
}

// messages are what somebody sees in the direct messages.
func (p *people) messages(who sandbox.Person) []slack.Message {
	return p.c.Slack.Messages(p.c.Slack.DM(who.Slack))
}

func (p *people) text(m slack.Message, who sandbox.Person) string {
	return p.c.Slack.TextFor(m, who.Slack)
}

// find is the newest message in somebody's direct messages with all of these words.
func (p *people) find(who sandbox.Person, words ...string) (slack.Message, bool) {
	for _, m := range slices.Backward(p.messages(who)) {
		if has(p.text(m, who), words...) {
			return m, true
		}
	}
	return slack.Message{}, false
}

// gets waits for a message with all of these words and gives it.
func (p *people) gets(who sandbox.Person, words ...string) slack.Message {
	p.Helper()
	p.until(who.Name+" gets a message with "+strings.Join(words, ", "), p.c.Slack.Wait, func() bool { _, ok := p.find(who, words...); return ok })
	m, _ := p.find(who, words...)
	return m
}

// sees asserts the words of a message as it stands now.
func (p *people) sees(who sandbox.Person, m slack.Message, words ...string) {
	p.Helper()
	now, _ := p.c.Slack.Message(m.Channel, m.TS)
	if text := p.text(now, who); !has(text, words...) {
		p.Errorf("%s sees\n%s\nwithout %q", who.Name, text, words)
	}
}

// becomes waits until a message has these words.
func (p *people) becomes(who sandbox.Person, m slack.Message, words ...string) {
	p.Helper()
	p.until(who.Name+"'s message has "+strings.Join(words, ", "), p.c.Slack.Wait, func() bool {
		now, _ := p.c.Slack.Message(m.Channel, m.TS)
		return has(p.text(now, who), words...)
	})
}

// press presses a button of a message.
func (p *people) press(who sandbox.Person, m slack.Message, action string) {
	p.Helper()
	if err := p.c.Slack.Press(p.Context(), who.Slack, m.Channel, m.TS, action); err != nil {
		p.Fatalf("%s presses %s: %v", who.Name, action, err)
	}
}

// types a command and gives what is shown to them at once.
func (p *people) types(who sandbox.Person, command string) string {
	p.Helper()
	r, err := p.c.Slack.Slash(p.Context(), who.Slack, "", "/access", command)
	if err != nil || r.Err != "" {
		p.Fatalf("%s types /access %s: %v %s", who.Name, command, err, r.Err)
	}
	if r.TS == "" {
		return ""
	}
	m, _ := p.c.Slack.Message(p.c.Slack.DM(who.Slack), r.TS)
	return p.text(m, who)
}

// form waits for a form in front of somebody that has a field, and gives the field's block.
func (p *people) form(who sandbox.Person, field string) (v *slack.View, block string) {
	p.Helper()
	p.until(who.Name+" has a form with "+field, p.c.Slack.Wait, func() bool {
		v = p.c.Slack.View(who.Slack)
		if v != nil {
			block = blockOf(v, field)
		}
		return block != ""
	})
	return v, block
}

// blockOf is the id of the block of a field.
func blockOf(v *slack.View, field string) string {
	var blocks []struct {
		Type    string `json:"type"`
		BlockID string `json:"block_id"`
	}
	if json.Unmarshal(v.Blocks, &blocks) != nil {
		return ""
	}
	for _, b := range blocks {
		if b.Type == "input" && (b.BlockID == field || strings.HasPrefix(b.BlockID, field+"@")) {
			return b.BlockID
		}
	}
	return ""
}

// fills a field of the form in front of them.
func (p *people) fills(who sandbox.Person, field string, v slack.Value) {
	p.Helper()
	view, block := p.form(who, field)
	if err := p.c.Slack.Fill(p.Context(), who.Slack, view.ID, block, field, v); err != nil {
		p.Fatalf("%s fills %s: %v", who.Name, field, err)
	}
}

// sends the form in front of them and gives what stands under its fields; empty when it closed.
func (p *people) sends(who sandbox.Person) string {
	p.Helper()
	v := p.c.Slack.View(who.Slack)
	if v == nil {
		p.Fatalf("%s has no form", who.Name)
	}
	s, err := p.c.Slack.Submit(p.Context(), who.Slack, v.ID)
	if err != nil || s.Err != "" {
		p.Fatalf("%s sends the form: %v %s", who.Name, err, s.Err)
	}
	var all []string
	for _, e := range s.Errors {
		all = append(all, e)
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

// asks types a whole command and sends the form that it fills in.
func (p *people) asks(who sandbox.Person, command string) {
	p.Helper()
	if said := p.types(who, command); said != "" {
		p.Fatalf("%s types %s and reads: %s", who.Name, command, said)
	}
	if wrong := p.sends(who); wrong != "" {
		p.Fatalf("%s asks with %s and reads: %s", who.Name, command, wrong)
	}
}

// feed is the line of a request in the channel, with its thread; empty when there is none. Of two that stand, the newer one lives.
func (p *people) feed(request string) string {
	list := p.c.Slack.Messages(sandbox.FeedChannel)
	for _, m := range slices.Backward(list) {
		text := p.c.Slack.TextFor(m, sandbox.AnaSlack)
		if m.ThreadTS != "" || !strings.HasPrefix(text, request+" ") {
			continue
		}
		for _, r := range list {
			if r.ThreadTS == m.TS {
				text += "\n └ " + p.c.Slack.TextFor(r, sandbox.AnaSlack)
			}
		}
		return text
	}
	return ""
}

// tells waits until the feed's line or thread of a request has these words.
func (p *people) tells(request string, words ...string) {
	p.Helper()
	p.until("the feed tells "+strings.Join(words, ", ")+" of "+request, p.c.Slack.Wait, func() bool { return has(p.feed(request), words...) })
}

func (p *people) member(group string, who sandbox.Person) bool {
	return p.c.Okta.IsMember(group, who.Okta)
}

// isMember waits until somebody is in a group, isNot until they are not.
func (p *people) isMember(group string, who sandbox.Person) {
	p.Helper()
	p.until(who.Name+" is in the group", p.c.Okta.Wait, func() bool { return p.member(group, who) })
}

func (p *people) isNot(group string, who sandbox.Person) {
	p.Helper()
	p.until(who.Name+" is no longer in the group", p.c.Okta.Wait, func() bool { return !p.member(group, who) })
}

// approves presses Approve until it counts: a card may be drawn anew between a look at it and the press.
func (p *people) approves(who sandbox.Person, request string) {
	p.Helper()
	old := 0
	outOfDate := func() (n int) {
		for _, m := range p.messages(who) {
			if has(p.text(m, who), "This card was out of date.") {
				n++
			}
		}
		return n
	}
	for done := false; !done; {
		p.press(who, p.gets(who, request+" ·", "Approve"), "approve")
		p.until(who.Name+" has an answer", p.c.Slack.Wait, func() bool {
			_, done = p.find(who, request+" ·", "Approved by you")
			return done || outOfDate() > old
		})
		old = outOfDate()
	}
}

// has is a whole request that is agreed to: Ana asks for prod-db, Caro and Ben agree.
func (p *people) agreed(request, thing, span string) (card slack.Message) {
	p.Helper()
	p.asks(ana, thing+" for "+span+" because OPS-1: replay failed payments")
	p.approves(caro, request)
	p.approves(ben, request)
	return p.gets(ana, request+" · You have "+thing, "Give back")
}
