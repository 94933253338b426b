package teams_test

import (
	"context"
	"testing"

	"hallpass/sandbox/slack"
	"hallpass/sandbox/teams"
)

// chat is what a scenario needs of a stand-in whichever chat it is for: the same deeds under the same names.
type chat interface {
	DM(user string) string
	Say(ctx context.Context, user, text string) (string, error)
	Mention(ctx context.Context, user, where, text string) (string, error)
	Changed() <-chan struct{}
	Wait(ctx context.Context, predicate func() bool) error
	Problems() []string
	ForgetProblems()
	Calls() map[string]int
	Payload(user, where, message, button string) (map[string]any, error)
	Throttle(call string, seconds, n int)
	Hang(on bool)
	Duplicate(n int)
	Unanswered() int
	Close()
}

func TestBothChatsArePlayedAlike(t *testing.T) {
	ctx := t.Context()
	w, err := slack.Start(slack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tenant, err := teams.Start(teams.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]chat{"slack": w, "teams": tenant} {
		if _, err := c.Say(ctx, "nobody", "hello"); err == nil {
			t.Errorf("%s: nobody could say something", name)
		}
		if c.DM("ana") == c.DM("ben") || len(c.Problems()) != 0 || c.Unanswered() != 0 {
			t.Errorf("%s: %q, problems %q", name, c.DM("ana"), c.Problems())
		}
		c.Close()
		if err := c.Wait(ctx, func() bool { return false }); err == nil {
			t.Errorf("%s: waited for a chat that is closed", name)
		}
	}
}
