package flows

import (
	"slices"
	"strconv"
	"strings"
)

// A policy tells people apart only by what its selectors say of them, and things only by which of its lines are about them. Those that
// it cannot tell apart are a class, and are ruled over once.

// Class is the things that no flow tells apart, with the flows that are about them.
type Class struct {
	Permission string
	// Resources are the members, by their place in the list that was classed.
	Resources []int
	// Flows are those about the class, in order; nobody else's need be asked.
	Flows *Policy
	first Resource
}

// Key is the same for classes, also of different policies, that are ruled over by the same texts in the same way.
func (c *Class) Key() string { return c.Permission + "\n" + c.key() }

func (c *Class) key() string {
	var b strings.Builder
	for _, f := range c.Flows.Flows {
		_, excepted := f.line(c.first, c.Permission)
		b.WriteString(f.Hash() + strconv.FormatBool(excepted))
		if c.Flows.onlyGuarded {
			b.WriteString(strconv.FormatBool(f.opens(c.first, c.Permission)))
		}
	}
	return b.String()
}

// Cover is what the flows say of an asker and every thing of the class.
func (c *Class) Cover(f *Facts) Coverage { return c.Flows.Cover(c.first, c.Permission, f) }

// Rule is what would become of an asker's request for any thing of the class, but for the people that tags name.
func (c *Class) Rule(f *Facts) Ruling {
	return c.Flows.Rule(Case{Resource: c.first, Permission: c.Permission, Facts: f})
}

// Classes sorts things, with each of their permissions, by what the policy can tell of them, in the order in which they first come.
// Things that are gone or can never be given are left out. Facts are those common to all askers.
func (p *Policy) Classes(list []Resource, common *Facts) []*Class {
	s := sorter{p: p, common: common, at: indexOf(p.Flows), guarded: map[string]bool{}, byKey: map[string]*Class{}}
	for _, name := range p.Guarded {
		s.guarded["name "+name] = true
		if id := common.GroupIDs[name].Value; id != "" {
			s.guarded["id "+id] = true
		}
	}
	for i := range list {
		if r := &list[i]; !r.Gone && r.Unfit == "" {
			for _, perm := range r.Permissions {
				s.add(i, r, perm)
			}
		}
	}
	return s.out
}

type sorter struct {
	p       *Policy
	common  *Facts
	at      *index
	guarded map[string]bool
	byKey   map[string]*Class
	key     []byte
	out     []*Class
}

func (s *sorter) add(i int, r *Resource, perm string) {
	s.key = append(append(s.key[:0], perm...), 0)
	guarded := r.Integration == s.p.guardIn && r.Type == "group" && (s.guarded["name "+r.Name] || s.guarded["id "+r.ID] || s.owns(r))
	if guarded {
		s.key = append(s.key, 'g')
	}
	if !guarded || s.p.opens(*r, perm) {
		for _, n := range s.at.flows(r) {
			if covered, excepted := s.p.Flows[n].line(*r, perm); covered {
				s.key = strconv.AppendInt(append(s.key, ' '), int64(n), 36)
				if excepted {
					s.key = append(s.key, '-')
				}
				if guarded && s.p.Flows[n].opens(*r, perm) {
					s.key = append(s.key, '+')
				}
			}
		}
	}
	c := s.byKey[string(s.key)]
	if c == nil {
		c = &Class{Permission: perm, first: *r, Flows: s.p.about(*r, perm, guarded)}
		s.byKey[string(s.key)] = c
		s.out = append(s.out, c)
	}
	c.Resources = append(c.Resources, i)
}

// owns reports whether a group owns things. Where that is not known, nobody is told that they may ask for it.
func (s *sorter) owns(r *Resource) bool {
	things, _ := s.p.owns(*r, s.common)
	return things != ""
}

// index finds the few flows that could be about a thing: by a tag that a line wants, or by how the name must begin.
type index struct {
	byTag    map[tag][]int
	byPrefix map[string][]int
	lengths  []int // of the prefixes
	always   []int
	found    []int
}

type tag struct{ key, value string }

func indexOf(list []*Flow) *index {
	x := &index{byTag: map[tag][]int{}, byPrefix: map[string][]int{}}
	wanted := map[tag]int{}
	for _, f := range list {
		for _, w := range f.What {
			for k, v := range w.Tags {
				wanted[tag{k, v}]++
			}
		}
	}
	for n, f := range list {
		for _, w := range f.What {
			x.add(n, w, wanted)
		}
	}
	return x
}

// rarest is the tag of a line that the fewest lines want.
func rarest(w What, wanted map[tag]int) (best tag, any bool) {
	for _, k := range sortedKeys(w.Tags) {
		if t := (tag{k, w.Tags[k]}); !any || wanted[t] < wanted[best] {
			best, any = t, true
		}
	}
	return best, any
}

func (x *index) add(n int, w What, wanted map[tag]int) {
	if t, ok := rarest(w, wanted); ok {
		x.byTag[t] = append(x.byTag[t], n)
		return
	}
	prefixes := make([]string, 0, len(w.Names))
	for _, name := range w.Names {
		prefix := name
		if i := strings.IndexAny(name, `*?[\`); i >= 0 {
			prefix = name[:i]
		}
		prefixes = append(prefixes, prefix)
	}
	if len(prefixes) == 0 || slices.Contains(prefixes, "") {
		x.always = append(x.always, n)
		return
	}
	for _, prefix := range prefixes {
		x.byPrefix[prefix] = append(x.byPrefix[prefix], n)
		if !slices.Contains(x.lengths, len(prefix)) {
			x.lengths = append(x.lengths, len(prefix))
		}
	}
}

// flows are those that could be about a thing, in order. What is returned holds until the next call.
func (x *index) flows(r *Resource) []int {
	x.found = append(x.found[:0], x.always...)
	for k, v := range r.Tags {
		x.found = append(x.found, x.byTag[tag{k, v}]...)
	}
	for _, n := range x.lengths {
		if n <= len(r.Name) {
			x.found = append(x.found, x.byPrefix[r.Name[:n]]...)
		}
	}
	slices.Sort(x.found)
	x.found = slices.Compact(x.found)
	return x.found
}

// about is the policy with only those flows that are about a thing.
func (p *Policy) about(r Resource, permission string, guarded bool) *Policy {
	few := *p
	few.Flows, few.Guarded, few.onlyGuarded = nil, nil, guarded
	if guarded && !p.opens(r, permission) {
		return &few
	}
	for _, f := range p.Flows {
		if covered, _ := f.line(r, permission); covered {
			few.Flows = append(few.Flows, f)
		}
	}
	return &few
}

// Tells are the selectors by which the flows about a class tell askers apart. Askers whom they choose alike are ruled over alike.
func (c *Class) Tells() []Selector {
	var out []Selector
	for _, f := range c.Flows.Flows {
		out = slices.Concat(out, f.Who.Any, f.Who.Except, f.Who.Skip, f.Approval.Exempt, f.Approval.automaticGroups())
		for _, o := range f.ForGroups {
			out = append(out, Selector{Kind: SelectGroup, Group: o.Group})
			if o.Approval != nil {
				out = slices.Concat(out, o.Approval.Exempt, o.Approval.automaticGroups())
			}
		}
	}
	return out
}

// Chooses reports whether the asker is one of a selector's people; trouble is why that is not known.
func (s Selector) Chooses(f *Facts) (yes bool, trouble string) { return s.covers(f) }

func (a Approval) automaticGroups() (out []Selector) {
	for _, c := range a.AutomaticIf {
		if c.Group != "" {
			out = append(out, Selector{Kind: SelectGroup, Group: c.Group})
		}
	}
	return out
}
