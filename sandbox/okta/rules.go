package okta

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// RuleStatus says whether a rule assigns anybody.
type RuleStatus string

// The statuses of a rule.
const (
	RuleActive   RuleStatus = "ACTIVE"
	RuleInactive RuleStatus = "INACTIVE"
)

// Rule puts everybody who matches into groups, and takes them out when they match no longer.
type Rule struct {
	ID           string // made where ""
	Name         string
	Status       RuleStatus // RuleActive where ""
	Expression   string     // such as: user.department=="Engineering" and user.title!="Intern"
	GroupIDs     []string
	ExcludeUsers []string
}

// rule is what the organisation keeps of a rule.
type rule struct {
	Rule
	matches          func(*Org, *user) bool
	created, updated time.Time
}

// AddRule adds a rule and lets it act at once. The error names what is wrong with the expression or its groups.
func (o *Org) AddRule(d Rule) error {
	return o.change(func() error {
		if d.ID == "" {
			d.ID = o.newID("0pr")
		}
		if d.Status == "" {
			d.Status = RuleActive
		}
		for _, id := range d.GroupIDs {
			if g, ok := o.groups.get(id); !ok || g.kind != OktaGroup {
				return fmt.Errorf("rule %q cannot assign to %s: it is not a group of type OKTA_GROUP", d.Name, id)
			}
		}
		matches, err := compileRule(d.Expression)
		if err != nil {
			return fmt.Errorf("rule %q: %w", d.Name, err)
		}
		o.rules.put(d.ID, &rule{Rule: d, matches: matches, created: o.now(), updated: o.now()})
		o.applyRulesToAll()
		return nil
	})
}

// SetRuleStatus switches a rule on or off. Switched off, it leaves its members where they are, as Okta does.
func (o *Org) SetRuleStatus(ruleID string, s RuleStatus) error {
	return o.change(func() error {
		r, ok := o.rules.get(ruleID)
		if !ok {
			return fmt.Errorf("the organisation has no rule %s", ruleID)
		}
		r.Status, r.updated = s, o.now()
		o.applyRulesToAll()
		return nil
	})
}

func (o *Org) applyRulesToAll() {
	for _, u := range o.users.all() {
		o.applyRules(u)
	}
}

// applyRulesTo is for memberships that moved: a rule may ask who is in a group.
func (o *Org) applyRulesTo(userID string) {
	if u, ok := o.users.get(userID); ok {
		o.applyRules(u)
	}
}

// applyRules makes a person's memberships what the active rules say.
func (o *Org) applyRules(u *user) {
	for _, r := range o.rules.all() {
		if r.Status != RuleActive {
			continue
		}
		covered := u.status != Deprovisioned && !slices.Contains(r.ExcludeUsers, u.id) && r.matches(o, u)
		for _, groupID := range r.GroupIDs {
			o.assign(r, groupID, u.id, covered)
		}
	}
}

// assign gives or takes one rule's reason for one membership.
func (o *Org) assign(r *rule, groupID, userID string, covered bool) {
	if _, exists := o.groups.get(groupID); !exists {
		return
	}
	was := o.members.has(groupID, userID)
	if covered {
		o.members.reasonFor(groupID, userID).rules[r.ID] = true
		if !was {
			o.moveMember(groupID, userID, true, rulesActor)
		}
		return
	}
	if !was || !o.members[groupID][userID].rules[r.ID] {
		return
	}
	reason := o.members[groupID][userID]
	delete(reason.rules, r.ID)
	if !reason.byHand && len(reason.rules) == 0 {
		o.leave(groupID, userID, rulesActor)
	}
}

// compileRule understands comparisons of user attributes and isMemberOfAnyGroup, joined by "and" and "or" without brackets.
func compileRule(expression string) (func(*Org, *user) bool, error) {
	var alternatives [][]func(*Org, *user) bool
	for _, alternative := range splitWord(expression, "or", "||") {
		var all []func(*Org, *user) bool
		for _, condition := range splitWord(alternative, "and", "&&") {
			f, err := compileCondition(strings.TrimSpace(condition))
			if err != nil {
				return nil, err
			}
			all = append(all, f)
		}
		alternatives = append(alternatives, all)
	}
	return func(o *Org, u *user) bool {
		return slices.ContainsFunc(alternatives, func(all []func(*Org, *user) bool) bool {
			return !slices.ContainsFunc(all, func(f func(*Org, *user) bool) bool { return !f(o, u) })
		})
	}, nil
}

// compileCondition understands one comparison or one call.
func compileCondition(c string) (func(*Org, *user) bool, error) {
	if ids, ok := strings.CutPrefix(c, "isMemberOfAnyGroup("); ok {
		groups := strings.Split(strings.TrimSuffix(ids, ")"), ",")
		return func(o *Org, u *user) bool {
			return slices.ContainsFunc(groups, func(id string) bool {
				return o.members.has(strings.Trim(strings.TrimSpace(id), `"`), u.id)
			})
		}, nil
	}
	for _, op := range []string{"==", "!="} {
		left, right, ok := strings.Cut(c, op)
		name, isAttribute := strings.CutPrefix(strings.TrimSpace(left), "user.")
		value := strings.TrimSpace(right)
		if !ok || !isAttribute || len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
			continue
		}
		want := value[1 : len(value)-1]
		return func(_ *Org, u *user) bool {
			got, _ := u.profile[name].(string)
			return (got == want) == (op == "==")
		}, nil
	}
	return nil, fmt.Errorf(`the condition %q is not understood; write user.attribute=="value" or isMemberOfAnyGroup("id")`, c)
}

// splitWord cuts an expression at a word or its symbol, in either case, outside quotes.
func splitWord(s, word, symbol string) []string {
	var parts []string
	quoted, start := false, 0
	for i := 0; i < len(s); i++ {
		if s[i] == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		for _, separator := range []string{" " + word + " ", symbol} {
			if i >= start && len(s)-i >= len(separator) && strings.EqualFold(s[i:i+len(separator)], separator) {
				parts = append(parts, s[start:i])
				start = i + len(separator)
				break
			}
		}
	}
	return append(parts, s[start:])
}
