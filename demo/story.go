package demo

import (
	"fmt"
	"slices"
	"strings"

	"hallpass/demo/page"
	"hallpass/sandbox"
)

// The story is told from what the stand-ins show: who has a card with an
// Approve on it, who came into a group through the API and went out again.

// given is one access that Hallpass gave: who has it, and on what.
type given struct{ holder, group string }

func (g given) who() sandbox.Person {
	for _, p := range sandbox.People() {
		if p.Okta == g.holder {
			return p
		}
	}
	return sandbox.Person{}
}

func (g given) what() string {
	for _, t := range targets {
		if t.id == g.group {
			return t.name
		}
	}
	return "another group"
}

// story is where the story stands and what to do next, for the person of this picture.
func (w *World) story(s page.State) page.Story {
	running, last := w.givenByAPI()
	asked := w.deciders()
	you := person(s.You)
	switch {
	case len(asked) > 0:
		return page.Story{Steps: steps(1), Hint: w.elsewhere(s.Chat, decideHint(you, asked), you, asked)}
	case len(running) > 0:
		return page.Story{Steps: steps(2), Hint: holdHint(you, running[len(running)-1], s.Outside.Clock.Speed)}
	case last != given{}:
		return page.Story{Steps: steps(4), Hint: &page.Hint{
			Text: fmt.Sprintf("It is over: Okta no longer lists %s in %s. The feed has the whole story.", last.who().First, last.what()),
			Do:   page.DoGo, Button: "See the feed", Channel: sandbox.FeedChannel,
		}}
	}
	return page.Story{Steps: steps(0), Hint: askHint(you)}
}

func steps(done int) []page.Step {
	var out []page.Step
	for i, title := range []string{"Ask for access", "The right people agree", "Access is given", "Access is taken back"} {
		out = append(out, page.Step{Title: title, Done: i < done})
	}
	return out
}

// givenByAPI reads Okta's own history: what was given over the API and still runs, and what was given last.
func (w *World) givenByAPI() (running []given, last given) {
	open := map[given]bool{}
	var order []given
	for _, c := range w.company.Okta.History() {
		if !c.ByAPI {
			continue
		}
		g := given{c.User, c.Group}
		if c.Added {
			order, last = append(order, g), g
		}
		open[g] = c.Added
	}
	for _, g := range slices.Compact(order) {
		if open[g] && w.company.Okta.IsMember(g.group, g.holder) {
			running = append(running, g)
		}
	}
	return running, last
}

// deciders are the people in front of a card with an Approve on it, by Slack id, in the order of People.
func (w *World) deciders() []sandbox.Person {
	var out []sandbox.Person
	for _, p := range sandbox.People() {
		if w.hasApprove(p.Slack) || w.mayApproveInTeams(p) {
			out = append(out, p)
		}
	}
	return out
}

func (w *World) hasApprove(id string) bool {
	found := false
	for _, m := range w.company.Slack.Messages(w.company.Slack.DM(id)) {
		elementsOf(m.Blocks, func(_ string, e element) {
			found = found || e.Type == "button" && strings.HasPrefix(string(e.Text), "Approve")
		})
	}
	return found
}

func askHint(you sandbox.Person) *page.Hint {
	if you.Name == "Ana" {
		return &page.Hint{Text: "You are Ana, an engineer, and need the production database for a while.", Do: page.DoAsk, Button: "Ask for access"}
	}
	return become(sandbox.Who("Ana"), "The story begins with Ana, who needs the production database.")
}

func decideHint(you sandbox.Person, asked []sandbox.Person) *page.Hint {
	for _, p := range asked {
		if p.Slack == you.Slack {
			return &page.Hint{Text: "A request waits for you: read the card, then press Approve."}
		}
	}
	p := asked[0]
	return become(p, fmt.Sprintf("Now be %s, %s: a request waits there for a yes.", p.First, article(p.Title)))
}

// elsewhere leads to the chat in which the card stands, where it stands in one only.
func (w *World) elsewhere(chat string, h *page.Hint, you sandbox.Person, asked []sandbox.Person) *page.Hint {
	p := asked[0]
	for _, other := range asked {
		if other.Slack == you.Slack {
			p = you
		}
	}
	slack, teams := w.hasApprove(p.Slack), w.mayApproveInTeams(p)
	switch {
	case p.Slack != you.Slack && teams && !slack:
		h.As = p.Slack + onTeams
	case p.Slack == you.Slack && chat == chatSlack && teams && !slack:
		return &page.Hint{Text: "A request waits for you in Teams.", Do: page.DoBecome, Button: "Open Teams", As: p.Slack + onTeams}
	case p.Slack == you.Slack && chat == chatTeams && slack && !teams:
		return &page.Hint{Text: "A request waits for you in Slack.", Do: page.DoBecome, Button: "Open Slack", As: p.Slack}
	}
	return h
}

func holdHint(you sandbox.Person, g given, speed int) *page.Hint {
	switch {
	case you.Okta != g.holder:
		holder := g.who()
		return become(holder, fmt.Sprintf("Okta lists %s in %s now. Be %s to give it back.", holder.First, g.what(), holder.First))
	case speed > 1:
		return &page.Hint{Text: "Time runs: a warning comes before the end, and then it is taken back. Or press Give back now."}
	}
	return &page.Hint{
		Text: fmt.Sprintf("Okta lists you in %s now. Press Give back, or let time run to its end.", g.what()),
		Do:   page.DoFaster, Button: fmt.Sprintf("%d times faster", FastSpeed),
	}
}

func become(p sandbox.Person, text string) *page.Hint {
	return &page.Hint{Text: text, Do: page.DoBecome, Button: "Be " + p.First, As: p.Slack}
}

// article puts a or an before a title, in lower case.
func article(title string) string {
	title = strings.ToLower(title)
	if strings.ContainsAny(title[:1], "aeiou") {
		return "an " + title
	}
	return "a " + title
}
