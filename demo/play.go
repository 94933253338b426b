package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"hallpass/sandbox"
	"hallpass/sandbox/slack"
)

// Speeds of company time: as it is while people act, and fast while they wait.
const (
	slow = 1
	fast = 400
)

// stepTime is how long one step of the story may take, in machine time.
const stepTime = 25 * time.Second

// Play tells the whole life of a request: it acts for the people, prints what they see, and checks every step against the stand-ins' own
// state. The first step that does not come true ends it with an error.
func Play(ctx context.Context, c *sandbox.Company, clock Clock, out io.Writer) error {
	p := &play{ctx: ctx, c: c, clock: clock, out: out}
	for _, step := range []struct {
		title string
		act   func() error
	}{
		{"Ana asks for prod-db", p.asks},
		{"Caro, her manager, agrees", p.managerAgrees},
		{"Ben, who is on call, agrees: she has it", p.onCallAgrees},
		{"The ticket and the feed follow", p.ticketAndFeed},
		{"A warning comes before the end", p.warned},
		{"Ana extends", p.extends},
		{"The end: taken back, and proved gone", p.ends},
		{"Nothing was done that Slack would punish", p.clean},
	} {
		p.steps++
		fmt.Fprintf(out, "\n── %d. %s ──\n", p.steps, step.title)
		if err := step.act(); err != nil {
			return fmt.Errorf("step %d, %q, did not come true: %w", p.steps, step.title, err)
		}
	}
	fmt.Fprintf(out, "\n%d steps, every one came true.\n", p.steps)
	return nil
}

type play struct {
	ctx    context.Context
	c      *sandbox.Company
	clock  Clock
	out    io.Writer
	steps  int
	ticket string
}

func (p *play) say(format string, args ...any) { fmt.Fprintf(p.out, format+"\n", args...) }

// shows prints what somebody sees, set in.
func (p *play) shows(who, text string) {
	p.say("%s sees:", who)
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		p.say("   │ %s", l)
	}
}

// until waits for something to come true in the stand-ins, or says what it waited for.
func (p *play) until(what string, wait func(context.Context, func() bool) error, ready func() bool) error {
	ctx, stop := context.WithTimeout(p.ctx, stepTime)
	defer stop()
	if err := wait(ctx, ready); err != nil {
		return errors.Join(fmt.Errorf("%s, waited %s for it", what, stepTime), p.ctx.Err())
	}
	p.say("✓ %s", what)
	return nil
}

// newest is the newest message in somebody's direct messages that holds all of these words.
func (p *play) newest(user string, words ...string) (slack.Message, bool) {
	list := p.c.Slack.Messages(p.c.Slack.DM(user))
	for _, m := range slices.Backward(list) {
		text := p.c.Slack.TextFor(m, user)
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			return m, true
		}
	}
	return slack.Message{}, false
}

func (p *play) gets(who sandbox.Person, what string, words ...string) (slack.Message, error) {
	err := p.until(who.Name+" is told: "+what, p.c.Slack.Wait, func() bool { _, ok := p.newest(who.Slack, words...); return ok })
	if err != nil {
		return slack.Message{}, err
	}
	m, _ := p.newest(who.Slack, words...)
	p.shows(who.Name, p.c.Slack.TextFor(m, who.Slack))
	return m, nil
}

// form waits for somebody's open form to hold a field.
func (p *play) form(user, field string) (*slack.View, string, error) {
	var block string
	err := p.until("the form has "+field, p.c.Slack.Wait, func() bool {
		v := p.c.Slack.View(user)
		if v == nil {
			return false
		}
		block = blockOf(v, field)
		return block != ""
	})
	return p.c.Slack.View(user), block, err
}

func (p *play) asks() error {
	ana := sandbox.Who("Ana")
	if err := p.until("Hallpass is connected", p.c.Slack.Wait, func() bool { return p.c.Slack.Connections() >= 2 }); err != nil {
		return err
	}
	p.say("Ana types: /access")
	if err := p.openForm(ana); err != nil {
		return err
	}
	v, block, err := p.form(ana.Slack, "resource")
	if err != nil {
		return err
	}
	p.say("Ana types “prod” into What")
	found, err := p.offered(ana, v, block)
	if err != nil {
		return err
	}
	if err := p.c.Slack.Fill(p.ctx, ana.Slack, v.ID, block, "resource", slack.Chosen(found)); err != nil {
		return err
	}
	if v, block, err = p.form(ana.Slack, "duration"); err != nil {
		return err
	}
	if err := p.c.Slack.Fill(p.ctx, ana.Slack, v.ID, block, "duration", slack.Chosen("1 h")); err != nil {
		return err
	}
	if v, block, err = p.form(ana.Slack, "reason"); err != nil {
		return err
	}
	if err := p.c.Slack.Fill(p.ctx, ana.Slack, v.ID, block, "reason", slack.Typed("OPS-1: replay failed payments")); err != nil {
		return err
	}
	p.shows("Ana", p.c.Slack.ViewText(*p.c.Slack.View(ana.Slack)))
	p.say("Ana presses: Ask")
	if err := p.submit(ana); err != nil {
		return err
	}
	_, err = p.gets(ana, "who is asked", "R1", "prod-db", "Caro Lind")
	return err
}

// openForm types the command until the catalog has been synced: a program that has just started may have nothing to offer yet.
func (p *play) openForm(who sandbox.Person) error {
	for range 40 {
		reply, err := p.c.Slack.Slash(p.ctx, who.Slack, "", "/access", "")
		if err != nil || reply.Err != "" {
			return errors.Join(err, fmt.Errorf("the command failed: %s", reply.Err))
		}
		if v := p.c.Slack.View(who.Slack); v != nil {
			if blockOf(v, "resource") != "" {
				return nil
			}
			if err := p.c.Slack.CloseView(p.ctx, who.Slack, v.ID); err != nil {
				return err
			}
		}
		select {
		case <-p.ctx.Done():
			return p.ctx.Err()
		case <-time.After(250 * time.Millisecond):
		}
	}
	return errors.New("there was never anything to ask for")
}

func (p *play) offered(who sandbox.Person, v *slack.View, block string) (string, error) {
	list, err := p.c.Slack.Options(p.ctx, who.Slack, v.ID, block, "resource", "prod")
	if err != nil {
		return "", err
	}
	var names []string
	value := ""
	for _, o := range list {
		names = append(names, o.Text)
		if o.Text == "prod-db" {
			value = o.Value
		}
	}
	p.say("Ana is offered: %s", strings.Join(names, ", "))
	if !slices.Equal(names, []string{"prod-cache", "prod-db"}) {
		return "", fmt.Errorf("she should be offered prod-cache and prod-db only: the others are no targets")
	}
	return value, nil
}

func (p *play) submit(who sandbox.Person) error {
	v := p.c.Slack.View(who.Slack)
	s, err := p.c.Slack.Submit(p.ctx, who.Slack, v.ID)
	switch {
	case err != nil:
		return err
	case len(s.Errors) > 0 || s.Err != "":
		return fmt.Errorf("the form came back with %v %s", s.Errors, s.Err)
	}
	return nil
}

func (p *play) member() bool { return p.c.Okta.IsMember(sandbox.ProdDBGroup, sandbox.AnaOkta) }

func (p *play) press(who sandbox.Person, m slack.Message, action, label string) error {
	p.say("%s presses: %s", who.Name, label)
	return p.c.Slack.Press(p.ctx, who.Slack, m.Channel, m.TS, action)
}

func (p *play) managerAgrees() error {
	if p.member() {
		return errors.New("Ana is a member before anybody agreed")
	}
	caro := sandbox.Who("Caro")
	m, err := p.gets(caro, "a question", "Ana Silva", "prod-db", "Approve")
	if err != nil {
		return err
	}
	return p.press(caro, m, "approve", "Approve")
}

func (p *play) onCallAgrees() error {
	ana, ben := sandbox.Who("Ana"), sandbox.Who("Ben")
	m, err := p.gets(ben, "a question", "Ana Silva", "prod-db", "Approve", "on call")
	if err != nil {
		return err
	}
	if p.member() {
		return errors.New("Ana is a member before Ben agreed")
	}
	if err := p.press(ben, m, "approve", "Approve"); err != nil {
		return err
	}
	if err := p.until("Okta has Ana in prod-db", p.c.Okta.Wait, p.member); err != nil {
		return err
	}
	_, err = p.gets(ana, "she has it", "You have prod-db", "Give back")
	return err
}

func (p *play) ticketAndFeed() error {
	if err := p.until("Jira has a ticket, In Progress", p.c.Jira.Wait, func() bool {
		for _, i := range p.c.Jira.Issues() {
			if i.Project == sandbox.TicketsProject && i.Status == "In Progress" {
				p.ticket = i.Key
			}
		}
		return p.ticket != ""
	}); err != nil {
		return err
	}
	i, _ := p.c.Jira.Issue(p.ticket)
	p.say("   │ %s %s: %s", i.Key, i.Status, i.Summary)
	err := p.until("the feed says that it is active", p.c.Slack.Wait, func() bool { return p.feed("R1", "active until") != "" })
	if err == nil {
		p.shows("Everybody in #access-feed", p.feed("R1", "active until"))
	}
	return err
}

// feed is the line of the feed that holds these words, with its thread; empty when there is none.
func (p *play) feed(words ...string) string {
	list := p.c.Slack.Messages(sandbox.FeedChannel)
	for _, m := range list {
		text := p.c.Slack.TextFor(m, sandbox.AnaSlack)
		if m.ThreadTS != "" || slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			continue
		}
		out := text
		for _, r := range list {
			if r.ThreadTS == m.TS {
				out += "\n └ " + strings.ReplaceAll(p.c.Slack.TextFor(r, sandbox.AnaSlack), "\n", "\n └ ")
			}
		}
		return out
	}
	return ""
}

func (p *play) warned() error {
	p.say("(time runs %d times as fast)", fast)
	p.clock.SetSpeed(fast)
	err := p.until("Ana is warned", p.c.Slack.Wait, func() bool { _, ok := p.newest(sandbox.AnaSlack, "prod-db ends at"); return ok })
	p.clock.SetSpeed(slow)
	if err != nil {
		return err
	}
	_, err = p.gets(sandbox.Who("Ana"), "it ends soon", "prod-db ends at", "Extend")
	return err
}

func (p *play) extends() error {
	ana, caro, ben := sandbox.Who("Ana"), sandbox.Who("Caro"), sandbox.Who("Ben")
	m, _ := p.newest(ana.Slack, "prod-db ends at")
	if err := p.press(ana, m, "extend", "Extend…"); err != nil {
		return err
	}
	v, block, err := p.form(ana.Slack, "reason")
	if err != nil {
		return err
	}
	if err := p.c.Slack.Fill(p.ctx, ana.Slack, v.ID, block, "reason", slack.Typed("OPS-1: two batches are left")); err != nil {
		return err
	}
	p.shows("Ana", p.c.Slack.ViewText(*p.c.Slack.View(ana.Slack)))
	if err := p.submit(ana); err != nil {
		return err
	}
	for _, who := range []sandbox.Person{caro, ben} {
		card, err := p.gets(who, "a question", "R2", "Approve")
		if err != nil {
			return err
		}
		if err := p.press(who, card, "approve", "Approve"); err != nil {
			return err
		}
	}
	_, err = p.gets(ana, "it was extended", "extended")
	if err == nil && !p.member() {
		err = errors.New("the extension left a gap: Okta no longer has Ana")
	}
	return err
}

func (p *play) ends() error {
	p.say("(time runs %d times as fast)", fast)
	p.clock.SetSpeed(fast)
	err := p.until("Okta no longer has Ana in prod-db", p.c.Okta.Wait, func() bool { return !p.member() })
	p.clock.SetSpeed(slow)
	if err != nil {
		return err
	}
	if _, err := p.gets(sandbox.Who("Ana"), "it is over, with the proof", "R1 is over", "Checked in Okta", "no longer a member"); err != nil {
		return err
	}
	if err := p.until("the ticket is Done", p.c.Jira.Wait, func() bool { i, _ := p.c.Jira.Issue(p.ticket); return i.Status == "Done" }); err != nil {
		return err
	}
	if err := p.until("the feed tells the end", p.c.Slack.Wait, func() bool { return strings.Contains(p.feed("R1"), "taken back") }); err != nil {
		return err
	}
	p.shows("Everybody in #access-feed", p.feed("R1"))
	for _, h := range p.c.Okta.History() {
		if h.Group == sandbox.ProdDBGroup {
			p.say("   Okta, %s: Ana %s prod-db", h.At.Format("15:04:05"), map[bool]string{true: "put into", false: "taken out of"}[h.Added])
		}
	}
	return nil
}

func (p *play) clean() error {
	if list := p.c.Slack.Problems(); len(list) > 0 {
		return fmt.Errorf("slack noticed: %s", strings.Join(list, "; "))
	}
	p.say("✓ no late acknowledgement, no refused block, no markup out of typed text")
	return nil
}
