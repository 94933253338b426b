package flows

import "slices"

// A group is guarded when a flow, the admins or a fallback name it as people, or the tag of a thing names it as the owner who decides: whoever
// gets into one gets power over others. Nobody can ask for it, unless a line of a flow says `guarded`; then two admins must agree besides those whom the flow asks.

// keyAdmins is the key of what two admins must agree to.
const keyAdmins = "admins"

// AdminsNeeded is how many admins must agree that somebody gets into a guarded group, besides those whom the flow asks.
const AdminsNeeded = 2

// OfAdmins reports whether a requirement is met by admins only, whoever else a flow turns to.
func (r Requirement) OfAdmins() bool { return r.key == keyAdmins }

// guarded is a flow as it holds for a guarded group: nothing goes through without people, and after the flow's own steps two admins agree.
func (f *Flow) guarded(admins []Selector) *Flow {
	c := f.clone()
	c.Approval = f.Approval.guarded(admins)
	c.ForGroups = slices.Clone(f.ForGroups)
	for i, o := range c.ForGroups {
		if o.Approval != nil {
			a := o.Approval.guarded(admins)
			c.ForGroups[i].Approval = &a
		}
	}
	return c
}

func (a Approval) guarded(admins []Selector) Approval {
	a.Steps = append(slices.Clone(a.steps()), Step{All: []Requirement{{Any: admins, N: AdminsNeeded, key: keyAdmins}}})
	a.Automatic, a.AutomaticIf, a.Exempt = false, nil, nil
	return a
}

// guards says why a resource is guarded: it is a group that a flow, the admins or a fallback name as people, or that a thing's tag names as its
// owner, or its members administer the directory. Empty when it is not; trouble is why that is not known.
func (p *Policy) guards(r Resource, f *Facts) (why, trouble string) {
	const named = "the policy names this group as people who ask, decide or administer"
	if r.Integration != p.guardIn || r.Type != "group" {
		return "", ""
	}
	if p.onlyGuarded {
		return named, ""
	}
	for _, name := range p.Guarded {
		if name == r.Name {
			return named, ""
		}
		if id, ok := f.GroupIDs[name]; ok && id.Value == r.ID {
			return named, ""
		}
	}
	things, trouble := p.owns(r, f)
	switch {
	case trouble != "":
		return "", trouble
	case things != "":
		return "it owns " + things + ", so it decides about access", ""
	}
	what, trouble := f.administers(r)
	if what != "" {
		why = "its members administer the directory (" + what + ")"
	}
	return why, trouble
}

// opens reports whether the line of a flow that covers an entitlement lets people ask for it although it is guarded.
func (f *Flow) opens(r Resource, permission string) bool {
	w, ok := f.lineFor(r, permission)
	return ok && w.Guarded
}

// opens reports whether any flow does.
func (p *Policy) opens(r Resource, permission string) bool {
	return slices.ContainsFunc(p.Flows, func(f *Flow) bool { return f.opens(r, permission) })
}

// termsOf are a flow's terms for the asker and the resource of a piece of work.
func (w *work) termsOf(f *Flow) (t *Flow, trouble string) {
	t, trouble = f.terms(w.resource, w.facts)
	if trouble == "" && (w.cover.Guarded || w.request.Guarded) {
		t = t.guarded(w.policy.Admins)
	}
	return t, trouble
}

// As is the flow as it holds for a request, as far as the request says: with the override of the asker's group, and with the admins that it
// takes. Who they are, and who owns the resource, is not put in.
func (f *Flow) As(r *Request) *Flow {
	t := f.For(r.ForGroup)
	if r.Guarded {
		t = t.guarded(nil)
	}
	return t
}
