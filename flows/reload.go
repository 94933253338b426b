package flows

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Which policy is in force survives a restart: the store keeps the texts of all flows that ever were, and the ordered hashes of those
// that hold now and of those that wait for a press.
const (
	metaPolicy  = "policy"       // the hash of the one in force
	metaInForce = "policy/flows" // its record
	metaHeld    = "policy/held"  // a HeldPolicy
	metaTell    = "policy/tell"  // changes that people are still to be told of
)

// PolicyWork names the work that follows a change of the flows, beside the integrations whose syncs are intents of the same kind: it
// tells people what the change means to whom, and ends what a deny flow now forbids.
const PolicyWork = "(flows)"

// policyRecord is a policy as the store keeps it.
type policyRecord struct {
	Hash    string
	Flows   []string // hashes, in order
	Guarded []string
}

func recordOf(p *Policy) policyRecord {
	r := policyRecord{Hash: p.Hash, Guarded: p.Guarded}
	for _, f := range p.Flows {
		r.Flows = append(r.Flows, f.Hash())
	}
	return r
}

// policy reads the flows of a record.
func (r policyRecord) policy(tx Tx, directory string, admins ...Selector) (*Policy, error) {
	var list []*Flow
	for _, hash := range r.Flows {
		f, err := flowOf(tx, hash)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	p := NewPolicy(list, r.Guarded, directory, admins...)
	p.Hash = r.Hash // as it was loaded, also if a newer version writes flows in other words
	return p, nil
}

// HeldPolicy is a change of the flows that would let people have more, and waits for an admin's press.
type HeldPolicy struct {
	policyRecord
	Since time.Time // company time
	Lines []string  // what is different: at first flow by flow, soon who gains and who loses what
}

// ReadHeldPolicy is what waits, nil when nothing does.
func ReadHeldPolicy(tx Tx) (*HeldPolicy, error) { return readMeta[HeldPolicy](tx, metaHeld) }

func readMeta[T any](tx Tx, key string) (*T, error) {
	text, err := tx.Meta(key)
	if err != nil || text == "" {
		return nil, err
	}
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return nil, fmt.Errorf("what the store keeps under %q cannot be read: %w", key, err)
	}
	return &v, nil
}

func putMeta(tx Tx, key string, v any) error { return tx.PutMeta(key, string(written(v))) }

// PolicyOutcome is what became of flows that were proposed.
type PolicyOutcome string

// The outcomes: as before, in force now, or waiting for an admin's press while those before stay in force.
const (
	PolicySame    PolicyOutcome = "same"
	PolicyInForce PolicyOutcome = "in force"
	PolicyHeld    PolicyOutcome = "held"
)

// ProposePolicy takes the flows of the configuration's file, at the start and when it has changed. What surely narrows holds at once;
// what may widen waits for an admin's press, and the flows before stay in force, also over a restart. The very first flows have nothing
// to be compared with.
func (e *Engine) ProposePolicy(ctx context.Context, list []*Flow, guarded []string) (PolicyOutcome, error) {
	e.changing.Lock()
	defer e.changing.Unlock()
	p := NewPolicy(list, guarded, e.out.DirectoryName, e.set.Admins...)
	for range gatherAgain {
		before, err := e.inForce(ctx)
		if err != nil {
			return "", err
		}
		outcome, err := e.propose(ctx, before, p)
		if !errors.Is(err, errMoved) {
			return outcome, err
		}
	}
	return "", Errorf(KindConflict, "The flows are being changed elsewhere right now. Try again.")
}

// propose compares a policy with the one before, which must still be in force when the outcome is written: another replica may have got there first.
func (e *Engine) propose(ctx context.Context, before, p *Policy) (PolicyOutcome, error) {
	still := func(tx Tx) error {
		now, err := readMeta[policyRecord](tx, metaInForce)
		if err != nil {
			return err
		}
		if (before == nil) != (now == nil) || before != nil && before.Hash != now.Hash {
			return errMoved
		}
		return nil
	}
	switch {
	case before == nil || e.set.WidenFreely && before.Hash != p.Hash:
		return PolicyInForce, e.enact(ctx, p, still)
	case before.Hash == p.Hash:
		return PolicySame, e.enact(ctx, p, still)
	case Narrows(before, p):
		return PolicyInForce, e.enact(ctx, p, still)
	}
	if err := e.holdPolicy(ctx, before, p, still); err != nil {
		return "", err
	}
	e.policy.Store(before)
	return PolicyHeld, e.knowHumans(ctx)
}

// inForce is the policy that the store says holds; nil when there never was one.
func (e *Engine) inForce(ctx context.Context) (p *Policy, err error) {
	err = e.store.View(ctx, func(tx Tx) (err error) {
		p, err = e.policyOf(tx)
		return err
	})
	return p, err
}

// LoadPolicy puts flows in force as they are, without asking anybody.
func (e *Engine) LoadPolicy(ctx context.Context, list []*Flow, guarded []string) error {
	e.changing.Lock()
	defer e.changing.Unlock()
	return e.enact(ctx, NewPolicy(list, guarded, e.out.DirectoryName, e.set.Admins...), nil)
}

// enact puts a policy in force, keeps its texts, and has every pending request looked at again. Whatever waited for a press waits no more.
func (e *Engine) enact(ctx context.Context, p *Policy, first func(Tx) error) error {
	err := e.store.Change(ctx, func(tx Tx) error {
		if first != nil {
			if err := first(tx); err != nil {
				return err
			}
		}
		if err := tx.PutMeta(metaHeld, ""); err != nil {
			return err
		}
		if err := wantPlans(tx, p); err != nil {
			return err
		}
		if err := keepOwning(tx, p, "", nil); err != nil {
			return err
		}
		return e.keepPolicy(tx, p)
	})
	if err != nil {
		return err
	}
	e.policy.Store(p)
	return e.knowHumans(ctx)
}

func (e *Engine) keepPolicy(tx Tx, p *Policy) error {
	if err := keepTexts(tx, p); err != nil {
		return err
	}
	was, err := readMeta[policyRecord](tx, metaInForce)
	if err != nil || was != nil && was.Hash == p.Hash {
		return err
	}
	before, err := tx.Meta(metaPolicy)
	if err != nil {
		return err
	}
	if err := tx.PutMeta(metaPolicy, p.Hash); err != nil {
		return err
	}
	now := recordOf(p)
	if err := putMeta(tx, metaInForce, now); err != nil {
		return err
	}
	entry := &Entry{Action: ActPolicy, Data: map[string]string{"policy": p.Hash, "before": before}}
	if was != nil {
		old, err := was.policy(tx, p.guardIn, p.Admins...)
		if err != nil {
			return err
		}
		entry.Text = strings.Join(changes(old, p), "\n")
		if err := e.wantTold(tx, telling{Before: *was, After: now}); err != nil {
			return err
		}
	}
	if err := tx.Append(entry); err != nil {
		return err
	}
	return lookAgain(tx, RequestFilter{States: []RequestState{Pending}})
}

func keepTexts(tx Tx, p *Policy) error {
	for _, f := range p.Flows {
		if err := tx.PutFlowText(f.Hash(), f.Text()); err != nil {
			return err
		}
	}
	return nil
}

// holdPolicy keeps what widens until a press. The same again changes nothing.
func (e *Engine) holdPolicy(ctx context.Context, before, p *Policy, still func(Tx) error) error {
	return e.store.Change(ctx, func(tx Tx) error {
		if err := still(tx); err != nil {
			return err
		}
		held, err := ReadHeldPolicy(tx)
		if err != nil || held != nil && held.Hash == p.Hash {
			return err
		}
		if err := keepTexts(tx, p); err != nil {
			return err
		}
		h := HeldPolicy{policyRecord: recordOf(p), Since: tx.Now(), Lines: changes(before, p)}
		if err := putMeta(tx, metaHeld, h); err != nil {
			return err
		}
		entry := &Entry{Action: ActPolicyHeld, Data: map[string]string{"policy": p.Hash, "before": before.Hash}, Text: strings.Join(h.Lines, "\n")}
		if err := tx.Append(entry); err != nil {
			return err
		}
		return e.wantTold(tx, telling{Before: recordOf(before), After: h.policyRecord, Held: true})
	})
}

// ReleasePolicy puts in force what waits, exactly as it was shown: the hash is what the button carried. Only admins can.
func (e *Engine) ReleasePolicy(ctx context.Context, by Actor, hash string) (Answer, error) {
	e.changing.Lock()
	defer e.changing.Unlock()
	var p *Policy
	a := Answer{}
	err := e.store.Change(ctx, func(tx Tx) error {
		p, a = nil, Answer{}
		held, err := ReadHeldPolicy(tx)
		if err != nil {
			return err
		}
		switch {
		case !by.Admin:
			a.Sentence = "Only admins of Hallpass can release this."
		case held == nil || held.Hash != hash:
			a.Sentence = "Nothing is held any more, or something else is. Look again."
		}
		if a.Sentence != "" {
			return e.refusal(tx, by, "release the flows", a.Sentence)
		}
		p, err = held.policy(tx, e.out.DirectoryName, e.set.Admins...)
		return err
	})
	if err != nil || a.Sentence != "" {
		return a, err
	}
	err = e.enact(ctx, p, func(tx Tx) error {
		if held, err := ReadHeldPolicy(tx); err != nil || held == nil || held.Hash != hash {
			return cmp.Or(err, errMoved)
		}
		return e.log(tx, &Entry{Action: ActPolicyFreed, Actor: by.Person.ID, Via: by.Account.String(), Data: map[string]string{"policy": hash}})
	})
	if errors.Is(err, errMoved) { // somebody else released it, or the file was changed, since it was read
		return Answer{Sentence: "Nothing is held any more, or something else is. Look again."}, nil
	}
	return Answer{Sentence: "Released. The new flows are in force."}, err
}

// changes says flow by flow what is different, without asking who that concerns.
func changes(before, after *Policy) []string {
	var out []string
	find := func(p *Policy, name string) *Flow {
		if i := slices.IndexFunc(p.Flows, func(f *Flow) bool { return f.Name == name }); i >= 0 {
			return p.Flows[i]
		}
		return nil
	}
	for _, f := range after.Flows {
		switch old := find(before, f.Name); {
		case old == nil:
			out = append(out, "The flow "+f.Name+" is new.")
		case old.Hash() != f.Hash():
			out = append(out, "The flow "+f.Name+" is different.")
		}
	}
	for _, f := range before.Flows {
		if find(after, f.Name) == nil {
			out = append(out, "The flow "+f.Name+" is gone.")
		}
	}
	for _, g := range before.Guarded {
		if !slices.Contains(after.Guarded, g) {
			out = append(out, "The group "+g+" is no longer guarded.")
		}
	}
	for _, at := range before.owners {
		if in, tag, _ := strings.Cut(at, "/"); !slices.Contains(after.owners, at) {
			out = append(out, fmt.Sprintf("The groups that the tag %s names in %s are no longer guarded.", tag, in))
		}
	}
	if len(out) == 0 {
		out = append(out, "The flows stand in another order, or guard more groups.")
	}
	return out
}

// Integrations are the names of all that a flow needs: targets, shifts and tickets; sorted.
func (f *Flow) Integrations() []string {
	n := newNeeds("")
	for _, list := range [][]Selector{f.Who.Any, f.Who.Except, f.Who.Skip} {
		n.who(list)
	}
	n.approval(f, Resource{})
	names := map[string]bool{}
	for s := range n.shifts {
		names[s.In] = true
	}
	for _, w := range f.What {
		names[w.In] = true
	}
	if t := f.Why.Ticket; t != nil {
		names[t.In] = true
	}
	names[f.Tickets.In] = true
	delete(names, "")
	return sortedKeys(names)
}
