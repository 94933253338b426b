package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hallpass/flows"
	"hallpass/store/postgrestest"
	"hallpass/store/storetest"
)

// full is a new database with some of everything in it, also in tables that no verb of flows.Tx fills yet.
func full(t *testing.T, dsn string) {
	t.Helper()
	s := opened(t, at(dsn))
	if err := storetest.FillStore(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	changed(t, s, func(f flows.Tx) error {
		w := f.(*tx)
		all, err := tablesOf(w.session)
		if err != nil {
			return err
		}
		for _, table := range all {
			if n, err := w.session.number("SELECT COUNT(*) FROM " + table.name); err != nil || n > 0 {
				if err != nil {
					return err
				}
				continue
			}
			fill := newFiller(context.Background(), w.session, table)
			var values []any
			for _, c := range table.columns {
				values = append(values, map[kind]any{aNumber: int64(1), aTruth: true, aText: "filled", aBytes: []byte{0, 1}}[c.kind])
			}
			if err := errors.Join(fill.add(values), fill.flush()); err != nil {
				return fmt.Errorf("%s: %w", table.name, err)
			}
		}
		return nil
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// dump is everything in a database, its counters too, as lines in an order.
func dump(t *testing.T, dsn string) (lines []string) {
	t.Helper()
	d, err := dialectOf(Options{DSN: dsn, Clock: noTime{}})
	if err != nil {
		t.Fatal(err)
	}
	err = d.alone(Options{DSN: dsn}, func(s *session) error {
		all, err := tablesOf(s)
		if err != nil {
			return err
		}
		for _, table := range all {
			_, err := eachRow(s, table, func(values []any) error {
				lines = append(lines, fmt.Sprintf("%s %q", table.name, line(values)))
				return nil
			})
			if err != nil {
				return err
			}
			if table.numbered {
				n, err := s.lastNumber(table.name)
				if err != nil {
					return err
				}
				lines = append(lines, fmt.Sprintf("%s gave %d", table.name, n))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

func moved(t *testing.T, from, to string) Copied {
	t.Helper()
	done, err := Copy(patient(t), Move{From: Options{DSN: from}, To: Options{DSN: to}})
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func sqliteFile(t *testing.T, name string) string {
	return "sqlite:" + filepath.Join(t.TempDir(), name)
}

func sameDump(t *testing.T, what string, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	t.Errorf("%s: it holds other lines than before:\n%s", what, strings.Join(unlike(got, want), "\n"))
}

// A store goes from one database to another and back, and nothing of it is lost: not a row, not a number that was ever given.
func TestAStoreIsMovedThereAndBack(t *testing.T) {
	onEachDSN(t, func(t *testing.T, there string) {
		from, back := sqliteFile(t, "first.db"), sqliteFile(t, "second.db")
		full(t, from)
		before := dump(t, from)

		done := moved(t, from, there)
		sameDump(t, "there", dump(t, there), before)
		if done.Entries != 7 || len(done.Head) != 64 {
			t.Errorf("the log arrived as %d entries with the head %q", done.Entries, done.Head)
		}
		again := moved(t, there, back)
		sameDump(t, "back", dump(t, back), before)
		if again.Head != done.Head {
			t.Errorf("the head was %s and is %s", done.Head, again.Head)
		}
		if len(done.Tables) != len(again.Tables) || len(done.Tables) < 20 {
			t.Errorf("it carried %v, and then %v", done.Tables, again.Tables)
		}

		s := opened(t, at(back))
		changed(t, s, func(tx flows.Tx) error {
			if err := tx.Want(flows.Intent{Kind: flows.IntentPost, Subject: "post/9", Lane: "l"}); err != nil {
				return err
			}
			i, err := tx.Intent(flows.IntentPost, "post/9")
			if err == nil && i.ID != 7 { // six were given, five of them are gone
				t.Errorf("the next intent has the number %d", i.ID)
			}
			return err
		})
		if n, err := s.Verify(context.Background()); n != 7 || err != nil {
			t.Errorf("the log has %d entries, %v", n, err)
		}
	})
}

// Many rows go in several statements.
func TestManyRowsAreMoved(t *testing.T) {
	onEachDSN(t, func(t *testing.T, there string) {
		from := sqliteFile(t, "first.db")
		s := opened(t, at(from))
		const people = 3000
		changed(t, s, func(tx flows.Tx) error {
			for n := range people {
				if err := tx.PutPerson(flows.Person{ID: flows.PersonID(fmt.Sprint("p", n))}); err != nil {
					return err
				}
			}
			return nil
		})
		done := moved(t, from, there)
		if !slices.Contains(done.Tables, CopiedTable{"people", people}) {
			t.Errorf("it carried %v", done.Tables)
		}
	})
}

// Whoever still has the old one open, or starts it by mistake, is refused with a sentence that says where it went.
func TestNobodyGoesOnWithAStoreThatWasMoved(t *testing.T) {
	onEachDSN(t, func(t *testing.T, there string) {
		from := sqliteFile(t, "first.db")
		running := opened(t, at(from))
		changed(t, running, add)
		moved(t, from, there)
		want := "this store was moved to " + Options{DSN: there}.address() + ", and nothing may change here"
		if err := running.Change(context.Background(), add); !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), want) {
			t.Errorf("who runs is answered %v", err)
		}
		if s, err := Open(context.Background(), Options{DSN: from, Clock: newClock()}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a start is answered %v, %v", s, err)
		}
		if _, err := Migrate(context.Background(), Options{DSN: from, Clock: newClock()}, len(migrations)-1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a migration is answered %v", err)
		}
		if _, err := Copy(context.Background(), Move{From: Options{DSN: from}, To: Options{DSN: sqliteFile(t, "third.db")}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("another copy is answered %v", err)
		}
		after := opened(t, at(there))
		changed(t, after, add)
		if n := sum(t, after); n != 2 {
			t.Errorf("counted %d", n)
		}
	})
}

// The way back over a copy that nobody has used yet.
func TestAStoreIsReopenedWhenItsCopyWasNotUsed(t *testing.T) {
	onEachDSN(t, func(t *testing.T, there string) {
		ctx := context.Background()
		from := sqliteFile(t, "first.db")
		full(t, from)
		before := dump(t, from)
		reopen := func(copy string) error { return Reopen(ctx, Options{DSN: from}, Options{DSN: copy}) }
		if err := reopen(there); err == nil || !strings.Contains(err.Error(), "it was not moved") {
			t.Errorf("before it was moved: %v", err)
		}
		moved(t, from, there)
		stranger := sqliteFile(t, "stranger.db")
		opened(t, at(stranger), func(o *Options) { o.Installation = "another" }).Close()
		for _, wrong := range []string{stranger, sqliteFile(t, "none.db")} {
			if err := reopen(wrong); err == nil {
				t.Errorf("%s passed for the copy", wrong)
			}
			if _, err := os.Stat(strings.TrimPrefix(wrong, "sqlite:")); wrong != stranger && err == nil {
				t.Errorf("%s was made", wrong)
			}
		}
		if err := reopen(there); err != nil {
			t.Fatal(err)
		}
		sameDump(t, "reopened", dump(t, from), before)
		if s, err := Open(ctx, Options{DSN: there, Clock: newClock()}); !errors.Is(err, ErrUnfit) {
			t.Errorf("the copy can be used too: %v, %v", s, err)
		}

		second, third := sqliteFile(t, "second.db"), sqliteFile(t, "third.db")
		moved(t, from, second)
		moved(t, second, third)
		if err := reopen(second); err == nil || !strings.Contains(err.Error(), "that one was moved on to "+third) {
			t.Errorf("over a copy that was moved on: %v", err)
		}
		if err := Reopen(ctx, Options{DSN: second}, Options{DSN: third}); err != nil {
			t.Error(err)
		}
		used := opened(t, at(second))
		changed(t, used, add)
		if err := reopen(second); err == nil || !strings.Contains(err.Error(), "something has happened in the copy since") {
			t.Errorf("over a copy in use: %v", err)
		}
		changed(t, used, add)
		used.Close()
		for _, end := range []string{"", "-wal", "-shm"} {
			os.Remove(strings.TrimPrefix(second, "sqlite:") + end)
		}
		if err := reopen(second); err != nil { // it is gone, so nobody can use it
			t.Error(err)
		}
		opened(t, at(from))
	})
}

// stopsAfter is a context that ends once it was asked so often.
type stopsAfter struct {
	context.Context
	left *int
}

func (c stopsAfter) Err() error {
	if *c.left--; *c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestACopyThatIsStoppedLeavesNothingBehind(t *testing.T) {
	onEachDSN(t, func(t *testing.T, there string) {
		from := sqliteFile(t, "first.db")
		full(t, from)
		before := dump(t, from)
		stops, more := 0, 3
		if strings.HasPrefix(there, "postgres") {
			more = 9
		}
		for {
			left := stops
			_, err := Copy(stopsAfter{context.Background(), &left}, Move{From: Options{DSN: from}, To: Options{DSN: there}})
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			sameDump(t, "the source", dump(t, from), before)
			if path, file := strings.CutPrefix(there, "sqlite:"); file {
				if left, _ := filepath.Glob(path + "*"); len(left) > 0 {
					t.Fatalf("after %d steps %v is there", stops, left)
				}
			} else if left := dump(t, there); len(left) > 0 {
				t.Fatalf("after %d steps there is\n%s", stops, strings.Join(left, "\n"))
			}
			if stops += more; stops > 2000 {
				t.Fatal("a copy never comes to its end")
			}
		}
		if stops < 20 {
			t.Errorf("it could be stopped at %d places only", stops)
		}
		sameDump(t, "there in the end", dump(t, there), before)
	})
}

func TestATrialKeepsNothing(t *testing.T) {
	onEachDSN(t, func(t *testing.T, there string) {
		from := sqliteFile(t, "first.db")
		full(t, from)
		before := dump(t, from)
		done, err := Copy(context.Background(), Move{From: Options{DSN: from}, To: Options{DSN: there}, Try: true})
		if err != nil || done.Entries != 7 {
			t.Errorf("the trial says %+v, %v", done, err)
		}
		sameDump(t, "the source", dump(t, from), before)
		moved(t, from, there) // the destination is still empty
	})
}

func TestCopyRefuses(t *testing.T) {
	onEachDSN(t, func(t *testing.T, there string) {
		from, other := sqliteFile(t, "first.db"), sqliteFile(t, "other.db")
		full(t, from)
		opened(t, at(there))
		older, newer, broken := sqliteFile(t, "older.db"), sqliteFile(t, "newer.db"), sqliteFile(t, "broken.db")
		for _, dsn := range []string{older, newer, broken} {
			opened(t, at(dsn)).Close()
		}
		if _, err := Migrate(context.Background(), Options{DSN: older, Clock: newClock()}, len(migrations)-1); err != nil {
			t.Fatal(err)
		}
		opened(t, at(newer), releases(future("later", true))).Close()
		sqlOn(t, opened(t, at(broken)), "UPDATE entries SET bytes = '{}'")
		empty := sqliteFile(t, "empty.db")
		if err := os.WriteFile(strings.TrimPrefix(empty, "sqlite:"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ name, from, to, want string }{
			{"to one in use", from, there, "the destination is not empty"},
			{"onto itself", from, from, "the destination is not empty"},
			{"from nowhere", sqliteFile(t, "none.db"), other, "no such file"},
			{"from an empty one", empty, other, "the source holds nothing"},
			{"from an older schema", older, other, fmt.Sprintf("the source has schema %d, and this program needs %d", len(migrations)-1, len(migrations))},
			{"from a newer schema", newer, other, "copy it with the newer program"},
			{"from a log that does not hold", broken, other, "the log does not hold, in the source as in the copy"},
			{"from what is no dsn", "hallpass.db", other, "the store's dsn is not understood"},
			{"to what is no dsn", from, "hallpass.db", "the store's dsn is not understood"},
		} {
			_, err := Copy(context.Background(), Move{From: Options{DSN: c.from}, To: Options{DSN: c.to}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", c.name, err)
			}
			if left, _ := filepath.Glob(strings.TrimPrefix(other, "sqlite:") + "*"); len(left) > 0 {
				t.Fatalf("%s: %v is there", c.name, left)
			}
		}
	})
}

func TestNoPasswordIsSaid(t *testing.T) {
	const dsn = "postgres://hallpass:THE-SECRET@127.0.0.1:1/hallpass"
	from := sqliteFile(t, "first.db")
	full(t, from)
	for _, m := range []Move{{From: Options{DSN: from}, To: Options{DSN: dsn}}, {From: Options{DSN: dsn}, To: Options{DSN: from}}} {
		_, err := Copy(context.Background(), m)
		if err == nil || strings.Contains(err.Error(), "THE-SECRET") || !strings.Contains(err.Error(), "hallpass:xxxxx@127.0.0.1") {
			t.Errorf("it says %v", err)
		}
	}
}

// Whoever goes on writing meanwhile is either in the copy or told that it is over.
func TestNothingThatWasAcknowledgedIsMissingInACopy(t *testing.T) {
	onEachDSN(t, func(t *testing.T, there string) {
		from := sqliteFile(t, "first.db")
		if strings.HasPrefix(there, "postgres") { // the busy one is on PostgreSQL
			from, there = there, from
		}
		running := opened(t, at(from))
		changed(t, running, add)
		acknowledged, ended := 1, make(chan error, 1)
		begun := make(chan struct{})
		ctx := patient(t)
		go func() {
			for {
				err := running.Change(ctx, add)
				if err != nil {
					ended <- err
					return
				}
				if acknowledged++; acknowledged == 20 {
					close(begun)
				}
			}
		}()
		comes(t, "20 changes", begun)
		moved(t, from, there)
		if err := comes(t, "the end of the old store", ended); !errors.Is(err, ErrUnfit) {
			t.Error(err)
		}
		after := opened(t, at(there))
		if n := sum(t, after); n != acknowledged {
			t.Errorf("%d were acknowledged, and %d are in the copy", acknowledged, n)
		}
		if n, err := after.Verify(context.Background()); n != int64(acknowledged+1) || err != nil {
			t.Errorf("the log has %d entries, %v", n, err)
		}
	})
}

// cutsAfter loses the connection once it was asked so often.
type cutsAfter struct {
	context.Context
	left *int
	cut  func()
}

func (c cutsAfter) Err() error {
	if *c.left--; *c.left == 0 {
		c.cut()
	}
	return nil
}

func TestACopyThatLosesItsDatabaseLeavesNothingBehind(t *testing.T) {
	postgrestest.On(t, func(t *testing.T, there string) {
		from := sqliteFile(t, "first.db")
		full(t, from)
		before := dump(t, from)
		lost := newCutter(t, there)
		for at := 1; at < 20; at += 6 {
			left := at
			ctx := cutsAfter{context.Background(), &left, lost.cut}
			if _, err := Copy(ctx, Move{From: Options{DSN: from}, To: Options{DSN: lost.dsn}}); err == nil {
				t.Fatalf("cut at step %d, it says that it is done", at)
			}
			sameDump(t, "the source", dump(t, from), before)
			if left := dump(t, there); len(left) > 0 {
				t.Fatalf("cut at step %d, there is\n%s", at, strings.Join(left, "\n"))
			}
		}
		moved(t, from, there)
		sameDump(t, "there in the end", dump(t, there), before)
	})
}
