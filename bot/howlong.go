package bot

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"hallpass/flows"
	"hallpass/flows/when"
)

// wanted is for how long something is wanted: Until is set when a moment was named.
type wanted struct {
	For   time.Duration
	Until time.Time
}

// readWanted reads for how long a form says: a choice, or what was typed beside "other…". It is zero when nothing is chosen. A moment is
// read on the clock of the one who typed it.
func (b *Bot) readWanted(ctx context.Context, a flows.Account, values map[string]string) (wanted, error) {
	text := values[FieldDuration]
	if text == otherDuration || text == "" && values[FieldCustom] != "" {
		text = values[FieldCustom]
	} else if d, err := time.ParseDuration(text); text == "" || err == nil && d > 0 {
		return wanted{For: d}, nil
	}
	now, zone := b.Clock.Company(), time.UTC
	if namesMoment(text) {
		var err error
		if zone, err = b.zone(ctx, a); err != nil {
			return wanted{}, err
		}
	}
	end, err := when.Parse(text, now, zone)
	switch {
	case err != nil:
		return wanted{}, durationWrong(err.Error())
	case end.Indefinite:
		return wanted{For: flows.Indefinite}, nil // whether that is offered is the flow's to say
	case end.Until.IsZero():
		return wanted{For: end.For}, nil
	}
	return wanted{For: end.Until.Sub(now), Until: end.Until}, nil
}

// readShorter is for how long an approver gives it. The end of an extension is counted from the end that it would move.
func (b *Bot) readShorter(ctx context.Context, f Filled) (wanted, error) {
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	w, err := b.readWanted(ctx, f.Account, f.Values)
	if err != nil || w.For == 0 {
		return w, cmp.Or(err, error(durationWrong("Choose for how long.")))
	}
	if w.For == flows.Indefinite {
		return w, durationWrong("An approver can only make it shorter.")
	}
	if w.Until.IsZero() {
		return w, nil
	}
	s, err := b.storyOf(ctx, value{Request: f.Meta.Request})
	if err != nil || !s.extends() || s.Grant == nil {
		return w, err
	}
	if w.For = w.Until.Sub(s.Grant.Ends); w.For < time.Minute {
		err = durationWrong("That is not later than it would end anyway. Name a later time.")
	}
	return w, err
}

func durationWrong(sentence string) *flows.Error {
	return &flows.Error{Kind: flows.KindInvalid, Field: FieldDuration, Sentence: sentence}
}

func namesMoment(text string) bool {
	return slices.Contains(strings.Fields(strings.ToLower(text)), "until")
}

// zone is where somebody is, by the chat's profile. People can set that themselves, so it is for display, and for this: it decides nothing
// but what "18:00" means to the one who types it. The moment is shown to everybody, held to the flow's longest time, and never
// part of a condition.
func (b *Bot) zone(ctx context.Context, a flows.Account) (*time.Location, error) {
	c, err := b.chat(a.Platform)
	if err != nil {
		return nil, err
	}
	p, err := c.Profile(ctx, a)
	if err != nil {
		return nil, &flows.Error{Kind: flows.KindUnknown, Field: FieldDuration, Cause: err, Sentence: "Your time zone cannot be looked up right now. Write a duration like 2h, or try again in a minute."}
	}
	zone, err := when.Zone(p.Zone)
	if err != nil {
		return nil, durationWrong("Your profile says no time zone that is known here. Write a duration like 2h.")
	}
	return zone, nil
}
