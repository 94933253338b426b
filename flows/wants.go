package flows

import (
	"context"
	"fmt"
	"time"
)

// What the engine wants of others, recorded in the transaction of the change that asks for it.

func wantAsk(tx Tx, id RequestID, at time.Time) error {
	return tx.Want(Intent{Kind: IntentAsk, Subject: SubjectOf("request", id), Lane: LaneEngine, Rank: RankGrant, Scale: ByMachine, Due: at})
}

func wantTimer(tx Tx, subject string, at time.Time) error {
	return tx.Want(Intent{Kind: IntentTimer, Subject: subject, Lane: LaneClock, Rank: RankEnd, Scale: ByCompany, Due: at})
}

func wantHold(tx Tx, h *Holding, rank int) error {
	return tx.Want(Intent{Kind: IntentHold, Subject: SubjectOf("holding", h.ID), Lane: LaneTarget(h.Entitlement.Integration), Rank: rank, Scale: ByMachine, Due: tx.Real()})
}

func wantTicket(tx Tx, r *Request, in string) error {
	if in == "" || r.Extends != 0 { // an extension is told in the ticket of the first request
		return nil
	}
	return tx.Want(Intent{Kind: IntentTicket, Subject: SubjectOf("request", r.ID), Lane: LaneTickets(in), Rank: RankCard, Scale: ByMachine, Due: tx.Real()})
}

func wantPost(tx Tx, p *Post) error {
	lane := LaneChat(p.Platform, p.Workspace)
	rank := RankCard
	switch p.Kind {
	case PostNotice, PostWarning, PostAdmin, PostDigest:
		rank = RankNotice
	}
	if p.Kind == PostFeed || (p.Kind == PostAdmin && p.Channel != "") { // a crowd in a channel holds up nobody's own messages
		lane += "/" + p.Channel
	}
	return tx.Want(Intent{Kind: IntentPost, Subject: SubjectOf("post", p.ID), Lane: lane, Rank: rank, Scale: ByMachine, Due: tx.Real()})
}

// WantPost records a post, or that the one with its key is to be drawn anew, together with its intent.
func WantPost(tx Tx, p *Post) error {
	old, err := tx.PostByKey(p.Key)
	switch {
	case KindOf(err) == KindNotFound:
		p.Wanted, p.Made = 1, tx.Now()
	case err != nil:
		return err
	default:
		old.Wanted++
		*p = *old
	}
	if err := tx.PutPost(p); err != nil {
		return err
	}
	return wantPost(tx, p)
}

// say makes a post to one person, in the chat in which they are reached.
func (e *Engine) say(tx Tx, p Post) error {
	at, err := e.reachedOn(tx, p.Person, p.Request)
	if err != nil {
		return err
	}
	return e.sayIn(tx, at, p)
}

// sayIn makes a post at a place.
func (e *Engine) sayIn(tx Tx, at Place, p Post) error {
	p.Platform, p.Workspace, p.Channel = at.Platform, at.Workspace, at.Channel
	return WantPost(tx, &p)
}

// notice is a short message of its own; the asker's card follows below it.
func (e *Engine) notice(tx Tx, topic string, to PersonID, r *Request, g *Grant) error {
	p := Post{Kind: PostNotice, Topic: topic, Person: to, Request: r.ID, Key: fmt.Sprintf("notice/%d/%s/%s", r.ID, topic, to)}
	if g != nil {
		p.Grant = g.ID
	}
	if err := e.say(tx, p); err != nil {
		return err
	}
	card, err := tx.PostByKey(askerKey(r.ID))
	if err != nil || card.Final || card.Person != to {
		return ignoreMissing(err)
	}
	card.Reminder++
	card.Wanted++
	if err := tx.PutPost(card); err != nil {
		return err
	}
	return wantPost(tx, card)
}

// alarm tells the admins, in the audit channel, in the log, once for each key.
func (e *Engine) alarm(tx Tx, key, sentence string, about Entry) error {
	about.Action = ActAlarm
	if about.Data == nil {
		about.Data = map[string]string{}
	}
	about.Data["alarm"] = key
	about.Text = sentence
	if err := e.log(tx, &about); err != nil {
		return err
	}
	return e.tellAdmins(tx, key, sentence, about.Request)
}

// tellAdmins writes to the audit channel, and to every admin that is known when there is none, or while it cannot carry messages.
func (e *Engine) tellAdmins(tx Tx, key, sentence string, r RequestID) error {
	at := e.set.Audit
	if at == (Place{}) {
		return e.tellEach(tx, key, sentence, r)
	}
	if err := e.sayIn(tx, at, Post{Kind: PostAdmin, Topic: "alarm", Key: "alarm/" + key, Text: sentence, Request: r}); err != nil {
		return err
	}
	broken, err := readUnfit(tx, at)
	if err != nil || broken == nil {
		return err
	}
	return e.tellEach(tx, key, sentence, r)
}

// knownAdmins are the people that the last directory sync found to be admins.
func (e *Engine) knownAdmins(tx Tx) ([]PersonID, error) {
	text, err := tx.Meta("admins")
	if err != nil || text == "" {
		return nil, err
	}
	var out []PersonID
	for _, id := range splitList(text) {
		out = append(out, PersonID(id))
	}
	return out, nil
}

// log appends an entry and has it added to the request's thread in the feed.
func (e *Engine) log(tx Tx, entry *Entry) error {
	if err := tx.Append(entry); err != nil || entry.Request == 0 {
		return err
	}
	p, err := tx.PostByKey(feedKey(entry.Request))
	if err != nil {
		return ignoreMissing(err)
	}
	return tx.Want(Intent{Kind: IntentThread, Subject: SubjectOf("post", p.ID), Lane: LaneChat(p.Platform, p.Workspace) + "/" + p.Channel, Rank: RankCard + 5, Scale: ByMachine, Due: tx.Real()})
}

// redraw has the living cards of a request, of these kinds, drawn anew.
func (e *Engine) redraw(tx Tx, id RequestID, kinds ...PostKind) error {
	posts, err := tx.Posts(PostFilter{Request: id, Unfinal: true, Kinds: kinds})
	if err != nil {
		return err
	}
	for _, p := range posts {
		p.Wanted++
		if err := tx.PutPost(p); err != nil {
			return err
		}
		if err := wantPost(tx, p); err != nil {
			return err
		}
	}
	return nil
}

// touch raises a request's revision, keeps it, and has its cards drawn anew.
func (e *Engine) touch(tx Tx, r *Request) error {
	r.Revision++
	if err := tx.PutRequest(r); err != nil {
		return err
	}
	return e.redraw(tx, r.ID, PostAsker, PostApprover, PostFeed, PostWarning)
}

func askerKey(id RequestID) string { return fmt.Sprintf("asker/%d", id) }
func feedKey(id RequestID) string  { return fmt.Sprintf("feed/%d", id) }
func approverKey(id RequestID, p PersonID, step int) string {
	return fmt.Sprintf("approver/%d/%s/%d", id, p, step)
}

func ignoreMissing(err error) error {
	if KindOf(err) == KindNotFound {
		return nil
	}
	return err
}

// Alarm tells the admins something that a part of the program has noticed. The key makes a repeat harmless.
func (e *Engine) Alarm(ctx context.Context, key, sentence string) error {
	return e.store.Change(ctx, func(tx Tx) error { return e.alarmOnce(tx, key, sentence) })
}

// alarmOnce is alarm, unless admins were told under this key before.
func (e *Engine) alarmOnce(tx Tx, key, sentence string) error {
	keys := []string{"alarm/" + key}
	admins, err := e.knownAdmins(tx)
	if err != nil {
		return err
	}
	for _, p := range admins {
		keys = append(keys, keys[0]+"/"+string(p))
	}
	for _, k := range keys {
		if _, err := tx.PostByKey(k); ignoreMissing(err) != nil || err == nil {
			return err
		}
	}
	return e.alarm(tx, key, sentence, Entry{})
}
