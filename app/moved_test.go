package app_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"hallpass/app"
	"hallpass/config"
	"hallpass/flows"
	"hallpass/store"
)

// Somebody moves the store and forgets to stop the program first: it ends, with the reason, instead of answering people with what it cannot keep. Started
// on the copy, it goes on.
func TestAProgramEndsWhenItsStoreIsMoved(t *testing.T) {
	w := settle(t, plan{})
	w.stop()
	set, err := config.Load(w.dir+"/config.yaml", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	start := func() (*app.App, chan error) {
		a, err := app.New(t.Context(), app.Options{Config: set, Clock: w.time, Log: zerolog.Nop()})
		if err != nil {
			t.Fatal(err)
		}
		ran := make(chan error, 1)
		go func() { ran <- a.Run(t.Context()) }()
		return a, ran
	}
	a, ran := start()
	to := "sqlite:" + w.dir + "/moved.db"
	if _, err := store.Copy(t.Context(), store.Move{From: store.Options{DSN: set.Store.DSN.Reveal()}, To: store.Options{DSN: to}}); err != nil {
		t.Fatal(err)
	}
	if err := a.Store().Change(t.Context(), func(flows.Tx) error { return nil }); !errors.Is(err, store.ErrUnfit) {
		t.Errorf("a change was answered %v", err)
	}
	if err := <-ran; !errors.Is(err, store.ErrUnfit) || !strings.Contains(err.Error(), "this store was moved to "+to) {
		t.Errorf("it ended with %v", err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	set.Store.DSN = config.NewSecret(to, "")
	w.app, _ = start()
	w.synced()
	w.done()
	if err := w.app.Close(); err != nil {
		t.Error(err)
	}
}
