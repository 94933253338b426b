package demo

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hallpass/demo/page"
	"hallpass/sandbox"
)

// handClock stands still unless told.
type handClock struct {
	mu    sync.Mutex
	now   time.Time
	speed int
}

func (c *handClock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }
func (c *handClock) Speed() int     { c.mu.Lock(); defer c.mu.Unlock(); return c.speed }
func (c *handClock) SetSpeed(n int) { c.mu.Lock(); defer c.mu.Unlock(); c.speed = n }

func acme(t *testing.T) *World {
	t.Helper()
	clock := &handClock{now: time.Date(2026, 3, 17, 12, 25, 0, 0, time.UTC), speed: 1}
	company, err := sandbox.Start(sandbox.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := company.Close(); err != nil {
			t.Error(err)
		}
	})
	return NewWorld(company, clock)
}

// membership changes a group over Okta's API, as Hallpass would.
func (w *World) membership(t *testing.T, method, group, user string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.company.Okta.URL()+"/api/v1/groups/"+group+"/users/"+user, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "SSWS "+sandbox.OktaToken)
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	if got.StatusCode != http.StatusNoContent {
		t.Fatalf("%s %s: %s", method, r.URL, got.Status)
	}
}

func channelNames(s page.State) []string {
	var out []string
	for _, c := range s.Channels {
		out = append(out, string(c.Kind)+" "+c.Name)
	}
	return out
}

func TestEverybodySeesTheirOwnChannels(t *testing.T) {
	w := acme(t)
	for who, want := range map[string][]string{
		"Ana": {"direct Hallpass", "feed access-feed", "help access-help", "home Home"},
		"Eve": {"direct Hallpass", "feed access-feed", "help access-help", "room access-audit", "home Home"},
		"Gus": {"direct Hallpass", "help access-help", "home Home"},
	} {
		if got := channelNames(w.State(sandbox.Who(who).Slack)); !slices.Equal(got, want) {
			t.Errorf("%s sees %q, want %q", who, got, want)
		}
	}
	if s := w.State("nobody"); s.You != sandbox.AnaSlack {
		t.Errorf("a stranger is %s, want Ana", s.You)
	}
}

func TestThePeopleAndTheWorldBeside(t *testing.T) {
	s := acme(t).State("")
	tags := map[string][]string{}
	for _, p := range s.People {
		tags[p.Name] = p.Tags
	}
	want := map[string][]string{
		"Ana Silva": nil, "Ben Okafor": {"on call"}, "Caro Lind": nil, "Dev Patel": nil, "Eve Moreau": {"admin"}, "Finn Berg": nil, "Gus Conrad": {"guest"},
	}
	if !reflect.DeepEqual(tags, want) {
		t.Errorf("tags are %v, want %v", tags, want)
	}
	if !reflect.DeepEqual(s.Outside.Shifts, []page.Shift{
		{Schedule: "SRE primary", Level: 1, Name: "Ben Okafor"}, {Schedule: "SRE secondary", Level: 2, Name: "Dev Patel"},
	}) {
		t.Errorf("shifts are %+v", s.Outside.Shifts)
	}
	if g := s.Outside.Groups[2]; g.Name != "analytics-read" || !slices.Equal(g.Members, []string{"Finn Berg"}) {
		t.Errorf("the third group is %+v", g)
	}
	if i := s.Outside.Tickets[0]; i.Key != sandbox.AnasIssue || i.Status != "In Progress" {
		t.Errorf("the ticket is %+v", i)
	}
}

func TestWithoutAnAppAPersonIsToldSo(t *testing.T) {
	w := acme(t)
	const want = "Hallpass did not answer. Slack calls it dispatch_failed. Try again."
	for what, err := range map[string]error{
		"a command":    w.Slash(t.Context(), sandbox.AnaSlack, homeID, "/access"),
		"the shortcut": w.Shortcut(t.Context(), sandbox.AnaSlack),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := w.Fill(t.Context(), sandbox.AnaSlack, page.Spot{View: "V0"}, nil); err != errClosedForm {
		t.Errorf("filling a form that is not there: %v", err)
	}
}

func TestWhatIsUnreadUntilSeen(t *testing.T) {
	w := acme(t)
	if err := w.Say(t.Context(), sandbox.AnaSlack, sandbox.HelpChannel, "who owns prod-db?"); err != nil {
		t.Fatal(err)
	}
	help := func(who string) page.Channel { return w.State(sandbox.Who(who).Slack).Channels[2] }
	if n := help("Ana").Unread; n != 0 {
		t.Errorf("Ana has %d unread of her own", n)
	}
	c := help("Ben")
	if c.Unread != 1 || c.Messages[0].From != sandbox.AnaSlack || !strings.HasSuffix(c.Messages[0].Text, "who owns prod-db?") {
		t.Fatalf("Ben sees %+v", c)
	}
	if !c.Messages[0].Posted.Equal(w.clock.Now()) {
		t.Errorf("posted at %v", c.Messages[0].Posted)
	}
	if err := w.Read(t.Context(), sandbox.BenSlack, c.ID, c.Messages[0].TS); err != nil {
		t.Fatal(err)
	}
	if help("Ben").Unread != 0 || help("Caro").Unread != 1 {
		t.Error("reading is not one person's own")
	}
}

func TestBreakingAndMending(t *testing.T) {
	w := acme(t)
	answers := func() bool {
		got, err := http.Get(w.company.Okta.URL() + "/api/v1/groups")
		if err == nil {
			got.Body.Close()
		}
		return err == nil
	}
	for _, on := range []bool{true, true, false} {
		if err := w.SetFault("okta", on); err != nil {
			t.Fatal(err)
		}
		if answers() == on || w.State("").Outside.Faults[0].On != on {
			t.Errorf("down is %v, and Okta answers: %v", on, answers())
		}
	}
	if err := w.SetFault("gap", true); err != nil {
		t.Fatal(err)
	}
	if s := w.State("").Outside.Shifts; len(s) != 1 || s[0].Schedule != "SRE secondary" {
		t.Errorf("with a gap the shifts are %+v", s)
	}
	if err := w.SetFault("gap", false); err != nil {
		t.Fatal(err)
	}
	if s := w.State("").Outside.Shifts; len(s) != 2 || s[0].Name != "Ben Okafor" {
		t.Errorf("after the gap the shifts are %+v", s)
	}
	if err := w.SetFault("moon", true); err == nil || err.Error() != `There is nothing called "moon" to break.` {
		t.Errorf("an unknown fault: %v", err)
	}
}

func TestTimeRunsFasterAndEverybodyIsTold(t *testing.T) {
	w := acme(t)
	changed, stop := w.Subscribe()
	defer stop()
	if err := w.SetSpeed(FastSpeed); err != nil {
		t.Fatal(err)
	}
	<-changed
	if got := w.State("").Outside.Clock; got.Speed != FastSpeed || !got.Now.Equal(w.clock.Now()) {
		t.Errorf("the clock is %+v", got)
	}
	if err := w.SetSpeed(7); err == nil || w.clock.Speed() != FastSpeed {
		t.Errorf("7 times: %v, speed %d", err, w.clock.Speed())
	}
	w.membership(t, http.MethodPut, sandbox.ProdDBGroup, sandbox.AnaOkta)
	<-changed
}

// The story as the visitor is led through it, told from Okta's own history.
func TestTheHints(t *testing.T) {
	w := acme(t)
	expect := func(who string, done int, text, button string) {
		t.Helper()
		s := w.State(sandbox.Who(who).Slack).Story
		n := 0
		for _, step := range s.Steps {
			if step.Done {
				n++
			}
		}
		if n != done || s.Hint.Text != text || s.Hint.Button != button {
			t.Errorf("%s: %d done, %q [%s]", who, n, s.Hint.Text, s.Hint.Button)
		}
	}
	expect("Ana", 0, "You are Ana, an engineer, and need the production database for a while.", "Ask for access")
	expect("Gus", 0, "The story begins with Ana, who needs the production database.", "Be Ana")
	w.membership(t, http.MethodPut, sandbox.ProdDBGroup, sandbox.AnaOkta)
	expect("Ana", 2, "Okta lists you in prod-db now. Press Give back, or let time run to its end.", "60 times faster")
	expect("Ben", 2, "Okta lists Ana in prod-db now. Be Ana to give it back.", "Be Ana")
	w.clock.SetSpeed(FastSpeed)
	expect("Ana", 2, "Time runs: a warning comes before the end, and then it is taken back. Or press Give back now.", "")
	w.membership(t, http.MethodDelete, sandbox.ProdDBGroup, sandbox.AnaOkta)
	expect("Ben", 4, "It is over: Okta no longer lists Ana in prod-db. The feed has the whole story.", "See the feed")
}

func TestValuesOfElements(t *testing.T) {
	blocks := json.RawMessage(`[{"block_id":"b","elements":[{"type":"button","action_id":"go","text":{"text":"Go"}}]},
		{"block_id":"t","element":{"type":"plain_text_input","action_id":"x"}},
		{"block_id":"d","element":{"type":"datepicker","action_id":"x"}},
		{"block_id":"s","accessory":{"type":"static_select","action_id":"x"}},
		{"block_id":"r","elements":[{"type":"mrkdwn","text":"a plain string"}]}]`)
	for _, c := range []struct{ block, action, value string }{
		{"b", "go", `null`}, {"t", "x", `"text"`}, {"t", "x", `null`}, {"d", "x", `"2026-03-17"`}, {"s", "x", `"one"`}, {"s", "x", `["one","two"]`},
	} {
		if _, err := valueFor(blocks, page.Spot{Block: c.block, Action: c.action}, json.RawMessage(c.value)); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := valueFor(blocks, page.Spot{Block: "t", Action: "x"}, json.RawMessage(`{"no":1}`)); err == nil {
		t.Error("an object is taken for a value")
	}
}
