package app_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hallpass/sandbox"
)

// screen is one chat, as the people in front of it use it. Buttons, fields and choices go by the words on them, and a message by its key.
type screen interface {
	// begins is how a command begins there.
	begins() string
	// account is somebody's id there, as the log has it.
	account(who sandbox.Person) string
	// calls types a command, from wherever the person can, and gives what they read in answer.
	calls(who sandbox.Person, command string) string
	// opens types what somebody wants, and has the form in front of them.
	opens(who sandbox.Person, want string)
	// form is what stands in the form in front of somebody, empty when there is none.
	form(who sandbox.Person) string
	fills(who sandbox.Person, field, text string)
	// looks has the form show what goes with what was chosen, where the chat does not do so by itself.
	looks(who sandbox.Person)
	// sends the form in front of them and gives the form that is there then, empty when it closed.
	sends(who sandbox.Person) string
	// messages are the keys of what Hallpass has written to somebody, the oldest first.
	messages(who sandbox.Person) []string
	reads(who sandbox.Person, key string) string
	presses(who sandbox.Person, key, button string)
	// saw is a button of a message as it is now, to be pressed later on a screen that has not moved on.
	saw(who sandbox.Person, key, button string) (press func())
	// lends presses a button of one person's message as another, as if they had it on their screen.
	lends(owner sandbox.Person, key, button string, to sandbox.Person)
	// repeats delivers everything that people do so often.
	repeats(times int)
	// feed is the line of a request in the channel, with its thread; alarms are what the admins were told.
	feed(request string) string
	alarms() []string
	// wait waits for something to come true on the screens.
	wait(what string, ready func() bool)
}

// play is a town whose people use one chat only.
type play struct {
	*town
	on screen
}

// chats are the chats that every scenario is played on, each of them alone.
var chats = map[string]func(t *testing.T, p plan) *play{
	"slack": func(t *testing.T, p plan) *play {
		w := settle(t, p)
		return &play{w, slackScreen{w}}
	},
	"teams": func(t *testing.T, p plan) *play {
		w := onTeams(t, p)
		return &play{w, teamsScreen{w}}
	},
}

// onTeams is a town without Slack. Everybody of the company has the app, and so has the team with the channels.
func onTeams(t *testing.T, p plan) *town {
	t.Helper()
	p.teams, p.alone = true, true
	w := settle(t, p)
	w.c.Teams.SetBotURL(w.app.TeamsURL())
	install := func(who sandbox.Person, where string) {
		if err := w.c.Teams.Install(t.Context(), who.Teams, where); err != nil {
			t.Fatal(err)
		}
	}
	install(eve, sandbox.TeamsTeam)
	for _, who := range sandbox.People() {
		if !who.Guest {
			install(who, w.c.Teams.DM(who.Teams))
			w.getsOnTeams(who, "Ask for access", "access")
		}
	}
	return w
}

var slackSection = regexp.MustCompile(`(?m)^slack:\n(  .*\n)+`)

// withTeamsAlone is the configuration with Teams in the place of Slack.
func (w *town) withTeamsAlone(text string) string {
	text = slackSection.ReplaceAllString(w.withTeams(text), "")
	text = strings.Replace(text, "  link: {attribute: entraId}\n", fmt.Sprintf("  feed_channel: %q\n  audit_channel: %q\n", sandbox.TeamsFeedChannel, sandbox.TeamsAuditChannel), 1)
	return strings.Replace(text, "link: {attribute: slackId}", "link: {attribute: entraId}", 1)
}

func (w *town) writeTeamsSecret() error {
	return os.WriteFile(w.dir+"/secrets/teams-secret", []byte(sandbox.TeamsSecret), 0o600)
}

// find is the newest message of somebody with all of these words.
func (s *play) find(who sandbox.Person, words ...string) (key string, found bool) {
	for _, key := range slices.Backward(s.on.messages(who)) {
		if has(s.on.reads(who, key), words...) {
			return key, true
		}
	}
	return "", false
}

// gets waits for a message with all of these words and gives its key.
func (s *play) gets(who sandbox.Person, words ...string) (key string) {
	s.Helper()
	s.await(who, who.Name+" gets a message with "+strings.Join(words, ", "), func() (ok bool) { key, ok = s.find(who, words...); return ok })
	return key
}

// becomes waits until a message has these words.
func (s *play) becomes(who sandbox.Person, key string, words ...string) {
	s.Helper()
	s.await(who, who.Name+"'s message has "+strings.Join(words, ", "), func() bool { return has(s.on.reads(who, key), words...) })
}

// await waits for something on somebody's screen, and shows the screen when it does not come.
func (s *play) await(who sandbox.Person, what string, ready func() bool) {
	s.Helper()
	defer func() {
		if s.Failed() {
			for _, key := range s.on.messages(who) {
				s.Logf("── %s, %s ──\n%s", who.Name, key, s.on.reads(who, key))
			}
		}
	}()
	s.on.wait(what, ready)
}

// presses a button of the message with these words.
func (s *play) presses(who sandbox.Person, button string, words ...string) (key string) {
	s.Helper()
	key = s.gets(who, append(words, "[ "+button+" ]")...)
	s.on.presses(who, key, button)
	return key
}

// asks types what somebody wants and sends the form that it fills in.
func (s *play) asks(who sandbox.Person, want string) {
	s.Helper()
	s.on.opens(who, want)
	s.sends(who)
}

// sends the form in front of somebody, which is to be taken.
func (s *play) sends(who sandbox.Person) {
	s.Helper()
	if left := s.on.sends(who); left != "" {
		s.Fatalf("%s sends a form and still has\n%s", who.Name, left)
	}
}

// tells waits until the feed tells of a request with these words.
func (s *play) tells(request string, words ...string) {
	s.Helper()
	s.on.wait("the feed tells "+strings.Join(words, ", ")+" of "+request, func() bool { return has(s.on.feed(request), words...) })
}

// agreed is a request of Ana's that Caro and Ben agree to, up to the card that says she has it.
func (s *play) agreed(request, span string) (card string) {
	s.Helper()
	s.asks(ana, "prod-db for "+span+" because OPS-1: replay failed payments")
	s.presses(caro, "Approve, 1 h", request+" ·")
	s.presses(ben, "Approve, 1 h", request+" ·")
	return s.gets(ana, request+" · You have prod-db", "[ Give back ]")
}

// quiet asserts that the admins were told nothing, done that nobody has anything to complain of.
func (s *play) quiet() {
	s.Helper()
	if list := s.on.alarms(); len(list) > 0 {
		s.Errorf("the admins were told:\n%s", strings.Join(list, "\n"))
	}
}

func (s *play) done() {
	s.Helper()
	s.town.done()
	s.noProblemsOnTeams()
}

// shows asserts all that a message says.
func (s *play) shows(who sandbox.Person, key string, lines ...string) {
	s.Helper()
	if text := s.on.reads(who, key); text != strings.Join(lines, "\n") {
		s.Errorf("%s sees\n%s\nwant\n%s", who.Name, text, strings.Join(lines, "\n"))
	}
}

// plainly is text without what only sets it apart on one screen or the other: bars beside quotations and wide gaps.
func plainly(text string) string {
	return wideGap.ReplaceAllString(strings.ReplaceAll(text, "┃ ", ""), " ")
}

var wideGap = regexp.MustCompile("[ \u2003]{2,}|\u2003")
