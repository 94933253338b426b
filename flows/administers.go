package flows

import (
	"context"
	"fmt"
)

// A group whose members administer the directory has power over groups and people, whatever the file says: it is guarded too. Reading that for
// every group with every sync would be too many calls, so it is read of the one group that somebody asks for, and again before it is given.

// doubtPower is the key under which admins were told that this cannot be read.
const doubtPower = "(roles of groups)"

// administering is a directory in which groups can be given power over it.
type administering interface {
	// Administers is what the members of a group administer, such as "Group Administrator"; empty when nothing. For no group it says only whether
	// our credential may read that: one that may not is a *CallError with OutcomeRefused, whose sentence says what to allow.
	Administers(ctx context.Context, groupID string) (string, error)
}

// powerOf adds what it takes to say whether a thing's members administer the directory.
func (n *needs) powerOf(p *Policy, r Resource) {
	if r.Integration == p.guardIn && r.Type == "group" {
		n.power = r.ID
	}
}

func (g *gatherer) powerOf(id string) {
	d, ok := g.e.out.Directory.(administering)
	if !ok {
		return
	}
	f := ask(g.e, g.e.out.DirectoryName, func() (string, error) { return d.Administers(g.ctx, id) })
	set(g, g.f.Administers, id, f)
}

// administers is what the members of a group administer, as far as that was read. A list of what somebody may ask for does not read it.
func (f *Facts) administers(r Resource) (what, trouble string) {
	a := f.Administers[r.ID]
	return a.Value, a.Trouble
}

// DoubtPower says why it cannot be read what groups of the directory administer; the zero Doubt when it can, or when groups cannot.
func (o *Outside) DoubtPower(ctx context.Context) Doubt {
	d, ok := o.Directory.(administering)
	if !ok {
		return Doubt{}
	}
	_, err := d.Administers(ctx, "")
	if err == nil {
		return Doubt{}
	}
	call, title := AsCall(err), o.title(o.DirectoryName)
	if call.Outcome == OutcomeRefused && !call.Lane {
		return Doubt{Trouble: title + " does not say which groups administer it", Settled: true,
			Sentence: fmt.Sprintf("%s does not say which groups administer it, so nobody can be given any. %s.", title, call.Sentence)}
	}
	return Doubt{Trouble: title + " does not answer", Sentence: fmt.Sprintf("%s does not answer, so which groups administer it is not known.", title)}
}
