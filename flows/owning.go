package flows

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A group that the tag of a thing names as its owner decides about that thing, so it is guarded like those that the file names. Which groups
// these are changes with every sync. The store keeps them, so that no evaluation reads all things.

// metaOwning holds the Owning of the policy in force, as the last syncs found it.
const metaOwning = "owning"

// Owning is which groups own things.
type Owning struct {
	// Things are, by where a tag names owners ("okta/team": the tag team of things in okta), what the groups that it names own: "prod-db and 2 more".
	Things map[string]map[string]string
	// Pins are the ids to which names of these groups are pinned, with the names.
	Pins map[string]string `json:",omitempty"`
}

// ownersOf is where the tags of things name owners who decide: "okta/team"; sorted.
func ownersOf(list []*Flow) (out []string) {
	for _, f := range list {
		for _, s := range f.choosers() {
			if s.Kind != SelectOwner {
				continue
			}
			for _, w := range f.What {
				out = append(out, w.In+"/"+s.Owner)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// choosers are all whom the approvals of a flow name as deciding.
func (f *Flow) choosers() (out []Selector) {
	for _, a := range f.approvals() {
		for _, st := range a.Steps {
			for _, q := range st.All {
				out = append(out, q.People()...)
			}
		}
		out = append(out, a.Fallback...)
		if a.Escalate != nil {
			out = append(out, a.Escalate.To...)
		}
	}
	return out
}

// OwningOf reads off the tags of things which groups own them. What a thing has become counts before it is released; what is gone, or can never
// be given, has nobody who decides about it.
func OwningOf(list []Resource, owners []string) Owning {
	out := Owning{Things: map[string]map[string]string{}}
	for _, at := range owners {
		in, tag, _ := strings.Cut(at, "/")
		names := map[string][]string{}
		for i := range list {
			r := &list[i]
			if r.Integration != in || r.Gone || r.Unfit != "" {
				continue
			}
			for _, tags := range []map[string]string{r.Tags, r.Held.Tags} {
				if s := (Selector{Kind: SelectOwner, Owner: tag}).owned(Resource{Tags: tags}); s.Kind == SelectGroup {
					names[s.Group] = append(names[s.Group], firstNonEmpty(r.Name, r.ID))
				}
			}
		}
		out.Things[at] = map[string]string{}
		for group, things := range names {
			out.Things[at][group] = severalThings(things)
		}
	}
	return out
}

func severalThings(names []string) string {
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%s and %d more", names[0], len(names)-1)
}

// owns is what a group owns, so that it decides about access to that; empty when nothing.
func (p *Policy) owns(r Resource, f *Facts) (things, trouble string) {
	for _, at := range p.owners {
		groups, known := f.Owning.Value.Things[at]
		if f.Owning.Trouble != "" || !known {
			return "", "Which groups own things is not known: " + firstNonEmpty(f.Owning.Trouble, notGathered)
		}
		if things = groups[r.Name]; things == "" {
			things = groups[f.Owning.Value.Pins[r.ID]]
		}
		if things != "" {
			return things, ""
		}
	}
	return "", ""
}

// owning is which groups own things, from what the syncs have kept, else from the things themselves; kept is what the store holds of it.
func owning(tx Tx, owners []string) (o Owning, kept string, err error) {
	if kept, err = tx.Meta(metaOwning); err != nil || len(owners) == 0 {
		return o, kept, err
	}
	if kept != "" {
		if err := json.Unmarshal([]byte(kept), &o); err != nil {
			return o, kept, fmt.Errorf("what the store keeps under %q cannot be read: %w", metaOwning, err)
		}
	}
	for _, at := range owners {
		if _, known := o.Things[at]; !known {
			o, err = readOwning(tx, owners)
			return o, kept, err
		}
	}
	return o, kept, nil
}

func readOwning(tx Tx, owners []string) (Owning, error) {
	var list []Resource
	read := map[string]bool{}
	for _, at := range owners {
		in, _, _ := strings.Cut(at, "/")
		if read[in] {
			continue
		}
		read[in] = true
		some, err := tx.Resources(ResourceFilter{Integration: in})
		if err != nil {
			return Owning{}, err
		}
		list = append(list, some...)
	}
	o := OwningOf(list, owners)
	return o, o.pin(tx)
}

// pin looks up to which ids the names are pinned.
func (o *Owning) pin(tx Tx) error {
	o.Pins = map[string]string{}
	for _, groups := range o.Things {
		for name := range groups {
			id, err := pinOf(tx, pinGroup, name)
			if err != nil {
				return err
			}
			if id != "" {
				o.Pins[id] = name
			}
		}
	}
	return nil
}

// keepOwning keeps which groups own things under a policy, after a sync of one integration that saw these, or with none after a change of the flows.
func keepOwning(tx Tx, p *Policy, integration string, seen []Resource) error {
	o, kept, err := owning(tx, p.owners)
	if err != nil {
		return err
	}
	text := ""
	if len(p.owners) > 0 {
		next := OwningOf(seen, p.owners)
		for at := range next.Things {
			if in, _, _ := strings.Cut(at, "/"); in != integration {
				next.Things[at] = o.Things[at]
			}
		}
		if err := next.pin(tx); err != nil {
			return err
		}
		text = string(written(next))
	}
	if text == kept {
		return nil
	}
	return tx.PutMeta(metaOwning, text)
}

// pinGroupName pins the name of a group, also where it owns things.
func pinGroupName(tx Tx, p *Policy, name, id string) error {
	if err := tx.PutPin(pinGroup, name, id); err != nil {
		return err
	}
	return keepOwning(tx, p, "", nil)
}

// sameOwners is errMoved when a sync has found other owners since facts were gathered.
func (w *work) sameOwners(tx Tx) error {
	if len(w.policy.owners) == 0 || w.resource.Integration != w.policy.guardIn {
		return nil
	}
	kept, err := tx.Meta(metaOwning)
	if err == nil && kept != w.facts.owningKept {
		err = errMoved
	}
	return err
}
