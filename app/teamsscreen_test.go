package app_test

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"hallpass/sandbox"
	"hallpass/sandbox/teams"
)

// teamsScreen is Microsoft Teams in front of a town's people.
type teamsScreen struct{ w *town }

func (s teamsScreen) begins() string                    { return "access" }
func (s teamsScreen) account(who sandbox.Person) string { return who.Teams }

func (s teamsScreen) of(who sandbox.Person) teams.Screen { return s.w.c.Teams.Screen(who.Teams) }

// calls writes in the personal chat; a guest, who cannot have one, by a mention in the team.
func (s teamsScreen) calls(who sandbox.Person, command string) string {
	s.w.Helper()
	where := s.w.c.Teams.DM(who.Teams)
	at := ""
	if who.Guest {
		where, at = sandbox.TeamsTeam, sandbox.TeamsTeam
	}
	before := s.from(who, where)
	if err := s.of(who).Says(s.w.Context(), at, "access "+command); err != nil {
		s.w.Fatal(err)
	}
	said := ""
	s.wait(who.Name+" is answered", func() bool {
		for _, m := range s.from(who, where)[len(before):] {
			if said == "" {
				said = plainClock(s.w.c.Teams.TextFor(m, who.Teams))
			}
		}
		return said != ""
	})
	return said
}

// from are the messages of Hallpass that somebody sees in a conversation.
func (s teamsScreen) from(who sandbox.Person, where string) []teams.Message {
	return slices.DeleteFunc(s.w.c.Teams.See(who.Teams, where), func(m teams.Message) bool { return m.User != "" })
}

func (s teamsScreen) opens(who sandbox.Person, want string) {
	s.w.Helper()
	if said := s.calls(who, want); !has(said, "[ Ask for access ]") {
		s.w.Fatalf("%s writes access %s and reads: %s", who.Name, want, said)
	}
	keys := s.messages(who)
	s.presses(who, keys[len(keys)-1], "Ask for access")
	if s.form(who) == "" {
		s.w.Fatalf("%s has no form", who.Name)
	}
}

func (s teamsScreen) form(who sandbox.Person) string { return s.of(who).Form() }

func (s teamsScreen) fills(who sandbox.Person, field, text string) {
	s.w.Helper()
	if err := s.of(who).Fills(s.w.Context(), field, text); err != nil {
		s.w.Fatalf("%s fills %s: %v", who.Name, field, err)
	}
}

func (s teamsScreen) looks(who sandbox.Person) {
	s.w.Helper()
	if _, err := s.of(who).Submits(s.w.Context(), "Show choices"); err != nil {
		s.w.Fatalf("%s has the choices shown: %v", who.Name, err)
	}
}

func (s teamsScreen) sends(who sandbox.Person) string {
	s.w.Helper()
	button := ""
	for _, words := range []string{"Ask", "Approve", "Deny", "Revoke"} {
		if strings.Contains(s.form(who), "[ "+words+" ]") {
			button = words
		}
	}
	if _, err := s.of(who).Submits(s.w.Context(), button); err != nil {
		s.w.Fatalf("%s sends the form: %v", who.Name, err)
	}
	return s.form(who)
}

func (s teamsScreen) messages(who sandbox.Person) []string {
	var keys []string
	for _, m := range s.from(who, s.w.c.Teams.DM(who.Teams)) {
		keys = append(keys, m.Conversation+" "+m.ID)
	}
	return keys
}

// reads has the clock as Slack shows it: Teams writes it in the manner of the reader's language, and the seconds beside it.
func (s teamsScreen) reads(who sandbox.Person, key string) string {
	return plainly(plainClock(s.of(who).Reads(key)))
}

var (
	withSeconds = regexp.MustCompile(`\d+:\d\d [AP]M \((\d\d:\d\d:\d\d) UTC\)`)
	halfDay     = regexp.MustCompile(`\d+:\d\d [AP]M`)
)

func plainClock(text string) string {
	text = strings.ReplaceAll(text, "Tue, Nov 3, 2026", "tomorrow") // which Teams does not say
	return halfDay.ReplaceAllStringFunc(withSeconds.ReplaceAllString(text, "$1"), func(at string) string {
		t, err := time.Parse("3:04 PM", at)
		if err != nil {
			return at
		}
		return t.Format("15:04")
	})
}

func (s teamsScreen) presses(who sandbox.Person, key, button string) {
	s.w.Helper()
	if _, err := s.of(who).Presses(s.w.Context(), key, button); err != nil {
		s.w.Fatalf("%s presses %s: %v", who.Name, button, err)
	}
}

func (s teamsScreen) saw(who sandbox.Person, key, button string) func() {
	s.w.Helper()
	where, id, _ := strings.Cut(key, " ")
	seen, found := s.w.c.Teams.Message(where, id)
	if !found {
		s.w.Fatalf("%s has no message %s", who.Name, key)
	}
	return func() {
		s.w.Helper()
		if _, err := s.w.c.Teams.PressStale(s.w.Context(), who.Teams, seen, button); err != nil {
			s.w.Fatal(err)
		}
	}
}

// lends sends what the owner's press would send, from another's own chat: Teams shows nobody else's.
func (s teamsScreen) lends(owner sandbox.Person, key, button string, to sandbox.Person) {
	s.w.Helper()
	where, id, _ := strings.Cut(key, " ")
	payload, err := s.w.c.Teams.Payload(owner.Teams, where, id, button)
	if err != nil {
		s.w.Fatal(err)
	}
	fields := map[string]any{"name": payload["name"], "value": payload["value"], "replyToId": payload["replyToId"]}
	if _, err := s.w.c.Teams.PressForged(s.w.Context(), to.Teams, fields); err != nil {
		s.w.Fatal(err)
	}
}

func (s teamsScreen) repeats(times int) { s.w.c.Teams.Duplicate(times) }

// feed is the newest line of a request in the channel, with its thread.
func (s teamsScreen) feed(request string) string {
	list := s.w.c.Teams.Messages(sandbox.TeamsFeedChannel)
	for _, m := range slices.Backward(list) {
		text := plainClock(s.w.c.Teams.Text(m))
		if m.Thread != m.ID || !strings.HasPrefix(text, request+" ") {
			continue
		}
		for _, r := range list {
			if r.Thread == m.ID && r.ID != m.ID {
				text += "\n └ " + plainClock(s.w.c.Teams.Text(r))
			}
		}
		return text
	}
	return ""
}

func (s teamsScreen) alarms() []string {
	var out []string
	for _, m := range s.w.c.Teams.Messages(sandbox.TeamsAuditChannel) {
		out = append(out, s.w.c.Teams.TextFor(m, sandbox.EveTeams))
	}
	return out
}

func (s teamsScreen) wait(what string, ready func() bool) {
	s.w.Helper()
	s.w.until(what, s.w.c.Teams.Wait, ready)
}
