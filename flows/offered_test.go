package flows_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallpass/flows"
)

// drawWorld is a company with a policy of the whole language, begun.
func drawWorld(t *testing.T, rt *rapid.T) *world {
	w := emptyWorld(t)
	drawCompany(rt, w)
	w.begin(legal(rt, wholePolicy)...)
	return w
}

// filled answers everything that an offer asks for.
func filled(o flows.Offer) flows.Draft {
	d := flows.Draft{Resource: o.Resource.ResourceKey, Reason: "replay failed payments", Fields: map[string]string{}}
	for _, f := range o.Why.Fields {
		d.Fields[f.Name] = "Acme"
		if f.Kind == flows.FieldChoice {
			d.Fields[f.Name] = f.Choices[0]
		}
	}
	return d
}

// offered are the durations that a form lets somebody choose, or says that they may type.
func offered(o flows.Offer) []time.Duration {
	list := append([]time.Duration{o.Default}, o.Choices...)
	if o.Custom {
		list = append(list, time.Minute, 7*time.Minute, o.Max)
	}
	if o.Indefinite {
		list = append(list, flows.Indefinite)
	}
	return list
}

// With facts unchanged, what the form offers the submit accepts: everything that a search finds, in every permission, for every time; and it
// is given at once exactly where the form says so.
func TestWhatTheFormOffersTheSubmitAccepts(t *testing.T) {
	asked, atOnce := 0, 0
	tell(t, func(rt *rapid.T) {
		w := drawWorld(t, rt)
		defer w.leave()
		for _, who := range everybody() {
			found, err := w.engine.Search(w.ctx, who, "", 50)
			w.must(err)
			for _, r := range found {
				first, err := w.engine.Offer(w.ctx, who, r.ResourceKey, "")
				w.must(err)
				for _, permission := range first.Permissions {
					o, err := w.engine.Offer(w.ctx, who, r.ResourceKey, permission)
					w.must(err)
					for _, long := range offered(o) {
						d := filled(o)
						d.Permission, d.Duration = permission, long
						if err := w.engine.CheckDraft(w.ctx, who, d); err != nil {
							rt.Fatalf("%s is offered %s for %s, and the form says: %v", who, r.Name, long, err)
						}
					}
				}
			}
			if len(found) == 0 {
				continue
			}
			r := rapid.SampledFrom(found).Draw(rt, "asks for")
			o, err := w.engine.Offer(w.ctx, who, r.ResourceKey, "")
			w.must(err)
			d := filled(o)
			d.Duration = rapid.SampledFrom(offered(o)).Draw(rt, "for")
			o, err = w.engine.OfferFor(w.ctx, who, flows.Draft{Resource: r.ResourceKey, Duration: d.Duration})
			w.must(err)
			made, err := w.engine.Ask(w.ctx, w.actor(who), d)
			if err != nil {
				rt.Fatalf("%s was offered %s for %s, and asking says: %v", who, r.Name, d.Duration, err)
			}
			asked++
			if now := w.request(made.ID).State == flows.Approved; now != (o.Automatic != "") {
				rt.Fatalf("%s asked for %s for %s; the form said %q, and it is given at once: %v", who, r.Name, d.Duration, o.Automatic, now)
			} else if now {
				atOnce++
			}
		}
	})
	if asked == 0 || atOnce == 0 || atOnce == asked {
		t.Errorf("%d asked, %d of them at once: too few to try anything", asked, atOnce)
	}
}

// everyPress has everybody press Approve on everything that there is, from Home and from whatever card they have.
func (w *world) everyPress() {
	for _, id := range everybody() {
		by, err := w.engine.Identify(w.ctx, w.account(id))
		if err != nil {
			continue
		}
		for n := range 6 {
			r := flows.RequestID(n + 1)
			for _, home := range []bool{false, true} {
				p := w.pressOn(id, r, true)
				if p.FromHome = home; home {
					p.Shown = w.revision(r)
				}
				if _, err := w.engine.Decide(w.ctx, by, p); err != nil {
					w.t.Fatal(err)
				}
			}
		}
	}
	w.run()
}

// revision is what a request is at, 0 when there is none.
func (w *world) revision(id flows.RequestID) (n int) {
	w.view(func(tx flows.Tx) error {
		if r, err := tx.Request(id); err == nil {
			n = r.Revision
		}
		return nil
	})
	return n
}

// given is whether anybody got anything.
func (w *world) given() bool { return w.target.called("grant") > 0 }

// What the submit refuses is no request, and nobody's press ever grants it.
func TestWhatTheSubmitRefusesNoPressGrants(t *testing.T) {
	refused := 0
	tell(t, func(rt *rapid.T) {
		w := drawWorld(t, rt)
		defer w.leave()
		for range 6 {
			who := rapid.SampledFrom(everybody()).Draw(rt, "who")
			d := flows.Draft{Resource: rapid.SampledFrom(things()).Draw(rt, "thing").ResourceKey, Permission: rapid.SampledFrom([]string{"", "member", "owner"}).Draw(rt, "permission"),
				Duration: rapid.SampledFrom([]time.Duration{-time.Hour, time.Second, time.Hour, 3 * time.Hour, 48 * time.Hour}).Draw(rt, "for"), Reason: rapid.SampledFrom([]string{"", "x", "replay failed payments"}).Draw(rt, "why")}
			form := w.engine.CheckDraft(w.ctx, who, d)
			if form == nil {
				continue
			}
			if made, err := w.engine.Ask(w.ctx, w.actor(who), d); err == nil {
				rt.Fatalf("the form refuses with %v, but asking makes %s", form, made.ID)
			}
			refused++
		}
		if n := len(w.requests()); n > 0 {
			rt.Fatalf("%d requests exist", n)
		}
		w.everyPress()
		w.pass(20 * time.Second)
		if w.given() {
			rt.Fatal("a press has granted what was refused")
		}
	})
	if refused == 0 {
		t.Error("nothing was ever refused, so nothing was tried")
	}
}

// What was asked for while it was allowed, and is allowed no longer, is granted by nobody's press either.
func TestWhatIsNoLongerAllowedNoPressGrants(t *testing.T) {
	ways := map[string]func(*world, *flows.Request){
		"the asker leaves every group": func(w *world, r *flows.Request) {
			for g, list := range w.people.groups {
				w.people.groups[g] = without(list, r.Asker)
			}
		},
		"the policy forbids it": func(w *world, _ *flows.Request) {
			deny := flows.FlowSpec{Name: "frozen", Deny: true, Who: flows.Who{Any: []flows.Selector{everyone()}}, What: []flows.What{{In: "okta", Type: "group"}}}
			w.use(deny, oneStep())
		},
		"the thing is gone": func(w *world, r *flows.Request) {
			w.target.mu.Lock()
			var left []flows.Resource
			for _, x := range w.target.list {
				if x.ResourceKey != r.Entitlement.ResourceKey {
					left = append(left, x)
				}
			}
			w.target.list = left
			w.target.mu.Unlock()
			w.sync()
		},
		"the asker is suspended": func(w *world, r *flows.Request) {
			w.people.mu.Lock()
			defer w.people.mu.Unlock()
			p := w.people.all[r.Asker]
			p.Status = flows.StatusSuspended
			w.people.all[r.Asker] = p
		},
	}
	tried := 0
	tell(t, func(rt *rapid.T) {
		w := emptyWorld(t)
		drawCompany(rt, w)
		spec := wholeFlow(rt, "flow")
		spec.Deny, spec.Who.Any, spec.Who.Except, spec.Who.Skip, spec.Why = false, []flows.Selector{inGroup("engineering"), inGroup("database-owners")}, nil, nil, flows.Why{}
		spec.What = []flows.What{{In: "okta", Type: "group"}}
		w.begin(spec)
		defer w.leave()
		for _, who := range everybody() {
			r, err := w.engine.Ask(w.ctx, w.actor(who), flows.Draft{Resource: prodDB, Reason: "replay failed payments"})
			if err != nil || r.State != flows.Pending {
				continue
			}
			tried++
			way := rapid.SampledFrom(slices.Sorted(maps.Keys(ways))).Draw(rt, "way")
			ways[way](w, r)
			w.everyPress()
			w.pass(20 * time.Second)
			if w.target.has(prodKey, who) {
				rt.Fatalf("%s: %s has it all the same", way, who)
			}
			return
		}
	})
	if tried == 0 {
		t.Error("nobody ever waited, so nothing was tried")
	}
}

func without(list []flows.PersonID, who flows.PersonID) (out []flows.PersonID) {
	for _, p := range list {
		if p != who {
			out = append(out, p)
		}
	}
	return out
}
