package bot

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"hallpass/flows"
	"hallpass/store"
)

// world is a Bot with a real store, a chat that remembers, and an engine that says what a test wants it to.
type world struct {
	t      *testing.T
	bot    *Bot
	store  flows.Store
	chat   *memChat
	engine *saysEngine
	clock  *handClock
	ids    int
}

type handClock struct{ company, machine time.Time }

func (c *handClock) Company() time.Time { return c.company }
func (c *handClock) Machine() time.Time { return c.machine }

func (c *handClock) pass(d time.Duration) {
	c.company, c.machine = c.company.Add(d), c.machine.Add(d)
}

var (
	ana   = flows.Account{Platform: "slack", Workspace: "T1", User: "UANA"}
	caro  = flows.Account{Platform: "slack", Workspace: "T1", User: "UCARO"}
	guest = flows.Account{Platform: "slack", Workspace: "T1", User: "UGUEST"}
	db    = flows.Resource{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: "00g1"}, Name: "prod-db", Permissions: []string{"member"}, Tags: map[string]string{"env": "prod"}}
)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: &handClock{company: clockAt("12:25"), machine: clockAt("03:00")}, chat: &memChat{shown: map[string]Card{}}}
	s, err := store.Open(context.Background(), store.Options{DSN: "sqlite:" + filepath.Join(t.TempDir(), "h.db"), Clock: w.clock, Installation: "test", Synchronous: "OFF"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	w.store = s
	w.engine = &saysEngine{store: s, catalog: []flows.Resource{db}, actors: map[flows.Account]flows.Actor{
		ana:  {Account: ana, Person: flows.Person{ID: "ana", Name: "Ana Silva", Status: flows.StatusActive}},
		caro: {Account: caro, Person: flows.Person{ID: "caro", Name: "Caro Lind", Status: flows.StatusActive}, Admin: true},
	}}
	w.engine.offer = flows.Offer{Resource: db, Flow: twoSteps(t), Permissions: []string{"member"}, Choices: []time.Duration{time.Hour, 4 * time.Hour}, Default: time.Hour,
		Max: 8 * time.Hour, Custom: true, Why: flows.Why{Required: true, AtLeast: 10, Hint: "SEC-482: what for"}, Deciders: []flows.OpenRequirement{
			{Words: "your manager", Candidates: []flows.Candidate{{Person: "caro", Primary: true}}},
			{Words: "one of database-owners", Candidates: []flows.Candidate{{Person: "ben", Primary: true}, {Person: "dan"}, {Person: "eve"}}}}}
	w.bot = New(Config{Engine: w.engine, Store: s, Chats: map[string]Chat{"slack": w.chat}, Clock: w.clock, Log: zerolog.Nop(), FeedReason: true,
		HelpText: "Ask #access-help.", Integrations: []string{"okta"}, Titles: func(string) string { return "Okta" },
		Residuals: func(string) flows.Residual { return flows.Residual{For: time.Hour, Known: true} },
		NewID:     func() string { w.ids++; return fmt.Sprintf("nonce-%d-abcdef", w.ids) }})
	w.change(func(tx flows.Tx) error {
		for _, p := range []flows.Person{{ID: "ana", Name: "Ana Silva", Email: "ana.silva@acme.com", Title: "Payments"}, {ID: "ben", Name: "Ben Okafor"}, {ID: "caro", Name: "Caro Lind"}} {
			p.Status = flows.StatusActive
			if err := tx.PutPerson(p); err != nil {
				return err
			}
		}
		for _, i := range []flows.Identity{{Account: ana, Person: "ana"}, {Account: caro, Person: "caro"}} {
			if err := tx.PutIdentity(&i); err != nil {
				return err
			}
		}
		return tx.PutResource(db)
	})
	return w
}

func (w *world) change(f func(flows.Tx) error) {
	w.t.Helper()
	if err := w.store.Change(context.Background(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) view(f func(flows.Tx) error) {
	w.t.Helper()
	if err := w.store.View(context.Background(), f); err != nil {
		w.t.Fatal(err)
	}
}

// request stores Ana's pending request, asked of Caro.
func (w *world) request() *flows.Request {
	w.t.Helper()
	f := twoSteps(w.t)
	r := &flows.Request{State: flows.Pending, Revision: 1, Asker: "ana", For: "ana", Entitlement: flows.Entitlement{ResourceKey: db.ResourceKey, Permission: "member"},
		Duration: 2 * time.Hour, Reason: "SEC-482: replay failed payments", FlowName: f.Name, FlowHash: f.Hash(), Via: ana, Made: w.clock.company,
		Lapses: w.clock.company.Add(24 * time.Hour), StepAsked: w.clock.company, Asked: []flows.Asked{{Person: "caro", Key: "manager:1", Right: "manager"}},
		Open: []flows.OpenRequirement{{Key: "manager:1", Words: "your manager", Candidates: []flows.Candidate{{Person: "caro", Right: "manager", Primary: true}}}}}
	w.change(func(tx flows.Tx) error {
		if err := tx.PutFlowText(f.Hash(), f.Text()); err != nil {
			return err
		}
		if err := tx.PutRequest(r); err != nil {
			return err
		}
		return tx.Append(&flows.Entry{Action: flows.ActAsked, Actor: "ana", Request: r.ID, Text: r.Reason})
	})
	return r
}

// lease gives Ana what she asked for until 14:30.
func (w *world) lease(r *flows.Request) *flows.Grant {
	w.t.Helper()
	g := &flows.Grant{State: flows.Active, Request: r.ID, Person: "ana", Entitlement: r.Entitlement, Duration: r.Duration, Started: clockAt("12:30"), Ends: clockAt("14:30")}
	w.change(func(tx flows.Tx) error {
		r.State, r.Revision, r.Open = flows.Approved, r.Revision+1, nil
		if err := tx.PutRequest(r); err != nil {
			return err
		}
		h := &flows.Holding{Person: "ana", Entitlement: r.Entitlement, Open: true, Before: flows.BeforeAbsent, Opened: tx.Now()}
		if err := tx.PutHolding(h); err != nil {
			return err
		}
		g.Holding = h.ID
		for _, s := range []flows.GrantState{flows.Waiting, flows.Granting, flows.Active} {
			g.State = s
			if err := tx.PutGrant(g); err != nil {
				return err
			}
		}
		return nil
	})
	return g
}

// post stores a post that wants to be drawn, and returns its id.
func (w *world) post(p flows.Post) flows.PostID {
	w.t.Helper()
	w.change(func(tx flows.Tx) error { return flows.WantPost(tx, &p) })
	return p.ID
}

func (w *world) stored(id flows.PostID) flows.Post {
	w.t.Helper()
	var p *flows.Post
	w.view(func(tx flows.Tx) (err error) {
		p, err = tx.Post(id)
		return err
	})
	return *p
}

// work works every deed that waits, as the scheduler would, and returns what was answered.
func (w *world) work() (answers []string) {
	w.t.Helper()
	for _, id := range w.engine.deeds {
		var d *flows.Deed
		w.view(func(tx flows.Tx) (err error) {
			d, err = tx.Deed(id)
			return err
		})
		if err := w.bot.WorkDeed(context.Background(), *d); err != nil {
			w.t.Fatal(err)
		}
		w.view(func(tx flows.Tx) (err error) {
			d, err = tx.Deed(id)
			return err
		})
		answers = append(answers, d.Answer)
	}
	return answers
}

// saysEngine says what a test wants it to, and remembers what it was asked to do.
type saysEngine struct {
	Engine
	store    flows.Store
	actors   map[flows.Account]flows.Actor
	catalog  []flows.Resource
	offer    flows.Offer
	slow     error // of Identify, CheckDraft and Offer: the outside does not answer
	wrong    error // of CheckDraft and Ask
	answer   flows.Answer
	explains *flows.Explanation
	moves    bool // Unreached finds another chat
	did      []string
	drafts   []flows.Draft // asked for
	presses  []flows.Press // decided by
	// offeredFor are the durations that offers were asked for.
	offeredFor []time.Duration
	deeds      []int64
	refused    []string
}

var notLinked = flows.Errorf(flows.KindRefused, "Your Slack account is not linked to anybody in Okta.")

func (e *saysEngine) Identify(_ context.Context, a flows.Account) (flows.Actor, error) {
	if e.slow != nil {
		return flows.Actor{}, e.slow
	}
	who, ok := e.actors[a]
	if !ok {
		return who, notLinked
	}
	return who, nil
}

func (e *saysEngine) Unreached(_ context.Context, id flows.PostID) (bool, error) {
	e.did = append(e.did, fmt.Sprintf("post %d is unreached", id))
	return e.moves, nil
}

func (e *saysEngine) Search(_ context.Context, _ flows.PersonID, text string, limit int) (out []flows.Resource, err error) {
	for _, r := range e.catalog {
		if strings.Contains(r.Name, text) && len(out) < limit {
			out = append(out, r)
		}
	}
	return out, nil
}

func (e *saysEngine) FindResource(_ context.Context, _ flows.PersonID, name string) (flows.Resource, error) {
	for _, r := range e.catalog {
		if r.Name == name {
			return r, nil
		}
	}
	return flows.Resource{}, flows.Errorf(flows.KindNotFound, "Nothing called %s that you can ask for. Yours: prod-db.", name)
}

func (e *saysEngine) OfferFor(_ context.Context, _ flows.PersonID, d flows.Draft) (flows.Offer, error) {
	e.offeredFor = append(e.offeredFor, d.Duration)
	return e.offer, e.slow
}

func (e *saysEngine) Explain(_ context.Context, p flows.PersonID, k flows.ResourceKey, permission string, d time.Duration, _ time.Time) (flows.Explanation, error) {
	if e.explains != nil {
		return *e.explains, nil
	}
	return flows.Explanation{Sentence: fmt.Sprintf("%s asks for %s (%s), %s.", p, k, permission, d), Lines: []flows.Line{
		{Mark: flows.MarkYes, Text: "flow <production>", Lines: []flows.Line{{Text: "your manager decides"}}}}}, e.slow
}

func (e *saysEngine) ExplainRequest(_ context.Context, id flows.RequestID) (flows.Explanation, error) {
	return flows.Explanation{Sentence: id.String() + " is pending."}, nil
}

func (e *saysEngine) CheckDraft(context.Context, flows.PersonID, flows.Draft) error {
	return errors.Join(e.slow, e.wrong)
}

func (e *saysEngine) Ask(_ context.Context, who flows.Actor, d flows.Draft) (*flows.Request, error) {
	e.drafts = append(e.drafts, d)
	e.did = append(e.did, fmt.Sprintf("%s asks %s %s %s %q", who.Person.ID, d.Resource, d.Permission, d.Duration, d.Reason))
	return &flows.Request{ID: 142}, e.wrong
}

func (e *saysEngine) Decide(_ context.Context, who flows.Actor, p flows.Press) (flows.Answer, error) {
	e.presses = append(e.presses, p)
	e.did = append(e.did, fmt.Sprintf("%s decides %s: %v %s %q on %s/%s at %d home=%v", who.Person.ID, p.Request, p.Yes, p.Duration, p.Comment, p.Channel, p.TS, p.Shown, p.FromHome))
	return e.answer, e.wrong
}

func (e *saysEngine) Cancel(_ context.Context, who flows.Actor, id flows.RequestID) (flows.Answer, error) {
	e.did = append(e.did, fmt.Sprintf("%s cancels %s", who.Person.ID, id))
	return e.answer, nil
}

func (e *saysEngine) GiveBack(_ context.Context, who flows.Actor, id flows.GrantID) (flows.Answer, error) {
	e.did = append(e.did, fmt.Sprintf("%s gives back %s", who.Person.ID, id))
	return e.answer, nil
}

func (e *saysEngine) Revoke(_ context.Context, who flows.Actor, id flows.GrantID, why string) (flows.Answer, error) {
	e.did = append(e.did, fmt.Sprintf("%s revokes %s: %s", who.Person.ID, id, why))
	return e.answer, nil
}

func (e *saysEngine) ReleaseBrake(_ context.Context, who flows.Actor, integration, key string) (flows.Answer, error) {
	e.did = append(e.did, fmt.Sprintf("%s releases %s %s", who.Person.ID, integration, key))
	return e.answer, nil
}

func (e *saysEngine) Receive(ctx context.Context, d flows.Deed) (kept *flows.Deed, fresh bool, err error) {
	err = e.store.Change(ctx, func(tx flows.Tx) error {
		kept, fresh, err = tx.AddDeed(&d)
		return err
	})
	if fresh {
		e.deeds = append(e.deeds, kept.ID)
	}
	return kept, fresh, err
}

func (e *saysEngine) Refuse(_ context.Context, a flows.Account, what string, err error) error {
	e.refused = append(e.refused, a.User+" "+what+": "+err.Error())
	return nil
}

// memChat remembers what it was asked to show.
type memChat struct {
	Chat
	did    []string
	shown  map[string]Card // by channel/ts
	forms  []Form
	home   Home
	said   []string // whispers
	unfit  string
	fail   map[string]error // by verb, once
	posted int
}

var errGone = &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: "the message is gone", Cause: flows.ErrNotFound}

func (c *memChat) failing(verb string) error {
	err := c.fail[verb]
	delete(c.fail, verb)
	return err
}

func (c *memChat) Platform() string { return "slack" }
func (c *memChat) Begins() string   { return "/access" }

func (c *memChat) Direct(_ context.Context, a flows.Account) (Address, error) {
	return Address{Platform: "slack", Workspace: a.Workspace, Channel: "D" + a.User}, c.failing("direct")
}

func (c *memChat) Post(_ context.Context, to Address, thread, key string, card Card) (Address, error) {
	if err := c.failing("post"); err != nil {
		return Address{}, err
	}
	c.posted++
	to.TS = fmt.Sprintf("%d", c.posted)
	c.did = append(c.did, strings.TrimSpace(fmt.Sprintf("post %s %s %s", to.Channel, key, thread)))
	c.shown[to.Channel+"/"+to.TS] = card
	return to, nil
}

func (c *memChat) Update(_ context.Context, at Address, card Card) error {
	if err := c.failing("update"); err != nil {
		return err
	}
	c.did = append(c.did, "update "+at.Channel+"/"+at.TS)
	c.shown[at.Channel+"/"+at.TS] = card
	return nil
}

func (c *memChat) Delete(_ context.Context, at Address) error {
	c.did = append(c.did, "delete "+at.Channel+"/"+at.TS)
	delete(c.shown, at.Channel+"/"+at.TS)
	return c.failing("delete")
}

func (c *memChat) Whisper(_ context.Context, _ Address, to flows.Account, card Card) error {
	c.said = append(c.said, to.User+": "+plainLine(card.Preview))
	return nil
}

func (c *memChat) OpenForm(_ context.Context, _ string, f Form) error {
	c.forms = append(c.forms, f)
	return c.failing("open")
}

func (c *memChat) UpdateForm(_ context.Context, ref FormRef, f Form) error {
	c.did = append(c.did, "update form "+ref.ID)
	c.forms = append(c.forms, f)
	return nil
}

func (c *memChat) ShowHome(_ context.Context, _ flows.Account, h Home) error {
	c.home = h
	return nil
}

func (c *memChat) Fit(context.Context, string, string) (string, error) { return c.unfit, nil }
