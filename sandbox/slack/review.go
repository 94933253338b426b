package slack

import (
	"regexp"
	"strings"
)

// What an access bot must never send, because of what it would do to people. Each is noted as a problem, and goes through.
var (
	broadcast = regexp.MustCompile(`<!(channel|here|everyone)(\|[^>]*)?>`)
	groupPing = regexp.MustCompile(`<!subteam\^([A-Z0-9]+)`)
	userPing  = regexp.MustCompile(`<@([A-Z0-9]+)(\|[^>]*)?>`)
	forgedURL = regexp.MustCompile(`<(javascript|data|file):`)
)

// review looks at what the app wants people to read. The caller holds the lock.
func (w *Workspace) review(about, text string, blocks []any) {
	if len(blocks) > 0 && text == "" && !strings.HasPrefix(about, "view ") {
		w.problem("%s: blocks without a text leave notifications and screen readers with nothing", about)
	}
	w.reviewMarkup(about, text)
	eachText(blocks, func(o obj) {
		words, _ := o["text"].(string)
		switch o["type"] {
		case "mrkdwn":
			w.reviewMarkup(about, words)
		case "broadcast":
			w.problem("%s: rich text pings everybody in the channel", about)
		case "user":
			w.reviewUser(about, o["user_id"])
		}
	})
}

// reviewMarkup looks for mentions and links in mrkdwn that nobody checked.
func (w *Workspace) reviewMarkup(about, words string) {
	if broadcast.MatchString(words) {
		w.problem("%s: the text pings everybody in the channel: %.120q", about, words)
	}
	if forgedURL.MatchString(words) {
		w.problem("%s: the text holds a link that is no web address: %.120q", about, words)
	}
	for _, found := range userPing.FindAllStringSubmatch(words, -1) {
		w.reviewUser(about, found[1])
	}
	for _, found := range groupPing.FindAllStringSubmatch(words, -1) {
		if w.group(found[1]) == nil {
			w.problem("%s: the text mentions a user group that does not exist: %s", about, found[1])
		}
	}
}

func (w *Workspace) reviewUser(about string, id any) {
	if name, _ := id.(string); w.people[name] == nil {
		w.problem("%s: the text mentions somebody who does not exist: %v", about, id)
	}
}

func (w *Workspace) group(id string) *Usergroup {
	for i := range w.groups {
		if w.groups[i].ID == id {
			return &w.groups[i]
		}
	}
	return nil
}

// eachText visits every object in blocks that people read: text objects and leaves of rich text.
func eachText(v any, visit func(obj)) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			eachText(item, visit)
		}
	case obj:
		visit(v)
		for _, item := range v {
			eachText(item, visit)
		}
	}
}
