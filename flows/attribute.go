package flows

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Whoever can write his own manager chooses who says yes to him. So what a directory holds of people gives authority only where its schema
// says that they cannot write it themselves. As long as that is not so, or not known, whatever depends on the attribute waits.

// The attributes that give authority. Which of its own they are a directory knows by its settings.
const (
	AttributeManager = "manager"  // names somebody's manager
	AttributeZone    = "timezone" // holds somebody's time zone, by a name of the tz database
)

// Attribute is what a directory's schema says of one attribute of people.
type Attribute struct {
	Name string // as the directory calls it: "managerId"
	Own  bool   // people can write their own
	Mend string // what an admin does about that, where the directory has a word on it
}

// Doubt is why an attribute gives no authority; the zero Doubt when it does.
type Doubt struct {
	Attribute string // as the directory calls it, where it answered
	Trouble   string // for cards, without a full stop: "Okta lets people change their own managerId"
	Sentence  string // for admins: what it is wanted for, what is wrong, what to do
	Settled   bool   // the directory has spoken: only an admin can mend it
}

// wantedFor says what an attribute decides.
func wantedFor(attribute string) string {
	switch attribute {
	case AttributeManager:
		return "who somebody's manager is"
	case AttributeZone:
		return "which time zone somebody is in"
	}
	return "whose a chat account is"
}

// Doubt asks whether an attribute gives authority. No attribute needs none.
func (o *Outside) Doubt(ctx context.Context, attribute string) Doubt {
	if attribute == "" {
		return Doubt{}
	}
	title := o.title(o.DirectoryName)
	a, err := o.Directory.Attribute(ctx, attribute)
	d := Doubt{Attribute: firstNonEmpty(a.Name, attribute), Settled: true}
	switch {
	case errors.Is(err, ErrNotFound):
		d.Trouble = fmt.Sprintf("%s has no attribute %s for people", title, d.Attribute)
		d.Sentence = fmt.Sprintf("%s, and the configuration needs it to say %s. Name the right one, or add it.", d.Trouble, wantedFor(attribute))
	case err != nil && AsCall(err).Outcome == OutcomeRefused && !AsCall(err).Lane:
		d.Trouble = fmt.Sprintf("%s does not say whether people can change their own %s", title, d.Attribute)
		d.Sentence = fmt.Sprintf("%s does not say whether people can change their own %s, so it cannot say %s. %s.", title, d.Attribute, wantedFor(attribute), AsCall(err).Sentence)
	case err != nil:
		d.Settled, d.Trouble = false, title+" does not answer"
		d.Sentence = fmt.Sprintf("%s does not answer, so whether people can change their own %s is not known.", title, d.Attribute)
	case a.Own:
		d.Trouble = fmt.Sprintf("%s lets people change their own %s", title, d.Attribute)
		d.Sentence = fmt.Sprintf("%s lets people change their own %s, so it cannot say %s. %s", title, d.Attribute, wantedFor(attribute),
			firstNonEmpty(a.Mend, "Make it read-only for them."))
	default:
		return Doubt{}
	}
	return d
}

// Attributes are those of the directory that the policy takes for authority.
func (p *Policy) Attributes() (out []string) {
	n := newNeeds("")
	for _, f := range p.Flows {
		for _, a := range f.approvals() {
			n.approvers(a)
		}
	}
	if len(n.managers) > 0 {
		out = append(out, AttributeManager)
	}
	if n.zone {
		out = append(out, AttributeZone)
	}
	return out
}

// approvals are the flow's own approval and those of its overrides.
func (f *Flow) approvals() []Approval {
	out := []Approval{f.Approval}
	for _, o := range f.ForGroups {
		if o.Approval != nil {
			out = append(out, *o.Approval)
		}
	}
	return out
}

// Doubts are those about what the policy and the links of accounts depend on.
func Doubts(ctx context.Context, out Outside, p *Policy, links ...Link) []Doubt {
	var list []Doubt
	for _, name := range attributesOf(p, links) {
		if d := out.Doubt(ctx, name); d.Trouble != "" {
			list = append(list, d)
		}
	}
	if d := out.DoubtPower(ctx); d.Trouble != "" {
		list = append(list, d)
	}
	return list
}

func attributesOf(p *Policy, links []Link) []string {
	out := p.Attributes()
	for _, l := range links {
		if l.Attribute != "" && !slices.Contains(out, l.Attribute) {
			out = append(out, l.Attribute)
		}
	}
	return out
}

// links are the rules of all chats.
func (s Settings) links() (out []Link) {
	for _, p := range s.Platforms {
		out = append(out, p.Link)
	}
	return out
}

// Doubts are those of the policy in force.
func (e *Engine) Doubts(ctx context.Context) []Doubt {
	return Doubts(ctx, e.out, e.policy.Load(), e.set.links()...)
}

// checkAttributes tells the admins, once each time that it comes true, what gives authority no longer, and that it cannot be read what groups administer.
func (e *Engine) checkAttributes(ctx context.Context) error {
	told := map[string]string{}
	for _, name := range attributesOf(e.policy.Load(), e.set.links()) {
		if d := e.out.Doubt(ctx, name); d.Settled || d.Trouble == "" {
			told[name] = d.Sentence
		}
	}
	if d := e.out.DoubtPower(ctx); d.Settled || d.Trouble == "" {
		told[doubtPower] = d.Sentence
	}
	return e.store.Change(ctx, func(tx Tx) error {
		for _, name := range sortedKeys(told) {
			if err := e.tellDoubt(tx, name, told[name]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *Engine) tellDoubt(tx Tx, attribute, sentence string) error {
	key := "doubt/" + attribute
	before, err := tx.Meta(key)
	if err != nil || before == sentence {
		return err
	}
	if err := tx.PutMeta(key, sentence); err != nil || sentence == "" {
		return err
	}
	return e.alarm(tx, fmt.Sprintf("%s/%d", key, tx.Real().UnixNano()), sentence, Entry{})
}
