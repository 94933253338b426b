package bot

import (
	"errors"
	"strings"
	"testing"

	"hallpass/flows"
)

func TestACardIsDrawnForWhoeverItIsForOnly(t *testing.T) {
	w := newWorld(t)
	id := w.post(flows.Post{Kind: flows.PostAsker, Key: "asker/1", Platform: "slack", Workspace: "T1", Person: "ana", Request: w.request().ID})
	w.draw(id)
	before := w.stored(id)
	at := Address{Platform: "slack", Workspace: "T1", Channel: before.Channel, TS: before.TS}
	look := func(who flows.Account) string {
		c, err := w.bot.Look(ctx, who, at)
		if err != nil {
			t.Fatal(err)
		}
		return plain(c)
	}
	if text := look(ana); !strings.Contains(text, "R1 ·") {
		t.Errorf("Ana looks at her card and sees\n%s", text)
	}
	for _, who := range []flows.Account{caro, {Platform: "slack", Workspace: "T1", User: "UNOBODY"}} {
		if text := look(who); text != plain(said(nothingHere)) {
			t.Errorf("%s looks at Ana's card and sees\n%s", who.User, text)
		}
	}
	w.change(func(tx flows.Tx) error {
		i, err := tx.Identity(ana)
		if err == nil {
			i.Suspended = "the address changed"
			err = tx.PutIdentity(i)
		}
		return err
	})
	if text := look(ana); text != plain(said(nothingHere)) {
		t.Errorf("an account whose link is suspended sees\n%s", text)
	}
	at.TS = "77"
	if _, err := w.bot.Look(ctx, ana, at); !errors.Is(err, flows.ErrNotFound) {
		t.Errorf("a message that is no post: %v", err)
	}
	if after := w.stored(id); after.Drawn != before.Drawn || after.Shown != before.Shown || after.Wanted != before.Wanted {
		t.Errorf("looking has changed the post to %+v", after)
	}
}
