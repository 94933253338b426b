package checker

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// inThread are the entries that a thread in the feed always tells.
var inThread = []string{"agreed", "denied", "canceled", "lapsed", "given", "not given", "warned", "taken back"}

// messages stand that should, and none before the entry that asks for it.
func (j *judge) messages() {
	stands, ever := map[string]Message{}, map[string]bool{}
	for _, m := range j.s.Messages {
		ever[m.Key] = true
		if !m.Deleted {
			stands[m.Key] = m
		}
	}
	for _, r := range j.requests {
		j.cards(r, stands)
	}
	for _, g := range j.grants {
		j.warningSent(g, ever)
	}
	for _, s := range j.s.Sends {
		j.justified(s)
	}
}

// cards: the asker has theirs, and the feed tells the whole story.
func (j *judge) cards(r *request, stands map[string]Message) {
	_, told := stands[fmt.Sprintf("feed/%d", r.id)]
	if !told {
		j.fail("the feed never told of R%d", r.id)
	}
	for _, e := range r.all {
		if told && slices.Contains(inThread, e.Action) && !strings.Contains(j.threads(r.id), e.Hash[:6]) {
			j.fail("the thread of R%d does not tell entry %d (%s)", r.id, e.Seq, e.Action)
		}
	}
	card, there := stands[fmt.Sprintf("asker/%d", r.id)]
	if !there {
		j.fail("the card of the asker of R%d is not there", r.id)
	}
	j.honest(r, card.Text)
}

func (j *judge) warningSent(g *grant, ever map[string]bool) {
	for _, e := range g.warned {
		if !ever[fmt.Sprintf("warning/%d/0", g.id)] && !ever[fmt.Sprintf("warning/%d/1", g.id)] && !ever[fmt.Sprintf("warning/%d/2", g.id)] {
			j.fail("entry %d: the warning of G%d was never sent", e.Seq, g.id)
		}
	}
}

// honest: a card says that access is gone when it is, and not otherwise.
func (j *judge) honest(r *request, card string) {
	if r.extends || card == "" {
		return // the card of more time says what became of the time; that of what it lengthens, what became of the access
	}
	for _, g := range j.grants {
		gone := g.over != nil && g.over.Action == "taken back" && g.kept == nil
		if g.request == r && !j.putBack(g) && strings.Contains(card, "you are no longer a member") != gone {
			j.fail("G%d was taken back: %v; and yet the card says %q", g.id, gone, card)
		}
	}
}

// threads are all replies below any message of a request's feed line, which may stand twice.
func (j *judge) threads(id int64) string {
	var all []string
	for _, m := range j.s.Messages {
		if m.Key == fmt.Sprintf("feed/%d", id) {
			all = append(all, m.Thread)
		}
	}
	return strings.Join(all, "\n")
}

// justified: a card is sent, and a ticket made, only when what it tells of is committed.
func (j *judge) justified(s Send) {
	kind, rest, _ := strings.Cut(s.Key, "/")
	if kind == "ticket" {
		var id int64
		if _, err := fmt.Sscanf(rest, "hallpass-R%d-", &id); err != nil || j.requests[id] == nil || j.requests[id].asked.Seq > s.Head {
			j.fail("%s: the ticket %s was made before any request was committed that wants it", clock(s.At), rest)
		}
		return
	}
	number, _, _ := strings.Cut(rest, "/")
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return
	}
	switch kind {
	case "feed", "asker", "approver", "notice":
		if r := j.requests[id]; r == nil || r.asked.Seq > s.Head {
			j.fail("%s: the message %s was sent before R%d was committed", clock(s.At), s.Key, id)
		}
	case "warning":
		if g := j.grants[id]; g == nil || len(g.warned) == 0 || g.warned[0].Seq > s.Head {
			j.fail("%s: the message %s was sent before the warning was committed", clock(s.At), s.Key)
		}
	}
}
