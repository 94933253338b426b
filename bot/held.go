package bot

import (
	"context"
	"fmt"
	"strings"

	"hallpass/flows"
)

// waiting is what is held until an admin presses: ends, flows that let people have more, and things that a laxer flow would cover.
type waiting struct {
	ends   []flows.SyncState
	policy *flows.HeldPolicy
	moves  []flows.Resource
	more   int // moves that are not shown
	found  found
}

// movesShown is how many held moves Home shows at once.
const movesShown = 10

func (b *Bot) readHeld(ctx context.Context) (waiting, error) {
	var w waiting
	err := b.Store.View(ctx, func(tx flows.Tx) (err error) {
		w = waiting{}
		for _, in := range b.Integrations {
			s, err := tx.Sync(in)
			if err != nil {
				return err
			}
			if s.Held != "" && s.HeldKey != s.Released {
				s.Integration = in
				w.ends = append(w.ends, s)
			}
		}
		if w.policy, err = flows.ReadHeldPolicy(tx); err != nil {
			return err
		}
		if w.moves, w.more, err = flows.HeldMoves(tx, movesShown); err != nil {
			return err
		}
		w.found, err = b.readFound(tx)
		return err
	})
	return w, err
}

// heldBlocks are the sections of Home about what is held; none when nothing is.
func (b *Bot) heldBlocks(ctx context.Context) ([]Block, error) {
	w, err := b.readHeld(ctx)
	if err != nil {
		return nil, err
	}
	out := w.found.blocks()
	if len(w.ends) > 0 {
		out = append(out, section("Held by the brake", b.endRows(w.ends), "")...)
	}
	if w.policy != nil {
		out = append(out, section("New flows that let people have more", []row{policyRow(w.policy)}, "")...)
	}
	if len(w.moves) > 0 {
		out = append(out, section("Things that a laxer flow would cover", moveRows(w.moves), "")...)
	}
	if w.more > 0 {
		out = append(out, small(line(fmt.Sprintf("And %d more, shown as these are released.", w.more))))
	}
	return out, nil
}

func (b *Bot) endRows(list []flows.SyncState) []row {
	var out []row
	for _, s := range list {
		name := b.Titles(s.Integration)
		out = append(out, row{
			Line: line(typed(name), ": ", typed(s.Held)),
			Buttons: []Button{{Action: ActReleaseBrake, Label: "Release", Value: s.Integration + "/" + s.HeldKey, Style: Danger,
				Confirm: "Let Hallpass end what it holds back?", Hint: "Release what the brake holds for " + name}},
		})
	}
	return out
}

func policyRow(p *flows.HeldPolicy) row {
	return row{
		Line: line("Since ", Span{Time: p.Since, Form: DayClock}, " the file says otherwise than what is in force. ", typed(strings.Join(p.Lines, " "))),
		Buttons: []Button{{Action: ActFreePolicy, Label: "Release", Value: p.Hash, Style: Danger, Confirm: "Put the file’s flows in force?",
			Hint: "Put the new flows in force"}},
	}
}

func moveRows(list []flows.Resource) []row {
	var out []row
	for _, r := range list {
		out = append(out, row{
			Line: line(typed(r.MoveWords()), ". The flows go by what it was."),
			Buttons: []Button{{Action: ActFreeMove, Label: "Release", Value: r.Held.Key + "/" + r.ResourceKey.String(), Style: Danger,
				Confirm: "Let the flows go by what it is now?", Hint: "Let the flows go by what " + r.Name + " is now"}},
		})
	}
	return out
}

// held reads the value of a button that releases something; false when nothing can be read. Whether that is still held is for the engine
// to say.
func held(a *act, kind flows.DeedKind, value string) bool {
	before, after, two := strings.Cut(value, "/")
	switch kind {
	case DeedRelease, DeedStray:
		a.Integration, a.HeldKey = before, after
	case DeedMove:
		a.HeldKey, a.Resource = before, after
	default:
		a.HeldKey, two = value, value != ""
	}
	return two
}
