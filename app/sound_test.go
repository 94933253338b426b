package app_test

import (
	"strings"
	"testing"

	"hallpass/app"
	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/sandbox/slack"
	"hallpass/store"
)

// acme starts the stand-ins, which end with the test. What is nil leaves the workspace as it is.
func acme(t *testing.T, clock *app.Clock, workspace func(*slack.Options)) *sandbox.Company {
	t.Helper()
	c, err := sandbox.Start(sandbox.Options{Now: clock.Now, Slack: workspace})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// opened is a database, in which Hallpass may be at work.
func opened(t *testing.T, dsn string, clock flows.Clock) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{DSN: dsn, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// sound asserts what holds at the end of every story: the log is whole, and no work was forgotten. It gives the number of entries.
func (p *people) sound(st *store.Store, clock flows.Clock) int64 {
	p.Helper()
	entries, err := st.Verify(p.Context())
	if err != nil {
		p.Error(err)
	}
	found, err := flows.NewEngine(st, clock, flows.Outside{}, flows.Settings{}, nil).Sweep(p.Context())
	if err != nil || len(found) > 0 {
		p.Errorf("work that nobody wrote down: %v %v", found, err)
	}
	return entries
}

// unnoticed asserts that Slack saw nothing for which it would punish an app.
func (p *people) unnoticed() {
	p.Helper()
	if list := p.c.Slack.Problems(); len(list) > 0 {
		p.Errorf("Slack noticed: %s", strings.Join(list, "\n"))
	}
}

// channels are those in which Hallpass speaks.
func (p *people) channels() []string {
	out := []string{sandbox.FeedChannel, sandbox.AuditChannel}
	for _, who := range sandbox.People() {
		out = append(out, p.c.Slack.DM(who.Slack))
	}
	return out
}

// posted are the keys of all messages of Hallpass that stand.
func (p *people) posted() []string {
	var out []string
	for _, ch := range p.channels() {
		for _, m := range p.c.Slack.Messages(ch) {
			if key := keyOf(m); key != "" {
				out = append(out, key)
			}
		}
	}
	return out
}

// drawn asserts that every post shows what it should, and gives them all.
func (p *people) drawn(tx flows.Tx) []*flows.Post {
	p.Helper()
	posts, err := tx.Posts(flows.PostFilter{})
	if err != nil {
		p.Error(err)
	}
	for _, post := range posts {
		if post.TS == "" || post.Drawn < post.Wanted {
			p.Errorf("the post %s is not drawn: %+v", post.Key, post)
		}
	}
	return posts
}
