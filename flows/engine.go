package flows

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Policy is the flows in force, in order, with the names of the groups that decide about access.
type Policy struct {
	Flows   []*Flow
	Guarded []string
	Hash    string
	// guardIn is the integration whose groups are guarded: the directory.
	guardIn string
	// owners are where the tags of things name owners: those groups are guarded too.
	owners []string
	// Admins decide too when somebody asks for what is guarded.
	Admins []Selector
	// onlyGuarded is set for a part of a policy that is about guarded things alone.
	onlyGuarded bool
}

// NewPolicy puts checked flows in force together.
func NewPolicy(list []*Flow, guarded []string, directory string, admins ...Selector) *Policy {
	h := sha256.New()
	for _, f := range list {
		h.Write([]byte(f.Hash()))
	}
	for _, g := range guarded {
		h.Write([]byte("\n" + g))
	}
	return &Policy{Flows: list, Guarded: guarded, Hash: hex.EncodeToString(h.Sum(nil)), guardIn: directory, owners: ownersOf(list), Admins: admins}
}

// Link says how accounts are linked to people.
type Link struct {
	Attribute string // of the directory, holding the platform's user id
	Address   bool   // by address; only where the workspace enforces single sign-on
}

// Settings are what the engine needs to know of the configuration. Durations of calls are machine time.
type Settings struct {
	Platforms []Platform // the chats in which people are reached; the first is where somebody is written to who has used none of them
	Admins    []Selector
	SameHuman [][]string // addresses of accounts that are one human
	Feed      Place      // channel of the feed, zero for none
	Audit     Place      // channel for alarms, zero for none
	Pending   int        // requests pending for one person
	PerDay    int        // requests a day for one person
	// CallTimeout is the longest that a call to a target may take. ProofGap lies between the two reads that prove an end;
	// a call that we lost is taken to land within CallTimeout + Landing; 2 s when zero.
	CallTimeout time.Duration
	ProofGap    time.Duration
	Landing     time.Duration
	Help        string // where to ask for help, for refusals: "Ask #access-help."
	WidenFreely bool   // a changed file that widens holds at once, without an admin's press
	// NotNow are the reasons for which nothing new is given at the moment.
	NotNow []NotNow
	// LogLag is how long after a write a target's own log may still lack it; 2 min when zero.
	LogLag time.Duration
	// Beside keeps the members of the last syncs outside the database; nil for nowhere.
	Beside Beside
}

// landing is how long after its deadline a lost call could still take effect, unless the settings say otherwise.
const landing = 2 * time.Second

// Engine is the only writer of state. Its way with every change: load, gather the outside facts that this state needs, then Change:
// if nothing moved meanwhile, evaluate, move, and write state, entry and intents together; else gather again.
type Engine struct {
	store  Store
	clock  Clock
	out    Outside
	set    Settings
	policy atomic.Pointer[Policy]
	// changing is held by whoever changes which policy is in force, from the look at the one before until the new one is in use.
	changing sync.Mutex
	humans   atomic.Pointer[humans]
	lead     atomic.Int64 // by how much ends come earlier than company time says, a time.Duration
	beaten   atomic.Int64 // when this process last noted that it runs: company time, Unix nanoseconds
	// considered is set where the policy is only thought about: the store's own does not count.
	considered bool
	// Trouble is told about every outside failure, for the log.
	trouble func(source string, err error)
}

// NewEngine makes the engine. The policy is put in force by ProposePolicy.
func NewEngine(s Store, c Clock, out Outside, set Settings, trouble func(source string, err error)) *Engine {
	if trouble == nil {
		trouble = func(string, error) {}
	}
	if set.Landing == 0 {
		set.Landing = landing
	}
	if set.LogLag == 0 {
		set.LogLag = logLag
	}
	set.NotNow = append([]NotNow{whileRecovering}, set.NotNow...)
	e := &Engine{store: s, clock: c, out: out, set: set, trouble: trouble}
	e.policy.Store(&Policy{})
	e.humans.Store(&humans{})
	return e
}

func (e *Engine) noteTrouble(source string, err error) { e.trouble(source, err) }

// lookAgain has requests evaluated anew.
func lookAgain(tx Tx, f RequestFilter) error {
	list, err := tx.Requests(f)
	if err != nil {
		return err
	}
	for _, r := range list {
		if err := wantAsk(tx, r.ID, tx.Real()); err != nil {
			return err
		}
	}
	return nil
}

// Result is how a piece of work ended: done, or due again. Err is what the runner classifies (lane, backoff).
type Result struct {
	Again bool
	Scale Scale
	Due   time.Time
	Err   error
}

func done() Result                  { return Result{} }
func failed(err error) Result       { return Result{Again: true, Err: err} }
func againReal(at time.Time) Result { return Result{Again: true, Scale: ByMachine, Due: at} }

// work is a request with everything that an evaluation needs, gathered for one revision under one policy.
type work struct {
	request   *Request
	resource  Resource
	asked     *Flow // as it was when asked
	terms     *Flow // asked, as it holds for this asker and resource; set for drafts, and where the clock ticks
	cover     Coverage
	decisions []Decision
	facts     *Facts
	policy    *Policy
	ticket    *Fact[TicketFacts] // the ticket that a draft names; nil where none is wanted
}

const gatherAgain = 5

var errMoved = errors.New("the request moved on while facts were gathered")

// onRequest is the engine's way for one request. The function runs inside Change, with the request as it is then. more, if any, adds what
// this act needs to know besides; it is asked once the flow as asked is known, and again with the flow that covers now.
func (e *Engine) onRequest(ctx context.Context, id RequestID, more func(*needs, *work), f func(tx Tx, w *work) error) error {
	for range gatherAgain {
		w, err := e.load(ctx, id)
		if err != nil {
			return err
		}
		e.gatherFor(ctx, w, more)
		err = e.store.Change(ctx, func(tx Tx) error {
			r, err := tx.Request(id)
			if err != nil {
				return err
			}
			moved, err := e.moved(tx, w.policy)
			if err != nil {
				return err
			}
			if moved || r.Revision != w.request.Revision || w.facts.stale(tx.Real()) {
				return errMoved
			}
			if err := w.sameOwners(tx); err != nil {
				return err
			}
			fresh := *w
			fresh.request = r
			if fresh.decisions, err = tx.Decisions(id); err != nil {
				return err
			}
			if err := e.readLocal(tx, &fresh); err != nil {
				return err
			}
			return f(tx, &fresh)
		})
		if !errors.Is(err, errMoved) {
			return err
		}
	}
	return Errorf(KindConflict, "This is moving too fast right now. Look at the card and try again.")
}

func (e *Engine) load(ctx context.Context, id RequestID) (*work, error) {
	w := &work{}
	err := e.store.View(ctx, func(tx Tx) (err error) {
		if err := e.renew(tx); err != nil {
			return err
		}
		w.policy = e.policy.Load()
		if w.request, err = tx.Request(id); err != nil {
			return err
		}
		if w.resource, err = tx.Resource(w.request.Entitlement.ResourceKey); err != nil {
			return err
		}
		w.asked, err = flowOf(tx, w.request.FlowHash)
		return err
	})
	return w, err
}

func flowOf(tx Tx, hash string) (*Flow, error) {
	text, err := tx.FlowText(hash)
	if err != nil {
		return nil, err
	}
	return ReadFlow(text)
}

// askedBy is a request, and the flow as it was when it was made.
func askedBy(tx Tx, id RequestID) (*Request, *Flow, error) {
	r, err := tx.Request(id)
	if err != nil {
		return nil, nil, err
	}
	f, err := flowOf(tx, r.FlowHash)
	return r, f, err
}

// gatherFor asks who the asker is, which flow covers now, and who could decide under the flow as asked and as it is now.
func (e *Engine) gatherFor(ctx context.Context, w *work, more func(*needs, *work)) {
	n := newNeeds(w.request.For)
	w.policy.whoNeeds(n, w.resource, w.request.Entitlement.Permission)
	n.approval(w.asked, w.resource)
	if w.request.Guarded {
		n.people(w.policy.Admins)
	}
	if more != nil {
		more(n, w)
	}
	w.facts = e.gather(ctx, n)
	w.cover = w.policy.Cover(w.resource, w.request.Entitlement.Permission, w.facts)
	if w.cover.Flow != nil && w.cover.Flow.Hash() != w.asked.Hash() {
		n.approval(w.cover.Flow, w.resource)
		if more != nil {
			more(n, w)
		}
		w.facts = e.gather(ctx, n)
		w.cover = w.policy.Cover(w.resource, w.request.Entitlement.Permission, w.facts)
	}
}

// whoNeeds adds what it takes to find the covering flow for a resource.
func (p *Policy) whoNeeds(n *needs, r Resource, permission string) {
	for _, f := range p.Flows {
		if covered, _ := f.line(r, permission); covered {
			n.powerOf(p, r)
			n.who(f.Who.Any)
			n.who(f.Who.Except)
			n.who(f.Who.Skip)
		}
	}
	if p.opens(r, permission) {
		n.people(p.Admins)
	}
	if r.Integration == p.guardIn {
		for _, g := range p.Guarded {
			n.groups[g] = true
		}
		n.owners = p.owners
	}
}

// verdict evaluates the flow as asked and the flow as it is now; both must be satisfied.
func (e *Engine) verdict(w *work) Verdict {
	v := e.evaluate(w, w.asked)
	if w.cover.Flow == nil || w.cover.Flow.Hash() == w.asked.Hash() {
		return v
	}
	now := e.evaluate(w, w.cover.Flow)
	if v.Satisfied {
		return now
	}
	for _, o := range now.Open {
		if !hasKey(v.Open, o.Key) {
			v.Open = append(v.Open, o)
		}
	}
	return v
}

// evaluate evaluates a flow as it holds for the asker and the resource.
func (e *Engine) evaluate(w *work, f *Flow) Verdict {
	t, trouble := w.termsOf(f)
	if trouble != "" {
		return Verdict{Step: w.request.StepIndex, Open: []OpenRequirement{{Key: "terms", Words: "the terms that hold for you", Unknown: trouble}}}
	}
	return Evaluate(t, w.request, w.decisions, w.facts, e.human)
}

func hasKey(list []OpenRequirement, key string) bool {
	for _, o := range list {
		if o.Key == key {
			return true
		}
	}
	return false
}
