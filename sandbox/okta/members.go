package okta

import (
	"maps"
	"slices"
	"time"
)

// members is who is in which group and why: group → user → reason.
type members map[string]map[string]*reason

// reason says why somebody is a member. A membership lasts while one of them holds.
type reason struct {
	byHand bool
	rules  map[string]bool // ids of the rules that assigned it
}

// of returns a group's members in the order of their ids.
func (m members) of(groupID string) []string { return slices.Sorted(maps.Keys(m[groupID])) }

func (m members) has(groupID, userID string) bool { return m[groupID][userID] != nil }

// reasonFor returns the reason to change; it makes one where the membership is new.
func (m members) reasonFor(groupID, userID string) *reason {
	if m[groupID] == nil {
		m[groupID] = map[string]*reason{}
	}
	if m[groupID][userID] == nil {
		m[groupID][userID] = &reason{rules: map[string]bool{}}
	}
	return m[groupID][userID]
}

// join makes somebody a member by hand.
func (o *Org) join(groupID, userID string, by actor) {
	was := o.members.has(groupID, userID)
	o.members.reasonFor(groupID, userID).byHand = true
	if !was {
		o.moveMember(groupID, userID, true, by)
		o.applyRulesTo(userID)
	}
}

// removeByHand takes somebody out whatever the reason was; a rule that assigned him excludes him from then on, or it would
// put him back at once.
func (o *Org) removeByHand(groupID, userID string, by actor) {
	r := o.members[groupID][userID]
	if r == nil {
		return
	}
	for id := range r.rules {
		if rule, ok := o.rules.get(id); ok {
			rule.ExcludeUsers = append(rule.ExcludeUsers, userID)
		}
	}
	o.leave(groupID, userID, by)
	o.applyRulesTo(userID)
}

// leave ends a membership.
func (o *Org) leave(groupID, userID string, by actor) {
	if !o.members.has(groupID, userID) {
		return
	}
	delete(o.members[groupID], userID)
	o.moveMember(groupID, userID, false, by)
}

func (o *Org) leaveAll(u *user, by actor) {
	for _, groupID := range o.groups.ids {
		o.leave(groupID, u.id, by)
	}
}

// moveMember records a membership that began or ended, and lets reads lag behind it where that is set.
func (o *Org) moveMember(groupID, userID string, added bool, by actor) {
	g, _ := o.groups.get(groupID)
	u, _ := o.users.get(userID)
	g.when = o.now()
	o.history = append(o.history, Change{
		At: o.now(), Group: groupID, User: userID, Added: added, By: by.id, ByAPI: by.request != "", Request: by.request,
	})
	kind, words := "group.user_membership.add", "Add user to group membership"
	if !added {
		kind, words = "group.user_membership.remove", "Remove user from group membership"
	}
	o.log(by, kind, words, targetUser(u), targetGroup(g))
	o.lag.note(groupID, userID, !added, o.now())
}

// lag lets reads of memberships lag behind changes, as a replica does.
type lag struct {
	reads   int           // how many reads a change stays unseen
	delay   time.Duration // or for how long
	pending []unseen
}

// unseen is a change that the next reads do not show yet.
type unseen struct {
	pair [2]string // group, user
	was  bool
	left int
	till time.Time // seen from then on; zero where reads are counted
}

// SetReadLag makes the next membership reads after each change show what was there before it: so many reads. 0 ends it.
func (o *Org) SetReadLag(reads int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lag = lag{reads: reads}
}

// SetReadDelay makes membership reads show what was there before each later change for so long. Changes made before keep what was set then.
func (o *Org) SetReadDelay(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lag.delay = d
}

func (l *lag) note(groupID, userID string, was bool, now time.Time) {
	switch pair := [2]string{groupID, userID}; {
	case l.delay > 0:
		l.pending = append(l.pending, unseen{pair: pair, was: was, till: now.Add(l.delay)})
	case l.reads > 0:
		l.pending = append(l.pending, unseen{pair: pair, was: was, left: l.reads})
	}
}

// overlay counts one read and returns what it shows differently from what is: pair → was a member.
func (l *lag) overlay(now time.Time) map[[2]string]bool {
	old := map[[2]string]bool{}
	kept := l.pending[:0]
	for _, u := range l.pending {
		if !u.till.IsZero() && !now.Before(u.till) {
			continue
		}
		if _, older := old[u.pair]; !older {
			old[u.pair] = u.was
		}
		if u.left--; u.left > 0 || !u.till.IsZero() {
			kept = append(kept, u)
		}
	}
	l.pending = kept
	return old
}

// readMembers returns the members of a group as one read sees them.
func (o *Org) readMembers(groupID string) shelf[*user] {
	seen := maps.Clone(o.members[groupID])
	if seen == nil {
		seen = map[string]*reason{}
	}
	for pair, was := range o.lag.overlay(o.now()) {
		if pair[0] != groupID {
			continue
		}
		delete(seen, pair[1])
		if was {
			seen[pair[1]] = &reason{}
		}
	}
	var out shelf[*user]
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		if u, ok := o.users.get(id); ok {
			out.put(id, u)
		}
	}
	return out
}

// readGroupsOf returns the groups of a person as one read sees them.
func (o *Org) readGroupsOf(userID string) []*group {
	old := o.lag.overlay(o.now())
	var out []*group
	for _, g := range o.groups.all() {
		in := o.members.has(g.id, userID)
		if was, lagging := old[[2]string{g.id, userID}]; lagging {
			in = was
		}
		if in {
			out = append(out, g)
		}
	}
	return out
}
