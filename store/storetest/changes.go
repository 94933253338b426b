package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"hallpass/flows"
)

var changeStories = []story{
	{"one clock reading stamps a change", oneReading},
	{"a view cannot write", viewCannotWrite},
	{"an error keeps nothing", errorKeepsNothing},
	{"a panic keeps nothing and comes back", panicKeepsNothing},
	{"a goroutine that exits keeps nothing", exitKeepsNothing},
	{"a Tx is over after its function", overIsOver},
	{"a failed statement spoils the change", spoiled},
	{"many at once, some failing", manyAtOnce},
	{"a caller stops waiting", stopsWaiting},
	{"a caller that has gone before is not begun", goneBefore},
	{"a view sees one moment", viewSeesOneMoment},
	{"changes come one after the other", oneAfterTheOther},
}

func meta(w *world, key string) string {
	w.Helper()
	return read(w, func(tx flows.Tx) (string, error) { return tx.Meta(key) })
}

func oneReading(w *world) {
	w.clock.Advance(123456789*time.Nanosecond, 0)
	w.change(func(tx flows.Tx) error {
		first, real := tx.Now(), tx.Real()
		w.clock.Advance(time.Hour, time.Hour)
		e := &flows.Entry{Action: flows.ActAsked}
		err := tx.Append(e)
		if !tx.Now().Equal(first) || !tx.Real().Equal(real) || !e.At.Equal(first) {
			w.Errorf("the change began at %v, now it is %v there, and the entry is of %v", first, tx.Now(), e.At)
		}
		w.same("Now", first, Noon.Add(123*time.Millisecond))
		return err
	})
}

func viewCannotWrite(w *world) {
	r := pending(w, "ann")
	writes := map[string]func(tx flows.Tx) error{
		"PutRequest":     func(tx flows.Tx) error { return tx.PutRequest(r) },
		"AddDecision":    func(tx flows.Tx) error { return tx.AddDecision(&flows.Decision{Request: r.ID}) },
		"PutGrant":       func(tx flows.Tx) error { return tx.PutGrant(&flows.Grant{State: flows.Waiting}) },
		"PutHolding":     func(tx flows.Tx) error { return tx.PutHolding(&flows.Holding{}) },
		"Append":         func(tx flows.Tx) error { return tx.Append(&flows.Entry{}) },
		"Want":           func(tx flows.Tx) error { return tx.Want(flows.Intent{}) },
		"Claim":          func(tx flows.Tx) error { _, err := tx.Claim(flows.ClaimQuery{Owner: "a", Limit: 1}); return err },
		"Finish":         func(tx flows.Tx) error { _, err := tx.Finish(flows.Intent{}, flows.Finish{}); return err },
		"PutLane":        func(tx flows.Tx) error { return tx.PutLane(flows.Lane{Name: "x"}) },
		"PutPost":        func(tx flows.Tx) error { return tx.PutPost(&flows.Post{}) },
		"PutIdentity":    func(tx flows.Tx) error { return tx.PutIdentity(&flows.Identity{}) },
		"PutPerson":      func(tx flows.Tx) error { return tx.PutPerson(flows.Person{}) },
		"PutResource":    func(tx flows.Tx) error { return tx.PutResource(flows.Resource{}) },
		"ReplaceMembers": func(tx flows.Tx) error { return tx.ReplaceMembers(flows.Entitlement{}, nil) },
		"PutSync":        func(tx flows.Tx) error { return tx.PutSync(flows.SyncState{}) },
		"AddDeed":        func(tx flows.Tx) error { _, _, err := tx.AddDeed(&flows.Deed{}); return err },
		"PutDeed":        func(tx flows.Tx) error { return tx.PutDeed(&flows.Deed{}) },
		"PutFlowText":    func(tx flows.Tx) error { return tx.PutFlowText("h", nil) },
		"PutPin":         func(tx flows.Tx) error { return tx.PutPin("group", "a", "b") },
		"PutMeta":        func(tx flows.Tx) error { return tx.PutMeta("a", "b") },
	}
	for name, write := range writes {
		if err := w.store.View(context.Background(), write); err == nil {
			w.Errorf("%s in a View was not refused", name)
		}
	}
}

func errorKeepsNothing(w *world) {
	mine := errors.New("mine")
	err := w.store.Change(context.Background(), func(tx flows.Tx) error {
		if err := errors.Join(tx.PutMeta("a", "1"), tx.Append(&flows.Entry{Action: flows.ActAsked})); err != nil {
			return err
		}
		return mine
	})
	if !errors.Is(err, mine) {
		w.Errorf("the caller got %v", err)
	}
	if meta(w, "a") != "" || len(entries(w, flows.EntryFilter{After: 1})) != 0 {
		w.Error("something of the failed change was kept")
	}
}

func panicKeepsNothing(w *world) {
	err := w.store.Change(context.Background(), func(tx flows.Tx) error {
		if err := tx.PutMeta("a", "1"); err != nil {
			return err
		}
		panic("a bug in the engine")
	})
	if err == nil || !strings.Contains(err.Error(), "a bug in the engine") {
		w.Errorf("the caller got %v", err)
	}
	if got := meta(w, "a"); got != "" {
		w.Errorf("the panicked change kept %q", got)
	}
	err = w.store.View(context.Background(), func(flows.Tx) error { panic("another") })
	if err == nil || !strings.Contains(err.Error(), "another") {
		w.Errorf("the viewer got %v", err)
	}
}

func exitKeepsNothing(w *world) {
	err := w.store.Change(context.Background(), func(tx flows.Tx) error {
		if err := tx.PutMeta("a", "1"); err != nil {
			return err
		}
		runtime.Goexit()
		return nil
	})
	if err == nil || meta(w, "a") != "" {
		w.Errorf("the caller got %v and a is %q", err, meta(w, "a"))
	}
}

func overIsOver(w *world) {
	var kept flows.Tx
	w.change(func(tx flows.Tx) error { kept = tx; return nil })
	if err := kept.PutMeta("a", "1"); err == nil {
		w.Error("a Tx could write after its function had returned")
	}
	w.view(func(tx flows.Tx) error { kept = tx; return nil })
	if _, err := kept.Meta("a"); err == nil {
		w.Error("a Tx could read after its function had returned")
	}
}

func spoiled(w *world) {
	pending(w, "ann", func(r *flows.Request) { r.Nonce = "n1" })
	err := w.store.Change(context.Background(), func(tx flows.Tx) error {
		if err := tx.PutMeta("a", "1"); err != nil {
			return err
		}
		_ = tx.PutRequest(&flows.Request{State: flows.Pending, Asker: "bob", Nonce: "n1"}) // an engine that does not look
		return nil
	})
	if flows.KindOf(err) != flows.KindConflict || meta(w, "a") != "" {
		w.Errorf("a change whose statement failed was answered %v and kept a = %q", err, meta(w, "a"))
	}
}

func manyAtOnce(w *world) {
	const callers = 90
	var all sync.WaitGroup
	for n := range callers {
		all.Go(func() { oneOfMany(w, n) })
	}
	all.Wait()
	for n := range callers {
		want := ""
		if n%3 == 0 {
			want = "kept"
		}
		if got := meta(w, fmt.Sprint(n)); got != want {
			w.Errorf("caller %d left %q, want %q", n, got, want)
		}
	}
	checkChain(w, 1+callers/3)
}

// oneOfMany succeeds for every third n, fails for the second and panics for the third.
func oneOfMany(w *world, n int) {
	err := w.store.Change(context.Background(), func(tx flows.Tx) error {
		if err := errors.Join(tx.PutMeta(fmt.Sprint(n), "kept"), tx.Append(&flows.Entry{Action: flows.ActAsked})); err != nil {
			return err
		}
		switch n % 3 {
		case 1:
			return fmt.Errorf("the error of %d", n)
		case 2:
			panic(fmt.Sprintf("the panic of %d", n))
		}
		return nil
	})
	switch {
	case n%3 == 0 && err != nil:
		w.Errorf("caller %d got %v", n, err)
	case n%3 != 0 && (err == nil || !strings.HasSuffix(err.Error(), fmt.Sprintf(" of %d", n))):
		w.Errorf("caller %d got somebody else's answer: %v", n, err)
	}
}

func stopsWaiting(w *world) {
	began, release := make(chan bool), make(chan bool)
	ctx, stop := context.WithCancel(context.Background())
	answer := make(chan error)
	go func() {
		answer <- w.store.Change(ctx, func(tx flows.Tx) error {
			close(began)
			<-release
			return tx.PutMeta("a", "1")
		})
	}()
	<-began
	behind := make(chan error)
	go func() { behind <- w.store.Change(ctx, func(tx flows.Tx) error { return tx.PutMeta("b", "1") }) }()
	stop()
	for _, c := range []chan error{answer, behind} {
		if err := <-c; !errors.Is(err, context.Canceled) {
			w.Errorf("a caller who stopped waiting got %v", err)
		}
	}
	close(release)
	w.change(func(tx flows.Tx) error { return tx.PutMeta("c", "1") })
}

func goneBefore(w *world) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	for name, do := range map[string]func(context.Context, func(flows.Tx) error) error{"Change": w.store.Change, "View": w.store.View} {
		err := do(ctx, func(flows.Tx) error { w.Errorf("%s ran for nobody", name); return nil })
		if !errors.Is(err, context.Canceled) {
			w.Errorf("%s was answered %v", name, err)
		}
	}
}

func viewSeesOneMoment(w *world) {
	w.change(func(tx flows.Tx) error { return tx.PutMeta("a", "1") })
	w.view(func(tx flows.Tx) error {
		before, err := tx.Meta("a")
		if err != nil {
			return err
		}
		w.change(func(tx flows.Tx) error { return tx.PutMeta("a", "2") })
		after, err := tx.Meta("a")
		if before != "1" || after != "1" {
			w.Errorf("one View read %q and then %q", before, after)
		}
		return err
	})
	w.same("the next View", meta(w, "a"), "2")
}

func oneAfterTheOther(w *world) {
	const callers, times = 8, 10
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range times {
				w.change(func(tx flows.Tx) error {
					n, err := tx.Meta("counter")
					if err != nil {
						return err
					}
					return tx.PutMeta("counter", n+"x")
				})
			}
		})
	}
	all.Wait()
	w.same("what was counted", len(meta(w, "counter")), callers*times)
}
