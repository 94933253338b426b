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
	s := sorter{p: p, byKey: map[string]*Class{}}
	for i := range list {
		if r := &list[i]; !r.Gone && r.Unfit == "" {
			for _, perm := range r.Permissions {
				s.add(i, r, perm, common)
			}
		}
	}
	return s.out
}

type sorter struct {
	p     *Policy
	byKey map[string]*Class
	key   []byte
	out   []*Class
}

func (s *sorter) add(i int, r *Resource, perm string, common *Facts) {
	guarded := s.p.guards(*r, common)
	s.key = append(append(s.key[:0], perm...), 0)
	if guarded {
		s.key = append(s.key, 'g')
	}
	for n, f := range s.p.Flows {
		if covered, excepted := f.line(*r, perm); covered && !guarded {
			s.key = strconv.AppendInt(append(s.key, ' '), int64(n), 36)
			if excepted {
				s.key = append(s.key, '-')
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

// about is the policy with only those flows that are about a thing. What is guarded is covered by none.
func (p *Policy) about(r Resource, permission string, guarded bool) *Policy {
	few := *p
	few.Flows, few.Guarded = nil, nil
	if guarded {
		return &few
	}
	for _, f := range p.Flows {
		if covered, _ := f.line(r, permission); covered {
			few.Flows = append(few.Flows, f)
		}
	}
	return &few
}

// AskerClass is the same for two askers whom the policy cannot tell apart when they ask for a thing. It is empty when the directory does
// not say who somebody is.
func (p *Policy) AskerClass(f *Facts) string {
	if f.Asker.Trouble != "" {
		return ""
	}
	b := []byte(f.Asker.Value.Status)
	for _, list := range p.tells() {
		for _, s := range list {
			yes, trouble := s.covers(f)
			b = append(b, '0')
			switch {
			case trouble != "":
				b[len(b)-1] = '?'
			case yes:
				b[len(b)-1] = '1'
			}
		}
	}
	return string(b)
}

// tells are all selectors by which the policy tells askers apart.
func (p *Policy) tells() [][]Selector {
	var out [][]Selector
	for _, f := range p.Flows {
		out = append(out, f.Who.Any, f.Who.Except, f.Who.Skip, f.Approval.Exempt, f.Approval.automaticGroups())
		for _, o := range f.ForGroups {
			out = append(out, []Selector{{Kind: SelectGroup, Group: o.Group}})
			if o.Approval != nil {
				out = append(out, o.Approval.Exempt, o.Approval.automaticGroups())
			}
		}
	}
	return out
}

func (a Approval) automaticGroups() (out []Selector) {
	for _, c := range a.AutomaticIf {
		if c.Group != "" {
			out = append(out, Selector{Kind: SelectGroup, Group: c.Group})
		}
	}
	return out
}

// MayAskFor is the list of what an asker may ask for, as places in the list that was classed, in order.
func MayAskFor(classes []*Class, f *Facts) []int {
	var out []int
	if !f.Asker.Value.Active() {
		return nil
	}
	for _, c := range classes {
		if c.Cover(f).Flow != nil {
			out = append(out, c.Resources...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
