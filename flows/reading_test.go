package flows_test

import (
	"slices"
	"strings"

	"hallpass/flows"
)

// What a test reads of a world.

func (w *world) request(id flows.RequestID) (r *flows.Request) {
	w.t.Helper()
	w.view(func(tx flows.Tx) (err error) { r, err = tx.Request(id); return err })
	return r
}

func (w *world) grant(id flows.RequestID) (g *flows.Grant) {
	w.t.Helper()
	w.view(func(tx flows.Tx) error {
		list, err := tx.Grants(flows.GrantFilter{Request: id})
		if len(list) > 0 {
			g = list[len(list)-1]
		}
		return err
	})
	if g == nil {
		w.t.Fatalf("%s has no grant", id)
	}
	return g
}

func (w *world) holding(id flows.HoldingID) (h *flows.Holding) {
	w.t.Helper()
	w.view(func(tx flows.Tx) (err error) { h, err = tx.Holding(id); return err })
	return h
}

// log is the actions of a request in order.
func (w *world) log(id flows.RequestID) []string {
	w.t.Helper()
	var out []string
	w.view(func(tx flows.Tx) error {
		list, err := tx.Entries(flows.EntryFilter{Request: id})
		for _, e := range list {
			out = append(out, string(e.Action))
		}
		return err
	})
	return out
}

// told is the topics of notices and warnings to a person, in order.
func (w *world) told(who flows.PersonID) []string {
	w.t.Helper()
	var out []string
	w.view(func(tx flows.Tx) error {
		list, err := tx.Posts(flows.PostFilter{Person: who, Kinds: []flows.PostKind{flows.PostNotice, flows.PostWarning}})
		for _, p := range list {
			out = append(out, strings.TrimSuffix(string(p.Kind)+" "+p.Topic, " "))
		}
		return err
	})
	return out
}

// alarms is what the audit channel was told.
func (w *world) alarms() []string {
	w.t.Helper()
	var out []string
	w.view(func(tx flows.Tx) error {
		list, err := tx.Posts(flows.PostFilter{Kinds: []flows.PostKind{flows.PostAdmin}})
		for _, p := range list {
			out = append(out, p.Text)
		}
		return err
	})
	return out
}

// refusals are the sentences of the refused entries, in order.
func (w *world) refusals() []string {
	w.t.Helper()
	var out []string
	w.view(func(tx flows.Tx) error {
		list, err := tx.Entries(flows.EntryFilter{Actions: []flows.Action{flows.ActRefused}})
		for _, e := range list {
			out = append(out, e.Text)
		}
		return err
	})
	return out
}

// asked are those who are asked to decide now, in the order they were asked.
func (w *world) asked(id flows.RequestID) []flows.PersonID {
	w.t.Helper()
	var out []flows.PersonID
	for _, a := range w.request(id).Asked {
		if !a.Gone {
			out = append(out, a.Person)
		}
	}
	return out
}

// decisions are who decided, in order.
func (w *world) decisions(id flows.RequestID) []flows.PersonID {
	w.t.Helper()
	var out []flows.PersonID
	w.view(func(tx flows.Tx) error {
		list, err := tx.Decisions(id)
		for _, d := range list {
			out = append(out, d.Person)
		}
		return err
	})
	return out
}

// noticed reports whether somebody got a short message of a topic about a request.
func (w *world) noticed(who flows.PersonID, id flows.RequestID, topic string) (yes bool) {
	w.view(func(tx flows.Tx) error {
		list, err := tx.Posts(flows.PostFilter{Request: id, Person: who, Kinds: []flows.PostKind{flows.PostNotice}})
		yes = slices.ContainsFunc(list, func(p *flows.Post) bool { return p.Topic == topic })
		return err
	})
	return yes
}
