package demo

import (
	"fmt"
	"strings"

	"hallpass/demo/page"
	"hallpass/sandbox"
)

// The story is told from what the stand-ins show: who has a card with an
// Approve on it, who came into a group through the API and went out again.

// given is one access that Hallpass gave: who has it, and on what.
type given struct{ holder, group string }

// story is where the story stands and what to do next, for the person of this picture.
func (w *World) story(s page.State) page.Story {
	running, before := w.givenByAPI()
	asked := w.deciders()
	you := person(s.You)
	switch {
	case len(asked) > 0:
		return page.Story{Steps: steps(1), Hint: decideHint(you, asked)}
	case len(running) > 0:
		return page.Story{Steps: steps(2), Hint: holdHint(you, running[len(running)-1], s.Outside.Clock.Speed)}
	case before:
		return page.Story{Steps: steps(4), Hint: &page.Hint{
			Text: "It is over: the group on the right lists nobody extra. The feed has the whole story.",
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

// givenByAPI reads Okta's own history: what was given over the API and still runs, and whether anything was before.
func (w *World) givenByAPI() (running []given, before bool) {
	open := map[given]bool{}
	var order []given
	for _, c := range w.company.Okta.History() {
		if !c.ByAPI {
			continue
		}
		g := given{c.User, c.Group}
		if c.Added && !open[g] {
			order = append(order, g)
		}
		open[g] = c.Added
		before = true
	}
	for _, g := range order {
		if open[g] && w.company.Okta.IsMember(g.group, g.holder) {
			running = append(running, g)
		}
	}
	return running, before
}

// deciders are the people in front of a card with an Approve on it, by Slack id, in the order of People.
func (w *World) deciders() []sandbox.Person {
	var out []sandbox.Person
	for _, p := range sandbox.People() {
		if w.hasApprove(p.Slack) {
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

func holdHint(you sandbox.Person, g given, speed int) *page.Hint {
	holder := sandbox.Person{}
	for _, p := range sandbox.People() {
		if p.Okta == g.holder {
			holder = p
		}
	}
	name := "it"
	for _, t := range targets {
		if t.id == g.group {
			name = t.name
		}
	}
	switch {
	case you.Okta != g.holder:
		return become(holder, fmt.Sprintf("%s has %s now: see the group on the right. Be %s to give it back.", holder.First, name, holder.First))
	case speed > 1:
		return &page.Hint{Text: "Time runs: a warning comes before the end, and then it is taken back. Or press Give back now."}
	}
	return &page.Hint{
		Text: fmt.Sprintf("You have %s: see the group on the right. Press Give back, or let time run to its end.", name),
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
