package flows

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Mark is what stands before a line of an explanation.
type Mark string

// The marks. A line without one only tells something.
const (
	MarkYes     Mark = "yes"
	MarkNo      Mark = "no"
	MarkUnknown Mark = "unknown"
)

var signs = map[Mark]string{MarkYes: "✓ ", MarkNo: "✗ ", MarkUnknown: "? ", "": "· "}

// Line is one reason, with what it follows from below it.
type Line struct {
	Mark  Mark   `json:"mark,omitempty"`
	Text  string `json:"text"`
	Lines []Line `json:"lines,omitempty"`
	// admins marks what an asker does not get to read. With plain, the asker reads that instead of the line and all below it.
	admins bool
	plain  string
}

// Fate is what would become of a request.
type Fate string

// The fates: it cannot be asked for so, the outside does not answer, nobody has to decide, people decide.
const (
	FateDenied    Fate = "denied"
	FateUnknown   Fate = "unknown"
	FateAutomatic Fate = "automatic"
	FateAsks      Fate = "asks people"
)

// Explanation says what would happen to a request and why, as a tree. As it is made it holds everything, for admins.
type Explanation struct {
	Fate     Fate   `json:"fate,omitempty"`
	Sentence string `json:"sentence"`
	Flow     string `json:"flow,omitempty"`    // the name of the flow that decides
	Longest  string `json:"longest,omitempty"` // the longest time that can be asked for
	Lines    []Line `json:"lines,omitempty"`
	// Nearest are the ways nearest to it that would work, or would work better.
	Nearest []Line `json:"nearest,omitempty"`
	// plain is what the asker reads in place of everything but the ways that are theirs to know, where even the name is not; asker is what
	// they read in place of the sentence.
	plain, asker string
}

// ForAsker is the explanation without what is not the asker's to know: other flows, the people and groups that a flow is for, and the
// thing itself where nothing lets them ask for it.
func (x Explanation) ForAsker() Explanation {
	if x.plain != "" {
		return Explanation{Fate: x.Fate, Sentence: x.plain, Nearest: forAsker(x.Nearest)}
	}
	x.Sentence, x.Lines, x.Nearest = firstNonEmpty(x.asker, x.Sentence), forAsker(x.Lines), forAsker(x.Nearest)
	return x
}

func forAsker(list []Line) []Line {
	var out []Line
	for _, l := range list {
		switch {
		case !l.admins:
			l.Lines = forAsker(l.Lines)
		case l.plain != "":
			l = Line{Mark: l.Mark, Text: l.plain}
		default:
			continue
		}
		out = append(out, l)
	}
	return out
}

// String prints the tree, indented by two spaces a level, each line with its sign: ✓ holds, ✗ does not, ? is not known.
func (x Explanation) String() string {
	var b strings.Builder
	b.WriteString(x.Sentence + "\n")
	write(&b, x.Lines, 1)
	if len(x.Nearest) > 0 {
		b.WriteString("What would work:\n")
		write(&b, x.Nearest, 1)
	}
	return b.String()
}

func write(b *strings.Builder, list []Line, depth int) {
	for _, l := range list {
		b.WriteString(strings.Repeat("  ", depth) + signs[l.Mark] + l.Text + "\n")
		write(b, l.Lines, depth+1)
	}
}

// Explain says what would happen if somebody asked for a thing at a time, and why. An empty permission is the one that can be asked
// for, no duration the usual one, no time now. People and shifts are looked up as they are now (shifts at that time, where the source can
// say); nothing is written. A thing or a person that does not exist is an error of kind notfound.
func (e *Engine) Explain(ctx context.Context, who PersonID, k ResourceKey, permission string, d time.Duration, at time.Time) (Explanation, error) {
	at = time0(e.clock.Company(), at)
	w := &work{request: &Request{Asker: who, For: who, State: Pending}}
	if err := e.store.View(ctx, func(tx Tx) (err error) {
		if err := e.renew(tx); err != nil {
			return err
		}
		w.policy = e.policy.Load()
		w.resource, err = tx.Resource(k)
		return err
	}); err != nil {
		if KindOf(err) == KindNotFound {
			return Explanation{}, e.unseen()
		}
		return Explanation{}, err
	}
	l := &Lookup{e.asOf(at)}
	w.facts = l.Facts(ctx, w.policy, who, w.resource)
	if t := w.facts.Asker; t.Trouble == "" && t.Value.ID == "" {
		return Explanation{}, Errorf(KindNotFound, "%s is nobody in %s.", who, e.out.title(e.out.DirectoryName))
	}
	if permission == "" {
		permission = firstNonEmpty(firstOf(w.policy.permissions(w.resource, w.facts)), firstOf(w.resource.Permissions))
	}
	w.request.Entitlement = Entitlement{k, permission}
	w.cover = w.policy.Cover(w.resource, permission, w.facts)
	if err := e.store.View(ctx, func(tx Tx) error { return e.readLocal(nowTx{tx, at}, w) }); err != nil {
		return Explanation{}, err
	}
	x := w.policy.Explain(Case{Resource: w.resource, Permission: permission, Duration: d, Facts: w.facts, Human: e.human})
	if x.Fate != FateDenied || x.Flow != "" {
		return x, nil
	}
	if x.plain != "" {
		x.plain = e.unseen().Sentence
	}
	near, err := e.near(ctx, w.policy, w.facts, w.resource.Name)
	for _, r := range near[:min(1, len(near))] {
		if r.ResourceKey != k {
			x.Nearest = append(x.Nearest, Line{Text: r.Name + " can be asked for", admins: true})
		}
	}
	return x, err
}

// nowTx reads as if it were another time.
type nowTx struct {
	Tx
	now time.Time
}

func (t nowTx) Now() time.Time { return t.now }

// Consider puts flows in force in memory only, for an engine that explains and does nothing else: nothing is written.
func (e *Engine) Consider(ctx context.Context, list []*Flow, guarded []string) error {
	e.considered = true
	e.policy.Store(NewPolicy(list, guarded, e.out.DirectoryName, e.set.Admins...))
	return e.asOf(e.clock.Company()).shareHumans(ctx, e)
}

// shareHumans reads who is one human through a store that keeps nothing, and gives it to another engine.
func (e *Engine) shareHumans(ctx context.Context, to *Engine) error {
	err := e.knowHumans(ctx)
	to.humans.Store(e.humans.Load())
	return err
}

// asOf is an engine that asks as of another time and writes nothing.
func (e *Engine) asOf(at time.Time) *Engine {
	x := NewEngine(readOnly{e.store}, moment{e.clock, at}, e.out, e.set, e.trouble)
	x.policy.Store(e.policy.Load())
	x.humans.Store(e.humans.Load())
	x.considered = true
	return x
}

// moment is a clock whose company time stands still.
type moment struct {
	Clock
	at time.Time
}

func (m moment) Company() time.Time { return m.at }

// readOnly is a store whose changes are views: a pin that would be made is not kept.
type readOnly struct{ Store }

func (s readOnly) Change(ctx context.Context, f func(Tx) error) error {
	return s.View(ctx, func(tx Tx) error { return f(forgetful{tx}) })
}

// forgetful keeps no pin, nor what follows from one. Any other write is refused by the view beneath.
type forgetful struct{ Tx }

func (forgetful) PutPin(string, string, string) error { return nil }
func (forgetful) PutMeta(string, string) error        { return nil }

// Lookup gathers what policies need to know, from an outside, and writes nothing.
type Lookup struct{ e *Engine }

// NewLookup asks an outside as of a time, with names pinned nowhere. Things are those that there are: their tags say which groups own them.
func NewLookup(out Outside, at time.Time, things []Resource) *Lookup {
	e := NewEngine(nowhere{things}, still(at), out, Settings{}, nil)
	e.considered = true
	return &Lookup{e}
}

// still is a clock that stands.
type still time.Time

func (s still) Company() time.Time { return time.Time(s) }
func (s still) Machine() time.Time { return time.Time(s) }

// nowhere is a store that has things and keeps nothing: no name is pinned there.
type nowhere struct{ things []Resource }

func (s nowhere) View(_ context.Context, f func(Tx) error) error {
	return f(unpinned{things: s.things})
}
func (s nowhere) Change(_ context.Context, f func(Tx) error) error {
	return f(unpinned{things: s.things})
}

type unpinned struct {
	Tx
	things []Resource
}

func (unpinned) Meta(string) (string, error)  { return "", nil }
func (unpinned) PutMeta(string, string) error { return nil }

// Resources are all things: whoever reads them here looks at where they are.
func (t unpinned) Resources(ResourceFilter) ([]Resource, error) { return t.things, nil }

func (unpinned) Pin(string, string) (string, error)  { return "", ErrNotFound }
func (unpinned) PutPin(string, string, string) error { return nil }

// Facts are all that it takes to explain what a policy says of one person and one thing.
func (l *Lookup) Facts(ctx context.Context, p *Policy, who PersonID, r Resource) *Facts {
	n := p.allWho(who)
	for _, f := range p.Flows {
		n.approval(f, r)
	}
	n.people(p.Admins)
	n.powerOf(p, r)
	f := l.e.gather(ctx, n)
	f.Local = Local{Now: l.e.clock.Company()}
	return f
}

// Common are the facts that are the same whoever asks: which groups there are, who is on which shift, who may ask where.
func (l *Lookup) Common(ctx context.Context, policies ...*Policy) *Facts {
	return l.e.common(ctx, needsOf(policies...))
}

// common gathers what is the same whoever asks.
func (e *Engine) common(ctx context.Context, n *needs) *Facts {
	f := e.gather(ctx, n)
	f.Local = Local{Now: e.clock.Company()}
	f.asPlanned()
	return f
}

// needsOf is what the flows of policies want to know of whoever asks, but for whom that is.
func needsOf(policies ...*Policy) *needs {
	n := newNeeds("")
	for _, p := range policies {
		for _, f := range p.Flows {
			n.who(f.Who.Any)
			n.who(f.Who.Except)
			n.who(f.Who.Skip)
			n.who(f.Approval.Exempt)
			n.without(f.Approval)
			for _, o := range f.ForGroups {
				n.groups[o.Group] = true
				if o.Approval != nil {
					n.who(o.Approval.Exempt)
					n.without(*o.Approval)
				}
			}
		}
		for _, g := range p.Guarded {
			n.groups[g] = true
		}
		n.owners = append(n.owners, p.owners...)
	}
	n.inGroups = false
	return n
}

// without adds the groups of conditions under which nobody has to decide.
func (n *needs) without(a Approval) {
	for _, c := range a.AutomaticIf {
		if c.Group != "" {
			n.groups[c.Group] = true
		}
	}
}

// stamp writes a time for people, in its own zone.
func stamp(t time.Time) string { return t.Format("Mon 2 Jan 2006 15:04 MST") }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
