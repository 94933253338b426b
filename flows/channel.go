package flows

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// unfit is that a channel cannot carry our messages, and since when (company time).
type unfit struct {
	since time.Time
	why   string
}

func channelMeta(at Place) string {
	return "channel/" + at.Platform + "/" + at.Workspace + "/" + at.Channel
}

func readUnfit(tx Tx, at Place) (*unfit, error) {
	text, err := tx.Meta(channelMeta(at))
	since, why, found := strings.Cut(text, " ")
	if err != nil || !found {
		return nil, err
	}
	seconds, err := strconv.ParseInt(since, 10, 64)
	return &unfit{since: time.Unix(seconds, 0), why: why}, err
}

// Channel takes note of whether a channel can carry our messages; why is empty when it can. When it newly cannot, the admins are told: in the audit
// channel, and each directly where that is the one. What is for the channel waits.
func (e *Engine) Channel(ctx context.Context, at Place, why string) error {
	var known *unfit
	if err := e.store.View(ctx, func(tx Tx) (err error) {
		known, err = readUnfit(tx, at)
		return err
	}); err != nil || (why == "" && known == nil) {
		return err
	}
	return e.store.Change(ctx, func(tx Tx) error {
		known, err := readUnfit(tx, at)
		switch {
		case err != nil:
			return err
		case why == "" && known == nil:
			return nil
		case why == "":
			return e.channelFit(tx, at, known)
		}
		return e.channelUnfit(tx, at, known, why)
	})
}

func (e *Engine) channelFit(tx Tx, at Place, was *unfit) error {
	if err := tx.PutMeta(channelMeta(at), ""); err != nil {
		return err
	}
	words := fmt.Sprintf("The channel %s carries messages again, after %s. What waited for it comes now.", at.Channel, Span(tx.Now().Sub(was.since)))
	return e.alarm(tx, fmt.Sprintf("channel fit/%s/%d", at.Channel, was.since.Unix()), words, Entry{})
}

func (e *Engine) channelUnfit(tx Tx, at Place, known *unfit, why string) error {
	fresh := known == nil
	if fresh {
		known = &unfit{since: tx.Now(), why: why}
		if err := tx.PutMeta(channelMeta(at), fmt.Sprintf("%d %s", known.since.Unix(), why)); err != nil {
			return err
		}
	}
	key := fmt.Sprintf("channel/%s/%d", at.Channel, known.since.Unix())
	words := fmt.Sprintf("The channel %s cannot carry messages: %s. They wait until it can.", at.Channel, known.why)
	if at != e.set.Audit {
		if !fresh {
			return nil
		}
		return e.alarm(tx, key, words, Entry{})
	}
	if fresh {
		if err := e.log(tx, &Entry{Action: ActAlarm, Data: map[string]string{"alarm": key}, Text: words}); err != nil {
			return err
		}
	}
	if err := e.tellEach(tx, key, words+" Until then Hallpass writes to its admins directly.", 0); err != nil || !fresh {
		return err
	}
	return e.tellWaiting(tx, at)
}

// tellEach writes to every admin that is known, directly, once for each key.
func (e *Engine) tellEach(tx Tx, key, sentence string, r RequestID) error {
	admins, err := e.knownAdmins(tx)
	if err != nil {
		return err
	}
	for _, p := range admins {
		own := "alarm/" + key + "/" + string(p)
		if _, err := tx.PostByKey(own); ignoreMissing(err) != nil || err == nil {
			if err != nil {
				return err
			}
			continue
		}
		if err := e.say(tx, Post{Kind: PostAdmin, Topic: "alarm", Key: own, Person: p, Text: sentence, Request: r}); err != nil {
			return err
		}
	}
	return nil
}

// waitingTold is how many alarms that wait in a channel are told directly when it is found that it cannot carry them; the log has all.
const waitingTold = 20

// tellWaiting tells the admins directly what waits in the audit channel: it was written before anybody knew that it would not come.
func (e *Engine) tellWaiting(tx Tx, at Place) error {
	list, err := tx.Posts(PostFilter{Kinds: []PostKind{PostAdmin}, Unfinal: true})
	if err != nil {
		return err
	}
	var waiting []*Post
	for _, p := range list {
		if p.Person == "" && p.Channel == at.Channel && p.Platform == at.Platform && p.TS == "" {
			waiting = append(waiting, p)
		}
	}
	for _, p := range waiting[max(0, len(waiting)-waitingTold):] {
		if err := e.tellEach(tx, strings.TrimPrefix(p.Key, "alarm/"), p.Text, p.Request); err != nil {
			return err
		}
	}
	return nil
}
