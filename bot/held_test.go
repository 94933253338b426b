package bot

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"hallpass/flows"
)

func (e *saysEngine) ReleasePolicy(_ context.Context, who flows.Actor, hash string) (flows.Answer, error) {
	e.did = append(e.did, fmt.Sprintf("%s releases the flows %s", who.Person.ID, hash))
	return e.answer, nil
}

func (e *saysEngine) ReleaseMove(_ context.Context, who flows.Actor, resource, key string) (flows.Answer, error) {
	e.did = append(e.did, fmt.Sprintf("%s releases %s as %s", who.Person.ID, resource, key))
	return e.answer, nil
}

func (e *saysEngine) SettleStray(_ context.Context, who flows.Actor, key, what string) (flows.Answer, error) {
	e.did = append(e.did, fmt.Sprintf("%s settles %s: %s", who.Person.ID, key, what))
	return e.answer, nil
}

// buttonsOf are the buttons of Home that do this.
func buttonsOf(h Home, act Action) (out []Button) {
	for _, block := range h.Blocks {
		for _, b := range block.Buttons {
			if b.Action == act {
				out = append(out, b)
			}
		}
	}
	return out
}

func TestAdminsReleaseFlowsAndMovesInHome(t *testing.T) {
	w := newWorld(t)
	w.change(func(tx flows.Tx) error {
		moved := db
		moved.Held = flows.Became{Key: "a1b2", Name: "*sandbox*-db", Tags: map[string]string{"env": "dev"}}
		if err := tx.PutResource(moved); err != nil {
			return err
		}
		if err := tx.PutMeta("moves", moved.ResourceKey.String()); err != nil {
			return err
		}
		return tx.PutMeta("policy/held", `{"Hash":"c0ffee","Since":"2026-11-22T12:00:00Z","Lines":["41 people gain prod-db without approval."]}`)
	})
	if err := w.bot.OpenedHome(ctx, ana); err != nil {
		t.Fatal(err)
	}
	if len(buttonsOf(w.chat.home, ActFreePolicy))+len(buttonsOf(w.chat.home, ActFreeMove)) > 0 {
		t.Error("somebody who is no admin is shown what waits for admins")
	}
	if err := w.bot.OpenedHome(ctx, caro); err != nil {
		t.Fatal(err)
	}
	page := plainHome(w.chat.home)
	for _, words := range []string{"New flows that let people have more", "41 people gain prod-db without approval.", "Things that a laxer flow would cover",
		"‹prod-db is now called *sandbox*-db and now has env=dev, not env=prod›. The flows go by what it was."} {
		if !strings.Contains(page, words) {
			t.Errorf("Home does not say %q:\n%s", words, page)
		}
	}
	for i, act := range []Action{ActFreePolicy, ActFreeMove} {
		list := buttonsOf(w.chat.home, act)
		if len(list) != 1 || list[0].Confirm == "" {
			t.Fatalf("%s: got %+v", act, list)
		}
		w.press(Pressed{Account: caro, Action: act, Value: list[0].Value, Home: true, Key: fmt.Sprint(i)})
	}
	w.work()
	w.expectDid("caro releases the flows c0ffee", "caro releases okta/group/00g1 as a1b2")
}
