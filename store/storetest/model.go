package storetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hallpass/flows"
)

// The model keeps open intents in a list and looks through all of it. What it does is written from the contract, as plainly as it
// can be; a store that is clever about indexes must do the same.
type model struct {
	clock *Clock
	open  []*flows.Intent
}

func (m *model) now(s flows.Scale) time.Time {
	if s == flows.ByCompany {
		return m.clock.Company()
	}
	return m.clock.Machine()
}

func (m *model) find(match func(*flows.Intent) bool) *flows.Intent {
	if n := slices.IndexFunc(m.open, match); n >= 0 {
		return m.open[n]
	}
	return nil
}

func (m *model) want(i flows.Intent, id int64) {
	immediately := i.Due.IsZero()
	if immediately {
		i.Due = m.now(i.Scale)
	}
	open := m.find(func(o *flows.Intent) bool { return o.Kind == i.Kind && o.Subject == i.Subject })
	if open == nil {
		i.ID, i.Generation = id, 1
		m.open = append(m.open, &i)
		return
	}
	open.Generation++
	open.Lane, open.Rank = i.Lane, min(open.Rank, i.Rank)
	rests := open.Due.IsZero()
	waitsOutError := !rests && open.LastError != "" && open.Owner == ""
	earlier := rests || i.Due.Sub(m.now(i.Scale)) < open.Due.Sub(m.now(open.Scale))
	if earlier && (!waitsOutError || immediately) {
		open.Scale, open.Due = i.Scale, i.Due
	}
	if rests {
		open.Parked = false
	}
}

func (m *model) claim(c flows.ClaimQuery) []flows.Intent {
	slices.SortFunc(m.open, func(a, b *flows.Intent) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID))
	})
	left := map[string]int{}
	out := []flows.Intent{}
	for _, i := range m.open {
		if _, seen := left[i.Lane]; !seen {
			left[i.Lane] = c.Room[""]
			if n, listed := c.Room[i.Lane]; listed {
				left[i.Lane] = n
			}
		}
		held := i.Owner != "" && i.ClaimedTo.After(c.Machine)
		due := !i.Due.IsZero() && !i.Due.After(m.now(i.Scale))
		if held || !due || slices.Contains(c.Skip, i.Lane) || left[i.Lane] <= 0 || len(out) == c.Limit {
			continue
		}
		left[i.Lane]--
		i.Owner, i.ClaimedTo, i.Attempt = c.Owner, c.Until, i.Attempt+1
		out = append(out, *i)
	}
	return out
}

func (m *model) finish(claimed flows.Intent, f flows.Finish) bool {
	i := m.find(func(o *flows.Intent) bool { return o.ID == claimed.ID })
	if i == nil || i.Owner == "" || i.Owner != claimed.Owner || i.Attempt != claimed.Attempt {
		return false
	}
	i.Owner, i.ClaimedTo, i.LastError, i.Parked = "", time.Time{}, f.Error, false
	if i.Generation != claimed.Generation {
		i.Due = m.now(i.Scale)
		return false
	}
	if f.Done {
		m.open = slices.DeleteFunc(m.open, func(o *flows.Intent) bool { return o == i })
		return true
	}
	i.Scale, i.Due, i.Parked = f.Scale, f.Due, f.Park
	if i.Due.IsZero() && !f.Park {
		i.Due = m.now(i.Scale)
	}
	return true
}

func (m *model) nextDue(s flows.Scale, skip []string) (next time.Time) {
	earlier := func(at time.Time) {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	for _, i := range m.open {
		switch {
		case slices.Contains(skip, i.Lane):
		case i.Owner != "" && s == flows.ByMachine:
			earlier(i.ClaimedTo)
		case i.Owner == "" && i.Scale == s && !i.Due.IsZero():
			earlier(i.Due)
		}
	}
	return next
}

func (m *model) byID() []flows.Intent {
	out := []flows.Intent{}
	for _, i := range m.open {
		out = append(out, *i)
	}
	slices.SortFunc(out, func(a, b flows.Intent) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// run is one random story told to the store and to the model.
type run struct {
	*rapid.T
	store   flows.Store
	model   *model
	claimed []flows.Intent // every claim ever made, to finish some of them late or twice
}

func againstModel(w *world) {
	rapid.Check(w.T, func(t *rapid.T) {
		r := &run{T: t, store: w.store, model: &model{clock: w.clock}}
		r.empty()
		t.Repeat(map[string]func(*rapid.T){
			"want":    func(t *rapid.T) { r.T = t; r.want() },
			"claim":   func(t *rapid.T) { r.T = t; r.claim() },
			"finish":  func(t *rapid.T) { r.T = t; r.finish() },
			"advance": func(t *rapid.T) { r.T = t; r.advance() },
			"":        func(t *rapid.T) { r.T = t; r.compare() },
		})
	})
}

func (r *run) change(f func(tx flows.Tx) error) {
	if err := r.store.Change(context.Background(), f); err != nil {
		r.Fatalf("Change: %v", err)
	}
}

func (r *run) same(what string, got, want any) {
	if diff := gocmp.Diff(want, got); diff != "" {
		r.Fatalf("%s differs from the model (-model +store):\n%s", what, diff)
	}
}

// empty completes what the story before has left, so that one store serves all stories.
func (r *run) empty() {
	far := r.model.clock.Machine().Add(1e6 * time.Hour)
	r.change(func(tx flows.Tx) error {
		all, err := tx.Intents(flows.IntentFilter{})
		for _, i := range all {
			err = cmp.Or(err, tx.Want(flows.Intent{Kind: i.Kind, Subject: i.Subject, Lane: i.Lane}))
		}
		if err != nil {
			return err
		}
		all, err = tx.Claim(flows.ClaimQuery{Owner: "broom", Company: far, Machine: far, Until: far, Room: map[string]int{"": 1000}, Limit: 1000})
		for _, i := range all {
			_, failed := tx.Finish(i, flows.Finish{Done: true})
			err = cmp.Or(err, failed)
		}
		return err
	})
}

var (
	someLane  = rapid.SampledFrom([]string{"a", "b", "c"})
	someScale = rapid.SampledFrom([]flows.Scale{flows.ByCompany, flows.ByMachine})
)

// some time around the present, or none.
func (r *run) some(s flows.Scale) time.Time {
	seconds := rapid.IntRange(-3, 4).Draw(r.T, "seconds")
	if seconds == 4 {
		return time.Time{}
	}
	return r.model.now(s).Add(time.Duration(seconds) * time.Second)
}

func (r *run) want() {
	i := flows.Intent{
		Kind:    rapid.SampledFrom([]flows.IntentKind{flows.IntentHold, flows.IntentPost}).Draw(r.T, "kind"),
		Subject: fmt.Sprint(rapid.IntRange(1, 4).Draw(r.T, "subject")),
		Lane:    someLane.Draw(r.T, "lane"),
		Rank:    rapid.SampledFrom([]int{flows.RankEnd, flows.RankGrant, flows.RankCard}).Draw(r.T, "rank"),
		Scale:   someScale.Draw(r.T, "scale"),
	}
	i.Due = r.some(i.Scale)
	var id int64
	r.change(func(tx flows.Tx) error {
		if err := tx.Want(i); err != nil {
			return err
		}
		open, err := tx.Intent(i.Kind, i.Subject)
		if err == nil {
			id = open.ID
		}
		return err
	})
	r.model.want(i, id)
}

func (r *run) claim() {
	now := r.model.clock.Machine()
	c := flows.ClaimQuery{
		Owner:   rapid.SampledFrom([]string{"one", "two"}).Draw(r.T, "owner"),
		Company: r.model.clock.Company(), Machine: now,
		Until: now.Add(time.Duration(rapid.IntRange(1, 3).Draw(r.T, "lease")) * time.Second),
		Skip:  rapid.SliceOfNDistinct(someLane, 0, 2, rapid.ID).Draw(r.T, "skip"),
		Room:  rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", ""}), rapid.IntRange(0, 2), 0, 3).Draw(r.T, "room"),
		Limit: rapid.IntRange(0, 5).Draw(r.T, "limit"),
	}
	got := []flows.Intent{}
	r.change(func(tx flows.Tx) error {
		all, err := tx.Claim(c)
		got = append(got[:0], all...)
		return err
	})
	r.same("Claim", got, r.model.claim(c))
	r.claimed = append(r.claimed, got...)
}

func (r *run) finish() {
	if len(r.claimed) == 0 {
		return
	}
	claimed := rapid.SampledFrom(r.claimed).Draw(r.T, "claimed")
	f := flows.Finish{
		Done:  rapid.Bool().Draw(r.T, "done"),
		Scale: someScale.Draw(r.T, "scale"),
		Error: rapid.SampledFrom([]string{"", "no answer"}).Draw(r.T, "error"),
		Park:  rapid.Bool().Draw(r.T, "park"),
	}
	f.Due = r.some(f.Scale)
	var got bool
	r.change(func(tx flows.Tx) (err error) {
		got, err = tx.Finish(claimed, f)
		return err
	})
	r.same("Finish", got, r.model.finish(claimed, f))
}

func (r *run) advance() {
	company, machine := rapid.IntRange(0, 3).Draw(r.T, "company"), rapid.IntRange(0, 3).Draw(r.T, "machine")
	r.model.clock.Advance(time.Duration(company)*time.Second, time.Duration(machine)*time.Second)
}

func (r *run) compare() {
	skip := rapid.SliceOfNDistinct(someLane, 0, 2, rapid.ID).Draw(r.T, "skipped")
	err := r.store.View(context.Background(), func(tx flows.Tx) error {
		all, err := tx.Intents(flows.IntentFilter{})
		if err != nil {
			return err
		}
		r.same("Intents", append([]flows.Intent{}, all...), r.model.byID())
		for _, s := range []flows.Scale{flows.ByCompany, flows.ByMachine} {
			next, some, err := tx.NextDue(s, skip)
			if err != nil {
				return err
			}
			want := r.model.nextDue(s, skip)
			r.same("NextDue by "+string(s), next, want)
			r.same("whether something is due by "+string(s), some, !want.IsZero())
		}
		return nil
	})
	if err != nil {
		r.Fatalf("View: %v", err)
	}
}
