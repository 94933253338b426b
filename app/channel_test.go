package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hallpass/sandbox"
	"hallpass/sandbox/slack"
)

// breakages are how a channel comes to carry messages no longer, with what Hallpass says of it.
var breakages = map[string]struct {
	say string
	do  func(*slack.Channel)
}{
	"archived":       {"The Slack channel is archived", func(c *slack.Channel) { c.Archived = true }},
	"shared outside": {"The Slack channel is shared with another company", func(c *slack.Channel) { c.ExtShared = true }},
	"the bot was removed": {"", func(c *slack.Channel) {
		c.Members = slices.DeleteFunc(slices.Clone(c.Members), func(m string) bool { return m == sandbox.BotUserID })
	}},
}

// byHand has somebody be in a group that Hallpass did not put them in, and ask for it: the admins are told of that.
func (w *town) byHand(who sandbox.Person) {
	w.Helper()
	if err := w.c.Okta.AddMember(sandbox.AnalyticsReadGroup, who.Okta); err != nil {
		w.Fatal(err)
	}
	w.asks(who, "analytics-read for 1h")
}

// broken changes a channel and gives what puts it right again.
func (w *town) broken(id string, change func(*slack.Channel)) (mend func()) {
	var before slack.Channel
	w.c.Slack.ChangeChannel(id, func(c *slack.Channel) { before = *c; change(c) })
	return func() { w.c.Slack.ChangeChannel(id, func(c *slack.Channel) { *c = before }) }
}

// direct are Eve's own messages from Hallpass that are alarms.
func (w *town) direct() (out []string) {
	for _, m := range w.messages(eve) {
		if text := w.text(m, eve); strings.Contains(text, "Security: please look") {
			out = append(out, text)
		}
	}
	return out
}

func TestTheAuditChannelIsLost(t *testing.T) {
	t.Parallel()
	for name, c := range breakages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := settle(t, plan{probe: probing})
			mend := w.broken(sandbox.AuditChannel, c.do)
			w.byHand(ana)
			w.gets(eve, "The channel C0AUDIT cannot carry messages: "+c.say, "They wait until it can. Until then Hallpass writes to its admins directly.")
			w.gets(eve, "R1: Ana Silva already has analytics-read") // which was written before anybody knew
			w.byHand(dev)
			w.gets(eve, "R2: Dev Patel already has analytics-read")
			w.gets(ana, "R1 · You have analytics-read")
			w.gets(dev, "R2 · You have analytics-read")
			w.quiet()
			if list := w.direct(); len(list) != 3 {
				t.Errorf("Eve was told %d times:\n%s", len(list), strings.Join(list, "\n"))
			}
			w.later(time.Hour)
			w.isNot(sandbox.AnalyticsReadGroup, ana) // no end waits for a message
			w.isNot(sandbox.AnalyticsReadGroup, dev)
			w.quiet()

			mend()
			for _, words := range []string{"R1: Ana Silva already has analytics-read", "R2: Dev Patel already has analytics-read", "The channel C0AUDIT carries messages again, after 1 h. What waited for it comes now."} {
				w.hears(sandbox.AuditChannel, words)
			}
			w.gets(ana, "R1 is over.")
			if all := w.alarms(); len(all) != 3 || len(w.direct()) != 3 {
				t.Errorf("told in all:\n%s\nand Eve\n%s", strings.Join(all, "\n"), strings.Join(w.direct(), "\n"))
			}
			w.done()
		})
	}
}

func TestTheFeedIsLost(t *testing.T) {
	t.Parallel()
	for name, c := range breakages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := settle(t, plan{probe: probing})
			w.asks(ana, "analytics-read for 1h")
			w.gets(ana, "R1 · You have analytics-read")
			w.tells("R1", "active until 13:25", "given in Okta, read back")
			stood := w.feed("R1")
			mend := w.broken(sandbox.FeedChannel, c.do)
			w.asks(dev, "analytics-read for 1h")
			w.hears(sandbox.AuditChannel, "The channel C0FEED cannot carry messages: "+c.say, "They wait until it can.")
			w.gets(dev, "R2 · You have analytics-read")
			w.later(time.Hour)
			w.gets(ana, "R1 is over. analytics-read was taken back at 13:25.")
			w.gets(dev, "R2 is over. analytics-read was taken back at ")
			if now := w.feed("R1"); now != stood || w.feed("R2") != "" {
				t.Errorf("the channel was told\n%s\n%s", now, w.feed("R2"))
			}
			mend()
			w.tells("R1", "taken back at 13:25", "taken back, read twice, gone")
			w.tells("R2", "taken back at ", "taken back, read twice, gone")
			w.hears(sandbox.AuditChannel, "The channel C0FEED carries messages again, after 1 h.")
			w.done()
		})
	}
}
