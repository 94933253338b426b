package storetest

import (
	"errors"

	"hallpass/flows"
)

var postStories = []story{
	{"a post comes back whole", postWhole},
	{"posts by filter, oldest first", postFilters},
	{"keys and addresses of posts are their own", postKeys},
	{"a deed is committed once", deedOnce},
	{"a deed comes back whole", deedWhole},
	{"identities", identities},
	{"flow texts, pins and meta", smallThings},
}

func posted(w *world, p flows.Post) *flows.Post {
	w.Helper()
	return made(w, func(tx flows.Tx) (*flows.Post, error) { return &p, tx.PutPost(&p) })
}

func postWhole(w *world) {
	p := filled[flows.Post]()
	p.ID, p.Request, p.Grant = 0, pending(w, "ann").ID, granted(w, flows.Grant{State: flows.Waiting}).ID
	stored := posted(w, p)
	w.same("the post", read(w, func(tx flows.Tx) (*flows.Post, error) { return tx.Post(stored.ID) }), stored)
	w.same("by its key", read(w, func(tx flows.Tx) (*flows.Post, error) { return tx.PostByKey(p.Key) }), stored)
	at := func(tx flows.Tx) (*flows.Post, error) { return tx.PostAt(p.Platform, p.Workspace, p.Channel, p.TS) }
	w.same("by its address", read(w, at), stored)
	stored.TS, stored.Shown = "2.0", 5
	w.change(func(tx flows.Tx) error { return tx.PutPost(stored) })
	w.same("the replaced post", read(w, func(tx flows.Tx) (*flows.Post, error) { return tx.Post(stored.ID) }), stored)
	w.view(func(tx flows.Tx) error {
		_, err := at(tx)
		w.absent("PostAt the old address", err)
		_, err = tx.Post(99)
		w.absent("Post", err)
		_, err = tx.PostByKey("other")
		w.absent("PostByKey", err)
		return nil
	})
	w.refused(flows.KindNotFound, func(tx flows.Tx) error { return tx.PutPost(&flows.Post{ID: 99}) })
}

func postFilters(w *world) {
	r := pending(w, "ann").ID
	g := granted(w, flows.Grant{State: flows.Waiting}).ID
	all := []*flows.Post{
		posted(w, flows.Post{Kind: flows.PostAsker, Request: r, Person: "ann"}),
		posted(w, flows.Post{Kind: flows.PostApprover, Request: r, Person: "max", Final: true}),
		posted(w, flows.Post{Kind: flows.PostFeed, Request: r}),
		posted(w, flows.Post{Kind: flows.PostWarning, Grant: g, Person: "ann"}),
	}
	id := func(p *flows.Post) int64 { return int64(p.ID) }
	for name, c := range map[string]struct {
		f    flows.PostFilter
		want []int
	}{
		"all":     {flows.PostFilter{}, []int{0, 1, 2, 3}},
		"request": {flows.PostFilter{Request: r}, []int{0, 1, 2}},
		"grant":   {flows.PostFilter{Grant: g}, []int{3}},
		"person":  {flows.PostFilter{Person: "ann"}, []int{0, 3}},
		"kinds":   {flows.PostFilter{Kinds: []flows.PostKind{flows.PostFeed, flows.PostApprover}}, []int{1, 2}},
		"unfinal": {flows.PostFilter{Request: r, Unfinal: true}, []int{0, 2}},
		"limit":   {flows.PostFilter{Limit: 1}, []int{0}},
	} {
		want := []int64{}
		for _, n := range c.want {
			want = append(want, id(all[n]))
		}
		got := read(w, func(tx flows.Tx) ([]*flows.Post, error) { return tx.Posts(c.f) })
		w.same("Posts, "+name, ids(got, id), want)
	}
}

func postKeys(w *world) {
	first := flows.Post{Key: "asker/1", Platform: "slack", Workspace: "T1", Channel: "C1", TS: "1.0"}
	posted(w, first)
	other := first
	other.Key = "asker/2"
	w.refused(flows.KindConflict, func(tx flows.Tx) error { return tx.PutPost(&other) })
	other = first
	other.TS = "2.0"
	w.refused(flows.KindConflict, func(tx flows.Tx) error { return tx.PutPost(&other) })
	for _, p := range []flows.Post{
		{Key: "asker/3", Platform: "slack", Workspace: "T2", Channel: "C1", TS: "1.0"}, // another workspace
		{Key: "asker/4", Platform: "slack", Workspace: "T1", Channel: "C1"},            // not posted yet
		{Key: "asker/5", Platform: "slack", Workspace: "T1", Channel: "C1"},            // nor this
		{}, {},
	} {
		posted(w, p)
	}
	w.view(func(tx flows.Tx) error {
		_, err := tx.PostAt("slack", "T1", "C1", "")
		w.absent("PostAt without a message id", err)
		return nil
	})
}

func deedOnce(w *world) {
	first := &flows.Deed{Key: "trigger-1", Kind: "approve", Body: []byte("one")}
	w.change(func(tx flows.Tx) error {
		got, added, err := tx.AddDeed(first)
		if !added || got != first || first.ID == 0 {
			w.Errorf("the first deed was answered %+v, %v", got, added)
		}
		return err
	})
	first.Worked, first.Answer = true, "done"
	w.change(func(tx flows.Tx) error { return tx.PutDeed(first) })
	w.change(func(tx flows.Tx) error {
		got, added, err := tx.AddDeed(&flows.Deed{Key: "trigger-1", Kind: "deny", Body: []byte("two")})
		w.same("the repeat's answer", got, first)
		if added {
			w.Error("a repeated deed was added")
		}
		return err
	})
	w.change(func(tx flows.Tx) error {
		_, one, err := tx.AddDeed(&flows.Deed{Kind: "approve"})
		_, two, err2 := tx.AddDeed(&flows.Deed{Kind: "approve"})
		if !one || !two {
			w.Error("deeds without a key were taken for repeats")
		}
		return errors.Join(err, err2)
	})
}

func deedWhole(w *world) {
	d := filled[flows.Deed]()
	d.ID = 0
	w.change(func(tx flows.Tx) error { _, _, err := tx.AddDeed(&d); return err })
	w.same("the deed", read(w, func(tx flows.Tx) (*flows.Deed, error) { return tx.Deed(d.ID) }), &d)
	w.view(func(tx flows.Tx) error {
		_, err := tx.Deed(99)
		w.absent("Deed", err)
		return nil
	})
	w.refused(flows.KindNotFound, func(tx flows.Tx) error { return tx.PutDeed(&flows.Deed{ID: 99}) })
}

func identities(w *world) {
	one := filled[flows.Identity]()
	two := one
	two.Workspace, two.Suspended = "T2", ""
	w.change(func(tx flows.Tx) error { return errors.Join(tx.PutIdentity(&one), tx.PutIdentity(&two)) })
	w.same("an identity", read(w, func(tx flows.Tx) (*flows.Identity, error) { return tx.Identity(one.Account) }), &one)
	of := func(tx flows.Tx) ([]flows.Identity, error) { return tx.IdentitiesOf(one.Person) }
	if got := read(w, of); len(got) != 2 {
		w.Errorf("the person's identities are %+v", got)
	}
	one.Suspended, two.Person = "renamed", "somebody else"
	w.change(func(tx flows.Tx) error { return errors.Join(tx.PutIdentity(&one), tx.PutIdentity(&two)) })
	w.same("what is left", read(w, of), []flows.Identity{one})
	w.view(func(tx flows.Tx) error {
		_, err := tx.Identity(flows.Account{Platform: "slack"})
		w.absent("Identity", err)
		return nil
	})
}

func smallThings(w *world) {
	text := []byte("name: prod\x00\xff")
	w.change(func(tx flows.Tx) error {
		return errors.Join(tx.PutFlowText("h", text), tx.PutFlowText("h", text), tx.PutPin("group", "dba", "00g1"),
			tx.PutPin("user", "dba", "00u1"), tx.PutPin("group", "dba", "00g2"), tx.PutMeta("k", "1"), tx.PutMeta("k", "2"))
	})
	w.same("the flow's text", read(w, func(tx flows.Tx) ([]byte, error) { return tx.FlowText("h") }), text)
	w.same("the pin", read(w, func(tx flows.Tx) (string, error) { return tx.Pin("group", "dba") }), "00g2")
	w.same("the other pin", read(w, func(tx flows.Tx) (string, error) { return tx.Pin("user", "dba") }), "00u1")
	w.same("meta", meta(w, "k"), "2")
	w.same("absent meta", meta(w, "other"), "")
	w.view(func(tx flows.Tx) error {
		_, err := tx.FlowText("other")
		w.absent("FlowText", err)
		_, err = tx.Pin("group", "other")
		w.absent("Pin", err)
		return nil
	})
}
