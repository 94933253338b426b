package slack

import (
	"fmt"
	"net/http"
	"time"
)

// Limits of a response_url. Source: docs.slack.dev/interactivity/handling-user-interaction.
const (
	answerUses = 5
	answerLife = 30 * time.Minute
)

// answerURL lets the app answer one interaction without a token.
type answerURL struct {
	channel, user string
	original      string // ts of the message the person acted on
	until         time.Time
	left          int
}

// answerURLFor makes a response_url. The caller holds the lock.
func (w *Workspace) answerURLFor(channel, user, original string) string {
	for old, a := range w.answerURLs {
		if w.opt.Machine().Sub(a.until) > triggerMemory {
			delete(w.answerURLs, old)
		}
	}
	w.serial++
	secret := fmt.Sprintf("%016x", w.serial)
	w.answerURLs[secret] = &answerURL{channel: channel, user: user, original: original,
		until: w.opt.Machine().Add(answerLife), left: answerUses}
	return w.base + "/answer/" + secret
}

func (w *Workspace) serveAnswer(rw http.ResponseWriter, r *http.Request) {
	c, _, err := read("response_url", r)
	if err == nil {
		w.mu.Lock()
		w.calls["response_url"]++
		err = w.answer(r.PathValue("secret"), c)
		w.touch()
		w.mu.Unlock()
		w.flush()
	}
	if err != nil {
		rw.WriteHeader(http.StatusNotFound)
	}
	reply(rw, nil, err)
}

// answer carries out what the app posted to a response_url. The caller holds the lock.
func (w *Workspace) answer(secret string, c call) error {
	a := w.answerURLs[secret]
	switch {
	case a == nil:
		return apiError{code: "no_service"}
	case a.left == 0:
		return apiError{code: "used_url"}
	case w.opt.Machine().After(a.until):
		return apiError{code: "expired_url"}
	}
	a.left--
	ch := w.channels[a.channel]
	original := ch.find(a.original)
	if c.flag("delete_original") && original != nil {
		w.takeAway(ch, original)
		return nil
	}
	said, err := w.content(c)
	if err != nil {
		return err
	}
	if c.flag("replace_original") && original != nil && original.byApp {
		w.rewrite(original, said.text, said.blocks)
		return nil
	}
	w.show(ch, a.user, c.text("response_type"), said)
	return nil
}

// show puts an answer in front of one person, or of the whole channel. The caller holds the lock.
func (w *Workspace) show(ch *channel, user, how string, said content) *message {
	if how != "in_channel" {
		return w.whisper(ch, user, said)
	}
	m := &message{blocks: said.blocks, byApp: true, Message: Message{User: w.opt.BotUserID, Text: said.text}}
	w.append(ch, m)
	return m
}
