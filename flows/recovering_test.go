package flows_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/store"
)

// logbook is a target that can say what our own credential wrote.
type logbook struct {
	*target
	clock  *clock
	writes []flows.Write
	closed error // what asking for it fails with
}

func (l *logbook) Grant(ctx context.Context, e flows.Entitlement, p flows.PersonID) error {
	return l.noting(e, p, true, l.target.Grant(ctx, e, p))
}

func (l *logbook) Remove(ctx context.Context, e flows.Entitlement, p flows.PersonID) error {
	return l.noting(e, p, false, l.target.Remove(ctx, e, p))
}

func (l *logbook) noting(e flows.Entitlement, p flows.PersonID, added bool, err error) error {
	if l.has(e, p) == added {
		l.writes = append(l.writes, flows.Write{Entitlement: e, Person: p, Added: added, At: l.clock.Company()})
	}
	return err
}

func (l *logbook) WritesSince(_ context.Context, from, to time.Time) (out []flows.Write, err error) {
	for _, w := range l.writes {
		if !w.At.Before(from) && !w.At.After(to) {
			out = append(out, w)
		}
	}
	return out, l.closed
}

// beside keeps members outside the database.
type beside map[string]flows.KeptMembers

func (b beside) KeepMembers(name string, m flows.KeptMembers) error { b[name] = m; return nil }
func (b beside) KeptMembers(name string) (flows.KeptMembers, bool, error) {
	m, ok := b[name]
	return m, ok, nil
}

// past is a world whose database is put back to an earlier copy.
type past struct {
	*world
	copies int
	copied string
	beside beside
}

func newPast(t *testing.T, says bool, specs ...flows.FlowSpec) *past {
	t.Helper()
	w := emptyWorld(t)
	h := &past{world: w, beside: beside{}}
	w.set.Beside = h.beside
	if says {
		w.book = &logbook{target: w.target, clock: w.clock}
	}
	w.begin(specs...)
	return h
}

// copy takes a copy, and lets a moment go by.
func (h *past) copy() {
	h.t.Helper()
	h.copies++
	h.copied = filepath.Join(h.t.TempDir(), fmt.Sprintf("copy%d.db", h.copies))
	_, err := store.Backup(h.ctx, "sqlite:"+h.path, h.copied)
	h.must(err)
	h.pass(5 * time.Minute)
}

func (h *past) head() (seen flows.Head) {
	h.t.Helper()
	h.view(func(tx flows.Tx) (err error) {
		if seen.Seq, seen.Hash, err = tx.Head(); err != nil {
			return err
		}
		seen.Request, seen.Grant, err = tx.Numbers()
		return err
	})
	return seen
}

// restore puts the copy in the place of the database and starts anew, as the program does with a witness that is ahead.
func (h *past) restore() {
	h.t.Helper()
	seen := h.head()
	h.must(h.store.Close())
	text, err := os.ReadFile(h.copied)
	h.must(err)
	for _, rest := range []string{"-wal", "-shm"} {
		os.Remove(h.path + rest)
	}
	h.must(os.WriteFile(h.path, text, 0o600))
	h.open()
	h.must(h.store.Change(h.ctx, func(tx flows.Tx) error {
		how, err := seen.Lost(tx)
		if err != nil || how == "" {
			return fmt.Errorf("the loss was not noticed: %w", err)
		}
		return h.engine.NoticeOlder(tx, seen, how)
	}))
	h.must(h.engine.LoadPolicy(h.ctx, h.policy, []string{"security", "database-owners"}))
}

func (h *past) recovering() bool {
	var r *flows.Recovery
	h.view(func(tx flows.Tx) (err error) { r, err = flows.ReadRecovery(tx); return err })
	return r != nil
}

func (h *past) questions() (out []flows.Question) {
	h.view(func(tx flows.Tx) (err error) { out, err = flows.Questions(tx); return err })
	return out
}

// strays are the requests that stand for what was found.
func (h *past) strays() (out []*flows.Request) {
	for _, r := range h.requests() {
		if r.Stray {
			out = append(out, r)
		}
	}
	return out
}

func TestAccessThatWasForgottenIsFoundAndTakenAway(t *testing.T) {
	h := newPast(t, true, automatic())
	h.copy()
	r := h.ask(ana, 8*time.Hour)
	is(t, "given", h.target.has(prodKey, ana), true)
	h.restore()
	h.run()
	is(t, "recovering", h.recovering(), true)
	is(t, "found at once", len(h.strays()), 1)
	stray := h.strays()[0]
	is(t, "its number was never used", stray.ID > r.ID, true)
	is(t, "a lease with an end", h.grant(stray.ID).Ends.Sub(h.clock.Company()), 15*time.Minute)
	is(t, "admins are told", slices.ContainsFunc(h.alarms(), func(s string) bool {
		return strings.Contains(s, "Ana Silva has prod-db. Hallpass gave it, its restored database does not know why.")
	}), true)
	_, err := h.engine.ExplainRequest(h.ctx, stray.ID)
	h.must(err)
	h.pass(3 * time.Minute)
	is(t, "recovered when the target's log must be complete", h.recovering(), false)
	is(t, "found once", len(h.strays()), 1)
	h.pass(15 * time.Minute)
	is(t, "taken away", h.target.has(prodKey, ana), false)
	is(t, "with proof", h.holding(h.grant(stray.ID).Holding).Proof, flows.ProofGone)
	is(t, "the story", strings.Join(h.log(stray.ID), ", "), "found, warned, ending, taken back")
}

func TestWhatWasThereBeforeOurWriteStays(t *testing.T) {
	h := newPast(t, true, automatic())
	h.target.members[prodKey] = map[flows.PersonID]bool{ana: true}
	h.sync()
	h.copy()
	h.target.members[prodKey] = map[flows.PersonID]bool{} // somebody takes her out, so that Hallpass gives it
	h.ask(ana, 8*time.Hour)
	h.restore()
	h.pass(30 * time.Minute)
	is(t, "recovered", h.recovering(), false)
	is(t, "it stays", h.target.has(prodKey, ana), true)
	is(t, "no stray", len(h.strays()), 0)
	is(t, "an admin is asked", len(h.questions()), 1)
	q := h.questions()[0]
	is(t, "why", q.Why, "a sync before saw it there already")
	for _, c := range []struct {
		by   flows.PersonID
		what string
		want string
	}{{ben, "left", "Only admins of Hallpass can settle this."}, {eve, "left", ""}, {eve, "take", "Somebody has settled this already. Look again."}} {
		a, err := h.engine.SettleStray(h.ctx, h.actor(c.by), q.Key, c.what)
		h.must(err)
		is(t, c.what+" by "+string(c.by), a.Sentence, c.want)
	}
	h.pass(time.Hour)
	is(t, "and it stays", h.target.has(prodKey, ana), true)
}

func TestWhileRecoveringNothingIsGivenAndEndsGoOn(t *testing.T) {
	h := newPast(t, true, automatic())
	runs := h.ask(ana, time.Hour)
	h.copy()
	h.ask(ben, 8*time.Hour)
	h.book.closed = later()
	h.restore()
	h.run()
	waits := h.ask(caro, time.Hour)
	is(t, "waits", h.grant(waits.ID).State, flows.Waiting)
	is(t, "and says why", h.grant(waits.ID).Late, "Hallpass is finding out what its restored database does not know")
	h.pass(70 * time.Minute)
	is(t, "the end came", h.target.has(prodKey, ana), false)
	is(t, "proved", h.grant(runs.ID).State, flows.Ended)
	is(t, "nothing was given", h.target.has(prodKey, caro), false)
	h.must(h.store.Close()) // it lasts over a restart
	h.reopen()
	h.pass(time.Minute)
	is(t, "still recovering", h.recovering(), true)
	is(t, "nothing was given after a restart", h.target.has(prodKey, caro), false)
	h.book.closed = nil
	h.pass(time.Minute)
	is(t, "then it is over", h.recovering(), false)
	is(t, "and goes on", h.target.has(prodKey, caro), true)
	is(t, "what was found", len(h.strays()), 1)
	h.pass(20 * time.Minute)
	is(t, "is gone", h.target.has(prodKey, ben), false)
	is(t, "Ana was told until when", h.told(ana)[0], "notice have")
}

// The copy knows a lease that was given back afterwards. It is over and is never given again, whatever its state was.
func TestALeaseThatWasOverIsNotGivenAgain(t *testing.T) {
	for name, until := range map[string]flows.GrantState{"waiting": flows.Waiting, "granting": flows.Granting, "active": flows.Active} {
		t.Run(name, func(t *testing.T) {
			h := newPast(t, true, automatic())
			switch until {
			case flows.Waiting:
				h.target.down = true
			case flows.Granting:
				h.target.before = func(verb string) { h.target.down = verb == "grant" }
			}
			r := h.ask(ana, time.Hour)
			is(t, "before", h.grant(r.ID).State, until)
			h.copy()
			h.target.before, h.target.down = nil, false
			h.pass(time.Minute)
			is(t, "given", h.target.has(prodKey, ana), true)
			_, err := h.engine.GiveBack(h.ctx, h.actor(ana), h.grant(r.ID).ID)
			h.must(err)
			h.pass(2 * time.Minute)
			is(t, "given back", h.target.has(prodKey, ana), false)
			h.restore()
			h.pass(10 * time.Minute)
			is(t, "recovered", h.recovering(), false)
			is(t, "not given again", h.target.has(prodKey, ana), false)
			want := flows.Ended
			if until == flows.Waiting {
				want = flows.Dropped
			}
			is(t, "over", h.grant(r.ID).State, want)
			is(t, "because", h.grant(r.ID).Cause, flows.WasOver)
			is(t, "no stray", len(h.strays()), 0)
		})
	}
}

// An extension that was agreed to in the lost time is not known any more: the lease ends by the earlier time, and its holder is told when that is.
func TestALostExtensionEndsByTheEarlierTime(t *testing.T) {
	h := newPast(t, true, automatic())
	r := h.ask(ana, time.Hour)
	h.copy()
	_, err := h.engine.Ask(h.ctx, h.actor(ana), flows.Draft{Extends: h.grant(r.ID).ID, Duration: 2 * time.Hour, Reason: "not done yet"})
	h.must(err)
	h.run()
	is(t, "extended", h.grant(r.ID).Ends.Sub(h.grant(r.ID).Started), 3*time.Hour)
	h.restore()
	h.pass(5 * time.Minute)
	is(t, "told", slices.Contains(h.told(ana), "notice restored"), true)
	h.pass(time.Hour)
	is(t, "over by the earlier time", h.target.has(prodKey, ana), false)
}

// It was given back and given anew in the lost time: the old lease is over, what is there is found.
func TestWhatWasGivenAnewIsNotTheOldLease(t *testing.T) {
	h := newPast(t, true, automatic())
	first := h.ask(ana, 8*time.Hour)
	h.copy()
	_, err := h.engine.GiveBack(h.ctx, h.actor(ana), h.grant(first.ID).ID)
	h.must(err)
	h.pass(2 * time.Minute)
	h.ask(ana, 8*time.Hour)
	h.restore()
	h.pass(5 * time.Minute)
	is(t, "one stray", len(h.strays()), 1)
	is(t, "the old lease", h.grant(first.ID).State, flows.Ended)
	is(t, "leans on nothing any more", h.grant(first.ID).Released, h.strays()[0].ID.String())
	is(t, "still there", h.target.has(prodKey, ana), true)
	h.pass(15 * time.Minute)
	is(t, "gone with the stray", h.target.has(prodKey, ana), false)
}

func TestAnAdminKeepsWhatWasFoundForATime(t *testing.T) {
	h := newPast(t, true, automatic())
	h.copy()
	h.ask(ana, 8*time.Hour)
	h.restore()
	h.pass(5 * time.Minute)
	g := h.grant(h.strays()[0].ID)
	for _, c := range []struct {
		by   flows.PersonID
		what string
		want string
	}{{ana, "keep 8h", "Only admins of Hallpass can settle this."}, {eve, "left", "This access is Hallpass’s own: keep it for a time, or take it away."}, {eve, "keep 2h", ""}} {
		a, err := h.engine.SettleStray(h.ctx, h.actor(c.by), g.ID.String(), c.what)
		h.must(err)
		is(t, c.what+" by "+string(c.by), a.Sentence, c.want)
	}
	if _, err := h.engine.SettleStray(h.ctx, h.actor(eve), g.ID.String(), "keep 90d"); flows.KindOf(err) != flows.KindInvalid {
		t.Errorf("kept for too long: %v", err)
	}
	h.pass(time.Hour)
	is(t, "kept", h.target.has(prodKey, ana), true)
	h.pass(time.Hour + time.Minute)
	is(t, "and then it ends", h.target.has(prodKey, ana), false)
	is(t, "the story", strings.Join(h.log(g.Request), ", "), "found, kept by an admin, warned, ending, taken back")
}

func TestATargetThatCannotSayIsComparedWithWhatWasKeptOutside(t *testing.T) {
	h := newPast(t, false, automatic())
	h.copy()
	h.ask(ana, 8*time.Hour)
	h.sync() // keeps Ana as ours
	h.ask(ben, 8*time.Hour)
	h.target.members[prodKey][dev] = true // by hand
	h.restore()
	h.pass(5 * time.Minute)
	is(t, "recovered", h.recovering(), false)
	is(t, "ours as of the last sync", len(h.strays()), 1)
	is(t, "is Ana's", h.strays()[0].For, ana)
	var who []string
	for _, q := range h.questions() {
		who = append(who, string(q.Person))
	}
	slices.Sort(who)
	is(t, "the others are asked about", fmt.Sprint(who), fmt.Sprint([]flows.PersonID{ben, dev}))
	for _, q := range h.questions() {
		what := map[flows.PersonID]string{ben: "take", dev: "left"}[q.Person]
		_, err := h.engine.SettleStray(h.ctx, h.actor(eve), q.Key, what)
		h.must(err)
	}
	h.pass(20 * time.Minute)
	is(t, "Ana has lost it", h.target.has(prodKey, ana), false)
	is(t, "Ben too", h.target.has(prodKey, ben), false)
	is(t, "Dev keeps it", h.target.has(prodKey, dev), true)
}

func TestWhereNothingWasKeptOutsideAdminsAreAsked(t *testing.T) {
	h := newPast(t, false, automatic())
	was := h.ask(caro, 8*time.Hour)
	h.copy()
	h.ask(ana, 8*time.Hour)
	_, err := h.engine.GiveBack(h.ctx, h.actor(caro), h.grant(was.ID).ID)
	h.must(err)
	h.pass(2 * time.Minute)
	clear(h.beside)
	h.restore()
	h.pass(5 * time.Minute)
	is(t, "recovered", h.recovering(), false)
	is(t, "asked about", len(h.questions()), 1)
	is(t, "Caro's lease is over", h.grant(was.ID).Cause, flows.WasOver)
	_, err = h.engine.SettleStray(h.ctx, h.actor(eve), h.questions()[0].Key, "keep 1h")
	h.must(err)
	h.pass(30 * time.Minute)
	is(t, "kept", h.target.has(prodKey, ana), true)
	h.pass(40 * time.Minute)
	is(t, "then it ends", h.target.has(prodKey, ana), false)
}

func TestMoreThanAnAdminCanBeAskedAboutAtOnceIsTold(t *testing.T) {
	h := newPast(t, false, automatic())
	h.copy()
	h.ask(ana, 8*time.Hour)
	clear(h.beside)
	for n := range 203 {
		h.target.members[prodKey][flows.PersonID(fmt.Sprintf("00u%03d", n))] = true
	}
	h.restore()
	h.pass(5 * time.Minute)
	is(t, "asked about", len(h.questions()), 200)
	told := 0
	for _, a := range h.alarms() {
		if strings.Contains(a, "run hallpass store recover once more") {
			told++
		}
	}
	is(t, "told once that there are more", told, 1)
}

func TestATargetThatRefusesToSayHoldsTheRecoveryUpUntilItIsCompared(t *testing.T) {
	h := newPast(t, true, automatic())
	h.copy()
	h.ask(ana, 8*time.Hour)
	h.sync()
	h.book.closed = &flows.CallError{Outcome: flows.OutcomeRefused, Sentence: "Okta refuses: okta.logs.read is missing"}
	h.restore()
	h.pass(10 * time.Minute)
	is(t, "recovering", h.recovering(), true)
	told := slices.DeleteFunc(h.alarms(), func(s string) bool { return !strings.Contains(s, "okta.logs.read is missing") })
	is(t, "told once", len(told), 1)
	h.must(h.engine.Recover(h.ctx, time.Time{}, "okta"))
	h.pass(time.Minute)
	is(t, "recovered", h.recovering(), false)
	is(t, "what was kept outside says that it was ours", len(h.strays()), 1)
}

// Cards that were drawn in the lost time do not count, nor do numbers.
func TestWhatWasShownInTheLostTimeIsNotPressedNorNumberedAgain(t *testing.T) {
	h := newPast(t, true, oneStep())
	r := h.ask(ana, time.Hour)
	h.copy()
	lost := h.ask(dev, time.Hour)
	stale := h.pressOn(ben, lost.ID, true)
	shown := h.pressOn(ben, r.ID, true)
	h.restore()
	h.run()
	a, err := h.engine.Decide(h.ctx, h.actor(ben), stale)
	h.must(err)
	is(t, "a card of a lost request", a.Sentence != "", true)
	a, err = h.engine.Decide(h.ctx, h.actor(ben), shown)
	h.must(err)
	is(t, "a card of before", a.Stale, true)
	is(t, "nothing decided", len(h.decisions(r.ID)), 0)
	h.pass(5 * time.Minute)
	is(t, "a new number", h.ask(dev, time.Hour).ID > lost.ID+50, true)
	h.press(ben, r.ID, true)
	is(t, "the card as it stands counts", h.request(r.ID).State, flows.Approved)
}

// Set back once more while it recovers, or by the machine's admin, it asks from the earlier moment.
func TestSetBackTwice(t *testing.T) {
	h := newPast(t, true, automatic())
	h.copy()
	h.ask(ana, 8*time.Hour)
	h.restore()
	h.run()
	h.restore()
	h.pass(5 * time.Minute)
	is(t, "recovered", h.recovering(), false)
	is(t, "one stray", len(h.strays()), 1)
	h.pass(20 * time.Minute)
	is(t, "gone", h.target.has(prodKey, ana), false)
}
