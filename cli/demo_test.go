package cli

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"hallpass/app"
	"hallpass/demo"
	"hallpass/demo/page"
	"hallpass/sandbox"
)

// visitor plays one person of the demo's company through the page's own deeds, while Hallpass runs.
type visitor struct {
	*testing.T
	w  *demo.World
	as string
}

func visit(t *testing.T) *visitor {
	t.Helper()
	clock := app.NewClock(time.Time{})
	company, err := sandbox.Start(sandbox.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = company.Close() }) // what it says was looked at elsewhere
	c := &demoCommand{Log: "error"}
	a, err := c.hallpass(t.Context(), t.TempDir(), company, clock, nil, streams{out: io.Discard, err: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	company.Teams.SetBotURL(a.TeamsURL())
	ran := make(chan error, 1)
	go func() { ran <- a.Run(t.Context()) }()
	t.Cleanup(func() {
		if err := <-ran; err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if list := company.Teams.Problems(); len(list) > 0 {
			t.Errorf("Teams would complain:\n%s", strings.Join(list, "\n"))
		}
	})
	return &visitor{T: t, w: demo.NewWorld(company, clock)}
}

// sits makes the visitor somebody in front of a chat.
func (v *visitor) sits(who, chat string) {
	v.Helper()
	v.as = sandbox.Who(who).Slack
	if chat != "slack" {
		v.as += "/" + chat
	}
	v.must(v.w.OpenChat(v.Context(), v.as))
	if got := v.w.State(v.as).Chat; got != chat {
		v.Fatalf("%s sits in front of %q", who, got)
	}
}

func (v *visitor) must(err error) {
	v.Helper()
	if err != nil {
		v.Fatal(err)
	}
}

// until waits for a picture.
func (v *visitor) until(what string, holds func(page.State) bool) {
	v.Helper()
	changed, stop := v.w.Subscribe()
	defer stop()
	patience := time.After(20 * time.Second)
	for !holds(v.w.State(v.as)) {
		select {
		case <-changed:
		case <-patience:
			v.Fatalf("not in time: %s; %s sees %+v", what, v.as, v.w.State(v.as).Channels[0])
		}
	}
}

// newest finds the newest message with these words in the person's own chat.
func (v *visitor) newest(words string) (m page.Message) {
	v.Helper()
	v.until("a message with "+words, func(s page.State) bool {
		for _, said := range s.Channels[0].Messages {
			if strings.Contains(string(said.Card), words) {
				m = said
			}
		}
		return m.TS != ""
	})
	return m
}

// press presses a button of the newest message with these words, or of the dialog for none.
func (v *visitor) press(words, button string, fields map[string]any) {
	v.Helper()
	at := page.Spot{View: "dialog", Action: button}
	if words != "" {
		at = page.Spot{Channel: v.w.State(v.as).Channels[0].ID, TS: v.newest(words).TS, Action: button}
	}
	value, err := json.Marshal(fields)
	v.must(err)
	_, err = v.w.Press(v.Context(), v.as, at, value)
	v.must(err)
}

func TestTheDemoIsPlayedOnTeams(t *testing.T) {
	v := visit(t)
	v.sits("Caro", "teams")
	v.sits("Finn", "teams")
	v.must(v.w.Shortcut(v.Context(), v.as))
	v.press("Ask for access", "Ask for access #1", nil)
	found, err := v.w.Options(v.Context(), v.as, page.Spot{View: "dialog", Block: "resource"}, "prod-d")
	v.must(err)
	if len(found) != 1 || !strings.HasPrefix(found[0].Text, "prod-db") {
		t.Fatalf("offered %+v", found)
	}
	chosen, err := json.Marshal([]string{found[0].Value})
	v.must(err)
	v.must(v.w.Fill(v.Context(), v.as, page.Spot{View: "dialog", Block: "resource"}, chosen))
	v.press("", "Show choices", nil)
	v.press("", "Ask", map[string]any{"reason": "OPS-77: the index is broken"})
	v.until("the dialog is closed", func(s page.State) bool { return s.Modal == nil })

	v.as = sandbox.FinnSlack // in front of Slack, where nothing waits
	v.until("the page leads to Caro, in Teams", func(s page.State) bool { return s.Story.Hint != nil && s.Story.Hint.As == sandbox.CaroSlack+"/teams" })
	v.sits("Caro", "slack")
	v.until("Caro is led to Teams", func(s page.State) bool {
		return s.Story.Hint.Button == "Open Teams" && s.People[2].UnreadIn["teams"] > 0
	})
	v.sits("Caro", "teams")
	v.press("OPS-77: the index is broken", "Approve, 1 h", nil)
	v.newest("Approved by you")
	v.must(v.w.Read(v.Context(), v.as, v.w.State(v.as).Channels[0].ID, v.newest("Approved by you").TS))
	if n := v.w.State(v.as).People[2].UnreadIn["teams"]; n != 0 {
		t.Errorf("Caro still has %d unread in Teams", n)
	}
	v.sits("Ben", "slack")
	v.until("Ben is asked in Slack", func(s page.State) bool { return s.People[1].UnreadIn["slack"] > 0 })
}

func TestAButtonInTeamsIsPressedByItsPlace(t *testing.T) {
	v := visit(t)
	v.sits("Ana", "teams")
	v.must(v.w.Say(v.Context(), v.as, v.w.State(v.as).Channels[0].ID, "help"))
	m := v.newest("Ask for access")
	at := page.Spot{Channel: v.w.State(v.as).Channels[0].ID, TS: m.TS, Action: "Ask for access #2"}
	if _, err := v.w.Press(v.Context(), v.as, at, nil); err == nil || !strings.Contains(err.Error(), "no button") {
		t.Errorf("a second button where there is one: %v", err)
	}
	at.Action = "Ask for access #1"
	if _, err := v.w.Press(v.Context(), v.as, at, nil); err != nil {
		t.Error(err)
	}
	v.until("the form is open", func(s page.State) bool { return s.Modal != nil && s.Modal.ID == "dialog" })
	v.must(v.w.CloseView(v.Context(), v.as, "dialog"))
	v.until("the form is closed", func(s page.State) bool { return s.Modal == nil })
}
