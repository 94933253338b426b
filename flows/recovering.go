package flows

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Recovery is the time from noticing that the database is older than what was done with it until what it does not know has been found and
// settled. Ends go on meanwhile, nothing new is given.
type Recovery struct {
	Number    int64     // the entry that it began with
	Since     time.Time // company time
	SinceReal time.Time // machine time
	From      time.Time // company time: up to then the database knows what was done
	Why       string
	Lost      bool              // something is surely missing; without it there is only no witness to say that nothing is
	Compare   map[string]bool   // targets whose members are compared, though they could say who wrote
	Settled   map[string]bool   // targets that have been asked for good
	Trouble   map[string]string // why a target has not been, by its name
	Strays    int               // how many were found
	Over      int               // how many leases were over already
	Questions int               // how many wait for an admin
}

// RecoveryWork is the name under which IntentSync settles what an older database does not know.
const RecoveryWork = "recovery"

const (
	metaRecovering = "recovering"
	metaRecovered  = "recovered" // the last Recovery that ended

	// recoveringWords are on the cards of what waits for it.
	recoveringWords = "Hallpass is finding out what its restored database does not know"

	// recoverMargin is how long before the database's last moment a target is asked about: its clock, and a call that was under way then.
	recoverMargin = 10 * time.Minute
	// recoverSkew is by how much a target's clock may be off when the order of its writes and of our entries matters.
	recoverSkew = 2 * time.Minute
	// recoverReach is how far back a target is asked where the database knows nothing at all.
	recoverReach = 89 * 24 * time.Hour
	// numbersApart is how far numbers leap, so that none that people were shown is given twice; the witness may be a moment behind.
	numbersApart = 100
	// numbersUnseen is the leap where no witness says which numbers were given.
	numbersUnseen = 1000
	// revisionsApart makes cards that were drawn in the lost time too old to be pressed.
	revisionsApart = 1000
	// logLag is how long after a write a target's log may still lack it, unless the settings say otherwise.
	logLag = 2 * time.Minute
)

// ReadRecovery is what Hallpass recovers from now, nil when it does not.
func ReadRecovery(tx Tx) (*Recovery, error) { return readMeta[Recovery](tx, metaRecovering) }

// ReadRecovered is the last recovery that has ended, nil when there was none.
func ReadRecovered(tx Tx) (*Recovery, error) { return readMeta[Recovery](tx, metaRecovered) }

// whileRecovering is a reason for which nothing new is given.
func whileRecovering(tx Tx) (string, error) {
	r, err := ReadRecovery(tx)
	if err != nil || r == nil {
		return "", err
	}
	return recoveringWords, nil
}

// NoticeOlder begins the recovery, in the transaction that found the database older than what was seen of it, or without a witness that says
// how it was. Nothing may have been written before it.
func (e *Engine) NoticeOlder(tx Tx, seen Head, why string) error {
	from, err := lastMoment(tx)
	if err != nil {
		return err
	}
	return e.beginRecovery(tx, seen, from, why, seen.Seq > 0)
}

// lastMoment is when the newest entry was written; for a log that only names its installation, long ago.
func lastMoment(tx Tx) (time.Time, error) {
	seq, _, err := tx.Head()
	if err != nil || seq <= 1 {
		return tx.Now().Add(-recoverReach), err
	}
	list, err := tx.Entries(EntryFilter{After: seq - 1, Limit: 1})
	if err != nil || len(list) == 0 {
		return tx.Now().Add(-recoverReach), err
	}
	return list[0].At, nil
}

// Recover begins a recovery that an admin of the machine wants, from a moment of company time; compare names targets whose members are to be
// compared. One that is under way goes on, further back if need be.
func (e *Engine) Recover(ctx context.Context, from time.Time, compare ...string) error {
	return e.store.Change(ctx, func(tx Tx) error {
		r, err := ReadRecovery(tx)
		if err != nil {
			return err
		}
		if r == nil || !from.IsZero() && from.Before(r.From) {
			if from.IsZero() {
				if from, err = lastMoment(tx); err != nil {
					return err
				}
			}
			if err := e.beginRecovery(tx, Head{}, from, "an admin wants it", true); err != nil {
				return err
			}
			if r, err = ReadRecovery(tx); err != nil {
				return err
			}
		}
		for _, name := range compare {
			r.Compare[name] = true
		}
		return putMeta(tx, metaRecovering, r)
	})
}

func (e *Engine) beginRecovery(tx Tx, seen Head, from time.Time, why string, lost bool) error {
	r := &Recovery{Since: tx.Now(), SinceReal: tx.Real(), From: from, Why: why, Lost: lost,
		Compare: map[string]bool{}, Settled: map[string]bool{}, Trouble: map[string]string{}}
	if old, err := ReadRecovery(tx); err != nil {
		return err
	} else if old != nil { // set back once more before it was over
		r.From, r.Lost = earlier(from, old.From), lost || old.Lost
	}
	if err := e.leap(tx, seen); err != nil {
		return err
	}
	if err := tx.RedoClaimed(); err != nil {
		return err
	}
	for _, f := range e.policy.Load().Flows { // in force here, so that what is asked now can be read
		if err := tx.PutFlowText(f.Hash(), f.Text()); err != nil {
			return err
		}
	}
	data := map[string]string{"why": why, "from": from.UTC().Format(time.RFC3339)}
	if seen.Seq > 0 {
		data["seen"] = fmt.Sprintf("%d %s", seen.Seq, seen.Hash)
	}
	entry := &Entry{Action: ActRecovering, Data: data}
	if err := e.log(tx, entry); err != nil {
		return err
	}
	r.Number = entry.Seq
	if err := putMeta(tx, metaRecovering, r); err != nil {
		return err
	}
	words := fmt.Sprintf("Hallpass’s database is older than what was done with it: %s. It knows what happened until %s (UTC). Ends go on, and nothing new is given until what Hallpass did since is found and settled.",
		why, from.UTC().Format("2 January 15:04:05"))
	if !lost {
		words = fmt.Sprintf("Nothing says whether Hallpass’s database is the newest: %s. Ends go on, and nothing new is given until the targets have been asked what Hallpass did that it does not know.", why)
	}
	if err := e.alarm(tx, fmt.Sprintf("recovering/%d", entry.Seq), words, Entry{}); err != nil {
		return err
	}
	return WantSync(tx, RecoveryWork, tx.Real())
}

// leap keeps numbers and revisions that people were shown in the lost time from being used for something else.
func (e *Engine) leap(tx Tx, seen Head) error {
	r, g, err := tx.Numbers()
	if err != nil {
		return err
	}
	apart := numbersApart
	if seen.Request == 0 && seen.Grant == 0 {
		apart = numbersUnseen
	}
	if err := tx.SkipNumbers(max(r, seen.Request)+RequestID(apart), max(g, seen.Grant)+GrantID(apart)); err != nil {
		return err
	}
	list, err := tx.Requests(RequestFilter{States: []RequestState{Pending}})
	if err != nil {
		return err
	}
	for _, r := range list {
		r.Revision += revisionsApart
		if err := e.touch(tx, r); err != nil {
			return err
		}
	}
	return nil
}

// recover asks every target what our credential wrote since the database's last moment, at once and again when its log must be complete, and
// settles what comes of it.
func (e *Engine) recover(ctx context.Context) Result {
	r, err := e.recovery(ctx)
	if err != nil || r == nil {
		return Result{Again: err != nil, Err: err}
	}
	complete := r.SinceReal.Add(e.set.LogLag + e.set.CallTimeout + e.set.Landing)
	for _, name := range slices.Sorted(maps.Keys(e.out.Targets)) {
		if r.Settled[name] {
			continue
		}
		final := !e.clock.Machine().Before(complete)
		err := e.settleTarget(ctx, r, name, final)
		if err != nil {
			e.noteTrouble(name, err)
		}
		if err := e.store.Change(ctx, func(tx Tx) error { return e.noteSettled(tx, r, name, final, err) }); err != nil {
			return failed(err)
		}
	}
	over := false
	if err := e.store.Change(ctx, func(tx Tx) (err error) {
		over, err = e.endRecovery(tx, r)
		return err
	}); err != nil {
		return failed(err)
	}
	switch now := e.clock.Machine(); {
	case over:
		return done()
	case now.Before(complete):
		return againReal(earlier(complete, now.Add(troubleEvery)))
	default:
		return againReal(now.Add(troubleEvery))
	}
}

func (e *Engine) recovery(ctx context.Context) (r *Recovery, err error) {
	err = e.store.View(ctx, func(tx Tx) (err error) {
		r, err = ReadRecovery(tx)
		return err
	})
	return r, err
}

// sameRecovery is the recovery as it stands, nil when it is over or another has begun.
func sameRecovery(tx Tx, r *Recovery) (*Recovery, error) {
	now, err := ReadRecovery(tx)
	if err != nil || now == nil || now.Number != r.Number {
		return nil, err
	}
	return now, nil
}

// noteSettled keeps how asking a target went. Admins are told once of one that cannot be asked.
func (e *Engine) noteSettled(tx Tx, r *Recovery, name string, final bool, trouble error) error {
	now, err := sameRecovery(tx, r)
	if err != nil || now == nil {
		return err
	}
	if trouble == nil {
		delete(now.Trouble, name)
		now.Settled[name] = final
		return putMeta(tx, metaRecovering, now)
	}
	call := AsCall(trouble)
	now.Trouble[name] = call.Sentence
	if err := putMeta(tx, metaRecovering, now); err != nil || call.Outcome != OutcomeRefused {
		return err
	}
	words := fmt.Sprintf("%s does not say what Hallpass wrote there since its database was set back: %s. Nothing new is given until it does. If it never will, have its members compared: hallpass store recover --compare %s.",
		e.out.title(name), call.Sentence, name)
	return e.alarmOnce(tx, fmt.Sprintf("recovering/%d/%s", r.Number, name), words)
}

// endRecovery ends it once every target has been asked for good.
func (e *Engine) endRecovery(tx Tx, r *Recovery) (bool, error) {
	now, err := sameRecovery(tx, r)
	if err != nil || now == nil {
		return false, err
	}
	for name := range e.out.Targets {
		if !now.Settled[name] {
			return false, nil
		}
	}
	if err := errors.Join(tx.PutMeta(metaRecovering, ""), putMeta(tx, metaRecovered, now)); err != nil {
		return false, err
	}
	found := map[string]string{"strays": fmt.Sprint(now.Strays), "over": fmt.Sprint(now.Over), "questions": fmt.Sprint(now.Questions)}
	entry := &Entry{Action: ActRecovered, Data: found}
	if err := e.log(tx, entry); err != nil {
		return false, err
	}
	if err := e.tellAdmins(tx, fmt.Sprintf("recovered/%d", entry.Seq), now.Words(), 0); err != nil {
		return false, err
	}
	if now.Lost || now.Strays+now.Over > 0 {
		if err := e.tellHolders(tx); err != nil {
			return false, err
		}
	}
	return true, e.goOnGiving(tx)
}

// Words tell the admins what came of it.
func (r *Recovery) Words() string {
	words := "Hallpass knows again what it did; new access is given again."
	switch {
	case r.Strays+r.Over+r.Questions == 0:
		return words + " Nothing was found that its database did not know."
	case r.Strays > 0:
		words += fmt.Sprintf(" %s found that nothing explains: each ends by itself unless an admin keeps it.", count(r.Strays, "access was", "accesses were"))
	}
	if r.Over > 0 {
		words += fmt.Sprintf(" %s over already.", count(r.Over, "grant was", "grants were"))
	}
	if r.Questions > 0 {
		words += fmt.Sprintf(" %s for an admin in App Home: nobody can tell who gave them.", count(r.Questions, "access waits", "accesses wait"))
	}
	return words
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// tellHolders tells everybody who has something until when that is: an extension that was agreed to in the lost time is not known any more.
func (e *Engine) tellHolders(tx Tx) error {
	list, err := tx.Grants(GrantFilter{States: []GrantState{Active}})
	if err != nil {
		return err
	}
	for _, g := range list {
		r, err := tx.Request(g.Request)
		if err != nil {
			return err
		}
		if r.Stray || g.Endless() {
			continue
		}
		if err := e.notice(tx, "restored", g.Person, r, g); err != nil {
			return err
		}
	}
	return nil
}

// goOnGiving has everything looked at that waited.
func (e *Engine) goOnGiving(tx Tx) error {
	list, err := tx.Grants(GrantFilter{States: []GrantState{Waiting, Granting}})
	if err != nil {
		return err
	}
	for _, g := range list {
		h, err := tx.Holding(g.Holding)
		if err != nil {
			return err
		}
		if err := wantHold(tx, h, RankGrant); err != nil {
			return err
		}
	}
	return lookAgain(tx, RequestFilter{States: []RequestState{Pending}})
}
