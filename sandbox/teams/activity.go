package teams

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// CardType is the content type of an Adaptive Card.
const CardType = "application/vnd.microsoft.card.adaptive"

// Sizes. Source: Teams platform, "Message size" and "Cards reference".
const (
	// MessageLimit is the most that text, cards and mentions of a message may take, in bytes of UTF-16; above it is 413.
	MessageLimit = 100 << 10
	// CardLimit is where clients and webhooks begin to refuse cards, in bytes of JSON; above it is a problem.
	CardLimit = 28 << 10
)

// read checks an activity as the connector does and makes a message of it. What is wrong but would go through is noted as a problem. The caller
// holds the lock.
func (t *Tenant) read(c call, said obj, place *conversation) (*message, error) {
	if err := t.readHead(c, said, place); err != nil {
		return nil, err
	}
	m := &message{Message: Message{Text: text(said, "text"), Summary: text(said, "summary")}}
	raw, err := json.Marshal(said)
	if err != nil {
		return nil, badSyntax(err.Error())
	}
	m.Activity = raw
	for i, attached := range list(said, "attachments") {
		card := object(attached, "content")
		switch kind := text(attached, "contentType"); {
		case kind == "":
			return nil, badSyntax("an attachment has no contentType")
		case kind != CardType:
			t.problem("%s: attachment %d is a %s, which is not drawn here", c.op, i, kind)
		case card == nil:
			return nil, badSyntax("the content of an Adaptive Card is no object")
		case m.card != nil:
			t.problem("%s: a message with more than one card is hard to read on a phone", c.op)
		default:
			m.card = card
		}
	}
	if text(said, "type") == "message" && m.Text == "" && m.card == nil {
		return nil, badSyntax("Activity must include non empty 'text' field or at least 1 attachment")
	}
	if size := contentSize(said); size > MessageLimit {
		return nil, tooBig(fmt.Sprintf("%d bytes of UTF-16, %d are allowed", size, MessageLimit))
	}
	t.review(c.op, said, m, place)
	return m, nil
}

// readHead checks what is around the words.
func (t *Tenant) readHead(c call, said obj, place *conversation) error {
	switch kind := text(said, "type"); kind {
	case "message", "typing":
	case "":
		return badSyntax("the activity has no type")
	default:
		return badSyntax("a bot sends activities of type message or typing, not " + kind)
	}
	if format := text(said, "textFormat"); format != "" && !slices.Contains([]string{"plain", "markdown", "xml"}, format) {
		return badArgument("textFormat is " + format + "; it may be plain, markdown or xml")
	}
	if from := text(object(said, "from"), "id"); from != "" && from != t.BotID() {
		return badArgument("from.id is " + from + ", which is not this bot")
	}
	if in, _ := split(text(object(said, "conversation"), "id")); in != "" && in != place.id {
		return badArgument("conversation.id is not the conversation in the path")
	}
	if to := text(said, "replyToId"); to != "" && c.op == OpReply && to != c.about {
		return badArgument("replyToId is not the activity in the path")
	}
	if said["attachments"] != nil && !isList(said["attachments"]) || said["entities"] != nil && !isList(said["entities"]) {
		return badSyntax("attachments and entities are lists")
	}
	return nil
}

func isList(v any) bool { _, is := v.([]any); return is }

// contentSize is what counts of a message, in bytes of UTF-16.
func contentSize(said obj) int {
	counted := obj{"text": said["text"], "attachments": said["attachments"], "entities": said["entities"]}
	return 2 * len(utf16.Encode([]rune(compact(counted))))
}

// review looks at what the bot wants people to read. The caller holds the lock.
func (t *Tenant) review(op string, said obj, m *message, place *conversation) {
	if m.card != nil && m.Text == "" && m.Summary == "" && op != OpUpdate {
		t.problem("%s: a card without a summary leaves notifications with nothing but \"sent a card\"", op)
	}
	t.reviewWords(op, m.Text, text(said, "textFormat") != "plain")
	t.reviewMentions(op, []string{m.Text}, list(said, "entities"), place)
	if m.card != nil {
		t.reviewCard(op, m.card, place)
	}
}

// reviewCard holds a card to the schema and looks at its words and mentions. The caller holds the lock.
func (t *Tenant) reviewCard(about string, card obj, place *conversation) {
	c := &checker{known: func(id string) bool { return t.known(id) != nil }, dialog: strings.HasPrefix(about, "dialog")}
	c.card("card", card)
	for _, wrong := range c.wrong {
		t.problem("%s: %s", about, wrong)
	}
	if size := len(compact(card)); size > CardLimit {
		t.problem("%s: the card has %d bytes; above %d clients may refuse it", about, size, CardLimit)
	}
	var words []string
	eachText(card, func(text string, marked bool) { words = append(words, text); t.reviewWords(about, text, marked) })
	t.reviewMentions(about, words, list(object(card, "msteams"), "entities"), place)
}

// reviewWords looks for what nobody checked; links are only where Markdown is read.
func (t *Tenant) reviewWords(about, words string, marked bool) {
	for _, found := range markdownLink.FindAllStringSubmatch(unescaped(words), -1) {
		if marked && !strings.HasPrefix(found[2], "https://") && !strings.HasPrefix(found[2], "mailto:") {
			t.problem("%s: a link that is no web address: %.120q", about, found[0])
		}
	}
	if strings.ContainsAny(words, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") {
		t.problem("%s: the text changes the direction of writing: %.120q", about, words)
	}
}

// reviewMentions compares the mentions written in texts with the entities that make them real.
func (t *Tenant) reviewMentions(about string, texts []string, entities []obj, place *conversation) {
	all := strings.Join(texts, "\n")
	real := map[string]bool{}
	for _, e := range entities {
		if text(e, "type") != "mention" {
			continue
		}
		written, who := text(e, "text"), object(e, "mentioned")
		real[written] = true
		switch u := t.known(text(who, "id")); {
		case written == "" || !strings.Contains(all, written):
			t.problem("%s: a mention whose text %q does not stand in the message", about, written)
		case u == nil && text(who, "id") != t.BotID():
			t.problem("%s: a mention of somebody who does not exist: %s", about, text(who, "id"))
		case u != nil && place != nil && !t.has(place, u.ID):
			t.problem("%s: a mention of %s, who is not in the conversation", about, u.Name)
		case written != "<at>"+text(who, "name")+"</at>":
			t.problem("%s: the mention %q names somebody else than %q", about, written, text(who, "name"))
		}
	}
	for _, written := range atTag.FindAllString(all, -1) {
		if !real[written] {
			t.problem("%s: %s notifies nobody: it has no mention entity", about, written)
		}
	}
}
