package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"hallpass/flows"
	"hallpass/store/postgrestest"
)

// future is a step of a release that is not written yet: a table and a column, both with something in them that this program does not know.
func future(name string, expands bool) migration {
	return migration{
		name: name, expands: expands,
		up: "CREATE TABLE " + name + " (grant_id BIGINT PRIMARY KEY REFERENCES grants (id), words TEXT NOT NULL);" +
			"ALTER TABLE grants ADD COLUMN " + name + "_note TEXT NOT NULL DEFAULT ''",
		down: "ALTER TABLE grants DROP COLUMN " + name + "_note; DROP TABLE " + name,
		uses: []use{
			{table: name, key: "grant_id", where: "words <> ''", what: "has words"},
			{table: "grants", key: "id", where: "{{field:Future}} <> ''", what: "has a future"},
		},
	}
}

// releases are the steps of this program and of those that come after it.
func releases(after ...migration) func(*Options) {
	return func(o *Options) { o.migrations = append(slices.Clone(migrations), after...) }
}

// dsns are a new database of each kind.
func onEachDSN(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, "sqlite:"+filepath.Join(t.TempDir(), "state.db")) })
	postgrestest.On(t, test)
}

func at(dsn string) func(*Options) { return func(o *Options) { o.DSN = dsn } }

func sqlOn(t *testing.T, s *Store, text string, args ...any) {
	t.Helper()
	changed(t, s, func(f flows.Tx) error { return f.(*tx).put(text, args...) })
}

// textOf reads one value.
func textOf(t *testing.T, s *Store, text string) (value string) {
	t.Helper()
	if err := s.View(context.Background(), func(f flows.Tx) error { return f.(*tx).row(text, nil, &value) }); err != nil {
		t.Fatal(err)
	}
	return value
}

// Two releases on one database, the newer one started while the older one runs, both changing: what the newer writes is kept by the older, and
// the other way round.
func TestTheReleaseBeforeWorksBesideThisOne(t *testing.T) {
	onEachDSN(t, func(t *testing.T, dsn string) {
		before := opened(t, at(dsn))
		g := &flows.Grant{State: flows.Active, Person: "ann"}
		changed(t, before, func(tx flows.Tx) error { return tx.PutGrant(g) })

		after := opened(t, at(dsn), releases(future("later", true)))
		sqlOn(t, after, "UPDATE grants SET later_note = 'noted', doc = "+replaceDoc, `"State":`, `"Future":{"By":7},"State":`)
		sqlOn(t, after, "INSERT INTO later (grant_id, words) VALUES (1, 'kept')")

		for n := range 5 {
			changed(t, before, func(tx flows.Tx) error {
				g, err := tx.Grant(1)
				if err != nil {
					return err
				}
				g.Extended++
				return errors.Join(tx.PutGrant(g), add(tx))
			})
			changed(t, after, add)
			if got, want := sum(t, after), 2*n+2; got != want {
				t.Errorf("counted %d, want %d", got, want)
			}
		}
		changed(t, before, func(tx flows.Tx) error { return tx.PutGrant(&flows.Grant{State: flows.Waiting, Person: "ben"}) })

		for text, want := range map[string]string{
			"SELECT later_note FROM grants WHERE id = 1":                                          "noted",
			"SELECT words FROM later":                                                             "kept",
			"SELECT later_note FROM grants WHERE id = 2":                                          "",
			"SELECT " + fmt.Sprintf(after.sql.docField, "Future") + " FROM grants WHERE id = 1":   `{"By":7}`,
			"SELECT " + fmt.Sprintf(after.sql.docField, "Extended") + " FROM grants WHERE id = 1": "5",
		} {
			if got := strings.ReplaceAll(textOf(t, after, text), ": ", ":"); got != want {
				t.Errorf("%s is %q, want %q", text, got, want)
			}
		}
		if n, err := after.Verify(context.Background()); n != 11 || err != nil {
			t.Errorf("the log has %d entries, %v", n, err)
		}
		// A replica of the release before that is started once more finds its place too, and takes nothing away.
		again := opened(t, at(dsn))
		changed(t, again, add)
		if got := sum(t, after); got != 11 {
			t.Errorf("counted %d", got)
		}
	})
}

const replaceDoc = "REPLACE(doc, $1, $2)"

func TestWhatThisReleaseDoesNotKnowIsKeptInEveryDoc(t *testing.T) {
	s := opened(t, releases(future("later", true)))
	old := opened(t, at(s.options.DSN))
	key := flows.ResourceKey{Integration: "okta", Type: "group", ID: "g1"}
	on := flows.Entitlement{ResourceKey: key, Permission: "member"}
	account := flows.Account{Platform: "slack", Workspace: "T", User: "U"}
	puts := map[string]func(tx flows.Tx) error{
		"requests": func(tx flows.Tx) error {
			r := &flows.Request{ID: 1, State: flows.Pending, Asker: "ann", Entitlement: on, Asked: []flows.Asked{{Person: "ben"}, {Person: "cat"}}}
			if _, err := tx.Request(1); err != nil {
				r.ID = 0
			}
			return tx.PutRequest(r)
		},
		"grants": func(tx flows.Tx) error {
			g := &flows.Grant{ID: 1, State: flows.Active, Person: "ann"}
			if _, err := tx.Grant(1); err != nil {
				g.ID = 0
			}
			return tx.PutGrant(g)
		},
		"holdings": func(tx flows.Tx) error {
			h := &flows.Holding{ID: 1, Person: "ann", Entitlement: on, Open: true}
			if _, err := tx.Holding(1); err != nil {
				h.ID = 0
			}
			return tx.PutHolding(h)
		},
		"posts": func(tx flows.Tx) error {
			p := &flows.Post{ID: 1, Person: "ann"}
			if _, err := tx.Post(1); err != nil {
				p.ID = 0
			}
			return tx.PutPost(p)
		},
		"deeds": func(tx flows.Tx) error {
			d := &flows.Deed{ID: 1, Key: "k"}
			if _, err := tx.Deed(1); err != nil {
				d.ID = 0
			}
			return tx.PutDeed(d)
		},
		"people":     func(tx flows.Tx) error { return tx.PutPerson(flows.Person{ID: "ann"}) },
		"identities": func(tx flows.Tx) error { return tx.PutIdentity(&flows.Identity{Account: account, Person: "ann"}) },
		"resources":  func(tx flows.Tx) error { return tx.PutResource(flows.Resource{ResourceKey: key, Name: "prod"}) },
		"lanes":      func(tx flows.Tx) error { return tx.PutLane(flows.Lane{Name: "target:okta"}) },
		"syncs":      func(tx flows.Tx) error { return tx.PutSync(flows.SyncState{Integration: "okta"}) },
	}
	for table, put := range puts {
		changed(t, old, put)
		sqlOn(t, s, "UPDATE "+table+" SET doc = '{\"Future\":[1,2],' || SUBSTR(doc, 2)")
		if table == "requests" {
			sqlOn(t, s, "UPDATE requests SET doc = "+replaceDoc, `{"Person":"cat"`, `{"Later":"on","Person":"cat"`)
		}
		changed(t, old, put)
		doc := textOf(t, s, "SELECT doc FROM "+table)
		if !strings.Contains(doc, `"Future":[1,2]`) || (table == "requests" && !strings.Contains(doc, `"Later":"on"`)) {
			t.Errorf("%s lost what the next release wrote: %s", table, doc)
		}
	}
	rows, err := rawSession(t, s.Path()).query("SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'doc'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			t.Fatal(err)
		}
		if puts[table] == nil && table != "decisions" { // a decision is written once
			t.Errorf("the docs of %s are not tried here", table)
		}
	}
}

// A program that must not work on what the database has become is refused at its next change, and at its start.
func TestAProgramThatDoesNotFitIsRefusedWhileItRuns(t *testing.T) {
	for name, c := range map[string]struct {
		become func(t *testing.T, dsn string)
		while  string
		start  string // empty: it may start
	}{
		"the next release contracts": {
			func(t *testing.T, dsn string) { opened(t, at(dsn), releases(future("later", false))) },
			"beside which this program does not work; run the newer program", "beside which this program does not work",
		},
		"two releases on": {
			func(t *testing.T, dsn string) {
				opened(t, at(dsn), releases(future("later", true), future("latest", true)))
			},
			"beside which this program does not work; run the newer program", "beside which this program does not work",
		},
		"it was taken back": {
			func(t *testing.T, dsn string) {
				if _, err := Migrate(context.Background(), Options{DSN: dsn, Clock: newClock()}, len(migrations)-1); err != nil {
					t.Fatal(err)
				}
			},
			fmt.Sprintf("this database was taken back to schema %d, and this program needs %d", len(migrations)-1, len(migrations)), "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			onEachDSN(t, func(t *testing.T, dsn string) {
				s := opened(t, at(dsn))
				changed(t, s, add)
				c.become(t, dsn)
				err := s.Change(context.Background(), add)
				if !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), c.while) {
					t.Errorf("a change is answered %v", err)
				}
				if err := s.View(context.Background(), func(flows.Tx) error { return nil }); !errors.Is(err, ErrUnfit) {
					t.Errorf("a view is answered %v", err)
				}
				again, err := Open(context.Background(), Options{DSN: dsn, Clock: newClock()})
				if err == nil {
					again.Close()
				}
				if (err == nil) != (c.start == "") || err != nil && (!errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), c.start)) {
					t.Errorf("a start is answered %v", err)
				}
			})
		})
	}
}

func TestTheWayBack(t *testing.T) {
	onEachDSN(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		o := Options{DSN: dsn, Clock: newClock()}
		releases(future("later", true))(&o)
		back := func() error { _, err := Migrate(ctx, o, len(migrations)); return err }

		next := opened(t, at(dsn), releases(future("later", true)))
		changed(t, next, func(tx flows.Tx) error {
			for range named + 3 {
				if err := tx.PutGrant(&flows.Grant{State: flows.Active, Person: "ann"}); err != nil {
					return err
				}
			}
			return nil
		})
		sqlOn(t, next, "INSERT INTO later (grant_id, words) VALUES (7, 'in use'), (8, '')")
		sqlOn(t, next, "UPDATE grants SET doc = "+replaceDoc+" WHERE id > 1", `"State":`, `"Future":true,"State":`)
		err := back()
		var told *flows.Error
		if !errors.As(err, &told) || told.Kind != flows.KindConflict {
			t.Fatalf("a step back over rows in use is answered %v", err)
		}
		want := "the way back over later is not open, since the release before does not understand these rows; nothing was changed. " +
			"Let them come to their end, or go on with this release:\n  later 7 has words\n"
		for id := 2; id < named+2; id++ {
			want += fmt.Sprintf("  grants %d has a future\n", id)
		}
		if want += "  and 2 more of grants"; told.Sentence != want {
			t.Errorf("the refusal says\n%s\nwant\n%s", told.Sentence, want)
		}
		if got := textOf(t, next, "SELECT words FROM later WHERE grant_id = 7"); got != "in use" {
			t.Errorf("the refused step changed something: %q", got)
		}
		changed(t, next, add) // and it goes on

		sqlOn(t, next, "DELETE FROM later WHERE grant_id = 7")
		sqlOn(t, next, "UPDATE grants SET doc = "+replaceDoc, `"Future":true`, `"Future":false`)
		if err := back(); err != nil {
			t.Fatal(err)
		}
		before := opened(t, at(dsn))
		changed(t, before, add)
		if n := sum(t, before); n != 2 {
			t.Errorf("after the way back counted %d, want 2", n)
		}
		if err := back(); err != nil { // it is there already
			t.Error(err)
		}
	})
}

func TestMigrateSaysWhatItCannot(t *testing.T) {
	empty := Options{DSN: "sqlite:" + filepath.Join(t.TempDir(), "state.db"), Clock: newClock()}
	for to, want := range map[int]string{0: "knows the schemas 1 to", len(migrations) + 1: "knows the schemas 1 to", 1: "nothing is there"} {
		if _, err := Migrate(context.Background(), empty, to); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("to %d: %v", to, err)
		}
	}
	newer := opened(t, releases(future("later", true)))
	_, err := Migrate(context.Background(), Options{DSN: newer.options.DSN, Clock: newClock()}, 1)
	if err == nil || !strings.Contains(err.Error(), "only that program knows the way back") {
		t.Errorf("an older program took it back: %v", err)
	}
}

// An upgrade under load: replicas of the release before write all the while, from before the first of the next one starts until after its migration.
func TestAnUpgradeUnderLoadLosesNothing(t *testing.T) {
	postgrestest.On(t, func(t *testing.T, dsn string) {
		const callers, each = 4, 10
		before := []*Store{opened(t, at(dsn)), opened(t, at(dsn))}
		var all sync.WaitGroup
		ctx := patient(t)
		load := func(s *Store) {
			for range callers {
				all.Go(func() {
					for range each {
						if err := s.Change(ctx, add); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		load(before[0])
		changed(t, before[1], add) // the load has begun
		after := opened(t, at(dsn), releases(future("later", true)))
		load(after)
		load(before[1])
		end(t, "the load", &all)
		const want = 3*callers*each + 1
		if n := sum(t, after); n != want {
			t.Errorf("counted %d of %d", n, want)
		}
		if n, err := after.Verify(context.Background()); n != 1+want || err != nil {
			t.Errorf("the log has %d entries, %v", n, err)
		}
	})
}

// A command that only reads, of whichever release, changes nothing on a store that others work on.
func TestReadingChangesNothing(t *testing.T) {
	onEachDSN(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		s := opened(t, at(dsn))
		changed(t, s, add)
		before := dump(t, dsn)
		reads := func(o *Options) { o.Reads = true }
		reader := opened(t, at(dsn), reads)
		if n, err := reader.Verify(ctx); n != 2 || err != nil {
			t.Errorf("the log has %d entries, %v", n, err)
		}
		if err := reader.Change(ctx, add); !errors.Is(err, ErrReadOnly) {
			t.Errorf("a change is answered %v", err)
		}
		next := Options{DSN: dsn, Clock: newClock()}
		reads(&next)
		releases(future("later", true))(&next)
		if _, err := Open(ctx, next); err == nil || !strings.Contains(err.Error(), "read it with the program that runs on it") {
			t.Errorf("the next release's reader is answered %v", err)
		}
		sameDump(t, "it was read", dump(t, dsn), before)
		changed(t, s, add)
	})
}

// The way back over every step, from a store with some of everything in it, and forward again: what the steps did not bring stays as it was.
func TestAFullStoreGoesBackAndForward(t *testing.T) {
	onEachDSN(t, func(t *testing.T, dsn string) {
		full(t, dsn)
		o := Options{DSN: dsn, Clock: newClock()}
		before := dump(t, dsn)
		for to := len(migrations) - 1; to >= 1; to-- {
			_, err := Migrate(context.Background(), o, to)
			var told *flows.Error
			if errors.As(err, &told) && told.Kind == flows.KindConflict { // rows in it need what a step brought
				sameDump(t, fmt.Sprintf("refused to %d", to), dump(t, dsn), before)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			left := dump(t, dsn)
			if _, err := Migrate(context.Background(), o, len(migrations)); err != nil {
				t.Fatal(err)
			}
			after := dump(t, dsn)
			for _, line := range slices.Concat(left, after) {
				if !strings.HasPrefix(line, "schema_") && !slices.Contains(before, line) {
					t.Errorf("to %d and forward again there is %s", to, line)
				}
			}
			for _, line := range before {
				name, _, _ := strings.Cut(line, " ")
				if !strings.HasPrefix(name, "schema_") && slices.ContainsFunc(left, func(l string) bool { return strings.HasPrefix(l, name+" ") }) && !slices.Contains(after, line) {
					t.Errorf("to %d and forward again there is no %s", to, line)
				}
			}
			if n, err := opened(t, at(dsn)).Verify(context.Background()); n != 7 || err != nil {
				t.Errorf("the log has %d entries, %v", n, err)
			}
		}
	})
}
