package checker

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What the checker grants.
const (
	factsLast = 65 * time.Second // a fact that gives authority may be a minute old
	endWithin = 4 * time.Minute  // an end is proved by then once its target and Hallpass have been well for so long
	tickGrace = 90 * time.Second // what falls due is done by then
	proofGap  = 20 * time.Second // between the two reads of a proof
	syncEvery = 30 * time.Minute
)

// Check says in sentences what does not hold. Nothing is what should come back.
func Check(s *Story) []string {
	j := &judge{s: s, requests: map[int64]*request{}, grants: map[int64]*grant{}}
	var err error
	if j.log, err = read(s.Log); err != nil {
		j.fail("%v", err)
		return j.wrong
	}
	j.sort()
	for _, look := range []func(){j.deciding, j.outcomes, j.approvals, j.giving, j.writes, j.ends, j.proofs, j.acknowledged, j.warnings, j.atTheEnd, j.messages, j.tickets, j.fallbacks, j.leavers} {
		look()
	}
	return j.wrong
}

type judge struct {
	s        *Story
	log      []Entry
	requests map[int64]*request
	grants   map[int64]*grant
	policies []Entry // "policy loaded", in order
	wrong    []string
}

// request is what the log tells of one request.
type request struct {
	id       int64
	asked    Entry
	thing    string
	extends  bool
	agreed   []Entry
	outcomes []Entry
	all      []Entry
}

// grant is what the log tells of one grant.
type grant struct {
	id, holding int64
	who, thing  string
	request     *request
	giving      []Entry
	given       *Entry
	ends        time.Time // as planned at last
	planned     time.Time // when that was said
	warned      []Entry
	ending      *Entry
	over        *Entry // taken back, released, not given
	kept        *Entry
}

func (j *judge) fail(format string, args ...any) {
	j.wrong = append(j.wrong, fmt.Sprintf(format, args...))
}

// sort reads the log into requests and grants.
func (j *judge) sort() {
	for _, e := range j.log {
		if e.Action == "policy loaded" {
			j.policies = append(j.policies, e)
		}
		if e.Request == 0 {
			continue
		}
		r := j.requests[e.Request]
		if r == nil {
			r = &request{id: e.Request}
			j.requests[e.Request] = r
		}
		r.all = append(r.all, e)
		switch e.Action {
		case "asked":
			r.asked, r.extends = e, e.Data["extends"] != ""
			thing, _, _ := strings.Cut(e.Data["entitlement"], "#")
			r.thing = thing[strings.LastIndexByte(thing, '/')+1:]
		case "agreed":
			r.agreed = append(r.agreed, e)
		case "denied", "approved", "canceled", "lapsed", "asked again":
			r.outcomes = append(r.outcomes, e)
		}
		if e.Grant != 0 && !(e.Action == "asked") {
			j.sortGrant(r, e)
		}
	}
}

func (j *judge) sortGrant(r *request, e Entry) {
	g := j.grants[e.Grant]
	if g == nil {
		g = &grant{id: e.Grant, who: r.asked.Actor, thing: r.thing, request: r}
		j.grants[e.Grant] = g
	}
	if e.Holding != 0 {
		g.holding = e.Holding
	}
	switch e.Action {
	case "giving":
		g.giving = append(g.giving, e)
	case "given":
		g.given = &e
		g.ends, _ = time.Parse(time.RFC3339, e.Data["ends"])
		g.planned = e.At
	case "extended":
		g.ends, _ = time.Parse(time.RFC3339, e.Data["until"])
		g.planned = e.At
	case "warned":
		g.warned = append(g.warned, e)
	case "ending":
		g.ending = &e
	case "taken back", "released", "not given":
		if g.over != nil && g.over.Action != e.Action {
			j.fail("G%d is over twice: entries %d and %d", g.id, g.over.Seq, e.Seq)
		}
		g.over = &e
	case "kept":
		g.kept = &e
	}
}

func (j *judge) person(id string) Person {
	for _, p := range j.s.People {
		if p.ID == id {
			return p
		}
	}
	return Person{}
}

func (j *judge) human(id string) string {
	if p := j.person(id); p.Human != "" {
		return p.Human
	}
	return id
}

// was reports whether somebody was something at some moment of a time.
func (j *judge) was(what, who string, from, to time.Time) bool {
	return slices.ContainsFunc(j.s.Facts, func(f Fact) bool {
		return f.What == what && f.Who == who && !f.From.After(to) && (f.To.IsZero() || !f.To.Before(from))
	})
}

// is reports whether somebody was something at a moment.
func (j *judge) is(what, who string, at time.Time) bool {
	return slices.ContainsFunc(j.s.Facts, func(f Fact) bool {
		return f.What == what && f.Who == who && !f.From.After(at) && (f.To.IsZero() || f.To.After(at))
	})
}

// what are the people of a need, for an asker.
func what(from, asker string) string {
	if from == "manager" {
		return "manager/" + asker
	}
	return from
}

// entitled reports whether somebody was among a need's people, as a fact of the last minute has it.
func (j *judge) entitled(who string, n Need, asker string, at time.Time) bool {
	from := at.Add(-factsLast)
	return j.was(what(n.From, asker), who, from, at) && j.was("active", who, from, at)
}

// empty reports whether at some moment of the minute before an entry nobody was there for a need who could still decide.
func (j *judge) empty(n Need, r *request, e Entry) bool {
	at := e.At
	from := at.Add(-factsLast)
	moments := []time.Time{at, at.Add(time.Millisecond)}
	for _, f := range j.s.Facts {
		for _, m := range []time.Time{f.From, f.To} {
			if !m.Before(from) && !m.After(at) {
				moments = append(moments, m, m.Add(-time.Millisecond))
			}
		}
	}
	moments = append(moments, from)
	for _, m := range moments {
		if !slices.ContainsFunc(j.s.People, func(p Person) bool {
			return j.is(what(n.From, r.asked.Actor), p.ID, m) && j.is("active", p.ID, m) && j.human(p.ID) != j.human(r.asked.Actor) && !j.decided(r, p.ID, e.Seq)
		}) {
			return true
		}
	}
	return false
}

func (j *judge) decided(r *request, who string, before int64) bool {
	return slices.ContainsFunc(r.agreed, func(e Entry) bool { return j.human(e.Actor) == j.human(who) && e.Seq < before })
}

// right reports whether a decision of somebody counts for a need of a flow.
func (j *judge) right(e Entry, n Need, f Flow, r *request) bool {
	if j.entitled(e.Actor, n, r.asked.Actor, e.At) {
		return true
	}
	return f.Fallback != "" && j.entitled(e.Actor, Need{From: f.Fallback}, r.asked.Actor, e.At) && j.empty(n, r, e)
}

// satisfied reports whether a flow is, by decisions that were made before an entry: every need by different humans.
func (j *judge) satisfied(f Flow, r *request, before int64) bool {
	if f.Automatic {
		return true
	}
	var needs []Need
	for _, step := range f.Steps {
		for _, n := range step {
			for range n.Count {
				needs = append(needs, n)
			}
		}
	}
	var made []Entry
	for _, e := range r.agreed {
		if e.Seq < before && j.human(e.Actor) != j.human(r.asked.Actor) {
			made = append(made, e)
		}
	}
	used := map[string]bool{}
	var match func(i int) bool
	match = func(i int) bool {
		if i == len(needs) {
			return true
		}
		for _, e := range made {
			if h := j.human(e.Actor); !used[h] && j.right(e, needs[i], f, r) {
				used[h] = true
				if match(i + 1) {
					return true
				}
				used[h] = false
			}
		}
		return false
	}
	return len(needs) > 0 && match(0)
}

// flow finds a flow by its hash.
func (j *judge) flow(hash string) (Flow, bool) {
	for _, p := range j.s.Policies {
		for _, f := range p.Flows {
			if f.Hash == hash {
				return f, true
			}
		}
	}
	return Flow{}, false
}

// covering is the flow of a policy that decides about a thing: the first that covers it.
func (j *judge) covering(policy, thing string) (Flow, bool) {
	for _, p := range j.s.Policies {
		if p.Hash != policy {
			continue
		}
		for _, f := range p.Flows {
			if slices.Contains(f.Things, thing) {
				return f, true
			}
		}
	}
	return Flow{}, false
}

// deciding: nobody decides their own request, nor without a right, nor twice.
func (j *judge) deciding() {
	for _, e := range j.log {
		if e.Action != "agreed" && e.Action != "denied" && e.Action != "asked" {
			continue
		}
		if p := j.person(e.Actor); !p.Allowed || !strings.Contains(e.Via, p.Account) {
			j.fail("entry %d: %s %s through %s, who may not use this at all", e.Seq, e.Actor, e.Action, e.Via)
		}
		if !j.was("active", e.Actor, e.At.Add(-factsLast), e.At) {
			j.fail("entry %d: %s %s, who is not active", e.Seq, e.Actor, e.Action)
		}
		r := j.requests[e.Request]
		if e.Action == "asked" {
			if f, ok := j.flow(e.Data["hash"]); !ok || f.Deny || f.Who != "" && !j.was(f.Who, e.Actor, e.At.Add(-factsLast), e.At) {
				j.fail("entry %d: %s asked for %s by the flow %s, which does not cover them", e.Seq, e.Actor, r.thing, e.Data["flow"])
			}
			continue
		}
		if j.human(e.Actor) == j.human(r.asked.Actor) {
			j.fail("entry %d: %s %s to their own request R%d", e.Seq, e.Actor, e.Action, r.id)
		}
		if !j.hasRight(e, r) {
			j.fail("entry %d: %s %s to R%d without any right", e.Seq, e.Actor, e.Action, r.id)
		}
	}
	for _, r := range j.requests {
		for i, e := range r.agreed {
			for _, o := range r.agreed[:i] {
				again := slices.ContainsFunc(r.outcomes, func(x Entry) bool { return x.Action == "asked again" && x.Seq > o.Seq && x.Seq < e.Seq })
				if j.human(o.Actor) == j.human(e.Actor) && !again && !j.flowChanged(o.Seq, e.Seq) {
					j.fail("entry %d: %s agreed to R%d twice", e.Seq, e.Actor, r.id)
				}
			}
		}
	}
}

func (j *judge) flowChanged(from, to int64) bool {
	return slices.ContainsFunc(j.policies, func(e Entry) bool { return e.Seq > from && e.Seq < to })
}

// hasRight looks at the flow as asked and at those that were in force at about the time.
func (j *judge) hasRight(e Entry, r *request) bool {
	var list []Flow
	if f, ok := j.flow(r.asked.Data["hash"]); ok {
		list = append(list, f)
	}
	for _, p := range j.inForce(e) {
		if f, ok := j.covering(p, r.thing); ok {
			list = append(list, f)
		}
	}
	for _, f := range list {
		for _, step := range f.Steps {
			for _, n := range step {
				if j.right(e, n, f, r) {
					return true
				}
			}
		}
		if f.Automatic && j.entitled(e.Actor, Need{From: "security"}, r.asked.Actor, e.At) {
			return true // past its total, the fallback decides
		}
	}
	return false
}

// inForce are the policies that were in force at an entry or within the half minute before it.
func (j *judge) inForce(e Entry) (hashes []string) {
	for i, p := range j.policies {
		if p.Seq > e.Seq {
			break
		}
		if i+1 < len(j.policies) && j.policies[i+1].Seq < e.Seq && e.At.Sub(j.policies[i+1].At) > 30*time.Second {
			continue
		}
		hashes = append(hashes, p.Data["policy"])
	}
	return hashes
}

// outcomes: one request has one, unless it was asked again.
func (j *judge) outcomes() {
	for _, r := range j.requests {
		decided := ""
		for _, e := range r.outcomes {
			switch {
			case e.Action == "asked again":
				decided = ""
			case decided != "":
				j.fail("entry %d: R%d is %s after it was %s", e.Seq, r.id, e.Action, decided)
			default:
				decided = e.Action
			}
		}
		for _, e := range r.agreed {
			if i := slices.IndexFunc(r.outcomes, func(o Entry) bool { return o.Seq > e.Seq }); i < 0 && decided != "" && r.outcomes[len(r.outcomes)-1].Action != "asked again" {
				j.fail("entry %d: %s agreed to R%d after it was %s", e.Seq, e.Actor, r.id, decided)
			}
		}
		if decided == "" {
			j.fail("R%d never came to an outcome", r.id)
		}
	}
}

// approvals satisfy the flow as asked and the flow as it is.
func (j *judge) approvals() {
	for _, r := range j.requests {
		for _, e := range r.outcomes {
			if e.Action != "approved" {
				continue
			}
			asked, known := j.flow(r.asked.Data["hash"])
			if !known || !j.satisfied(asked, r, e.Seq) {
				j.fail("entry %d: R%d is approved, but not by the flow as it was when asked", e.Seq, r.id)
			}
			if now, covered := j.covering(e.Data["policy"], r.thing); !covered || now.Deny || !j.satisfied(now, r, e.Seq) {
				j.fail("entry %d: R%d is approved, but not by the flow as it is", e.Seq, r.id)
			}
		}
	}
}

// giving begins only while the decisions satisfy what is in force.
func (j *judge) giving() {
	for _, g := range j.grants {
		for _, e := range g.giving {
			if !slices.ContainsFunc(g.request.outcomes, func(o Entry) bool { return o.Action == "approved" && o.Seq < e.Seq }) {
				j.fail("entry %d: G%d is given without an approval", e.Seq, g.id)
			}
			if !slices.ContainsFunc(j.inForce(e), func(hash string) bool {
				f, ok := j.covering(hash, g.thing)
				return ok && !f.Deny && j.satisfied(f, g.request, e.Seq)
			}) {
				j.fail("entry %d: G%d is given, but the flow in force would not let it", e.Seq, g.id)
			}
			if !j.was("active", g.who, e.At.Add(-factsLast), e.At) {
				j.fail("entry %d: G%d is given to %s, who is not active", e.Seq, g.id, g.who)
			}
		}
	}
}

// on are the grants of a person on a thing, in the order of their numbers.
func (j *judge) on(who, thing string) (out []*grant) {
	for _, g := range j.grants {
		if g.who == who && g.thing == thing {
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b *grant) int { return int(a.id - b.id) })
	return out
}

func before(e *Entry, head int64) bool { return e != nil && e.Seq <= head }

// leans reports whether a grant held access up when so many entries were committed.
func (g *grant) leans(head int64) bool {
	return len(g.giving) > 0 && g.giving[0].Seq <= head && !before(g.ending, head) && !before(g.over, head)
}

// writes of Hallpass in the target each follow an entry that asks for them.
func (j *judge) writes() {
	for i, c := range j.s.Changes {
		if !c.Ours {
			continue
		}
		list := j.on(c.Who, c.Thing)
		if c.Added {
			if !slices.ContainsFunc(list, func(g *grant) bool {
				return len(g.giving) > 0 && g.giving[0].Seq <= c.Head && !before(g.over, c.Head)
			}) {
				j.fail("%s: %s was put into %s before any entry asked for it", clock(c.At), c.Who, c.Thing)
			}
			continue
		}
		if slices.ContainsFunc(list, func(g *grant) bool { return g.leans(c.Head) }) {
			j.fail("%s: %s was taken out of %s while a lease still leaned on it", clock(c.At), c.Who, c.Thing)
		}
		if !slices.ContainsFunc(list, func(g *grant) bool { return before(g.ending, c.Head) || before(g.over, c.Head) }) {
			j.fail("%s: %s was taken out of %s before any entry asked for it", clock(c.At), c.Who, c.Thing)
		}
		j.thereBefore(i, list)
	}
}

// thereBefore: what was there before the request, and was seen, is never taken away.
func (j *judge) thereBefore(i int, list []*grant) {
	c := j.s.Changes[i]
	for k := i - 1; k >= 0; k-- {
		b := j.s.Changes[k]
		if b.Who != c.Who || b.Thing != c.Thing {
			continue
		}
		if b.Ours || !b.Added {
			return
		}
		for _, g := range list {
			seen := b.At.Equal(j.s.Begun) || j.well(b.At, g.request.asked.At, "okta", "hallpass", "clock") && g.request.asked.At.Sub(b.At) > syncEvery+2*time.Minute
			if b.At.Before(g.request.asked.At) && seen && len(g.giving) > 0 && g.giving[0].Seq <= c.Head && j.firstOf(g) {
				j.fail("%s: %s was taken out of %s, who was there before R%d was asked", clock(c.At), c.Who, c.Thing, g.request.id)
			}
		}
		return
	}
}

// firstOf reports whether a grant was the first that leaned on its holding.
func (j *judge) firstOf(g *grant) bool {
	for _, o := range j.grants {
		if o.holding == g.holding && o.id != g.id && len(o.giving) > 0 && o.giving[0].Seq < g.giving[0].Seq {
			return false
		}
	}
	return true
}

// well reports whether nothing was wrong with these systems in a time.
func (j *judge) well(from, to time.Time, systems ...string) bool {
	return !slices.ContainsFunc(j.s.Troubles, func(t Trouble) bool {
		return slices.Contains(systems, t.System) && t.From.Before(to) && t.To.After(from)
	})
}

// wellFor is the first moment at which these systems had been well for so long since a time.
func (j *judge) wellFor(since time.Time, span time.Duration, systems ...string) time.Time {
	for moved := true; moved; {
		moved = false
		for _, t := range j.s.Troubles {
			if slices.Contains(systems, t.System) && t.From.Before(since.Add(span)) && t.To.After(since) {
				since, moved = t.To, true
			}
		}
	}
	return since.Add(span)
}

// has reports whether somebody was in a thing at a moment, and which change says so.
func (j *judge) has(who, thing string, at time.Time) (bool, Change) {
	var last Change
	for _, c := range j.s.Changes {
		if c.Who == who && c.Thing == thing && !c.At.After(at) {
			last = c
		}
	}
	return last.Added, last
}

// ends come on time: when planned, or a few minutes after target and Hallpass are well.
func (j *judge) ends() {
	for _, g := range j.grants {
		if g.given == nil {
			continue
		}
		if due := j.wellFor(g.ends, tickGrace, "hallpass", "clock"); !g.ends.IsZero() && due.Before(j.s.Ended) && (g.ending == nil || g.ending.At.After(due)) {
			j.fail("G%d was to end at %s and had not begun to by %s", g.id, clock(g.ends), clock(due))
		}
		if g.ending != nil {
			j.endOf(g)
		}
	}
}

func (j *judge) endOf(g *grant) {
	if g.kept != nil || g.over != nil && g.over.Action == "released" || j.putBack(g) {
		return
	}
	due := j.wellFor(g.ending.At, endWithin, "okta", "hallpass", "clock")
	if due.After(j.s.Ended) {
		return
	}
	for _, c := range j.s.Changes {
		if c.Who == g.who && c.Thing == g.thing && !c.Added && !c.At.Before(g.ending.At) && !c.At.After(due) {
			return
		}
	}
	if is, _ := j.has(g.who, g.thing, due); is && !j.leaning(g, due) {
		j.fail("G%d began to end at %s, and %s was still in %s at %s", g.id, clock(g.ending.At), g.who, g.thing, clock(due))
	}
}

// leaning reports whether another lease held the access up at a moment.
func (j *judge) leaning(g *grant, at time.Time) bool {
	return slices.ContainsFunc(j.on(g.who, g.thing), func(o *grant) bool {
		return o.id != g.id && len(o.giving) > 0 && !o.giving[0].At.After(at) && (o.ending == nil || o.ending.At.After(at))
	})
}

// putBack reports whether a second writer was noticed on a grant's holding.
func (j *judge) putBack(g *grant) bool {
	return slices.ContainsFunc(j.log, func(e Entry) bool {
		return e.Holding == g.holding && (e.Action == "put back by somebody else" || e.Action == "alarm" && strings.HasPrefix(e.Data["alarm"], "putback"))
	})
}

// proofs: what is said to be taken back is gone, and was read absent twice.
func (j *judge) proofs() {
	for _, g := range j.grants {
		if g.over == nil || g.over.Action != "taken back" || g.ending == nil || g.kept != nil {
			continue
		}
		if is, by := j.has(g.who, g.thing, g.over.At); is && by.At.Before(g.over.At.Add(-j.s.Lag-time.Second)) {
			j.fail("entry %d: G%d is said to be taken back, but %s is in %s since %s", g.over.Seq, g.id, g.who, g.thing, clock(by.At))
		}
		var absent []time.Time
		for _, r := range j.s.Reads {
			if r.Who == g.who && !slices.Contains(r.Has, g.thing) && !r.At.Before(g.ending.At) && !r.At.After(g.over.At.Add(time.Millisecond)) { // the log cuts to milliseconds
				absent = append(absent, r.At)
			}
		}
		gap := proofGap
		if !j.well(g.ending.At, g.over.At, "clock") {
			gap = 0
		}
		if n := len(absent); n < 2 || absent[n-1].Sub(absent[0]) < gap {
			j.fail("entry %d: G%d is said to be taken back, but was not read absent twice (%d reads)", g.over.Seq, g.id, n)
		}
	}
}

// acknowledged: whatever was taken in came to something, each to something of its own. What was taken in while a system was not well may have come
// too late to count.
func (j *judge) acknowledged() {
	seen := map[string]bool{}
	of := map[int64]Ack{} // what an entry came of
	for _, a := range j.s.Acks {
		again := seen[a.Key]
		seen[a.Key] = true
		if again || !j.well(a.At, a.At.Add(12*time.Minute), "okta", "slack", "clock", "pagerduty", "jira") {
			continue
		}
		if !j.came(a, of, map[int64]bool{}) {
			j.fail("%s: %s of %s (R%d G%d) was taken in, and nothing ever came of it", clock(a.At), a.Kind, a.Account, a.Request, a.Grant)
		}
	}
}

// came finds an entry for something taken in. One that is found already for something else may go to this where that has another.
func (j *judge) came(a Ack, of map[int64]Ack, tried map[int64]bool) bool {
	for _, e := range j.log {
		if tried[e.Seq] || e.At.Before(a.At.Add(-time.Second)) || !j.couldBeOf(e, a) {
			continue
		}
		tried[e.Seq] = true
		if other, taken := of[e.Seq]; !taken || j.came(other, of, tried) {
			of[e.Seq] = a
			return true
		}
	}
	return false
}

// cameOf are the entries that something taken in comes to, by its kind. A refusal is one too.
var cameOf = map[string][]string{"ask": {"asked"}, "extend": {"asked"}, "decide": {"agreed", "denied"}, "cancel": {"canceled", "not given", "ending"},
	"give back": {"ending", "not given"}, "revoke": {"ending", "not given"}, "release": {"policy released", "policy loaded"}}

func (j *judge) couldBeOf(e Entry, a Ack) bool {
	if e.Action == "refused" && strings.HasSuffix(e.Via, "/"+a.Account) {
		return true
	}
	p := ""
	for _, x := range j.s.People {
		if x.Account == a.Account {
			p = x.ID
		}
	}
	mine := strings.HasSuffix(e.Via, "/"+a.Account) || e.Actor == p && p != ""
	about := a.Grant == 0 || e.Grant == a.Grant || e.Action == "asked"
	if a.Request != 0 && a.Grant == 0 {
		about = e.Request == a.Request
	}
	if r := j.requests[e.Request]; e.Action == "not given" && r != nil { // names no actor
		mine = r.asked.Actor == p || a.Kind == "revoke"
	}
	return mine && about && slices.Contains(cameOf[a.Kind], e.Action)
}

// warnings come before planned ends that leave time for one.
func (j *judge) warnings() {
	for _, g := range j.grants {
		f, ok := j.flow(g.request.asked.Data["hash"])
		if g.given == nil || !ok || g.ends.IsZero() {
			continue
		}
		at := g.ends.Add(-f.Warn)
		if !at.After(g.planned.Add(time.Minute)) || g.ending != nil && g.ending.At.Before(at.Add(tickGrace)) {
			continue
		}
		if j.well(at, at.Add(tickGrace), "hallpass", "clock") && !slices.ContainsFunc(g.warned, func(e Entry) bool { return !e.At.Before(at.Add(-time.Minute)) && e.At.Before(g.ends) }) {
			j.fail("G%d ended at %s and nobody was warned at %s", g.id, clock(g.ends), clock(at))
		}
	}
}

// atTheEnd everything has come to its end, and nobody had forgotten anything.
func (j *judge) atTheEnd() {
	for _, g := range j.grants {
		if g.over == nil && !j.stuck(g) {
			j.fail("G%d never came to its end", g.id)
		}
	}
	for i, c := range j.s.Changes {
		later := slices.ContainsFunc(j.s.Changes[i+1:], func(x Change) bool { return x.Who == c.Who && x.Thing == c.Thing })
		if c.Ours && c.Added && !later && !slices.ContainsFunc(j.on(c.Who, c.Thing), func(g *grant) bool { return g.over == nil || g.kept != nil }) {
			j.fail("%s is still in %s at the end, by the hand of Hallpass at %s", c.Who, c.Thing, clock(c.At))
		}
	}
	for _, r := range j.requests {
		approved := len(r.outcomes) > 0 && r.outcomes[len(r.outcomes)-1].Action == "approved"
		if approved && !r.extends && !slices.ContainsFunc(r.all, func(e Entry) bool { return e.Grant != 0 }) {
			j.fail("R%d was approved and never given", r.id)
		}
	}
	for _, e := range j.log {
		if a := e.Data["alarm"]; e.Action == "alarm" && (strings.HasPrefix(a, "sweep/") || strings.HasPrefix(a, "panic/")) {
			j.fail("entry %d: %s", e.Seq, e.Text)
		}
	}
	for _, x := range j.s.Swept {
		j.fail("the sweep found %s", x)
	}
	for _, x := range j.s.Left {
		j.fail("left to do: %s", x)
	}
	for _, x := range j.s.Problems {
		j.fail("Slack noticed: %s", x)
	}
}

// stuck reports whether a second writer keeps a grant's access up, which waits for people.
func (j *judge) stuck(g *grant) bool { return j.putBack(g) }

// told are the entries that a thread in the feed always tells.
var told = []string{"agreed", "denied", "canceled", "lapsed", "given", "not given", "warned", "taken back"}

// messages stand that should, and none before the entry that asks for it.
func (j *judge) messages() {
	stands := map[string]Message{}
	ever := map[string]bool{}
	for _, m := range j.s.Messages {
		ever[m.Key] = true
		if !m.Deleted {
			stands[m.Key] = m
		}
	}
	for id, r := range j.requests {
		_, ok := stands[fmt.Sprintf("feed/%d", id)]
		if !ok {
			j.fail("the feed never told of R%d", id)
		}
		if _, ok := stands[fmt.Sprintf("asker/%d", id)]; !ok {
			j.fail("the card of the asker of R%d is not there", id)
		}
		for _, e := range r.all {
			if ok && slices.Contains(told, e.Action) && !strings.Contains(j.threads(id), e.Hash[:6]) {
				j.fail("the thread of R%d does not tell entry %d (%s)", id, e.Seq, e.Action)
			}
		}
		j.honest(r, stands[fmt.Sprintf("asker/%d", id)].Text)
	}
	for _, g := range j.grants {
		for _, e := range g.warned {
			if !ever[fmt.Sprintf("warning/%d/0", g.id)] && !ever[fmt.Sprintf("warning/%d/1", g.id)] && !ever[fmt.Sprintf("warning/%d/2", g.id)] {
				j.fail("entry %d: the warning of G%d was never sent", e.Seq, g.id)
			}
		}
	}
	for _, s := range j.s.Sends {
		j.justified(s)
	}
}

// honest: a card says that access is gone when it is, and not otherwise.
func (j *judge) honest(r *request, card string) {
	if r.extends || card == "" {
		return // the card of more time says what became of the time; that of what it lengthens, what became of the access
	}
	for _, g := range j.grants {
		gone := g.over != nil && g.over.Action == "taken back" && g.kept == nil
		if g.request == r && !j.putBack(g) && strings.Contains(card, "you are no longer a member") != gone {
			j.fail("G%d was taken back: %v; and yet the card says %q", g.id, gone, card)
		}
	}
}

// threads are all replies below any message of a request's feed line, which may stand twice.
func (j *judge) threads(id int64) string {
	var all []string
	for _, m := range j.s.Messages {
		if m.Key == fmt.Sprintf("feed/%d", id) {
			all = append(all, m.Thread)
		}
	}
	return strings.Join(all, "\n")
}

// justified: a card is sent, and a ticket made, only when what it tells of is committed.
func (j *judge) justified(s Send) {
	kind, rest, _ := strings.Cut(s.Key, "/")
	if kind == "ticket" {
		var id int64
		if _, err := fmt.Sscanf(rest, "hallpass-R%d-", &id); err != nil || j.requests[id] == nil || j.requests[id].asked.Seq > s.Head {
			j.fail("%s: the ticket %s was made before any request was committed that wants it", clock(s.At), rest)
		}
		return
	}
	number, _, _ := strings.Cut(rest, "/")
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return
	}
	switch kind {
	case "feed", "asker", "approver", "notice":
		if r := j.requests[id]; r == nil || r.asked.Seq > s.Head {
			j.fail("%s: the message %s was sent before R%d was committed", clock(s.At), s.Key, id)
		}
	case "warning":
		if g := j.grants[id]; g == nil || len(g.warned) == 0 || g.warned[0].Seq > s.Head {
			j.fail("%s: the message %s was sent before the warning was committed", clock(s.At), s.Key)
		}
	}
}

// tickets: one for each request that wants one, closed at the end.
func (j *judge) tickets() {
	for id, r := range j.requests {
		f, ok := j.flow(r.asked.Data["hash"])
		if !ok || !f.Tickets || r.extends { // more time is told in the ticket of what it lengthens
			continue
		}
		var mine []Ticket
		for _, t := range j.s.Tickets {
			if slices.ContainsFunc(t.Labels, func(l string) bool { return strings.HasPrefix(l, fmt.Sprintf("hallpass-R%d-", id)) }) {
				mine = append(mine, t)
			}
		}
		switch {
		case len(mine) == 0:
			j.fail("R%d has no ticket", id)
		case len(mine) > 1:
			j.fail("R%d has %d tickets", id, len(mine))
		case mine[0].Status != "Done" && !j.anyStuck(id):
			j.fail("the ticket of R%d is %s at the end", id, mine[0].Status)
		}
	}
}

func (j *judge) anyStuck(request int64) bool {
	for _, g := range j.grants {
		if g.request.id == request && g.over == nil {
			return true
		}
	}
	return false
}

// fallbacks are asked only where surely nobody was there.
func (j *judge) fallbacks() {
	for _, e := range j.log {
		r := j.requests[e.Request]
		if e.Action != "fallback asked" {
			continue
		}
		var list []Flow
		if f, ok := j.flow(r.asked.Data["hash"]); ok {
			list = append(list, f)
		}
		for _, p := range j.inForce(e) {
			if f, ok := j.covering(p, r.thing); ok {
				list = append(list, f)
			}
		}
		if !slices.ContainsFunc(list, func(f Flow) bool {
			return f.Automatic || slices.ContainsFunc(f.Steps, func(step []Need) bool {
				return slices.ContainsFunc(step, func(n Need) bool { return j.empty(n, r, e) })
			})
		}) {
			j.fail("entry %d: the fallback was asked for R%d, but somebody was there for each need", e.Seq, r.id)
		}
	}
}

// leavers lose what they have with the next sync.
func (j *judge) leavers() {
	for _, f := range j.s.Facts {
		if f.What != "active" || f.To.IsZero() {
			continue
		}
		due := j.wellFor(f.To, syncEvery+5*time.Minute, "okta", "hallpass", "clock")
		if due.After(j.s.Ended) || j.was("active", f.Who, f.To.Add(time.Millisecond), due) {
			continue
		}
		for _, g := range j.grants {
			if g.who == f.Who && g.given != nil && g.given.At.Before(f.To) && (g.ending == nil || g.ending.At.After(due)) {
				j.fail("%s was suspended at %s, and G%d had not begun to end by %s", f.Who, clock(f.To), g.id, clock(due))
			}
		}
	}
}

func clock(t time.Time) string { return t.Format("02 15:04:05.0") }
