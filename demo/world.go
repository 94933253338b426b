package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"hallpass/demo/page"
	"hallpass/sandbox"
	"hallpass/sandbox/bell"
	"hallpass/sandbox/slack"
)

// Clock is company time, which a visitor may make run faster.
type Clock interface {
	Now() time.Time
	// Speed is how many company seconds pass in a second.
	Speed() int
	SetSpeed(n int)
}

// FastSpeed is how much faster company time runs when a visitor wants it to.
const FastSpeed = 60

// askShortcut is the callback id of the app's global shortcut, as its manifest has it.
const askShortcut = "ask_access"

// World is a running company as the page plays it. It acts through the
// people's side of the stand-ins, so that a press in the page travels to
// Hallpass as a press in Slack does, and shows what the stand-ins themselves
// hold: what stands beside the chat is a second opinion. Nothing in it
// outlives the process.
type World struct {
	company *sandbox.Company
	clock   Clock
	changed bell.Bell // what the stand-ins do not ring for: the clock, faults, what was read

	mu        sync.Mutex
	read      map[seat]string // the ts up to which a person has read a channel
	broken    map[string]bool // faults that are on, by name
	installed map[string]bool // who has the app in Teams, by object id
}

// seat is a person in front of a channel.
type seat struct{ person, channel string }

var _ page.World = (*World)(nil)

// NewWorld plays a company. The clock is the one that the company was started with.
func NewWorld(company *sandbox.Company, clock Clock) *World {
	return &World{company: company, clock: clock, read: map[seat]string{}, broken: map[string]bool{}, installed: map[string]bool{}}
}

// Subscribe tells of changes anywhere in the company.
func (w *World) Subscribe() (<-chan struct{}, func()) {
	ctx, stop := context.WithCancel(context.Background())
	out := make(chan struct{}, 1)
	okta, pager, jira, own := w.company.Okta.Subscribe(ctx), w.company.PagerDuty.Subscribe(ctx), w.company.Jira.Subscribe(ctx), w.changed.Subscribe(ctx)
	said, written := w.company.Slack.Changed(), w.company.Teams.Changed()
	go func() {
		for {
			select {
			case <-said:
				said = w.company.Slack.Changed() // before anybody looks, so that nothing is missed
			case <-written:
				written = w.company.Teams.Changed()
			case <-okta:
			case <-pager:
			case <-jira:
			case <-own:
			case <-ctx.Done():
				return
			}
			select {
			case out <- struct{}{}:
			default:
			}
		}
	}()
	return out, stop
}

// Slash types a command; in Home, which takes none, into the direct message.
func (w *World) Slash(ctx context.Context, as, channel, text string) error {
	if p, there := inTeams(as); there {
		return w.sayInTeams(ctx, p, channel, strings.TrimPrefix(text, "/"))
	}
	command, rest, _ := strings.Cut(text, " ")
	if channel == homeID {
		channel = ""
	}
	said, err := w.company.Slack.Slash(ctx, as, channel, command, strings.TrimSpace(rest))
	if said.Err != "" {
		return unanswered(said.Err)
	}
	return told(err)
}

// Say writes to the app: directly, or by its name in a channel.
func (w *World) Say(ctx context.Context, as, channel, text string) error {
	if p, there := inTeams(as); there {
		return w.sayInTeams(ctx, p, channel, text)
	}
	if channel == homeID || channel == w.company.Slack.DM(as) {
		_, err := w.company.Slack.Say(ctx, as, text)
		return told(err)
	}
	_, err := w.company.Slack.Mention(ctx, as, channel, text)
	return told(err)
}

// Shortcut opens the form; in Teams it asks for the card that opens it.
func (w *World) Shortcut(ctx context.Context, as string) error {
	if p, there := inTeams(as); there {
		return w.sayInTeams(ctx, p, "", "access")
	}
	return told(w.company.Slack.Shortcut(ctx, as, askShortcut))
}

// OpenHome opens the app's Home; in Teams it asks for the card that stands for it.
func (w *World) OpenHome(ctx context.Context, as string) error {
	if p, there := inTeams(as); there {
		return w.sayInTeams(ctx, p, "", "home")
	}
	return told(w.company.Slack.OpenHome(ctx, as))
}

// Press uses what is neither filled in nor sent: buttons and menus.
func (w *World) Press(ctx context.Context, as string, at page.Spot, value json.RawMessage) (string, error) {
	if p, there := inTeams(as); there {
		return w.pressInTeams(ctx, p, at, value)
	}
	if at.View != "" {
		return "", w.Fill(ctx, as, at, value)
	}
	m, there := w.company.Slack.Message(at.Channel, at.TS)
	if !there {
		return "", sentence("This message is gone.")
	}
	given, err := valueFor(m.Blocks, at, value)
	if err != nil {
		return "", err
	}
	return "", told(w.company.Slack.Choose(ctx, as, at.Channel, at.TS, at.Block+"/"+at.Action, given))
}

// Fill puts a value into a form or a Home.
func (w *World) Fill(ctx context.Context, as string, at page.Spot, value json.RawMessage) error {
	if p, there := inTeams(as); there {
		return w.fillInTeams(p, at, value)
	}
	v := w.facing(as, at.View)
	if v == nil {
		return errClosedForm
	}
	given, err := valueFor(v.Blocks, at, value)
	if err != nil {
		return err
	}
	return told(w.company.Slack.Fill(ctx, as, at.View, at.Block, at.Action, given))
}

const errClosedForm sentence = "This form is no longer open. Open it again."

// facing is the view with this id in front of a person, nil where it is not.
func (w *World) facing(as, id string) *slack.View {
	for _, v := range []*slack.View{w.company.Slack.View(as), w.company.Slack.Home(as)} {
		if v != nil && v.ID == id {
			return v
		}
	}
	return nil
}

// Options asks the app for what a typeahead offers.
func (w *World) Options(ctx context.Context, as string, at page.Spot, query string) ([]page.Option, error) {
	if p, there := inTeams(as); there {
		return w.optionsInTeams(ctx, p, at, query)
	}
	offered, err := w.company.Slack.Options(ctx, as, at.View, at.Block, at.Action, query)
	out := make([]page.Option, 0, len(offered))
	for _, o := range offered {
		out = append(out, page.Option(o))
	}
	return out, told(err)
}

// Submit sends the open form.
func (w *World) Submit(ctx context.Context, as, view string) (page.Submitted, error) {
	got, err := w.company.Slack.Submit(ctx, as, view)
	if got.Err != "" {
		return page.Submitted{}, sentence(got.Err)
	}
	return page.Submitted{Errors: got.Errors}, told(err)
}

// CloseView closes the open form.
func (w *World) CloseView(ctx context.Context, as, view string) error {
	if p, there := inTeams(as); there {
		w.company.Teams.CloseDialog(p.Teams)
		return nil
	}
	return told(w.company.Slack.CloseView(ctx, as, view))
}

// Read notes what somebody has seen.
func (w *World) Read(ctx context.Context, as, channel, ts string) error {
	at := seat{as, channel}
	p, there := inTeams(as)
	if there {
		at.person = p.Teams
	}
	w.mu.Lock()
	w.read[at] = max(w.read[at], ts)
	w.mu.Unlock()
	w.changed.Ring()
	if there {
		return w.readInTeams(ctx, p, channel)
	}
	return nil
}

// SetSpeed takes 1 and FastSpeed.
func (w *World) SetSpeed(n int) error {
	if n != 1 && n != FastSpeed {
		return sentence(fmt.Sprintf("Company time runs at 1 or %d times its speed.", FastSpeed))
	}
	w.clock.SetSpeed(n)
	w.changed.Ring()
	return nil
}

// sentence is an error that the visitor reads as it stands.
type sentence string

func (s sentence) Error() string { return string(s) }

// told makes of Slack's own words a sentence for the visitor.
func told(err error) error {
	if errors.Is(err, slack.ErrNoConnection) || errors.Is(err, slack.ErrTimeout) {
		return unanswered(err.Error())
	}
	return err
}

func unanswered(code string) error {
	return sentence(fmt.Sprintf("Hallpass did not answer. Slack calls it %s. Try again.", code))
}
