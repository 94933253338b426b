package page

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// playroom is a World that plays one request from its form to its end, with
// cards as docs sketch them and without anything behind it: no Slack, no
// Okta, no Hallpass. The page is developed and tested against it.
type playroom struct {
	mu       sync.Mutex
	watchers map[chan struct{}]bool
	deeds    []string // what was asked of it, in order

	stage   stage
	people  []Person
	modal   map[string]*View
	posts   map[string][]Message // by channel and, for direct messages, person
	read    map[string]string
	members []string
	tickets []Ticket
	faults  []Fault
	started time.Time
	speed   int
	serial  int
	filled  map[string]string
}

type stage int

const (
	nothing stage = iota
	asked
	agreed
	active
	over
)

const (
	ana, ben, caro, dev, eve, finn, gus = "U0ANA", "U0BEN", "U0CARO", "U0DEV", "U0EVE", "U0FINN", "U0GUS"
	hallpass                            = "U0HALLPASS"
	feedID, helpID, homeID              = "C0FEED", "C0HELP", "home"
)

// sentence is an error that the visitor reads as it stands.
type sentence string

func (s sentence) Error() string { return string(s) }

func newPlayroom() *playroom {
	p := &playroom{
		watchers: map[chan struct{}]bool{},
		people: []Person{
			{ID: ana, Name: "Ana Silva", Title: "Engineer, Payments"},
			{ID: ben, Name: "Ben Okafor", Title: "Site reliability", Tags: []string{"on call"}},
			{ID: caro, Name: "Caro Lind", Title: "Manager, Payments"},
			{ID: dev, Name: "Dev Patel", Title: "Database owner"},
			{ID: eve, Name: "Eve Moreau", Title: "Security", Tags: []string{"admin"}},
			{ID: finn, Name: "Finn Berg", Title: "Engineer, Search"},
			{ID: gus, Name: "Gus Weber", Title: "Contractor", Tags: []string{"guest"}},
		},
		modal:   map[string]*View{},
		posts:   map[string][]Message{},
		read:    map[string]string{},
		filled:  map[string]string{},
		members: []string{"Dev Patel"},
		faults: []Fault{
			{Name: "okta", Label: "Okta is down"}, {Name: "slack", Label: "Slack is down"},
			{Name: "jira", Label: "Jira is down"}, {Name: "pagerduty", Label: "PagerDuty is down"},
		},
		started: time.Date(2026, 3, 17, 12, 25, 0, 0, time.UTC),
		speed:   1,
	}
	p.posts[helpID] = []Message{{TS: "1.1", From: finn, Text: "Who do I ask for <https://example.com|the wiki>? *Not urgent* &amp; thanks", Posted: p.started.Add(-time.Hour)}}
	return p
}

func (p *playroom) change(deed string, do func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deeds = append(p.deeds, deed)
	err := do()
	for w := range p.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
	return err
}

func (p *playroom) Subscribe() (<-chan struct{}, func()) {
	w := make(chan struct{}, 1)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watchers[w] = true
	return w, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.watchers, w)
	}
}

func (p *playroom) Slash(_ context.Context, as, channel, text string) error {
	return p.change("slash "+text, func() error {
		command, rest, _ := strings.Cut(text, " ")
		if command != "/access" {
			return sentence(command + " is not a command here. Try /access.")
		}
		if strings.HasPrefix(rest, "help") {
			p.post(channel, as, Message{From: hallpass, App: true, Ephemeral: true, Text: "*/access* opens the form. */access prod-db for 2h because OPS-1* opens it filled in."})
			return nil
		}
		p.openForm(as, rest)
		return nil
	})
}

func (p *playroom) Shortcut(_ context.Context, as string) error {
	return p.change("shortcut", func() error { p.openForm(as, ""); return nil })
}

func (p *playroom) Say(_ context.Context, as, channel, text string) error {
	return p.change("say "+text, func() error {
		p.post(channel, as, Message{From: as, Text: text})
		return nil
	})
}

func (p *playroom) OpenHome(_ context.Context, as string) error {
	return p.change("home", func() error { return nil })
}

func (p *playroom) OpenChat(context.Context, string) error { return nil }

func (p *playroom) Press(_ context.Context, as string, at Spot, value json.RawMessage) (string, error) {
	return "", p.change(fmt.Sprintf("press %s %s", as, at.Action), func() error {
		switch at.Action {
		case "approve":
			p.approve(as)
		case "deny", "cancel", "give_back":
			p.end()
		case "ask":
			p.openForm(as, "")
		case "length":
			p.filled["length"] = strings.Trim(string(value), `"`)
			p.drawForm(as)
		default:
			return sentence("This button does nothing here.")
		}
		return nil
	})
}

func (p *playroom) Fill(_ context.Context, as string, at Spot, value json.RawMessage) error {
	return p.change("fill "+at.Action+" "+string(value), func() error {
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return err
		}
		p.filled[at.Action] = text
		if at.Action == "what" {
			p.drawForm(as)
		}
		return nil
	})
}

func (p *playroom) Options(_ context.Context, _ string, _ Spot, query string) ([]Option, error) {
	all := []Option{
		{Text: "prod-db", Value: "prod-db", Description: "Okta group · env=prod"},
		{Text: "prod-cache", Value: "prod-cache", Description: "Okta group · env=prod"},
		{Text: "staging-db", Value: "staging-db", Description: "Okta group · env=staging"},
	}
	return slices.DeleteFunc(all, func(o Option) bool { return !strings.Contains(o.Text, query) }), nil
}

func (p *playroom) Submit(_ context.Context, as, view string) (Submitted, error) {
	var got Submitted
	err := p.change("submit "+view, func() error {
		if p.filled["what"] == "" {
			got.Errors = map[string]string{"what": "Please fill this in."}
			return nil
		}
		if len(p.filled["why"]) < 10 {
			got.Errors = map[string]string{"why": "Say a little more: at least 10 characters."}
			return nil
		}
		delete(p.modal, as)
		p.ask()
		return nil
	})
	return got, err
}

func (p *playroom) CloseView(_ context.Context, as, view string) error {
	return p.change("close "+view, func() error { delete(p.modal, as); return nil })
}

func (p *playroom) Read(_ context.Context, as, channel, ts string) error {
	return p.change("read "+channel, func() error { p.read[as+channel] = ts; return nil })
}

func (p *playroom) SetSpeed(n int) error {
	return p.change(fmt.Sprint("speed ", n), func() error { p.speed = n; return nil })
}

func (p *playroom) SetFault(name string, on bool) error {
	return p.change(fmt.Sprint("fault ", name, on), func() error {
		i := slices.IndexFunc(p.faults, func(f Fault) bool { return f.Name == name })
		if i < 0 {
			return sentence("There is no such fault.")
		}
		p.faults[i].On = on
		return nil
	})
}

func (p *playroom) State(as string) State {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.ContainsFunc(p.people, func(q Person) bool { return q.ID == as }) {
		as = ana
	}
	s := State{
		You: as, Company: "Acme", Channels: p.channels(as), Modal: p.modal[as], Home: p.home(as),
		Outside: p.outside(), Story: p.story(as),
		Commands: []Command{
			{Text: "/access", Does: "ask for access"},
			{Text: "/access prod-db for 2h because OPS-1", Does: "the form, filled in"},
			{Text: "/access mine", Does: "what you have and asked for"},
			{Text: "/access help", Does: "all commands"},
		},
	}
	for _, q := range p.people {
		q.Unread = p.unread(q.ID, "D"+q.ID)
		s.People = append(s.People, q)
	}
	return s
}

func (p *playroom) channels(as string) []Channel {
	all := []Channel{
		{ID: "D" + as, Name: "Hallpass", Kind: Direct, Topic: "Your messages from Hallpass"},
		{ID: feedID, Name: "access-feed", Kind: Feed, Topic: "Everything that is asked for, and how it went"},
		{ID: helpID, Name: "access-help", Kind: Help, Topic: "Ask people about access"},
		{ID: homeID, Name: "Home", Kind: Home},
	}
	for i := range all {
		all[i].Messages = p.posts[all[i].ID]
		all[i].Unread = p.unread(as, all[i].ID)
	}
	return all
}

func (p *playroom) unread(as, channel string) int {
	n := 0
	for _, m := range p.posts[channel] {
		if m.From != as && m.Thread == "" && m.TS > p.read[as+channel] {
			n++
		}
	}
	return n
}

func (p *playroom) post(channel, as string, m Message) string {
	p.serial++
	m.TS = fmt.Sprintf("17.%04d", p.serial)
	m.Posted = p.started.Add(time.Duration(p.serial) * time.Minute)
	if channel == "D" {
		channel += as
	}
	p.posts[channel] = append(p.posts[channel], m)
	return m.TS
}

func (p *playroom) outside() Outside {
	return Outside{
		Clock: Clock{Now: p.started.Add(time.Duration(p.serial) * time.Minute), Speed: p.speed},
		Groups: []Group{
			{Name: "prod-db", Description: "Read and write on production payments", Members: slices.Clone(p.members)},
			{Name: "prod-cache", Members: []string{}},
		},
		Tickets: slices.Clone(p.tickets),
		Shifts: []Shift{
			{Schedule: "SRE primary", Level: 1, Name: "Ben Okafor", Until: p.started.Add(6 * time.Hour)},
			{Schedule: "SRE primary", Level: 2, Name: "Dev Patel", Until: p.started.Add(6 * time.Hour)},
		},
		Faults: slices.Clone(p.faults),
	}
}
