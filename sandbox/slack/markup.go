package slack

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var markup = regexp.MustCompile(`<([^<>]+)>`)

var unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// mrkdwn renders mentions, links and dates; *bold* and the like stay as they were typed.
func (r reader) mrkdwn(words string) string {
	var out strings.Builder
	for {
		at := markup.FindStringSubmatchIndex(words)
		if at == nil {
			out.WriteString(unescape.Replace(words))
			return out.String()
		}
		out.WriteString(unescape.Replace(words[:at[0]]))
		out.WriteString(r.token(words[at[2]:at[3]]))
		words = words[at[1]:]
	}
}

// token renders what stands between < and >.
func (r reader) token(inside string) string {
	target, said, labelled := strings.Cut(inside, "|")
	said = unescape.Replace(said)
	switch {
	case strings.HasPrefix(target, "@"):
		return r.user(target[1:])
	case strings.HasPrefix(target, "#"):
		return r.channel(target[1:], said)
	case strings.HasPrefix(target, "!date^"):
		return r.dateToken(target, said)
	case strings.HasPrefix(target, "!subteam^"):
		if g := r.w.group(strings.TrimPrefix(target, "!subteam^")); g != nil {
			return "@" + g.Handle
		}
		return "@" + strings.TrimPrefix(said, "@")
	case strings.HasPrefix(target, "!"):
		return "@" + target[1:]
	case labelled:
		return said + " (" + unescape.Replace(target) + ")"
	}
	return unescape.Replace(target)
}

func (r reader) user(id string) string {
	if u := r.w.people[id]; u != nil {
		return "@" + u.RealName
	}
	return "@" + id
}

func (r reader) channel(id, said string) string {
	if ch := r.w.channels[id]; ch != nil && ch.Name != "" {
		return "#" + ch.Name
	}
	if said != "" {
		return "#" + said
	}
	return "#" + id
}

// rich renders a part or a leaf of rich text.
func (r reader) rich(v any) string {
	o, _ := v.(obj)
	text, _ := o["text"].(string)
	id := func(name string) string { s, _ := o[name].(string); return s }
	switch o["type"] {
	case "rich_text_list":
		return r.each(o["elements"], "\n", func(item any) string { return "• " + r.rich(item) })
	case "rich_text_quote":
		return "┃ " + strings.ReplaceAll(r.each(o["elements"], "", r.rich), "\n", "\n┃ ")
	case "link":
		if text != "" && text != id("url") {
			return text + " (" + id("url") + ")"
		}
		return id("url")
	case "user":
		return r.user(id("user_id"))
	case "channel":
		return r.channel(id("channel_id"), "")
	case "usergroup":
		return r.token("!subteam^" + id("usergroup_id"))
	case "broadcast":
		return "@" + id("range")
	case "emoji":
		return ":" + id("name") + ":"
	case "date":
		n, _ := strconv.ParseInt(fmt.Sprint(o["timestamp"]), 10, 64)
		return r.date(n, id("format"))
	case "color":
		return id("value")
	case "text":
		return text
	}
	return r.each(o["elements"], "", r.rich)
}
