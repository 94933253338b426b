package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hallpass/flows"
)

// counted watches commits.
type counted struct{ before, after, wakes int }

func (c *counted) watch(o *Options) {
	o.Hook = Hooks{BeforeCommit: func() { c.before++ }, AfterCommit: func() { c.after++ }}
	o.Wake = func() { c.wakes++ }
}

func put(key string) func(flows.Tx) error {
	return func(tx flows.Tx) error { return tx.PutMeta(key, "kept") }
}

func metaOf(t *testing.T, s *Store, key string) (value string) {
	t.Helper()
	err := s.View(context.Background(), func(tx flows.Tx) (err error) {
		value, err = tx.Meta(key)
		return err
	})
	if err != nil {
		t.Errorf("View: %v", err)
	}
	return value
}

// together holds the writer with a first change until all the others wait, and then lets them go. The answers are in their order.
func together(s *Store, members ...func(flows.Tx) error) []error {
	began, release := make(chan bool), make(chan bool)
	var all sync.WaitGroup
	all.Go(func() {
		s.Change(context.Background(), func(flows.Tx) error { close(began); <-release; return nil })
	})
	<-began
	answers := make([]error, len(members))
	for n, f := range members {
		all.Go(func() { answers[n] = s.Change(context.Background(), f) })
		synctest.Wait() // it waits in the queue now, so that the order is that of members
	}
	close(release)
	all.Wait()
	return answers
}

// inBubble runs a test in virtual time with a store inside, which must leave nothing running.
func inBubble(t *testing.T, test func(t *testing.T, s *Store, seen *counted)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		seen := &counted{}
		s := opened(t, seen.watch, func(o *Options) { o.DSN = "sqlite:" + dir + "/state.db" })
		test(t, s, seen)
	})
}

func TestWaitingChangesShareACommit(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Store, seen *counted) {
		failure := errors.New("a failing member")
		answers := together(s,
			put("a"),
			func(tx flows.Tx) error { return errors.Join(tx.PutMeta("b", "lost"), failure) },
			func(tx flows.Tx) error { _ = tx.PutMeta("c", "lost"); panic("a panicking member") },
			func(tx flows.Tx) error {
				a, _ := tx.Meta("a")
				b, _ := tx.Meta("b")
				c, err := tx.Meta("c")
				return errors.Join(err, tx.PutMeta("d", "a="+a+" b="+b+" c="+c))
			},
		)
		var panicked *PanicError
		if answers[0] != nil || !errors.Is(answers[1], failure) || !errors.As(answers[2], &panicked) || answers[3] != nil {
			t.Errorf("the answers are %v", answers)
		}
		if !strings.Contains(string(panicked.Stack), "TestWaitingChangesShareACommit") {
			t.Errorf("the stack does not lead to the function:\n%s", panicked.Stack)
		}
		if seen.before != 1 || seen.after != 1 {
			t.Errorf("%d commits were begun and %d done, want one", seen.before, seen.after)
		}
		if got := metaOf(t, s, "d"); got != "a=kept b= c=" {
			t.Errorf("the last member saw %q", got)
		}
	})
}

func TestAGroupHasALimit(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Store, seen *counted) {
		var members []func(flows.Tx) error
		for n := range 2 * groupMax {
			members = append(members, put(fmt.Sprint(n)))
		}
		for n, err := range together(s, members...) {
			if err != nil || metaOf(t, s, fmt.Sprint(n)) != "kept" {
				t.Errorf("member %d: %v", n, err)
			}
		}
		// The change that held the writer is the first member of the first group.
		if seen.after != 3 {
			t.Errorf("%d commits, want 3", seen.after)
		}
	})
}

func TestWhenTheTransactionDiesItsMembersRunAgainAlone(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Store, seen *counted) {
		runs := map[string]int{}
		member := func(name string, then func(tx flows.Tx) error) func(flows.Tx) error {
			return func(tx flows.Tx) error {
				runs[name]++
				return errors.Join(tx.PutMeta(name, "kept"), then(tx))
			}
		}
		fine := func(flows.Tx) error { return nil }
		kill := func(tx flows.Tx) error { _, err := sessionOf(tx).exec("ROLLBACK"); return err }
		killOnce := func(tx flows.Tx) error {
			if runs["once"] > 1 {
				return nil
			}
			return kill(tx)
		}
		failing := errors.New("mine")
		answers := together(s, member("a", fine), member("failing", func(flows.Tx) error { return failing }),
			member("once", killOnce), member("b", fine), member("always", kill), member("c", fine))
		for n, want := range []bool{true, false, true, true, false, true} {
			if (answers[n] == nil) != want {
				t.Errorf("answer %d is %v", n, answers[n])
			}
		}
		for name, want := range map[string]string{"a": "kept", "failing": "", "once": "kept", "b": "kept", "always": "", "c": "kept"} {
			if got := metaOf(t, s, name); got != want {
				t.Errorf("%s left %q, want %q", name, got, want)
			}
			if runs[name] > 3 {
				t.Errorf("%s ran %d times", name, runs[name])
			}
		}
		if !errors.Is(answers[1], failing) || runs["always"] != 2 {
			t.Errorf("the failing one got %v; the one that always kills ran %d times", answers[1], runs["always"])
		}
	})
}

func TestAFullDiskFailsOnlyWhatDoesNotFit(t *testing.T) {
	s := opened(t)
	var pages int
	if err := s.View(context.Background(), func(tx flows.Tx) error {
		return sessionOf(tx).row("PRAGMA page_count", nil, &pages)
	}); err != nil {
		t.Fatal(err)
	}
	limit := func(text string) {
		t.Helper()
		if err := s.Change(context.Background(), func(tx flows.Tx) error {
			var n int
			return sessionOf(tx).row(text, nil, &n)
		}); err != nil {
			t.Fatal(err)
		}
	}
	limit(fmt.Sprintf("PRAGMA max_page_count = %d", pages+4))
	err := s.Change(context.Background(), func(tx flows.Tx) error {
		return tx.PutMeta("large", strings.Repeat("x", 1<<20))
	})
	if err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("a change on a full disk was answered %v", err)
	}
	if err := s.Change(context.Background(), put("small")); err != nil {
		t.Errorf("a change that fits was answered %v", err)
	}
	limit("PRAGMA max_page_count = 1000000")
	if err := s.Change(context.Background(), func(tx flows.Tx) error { return tx.PutMeta("large", strings.Repeat("x", 1<<20)) }); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestOnlyWhatWroteIsCommitted(t *testing.T) {
	seen := &counted{}
	s := opened(t, seen.watch)
	do := func(f func(flows.Tx) error) {
		s.Change(context.Background(), f)
	}
	do(func(tx flows.Tx) error { _, err := tx.Meta("a"); return err })
	do(func(tx flows.Tx) error { return errors.Join(tx.PutMeta("a", "1"), errors.New("no")) })
	if seen.before != 0 {
		t.Errorf("%d commits of nothing", seen.before)
	}
	do(put("a"))
	if seen.after != 1 || seen.wakes != 0 {
		t.Errorf("%d commits, %d wakes after a change without an intent", seen.after, seen.wakes)
	}
	do(func(tx flows.Tx) error { return tx.Want(flows.Intent{Kind: flows.IntentAsk, Subject: "request/1"}) })
	do(func(tx flows.Tx) error {
		return errors.Join(tx.Want(flows.Intent{Kind: flows.IntentAsk, Subject: "request/2"}), errors.New("no"))
	})
	if seen.after != 2 || seen.wakes != 1 {
		t.Errorf("%d commits, %d wakes after one intent was wanted", seen.after, seen.wakes)
	}
}

func TestTheWitnessIsToldTheNewestHead(t *testing.T) {
	var seqs []int64
	var last string
	var numbers []string
	s := opened(t, func(o *Options) {
		o.Witness = func(h flows.Head) {
			seqs, last, numbers = append(seqs, h.Seq), h.Hash, append(numbers, h.Request.String()+" "+h.Grant.String())
		}
	})
	appendOne := func(then error) {
		s.Change(context.Background(), func(tx flows.Tx) error {
			return errors.Join(tx.Append(&flows.Entry{Action: flows.ActAsked}), tx.Append(&flows.Entry{Action: flows.ActAsked}), then)
		})
	}
	appendOne(nil)
	appendOne(errors.New("no"))
	s.Change(context.Background(), put("a"))
	s.Change(context.Background(), func(tx flows.Tx) error {
		r := &flows.Request{State: flows.Pending}
		return errors.Join(tx.PutRequest(r), tx.PutGrant(&flows.Grant{State: flows.Waiting, Request: r.ID}), errors.New("no"))
	})
	s.Change(context.Background(), func(tx flows.Tx) error {
		r := &flows.Request{State: flows.Pending}
		return errors.Join(tx.PutRequest(r), tx.PutGrant(&flows.Grant{State: flows.Waiting, Request: r.ID}), tx.Append(&flows.Entry{Action: flows.ActAsked}))
	})
	appendOne(nil)
	if fmt.Sprint(numbers) != "[R0 G0 R1 G1 R0 G0]" {
		t.Errorf("the witness was told the numbers %v", numbers)
	}
	s.View(context.Background(), func(tx flows.Tx) error {
		if seq, hash, _ := tx.Head(); fmt.Sprint(seqs) != "[3 4 6]" || last != hash || seq != 6 {
			t.Errorf("the witness was told %v %s, the head is %d %s", seqs, last, seq, hash)
		}
		return nil
	})
}

func TestCloseAnswersThoseWhoWait(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(context.Background(), Options{DSN: "sqlite:" + dir + "/state.db", Clock: newClock()})
		if err != nil {
			t.Fatal(err)
		}
		began, release := make(chan bool), make(chan bool)
		var running, waiting, closing error
		var all sync.WaitGroup
		all.Go(func() {
			running = s.Change(context.Background(), func(tx flows.Tx) error { close(began); <-release; return tx.PutMeta("a", "1") })
		})
		<-began
		all.Go(func() { waiting = s.Change(context.Background(), put("b")) })
		synctest.Wait()
		all.Go(func() { closing = s.Close() })
		synctest.Wait()
		close(release)
		all.Wait()
		if running != nil || !errors.Is(waiting, ErrClosed) || closing != nil {
			t.Errorf("running %v, waiting %v, closing %v", running, waiting, closing)
		}
		for name, err := range map[string]error{
			"Close":  s.Close(),
			"Change": s.Change(context.Background(), put("c")),
			"View":   s.View(context.Background(), func(flows.Tx) error { return nil }),
		} {
			if want := name != "Close"; errors.Is(err, ErrClosed) != want {
				t.Errorf("%s after Close says %v", name, err)
			}
		}
	})
}

func TestCloseIsBounded(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(context.Background(), Options{DSN: "sqlite:" + dir + "/state.db", Clock: newClock()})
		if err != nil {
			t.Fatal(err)
		}
		began, release := make(chan bool), make(chan bool)
		go s.Change(context.Background(), func(tx flows.Tx) error { close(began); <-release; return nil })
		<-began
		start := time.Now()
		if err := s.Close(); err == nil {
			t.Error("Close says nothing of a change that does not end")
		}
		if took := time.Since(start); took != closeWithin {
			t.Errorf("Close took %v", took)
		}
		close(release)
		<-s.written
		s.readDB.Close()
		s.writer.close()
		s.writeDB.Close()
	})
}

func TestAStoreLivesInVirtualTime(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Store, _ *counted) {
		start := time.Now()
		var all sync.WaitGroup
		for n := range 5 {
			all.Go(func() {
				for hour := range 24 {
					time.Sleep(time.Hour)
					if err := s.Change(context.Background(), put(fmt.Sprint(n, hour))); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if took := time.Since(start); took != 24*time.Hour {
			t.Errorf("a day took %v", took)
		}
		if metaOf(t, s, "4 23") != "kept" {
			t.Error("the last change is not there")
		}
	})
}

func sessionOf(f flows.Tx) *session { return f.(*tx).session }
