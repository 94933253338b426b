package bot

import (
	"context"
	"errors"

	"hallpass/flows"
)

// sentence is what a person is told of an error. What has no sentence of its own is told by a reference that the log knows.
func (b *Bot) sentence(err error, doing string) string {
	var typed *flows.Error
	var call *flows.CallError
	switch {
	case errors.As(err, &typed):
		return typed.Sentence
	case errors.As(err, &call):
		return call.Sentence + ". Try again in a moment."
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return "That takes longer than it should. Try again in a moment."
	}
	reference := flows.Cut(b.NewID(), referenceLength+1)[:referenceLength]
	b.Log.Error().Err(err).Str("reference", reference).Str("doing", doing).Msg("something went wrong")
	return "Something went wrong (reference " + reference + "). Tell your admins if it stays so."
}

const referenceLength = 8

// refused writes a refusal to the audit log. That somebody outside did not answer is no refusal.
func (b *Bot) refused(ctx context.Context, a flows.Account, what string, err error) {
	if flows.KindOf(err) == flows.KindUnknown {
		return
	}
	if err := b.Engine.Refuse(ctx, a, what, err); err != nil {
		b.Log.Error().Err(err).Str("what", what).Stringer("account", a).Msg("a refusal could not be written to the audit log")
	}
}

// missing makes nothing of ErrNotFound.
func missing(err error) error {
	if errors.Is(err, flows.ErrNotFound) {
		return nil
	}
	return err
}

// replyTo is a reply of one sentence, which may hold foreign text.
func replyTo(sentence string) Reply {
	c := said(sentence)
	return Reply{Card: &c}
}

// said is a card of one sentence that may hold foreign text.
func said(sentence string) Card {
	l := line(typed(sentence))
	return Card{Preview: l, Blocks: []Block{{Kind: Paragraph, Lines: []Line{l}}}}
}
