package flows

import (
	"fmt"
	"slices"
	"time"
)

// Case is one question to a policy, with all that is known. Facts.Local.Now is the time that it is about.
type Case struct {
	Resource   Resource
	Permission string
	Duration   time.Duration // the flow's usual one when zero
	Facts      *Facts
	Human      func(PersonID) PersonID // who is one human; everybody is their own when nil
}

// Ruling is what a policy says of a case before anybody has decided.
type Ruling struct {
	Fate     Fate
	Why      string // why it cannot be, or why nobody has to decide
	Denied   bool   // a deny flow says so, and says so to the asker
	Flow     *Flow  // the one that decides, as it holds for this asker and thing; nil when none does
	Duration time.Duration
	Steps    [][]Deciding // who could decide, step by step
}

// Deciding is one requirement with the people who could meet it, and how many of them it takes.
type Deciding struct {
	OpenRequirement
	Need int
}

// Rule says what would become of a case, by the same functions that decide requests.
func (p *Policy) Rule(c Case) Ruling {
	c = c.filled()
	f, r := c.Facts, c.Resource
	switch {
	case f.Asker.Trouble != "":
		return Ruling{Fate: FateUnknown, Why: f.Asker.Trouble}
	case !f.Asker.Value.Active():
		return Ruling{Fate: FateDenied, Why: "the directory says that they may not act: " + firstNonEmpty(string(f.Asker.Value.Status), "unknown")}
	case r.Gone:
		return Ruling{Fate: FateDenied, Why: "it is no longer there"}
	case r.Unfit != "":
		return Ruling{Fate: FateDenied, Why: "it can never be given: " + r.Unfit}
	case !slices.Contains(r.Permissions, c.Permission):
		return Ruling{Fate: FateDenied, Why: fmt.Sprintf("it does not offer %s, but %s", c.Permission, orNothing(r.Permissions))}
	}
	cover := p.Cover(r, c.Permission, f)
	switch {
	case cover.Unknown != "":
		return Ruling{Fate: FateUnknown, Why: cover.Unknown}
	case cover.Flow == nil:
		return Ruling{Fate: FateDenied, Why: cover.Refused, Denied: cover.Denied != nil}
	}
	t, trouble := cover.Flow.terms(r, f)
	if trouble != "" {
		return Ruling{Fate: FateUnknown, Why: trouble}
	}
	if cover.Guarded {
		t = t.guarded(p.Admins)
	}
	return c.under(t)
}

func (c Case) filled() Case {
	if c.Human == nil {
		c.Human = func(p PersonID) PersonID { return p }
	}
	return c
}

// under is the ruling of the flow that covers a case.
func (c Case) under(t *Flow) Ruling {
	out := Ruling{Flow: t, Duration: c.Duration}
	if out.Duration == 0 {
		out.Duration = t.HowLong.usual()
	}
	if why := t.refuses(out.Duration); why != "" {
		out.Fate, out.Why = FateDenied, why
		return out
	}
	req := c.request(out.Duration)
	if why := t.lets(req, c.Facts); why != "" {
		out.Fate, out.Why = FateAutomatic, why
		return out
	}
	out.Fate = FateAsks
	for _, step := range t.Approval.steps() {
		var list []Deciding
		for _, q := range step.All {
			list = append(list, Deciding{open(t, wanting{Requirement: q}, req, nil, c.Facts, c.Human), q.Need()})
		}
		out.Steps = append(out.Steps, list)
	}
	return out
}

func (c Case) request(d time.Duration) *Request {
	who := c.Facts.Asker.Value.ID
	return &Request{Asker: who, For: who, State: Pending, Entitlement: Entitlement{c.Resource.ResourceKey, c.Permission}, Duration: d}
}

// refuses says why a flow does not give a duration, empty when it does.
func (f *Flow) refuses(d time.Duration) string {
	bare := *f
	bare.Why = Why{}
	if err := checkDraft(&bare, &Draft{Duration: d}); err != nil {
		return err.Error()
	}
	return ""
}

func orNothing(words []string) string {
	if len(words) == 0 {
		return "nothing"
	}
	return Join(words, "and")
}
