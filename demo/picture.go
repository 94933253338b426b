package demo

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"hallpass/demo/page"
	"hallpass/sandbox"
	"hallpass/sandbox/jira"
	"hallpass/sandbox/slack"
)

// homeID is the id that the page knows the app's Home by; Slack has none.
const homeID = "home"

// targets are the groups that give access to something, as the page shows them.
var targets = []struct{ id, name, description string }{
	{sandbox.ProdDBGroup, "prod-db", "Read and write on production payments"},
	{sandbox.ProdCacheGroup, "prod-cache", "The production cache of payments"},
	{sandbox.AnalyticsReadGroup, "analytics-read", "Read the staging warehouse"},
}

// rota are the schedules with the level that their people have.
var rota = []struct {
	id, name string
	level    int
}{{sandbox.PrimarySchedule, "SRE primary", 1}, {sandbox.SecondarySchedule, "SRE secondary", 2}}

var commands = []page.Command{
	{Text: "/access", Does: "ask for access"},
	{Text: "/access prod-db for 2h because OPS-1: replay", Does: "the same, filled in"},
	{Text: "/access mine", Does: "what you have and asked for"},
	{Text: "/access pending", Does: "what waits for an answer"},
	{Text: "/access help", Does: "all commands"},
}

// State is the company as one person sees it.
func (w *World) State(as string) page.State {
	you, teams := inTeams(as)
	if !teams {
		you = person(as)
	}
	if you.Slack == "" {
		you = sandbox.Who("Ana")
	}
	s := page.State{
		You: you.Slack, Company: sandbox.TeamName, People: w.people(), Channels: w.channels(you.Slack),
		Home: view(w.company.Slack.Home(you.Slack)), Modal: view(w.company.Slack.View(you.Slack)),
		Outside: w.outside(), Commands: commands,
	}
	s.Chats, s.Chat = []page.Chat{{ID: chatSlack, Name: "Slack"}, {ID: chatTeams, Name: "Teams"}}, chatSlack
	if teams {
		s.Chat, s.Channels, s.Home, s.Modal, s.Commands = chatTeams, w.channelsInTeams(you), nil, w.dialog(you), teamsCommands
	}
	s.Story = w.story(s)
	return s
}

// person finds somebody by the Slack id.
func person(id string) sandbox.Person {
	for _, p := range sandbox.People() {
		if p.Slack == id {
			return p
		}
	}
	return sandbox.Person{}
}

func fullName(p sandbox.Person) string { return p.First + " " + p.Last }

func (w *World) people() []page.Person {
	var out []page.Person
	first := w.company.PagerDuty.OnCall(sandbox.PrimarySchedule)
	for _, p := range sandbox.People() {
		var tags []string
		if p.PagerDuty != "" && slices.Contains(first, p.PagerDuty) {
			tags = append(tags, "on call")
		}
		if p.Guest {
			tags = append(tags, "guest")
		}
		if p.Admin {
			tags = append(tags, "admin")
		}
		dm := w.company.Slack.DM(p.Slack)
		chat := w.company.Teams.DM(p.Teams)
		unread := map[string]int{chatSlack: w.unread(p.Slack, dm, w.company.Slack.Messages(dm)), chatTeams: w.unreadInTeams(p, chat, w.company.Teams.See(p.Teams, chat))}
		out = append(out, page.Person{ID: p.Slack, Name: fullName(p), Title: p.Title, Tags: tags, Zone: p.Zone,
			Unread: unread[chatSlack] + unread[chatTeams], UnreadIn: unread})
	}
	return out
}

// channels are the direct message, what this person is a member of, and Home.
func (w *World) channels(as string) []page.Channel {
	all := []page.Channel{w.channel(as, w.company.Slack.DM(as), "Hallpass", page.Direct)}
	for _, c := range w.company.Slack.Channels() {
		if slices.Contains(c.Members, as) && slices.Contains(c.Members, sandbox.BotUserID) {
			all = append(all, w.channel(as, c.ID, c.Name, kinds[c.ID]))
		}
	}
	slices.SortStableFunc(all, func(a, b page.Channel) int { return order(a.Kind) - order(b.Kind) })
	return append(all, page.Channel{ID: homeID, Name: "Home", Kind: page.Home, Messages: []page.Message{}})
}

var kinds = map[string]page.ChannelKind{sandbox.FeedChannel: page.Feed, sandbox.HelpChannel: page.Help}

// order puts the channels of the story first.
func order(k page.ChannelKind) int {
	known := []page.ChannelKind{page.Direct, page.Feed, page.Help}
	if i := slices.Index(known, k); i >= 0 {
		return i
	}
	return len(known)
}

func (w *World) channel(as, id, name string, kind page.ChannelKind) page.Channel {
	said := w.company.Slack.Messages(id)
	c := page.Channel{ID: id, Name: name, Kind: kind, Unread: w.unread(as, id, said), Messages: []page.Message{}}
	if kind == "" {
		c.Kind = page.Room
	}
	for _, m := range said {
		if m.Ephemeral && m.For != as {
			continue
		}
		c.Messages = append(c.Messages, page.Message{
			TS: m.TS, Thread: m.ThreadTS, From: m.User, App: m.User == sandbox.BotUserID, Text: m.Text, Blocks: m.Blocks,
			Edited: m.Edited, Ephemeral: m.Ephemeral, Posted: posted(m.TS),
		})
	}
	return c
}

// unread counts what others wrote in a channel since this person looked; answers in threads are silent.
func (w *World) unread(as, channel string, said []slack.Message) int {
	w.mu.Lock()
	seen := w.read[seat{as, channel}]
	w.mu.Unlock()
	n := 0
	for _, m := range said {
		silent := m.User == as || m.Ephemeral || m.ThreadTS != "" && m.ThreadTS != m.TS
		if !silent && m.TS > seen {
			n++
		}
	}
	return n
}

// posted reads the time out of a ts: seconds, a dot and a counter.
func posted(ts string) time.Time {
	whole, _, _ := strings.Cut(ts, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// view is a modal or a Home in Slack's own form.
func view(v *slack.View) *page.View {
	if v == nil {
		return nil
	}
	body := map[string]any{"type": v.Type, "blocks": v.Blocks}
	for name, text := range map[string]string{"title": v.Title, "submit": v.Submit, "close": v.Close} {
		if text != "" {
			body[name] = map[string]string{"type": "plain_text", "text": text}
		}
	}
	return &page.View{ID: v.ID, Body: encode(body), Values: encode(v.State)}
}

// encode writes what came out of JSON back into it.
func encode(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return raw
}

func (w *World) outside() page.Outside {
	return page.Outside{
		Clock: page.Clock{Now: w.clock.Now(), Speed: w.clock.Speed()}, Groups: w.groups(), Tickets: w.tickets(),
		Shifts: w.shifts(), Faults: w.faults(),
	}
}

func (w *World) groups() []page.Group {
	names := map[string]string{}
	for _, p := range sandbox.People() {
		names[p.Okta] = fullName(p)
	}
	var out []page.Group
	for _, t := range targets {
		g := page.Group{Name: t.name, Description: t.description, Members: []string{}}
		for _, id := range w.company.Okta.Members(t.id) {
			g.Members = append(g.Members, names[id])
		}
		out = append(out, g)
	}
	return out
}

func (w *World) tickets() []page.Ticket {
	out := []page.Ticket{}
	for _, i := range w.company.Jira.Issues() {
		out = append(out, page.Ticket{Key: i.Key, Status: i.Status, Summary: i.Summary, Comments: comments(i)})
	}
	return out
}

// comments are an issue's comments; where there is none yet, its description stands for them.
func comments(i jira.Issue) []string {
	var out []string
	for _, c := range i.Comments {
		out = append(out, c.Text)
	}
	if len(out) == 0 && i.Description != "" {
		out = append(out, i.Description)
	}
	return out
}

func (w *World) shifts() []page.Shift {
	out := []page.Shift{}
	for _, s := range rota {
		for _, id := range w.company.PagerDuty.OnCall(s.id) {
			for _, p := range sandbox.People() {
				if p.PagerDuty == id {
					out = append(out, page.Shift{Schedule: s.name, Level: s.level, Name: fullName(p)})
				}
			}
		}
	}
	return out
}
