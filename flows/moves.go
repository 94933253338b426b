package flows

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Became is what a target now calls a resource, how it tags it and where it puts it, while the flows still go by what it was: a laxer flow
// would cover it, and that waits for an admin's press. Key identifies exactly this; empty when nothing is held.
type Became struct {
	Key  string
	Name string
	Path string
	Tags map[string]string
}

// metaMoves lists the keys of all resources with a held move, one a line.
const metaMoves = "moves"

func becameOf(r Resource) Became {
	m := Became{Name: r.Name, Path: r.Path, Tags: r.Tags}
	m.Key = hex.EncodeToString(shortSum(string(written(m))))
	return m
}

// chain is the flows whose lines cover an entitlement, in order, as they are for it: the owner that its tags name put in, and what a line
// excepts as what it comes to, a refusal. What is guarded nobody gets but by lines that say so.
func (p *Policy) chain(r Resource, permission string, guarded bool) []*Flow {
	if guarded && !p.opens(r, permission) {
		return nil
	}
	var out []*Flow
	for _, f := range p.Flows {
		covered, excepted := f.line(r, permission)
		if !covered {
			continue
		}
		c := *f
		c.What = []What{{In: r.Integration, Type: r.Type}}
		c.Deny = f.Deny || excepted || guarded && !f.opens(r, permission)
		c.Approval = f.Approval.owned(r)
		c.ForGroups = slices.Clone(f.ForGroups)
		for i, o := range c.ForGroups {
			if o.Approval != nil {
				a := o.Approval.owned(r)
				c.ForGroups[i].Approval = &a
			}
		}
		if guarded {
			c = *c.guarded(p.Admins)
		}
		out = append(out, &c)
	}
	return out
}

// moves reports whether a resource may be treated as what it has become: for no permission do the flows give more, or more easily.
func (p *Policy) moves(from, to Resource, guarded func(Resource) bool) bool {
	for _, perm := range to.Permissions {
		before, after := p.chain(from, perm, guarded(from)), p.chain(to, perm, guarded(to))
		if !flowsNarrow(before, after) && !flowsNarrow(before, renamed(after, before)) {
			return false
		}
	}
	return true
}

// renamed gives flows the names of others in their places, so that they are compared one by one.
func renamed(list, like []*Flow) []*Flow {
	if len(list) != len(like) {
		return list
	}
	out := make([]*Flow, len(list))
	for i, f := range list {
		c := *f
		c.Name = like[i].Name
		out[i] = &c
	}
	return out
}

// guardedBy reports whether resources are guarded, from the pins and from who owned what until now.
func (p *Policy) guardedBy(tx Tx) (func(Resource) bool, error) {
	f := &Facts{GroupIDs: map[string]Fact[string]{}}
	for _, name := range p.Guarded {
		id, err := pinOf(tx, pinGroup, name)
		if err != nil {
			return nil, err
		}
		f.GroupIDs[name] = Fact[string]{Value: id}
	}
	o, _, err := owning(tx, p.owners)
	if err != nil {
		return nil, err
	}
	f.Owning = Fact[Owning]{Value: o}
	return func(r Resource) bool { why, _ := p.guards(r, f); return why != "" }, nil
}

// settleMoves goes through what a sync saw: what became stricter or stayed as strict moves at once; the rest keeps, for the flows, the name,
// place and tags that it had, and the admins are told.
func (e *Engine) settleMoves(tx Tx, name string, old map[ResourceKey]Resource, seen []Resource) ([]Resource, error) {
	p := e.policy.Load()
	guarded, err := p.guardedBy(tx)
	if err != nil {
		return nil, err
	}
	var held, fresh []Resource
	out := slices.Clone(seen)
	for i, r := range out {
		was, known := old[r.ResourceKey]
		if !known || (was.Name == r.Name && was.Path == r.Path && maps.Equal(was.Tags, r.Tags)) || p.moves(was, r, guarded) {
			continue
		}
		m := becameOf(r)
		out[i].Name, out[i].Path, out[i].Tags, out[i].Held = was.Name, was.Path, was.Tags, m
		held = append(held, out[i])
		if was.Held.Key != m.Key {
			fresh = append(fresh, out[i])
		}
	}
	if err := listMoves(tx, name, held); err != nil || len(fresh) == 0 {
		return out, err
	}
	return out, e.tellMoves(tx, name, fresh)
}

// listMoves keeps the list of what is held, for one integration anew.
func listMoves(tx Tx, integration string, held []Resource) error {
	text, err := tx.Meta(metaMoves)
	if err != nil {
		return err
	}
	var lines []string
	for _, l := range splitList(text) {
		if !strings.HasPrefix(l, integration+"/") {
			lines = append(lines, l)
		}
	}
	for _, r := range held {
		lines = append(lines, r.ResourceKey.String())
	}
	if next := strings.Join(lines, "\n"); next != text {
		return tx.PutMeta(metaMoves, next)
	}
	return nil
}

// HeldMoves are the resources whose new name, place or tags wait for an admin's press, and how many more than the limit there are.
func HeldMoves(tx Tx, limit int) (list []Resource, more int, err error) {
	text, err := tx.Meta(metaMoves)
	if err != nil {
		return nil, 0, err
	}
	lines := splitList(text)
	for i, l := range lines {
		if i == limit {
			return list, len(lines) - limit, nil
		}
		k, ok := readKey(l)
		if !ok {
			continue
		}
		r, err := tx.Resource(k)
		if ignoreMissing(err) != nil {
			return nil, 0, err
		}
		if err == nil && r.Held.Key != "" {
			list = append(list, r)
		}
	}
	return list, 0, nil
}

// MoveWords says what a held move is about: "prod-db is now called staging-db, with env=dev (it had env=prod)".
func (r Resource) MoveWords() string {
	var out []string
	if r.Held.Name != r.Name {
		out = append(out, "is now called "+r.Held.Name)
	}
	if r.Held.Path != r.Path {
		out = append(out, fmt.Sprintf("now lies at %q, not at %q", r.Held.Path, r.Path))
	}
	if !maps.Equal(r.Held.Tags, r.Tags) {
		out = append(out, fmt.Sprintf("now has %s, not %s", tagList(r.Held.Tags), tagList(r.Tags)))
	}
	return r.Name + " " + Join(out, "and")
}

func tagList(tags map[string]string) string {
	var out []string
	for _, k := range sortedKeys(tags) {
		out = append(out, k+"="+tags[k])
	}
	if len(out) == 0 {
		return "no tags"
	}
	return Join(out, "and")
}

// movesTold is how many things one alarm about moves names.
const movesTold = 5

func (e *Engine) tellMoves(tx Tx, integration string, list []Resource) error {
	var words []string
	var entry *Entry
	for i, r := range list {
		entry = &Entry{Action: ActMoveHeld, Data: map[string]string{"resource": r.ResourceKey.String(), "move": r.Held.Key}, Text: r.MoveWords()}
		if err := e.log(tx, entry); err != nil {
			return err
		}
		if i < movesTold {
			words = append(words, r.MoveWords()+".")
		}
	}
	if more := len(list) - len(words); more > 0 {
		words = append(words, fmt.Sprintf("And %d more.", more))
	}
	sentence := "In " + e.out.title(integration) + ", " + strings.Join(words, " ") + " Laxer flows would cover that, so the flows go by what was before until an admin releases it in App Home."
	return e.tellAdmins(tx, fmt.Sprintf("moves/%s/%d", integration, entry.Seq), sentence, 0)
}

func readKey(text string) (ResourceKey, bool) {
	parts := strings.SplitN(text, "/", 3)
	if len(parts) != 3 {
		return ResourceKey{}, false
	}
	return ResourceKey{Integration: parts[0], Type: parts[1], ID: parts[2]}, true
}

// ReleaseMove lets the flows go by what a resource has become, exactly as it was shown: the key is what the button carried. Only admins can.
func (e *Engine) ReleaseMove(ctx context.Context, by Actor, resource, key string) (Answer, error) {
	var a Answer
	err := e.store.Change(ctx, func(tx Tx) error {
		a = Answer{}
		k, _ := readKey(resource)
		r, err := tx.Resource(k)
		if ignoreMissing(err) != nil {
			return err
		}
		switch {
		case !by.Admin:
			a.Sentence = "Only admins of Hallpass can release this."
		case r.Held.Key == "" || r.Held.Key != key:
			a.Sentence = "Nothing is held any more, or something else is. Look again."
		}
		if a.Sentence != "" {
			return e.refusal(tx, by, "release a move", a.Sentence)
		}
		a.Sentence = "Released. The flows go by what it is now."
		return e.move(tx, r, by)
	})
	return a, err
}

func (e *Engine) move(tx Tx, r Resource, by Actor) error {
	entry := &Entry{Action: ActMoveFreed, Actor: by.Person.ID, Via: by.Account.String(), Data: map[string]string{"resource": r.ResourceKey.String(), "move": r.Held.Key}, Text: r.MoveWords()}
	if err := e.log(tx, entry); err != nil {
		return err
	}
	r.Name, r.Path, r.Tags, r.Held = r.Held.Name, r.Held.Path, r.Held.Tags, Became{}
	if err := tx.PutResource(r); err != nil {
		return err
	}
	text, err := tx.Meta(metaMoves)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(splitList(text), func(l string) bool { return l == r.ResourceKey.String() })
	if err := tx.PutMeta(metaMoves, strings.Join(left, "\n")); err != nil {
		return err
	}
	for _, perm := range r.Permissions {
		if err := lookAgain(tx, RequestFilter{Entitlement: &Entitlement{r.ResourceKey, perm}, States: []RequestState{Pending}}); err != nil {
			return err
		}
	}
	return nil
}
