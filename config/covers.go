package config

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"hallpass/flows"
)

// What stands here is careful: a flow is called covered only where it surely is, whoever is in whichever group and whatever a sync brings.

// shadowed finds that every person and thing of a flow is decided by one above. An `except` above refuses, so it covers too.
func (w written) shadowed(above []written) {
	by, whole := "", len(w.spec.Who.Any) > 0 && len(w.spec.What) > 0
	for _, who := range w.spec.Who.Any {
		for _, line := range w.spec.What {
			i := slices.IndexFunc(above, func(a written) bool { return a.decides(who, line) })
			if i < 0 {
				return
			}
			by = above[i].spec.Name
		}
	}
	switch {
	case !whole:
	case w.spec.Deny:
		w.problem("deny", "forbids nothing, as flow %q above covers the same people and things and decides first; move this one up", clip(by))
	default:
		w.note("name", "this flow never decides, as flow %q above covers the same people and things; move this one up, or let the other skip somebody", clip(by))
	}
}

// decides reports whether the flow surely covers these people on this line. Whom a skip may pass on is not sure.
func (w written) decides(who flows.Selector, line flows.What) bool {
	return w.ok && len(w.spec.Who.Skip) == 0 && covered(who, w.spec.Who.Any) &&
		slices.ContainsFunc(w.spec.What, func(wide flows.What) bool { return covers(wide, line) })
}

func covered(who flows.Selector, list []flows.Selector) bool {
	return slices.ContainsFunc(list, func(s flows.Selector) bool { return s.Kind == flows.SelectEveryone || sameSelector(s, who) })
}

// sameSelector compares what is readable; what is broken is like nothing.
func sameSelector(a, b flows.Selector) bool {
	if a.Kind == "" || a.Kind != b.Kind || a.Kind == flows.SelectShift && (a.Shift == nil || b.Shift == nil) {
		return false
	}
	return a.Key() == b.Key()
}

// covers reports whether whatever the narrow line covers the wide one covers too.
func covers(wide, narrow flows.What) bool {
	return wide.In == narrow.In && wide.Type == narrow.Type && wide.In != "" &&
		permits(wide.Permissions, narrow.Permissions) && names(wide.Names, narrow.Names) && under(wide.Under, narrow.Under) && tagged(wide, narrow)
}

func permits(wide, narrow []string) bool {
	if len(wide) == 0 {
		return true
	}
	if len(narrow) == 0 {
		narrow = permissions
	}
	return !slices.ContainsFunc(narrow, func(p string) bool { return !slices.Contains(wide, p) })
}

func names(wide, narrow []string) bool {
	if len(wide) == 0 {
		return true
	}
	return len(narrow) > 0 && !slices.ContainsFunc(narrow, func(n string) bool {
		return !slices.ContainsFunc(wide, func(w string) bool { return glob(w, n) })
	})
}

// glob reports whether a pattern surely matches all that another does. A star stops at a slash.
func glob(wide, narrow string) bool {
	if wide == narrow {
		return true
	}
	if !strings.ContainsAny(narrow, `*?[\`) {
		ok, err := path.Match(wide, narrow)
		return ok && err == nil
	}
	start, star := strings.CutSuffix(wide, "*")
	return star && !strings.ContainsAny(start, `*?[\`) && !strings.ContainsAny(narrow, `/[\`) && strings.HasPrefix(narrow, start)
}

func under(wide, narrow string) bool {
	return wide == "" || narrow == wide || strings.HasPrefix(narrow, strings.TrimSuffix(wide, "/")+"/")
}

// tagged reports whether the narrow line's tags imply the wide one's.
func tagged(wide, narrow flows.What) bool {
	for k, v := range wide.Tags {
		if !takesOnly(narrow, k, []string{v}) {
			return false
		}
	}
	for k, list := range wide.TagsIn {
		if !takesOnly(narrow, k, list) {
			return false
		}
	}
	for _, k := range wide.TagsExist {
		_, equal := narrow.Tags[k]
		_, in := narrow.TagsIn[k]
		if !equal && !in && !slices.Contains(narrow.TagsExist, k) {
			return false
		}
	}
	return true
}

// takesOnly reports whether a line takes only these values of one tag.
func takesOnly(line flows.What, tag string, values []string) bool {
	if v, ok := line.Tags[tag]; ok && slices.Contains(values, v) {
		return true
	}
	in := line.TagsIn[tag]
	return len(in) > 0 && !slices.ContainsFunc(in, func(v string) bool { return !slices.Contains(values, v) })
}

// passedOn notes whom a skip sends to a flow that asks less of them, or gives them more.
func (w written) passedOn(below []written) {
	for i, s := range w.spec.Who.Skip {
		for _, b := range below {
			if !b.ok || !b.takes(s, w.spec) {
				continue
			}
			if why := laxer(b.spec, w.spec); why != "" && !slices.ContainsFunc(b.spec.Who.Except, like(s)) {
				w.note(fmt.Sprintf("who.skip[%d]", i), "sends %s to flow %q, which is laxer: %s", wordsFor(s), clip(b.spec.Name), why)
			}
			break
		}
	}
}

// takes reports whether whoever was skipped by the flow above surely comes to this one, for something that both may cover.
func (w written) takes(s flows.Selector, above flows.FlowSpec) bool {
	if slices.ContainsFunc(w.spec.Who.Skip, like(s)) {
		return false
	}
	people := covered(s, w.spec.Who.Any) || slices.ContainsFunc(above.Who.Any, func(x flows.Selector) bool { return covered(x, w.spec.Who.Any) })
	return people && slices.ContainsFunc(w.spec.What, func(line flows.What) bool {
		return slices.ContainsFunc(above.What, func(other flows.What) bool { return covers(line, other) || covers(other, line) })
	})
}

// laxer says how a flow asks less than another, or gives more; empty when it does not.
func laxer(a, than flows.FlowSpec) string {
	switch {
	case a.Deny:
		return ""
	case a.Approval.Automatic && !than.Approval.Automatic:
		return "it needs no human"
	case len(a.Approval.AutomaticIf) > 0 && len(than.Approval.AutomaticIf) == 0 && !than.Approval.Automatic:
		return "it needs no human under conditions"
	case than.Deny: // whoever is let past what is forbidden is meant to come to something
		return ""
	case approvals(a.Approval) < approvals(than.Approval):
		return fmt.Sprintf("it needs %s instead of %d", counted(approvals(a.Approval), "approval"), approvals(than.Approval))
	case a.HowLong.Indefinite && !than.HowLong.Indefinite:
		return "it gives access without an end"
	case a.HowLong.Max > than.HowLong.Max:
		return fmt.Sprintf("it gives up to %s instead of %s", flows.Span(a.HowLong.Max), flows.Span(than.HowLong.Max))
	}
	return ""
}

func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// approvals is how many people an approval takes at least, leaving out that one of a step of same_person may have agreed before it.
func approvals(a flows.Approval) (n int) {
	if a.Automatic {
		return 0
	}
	for _, s := range a.Steps {
		all, most := 0, 0
		for _, r := range s.All {
			all, most = all+r.Need(), max(most, r.Need())
		}
		if s.SamePerson {
			all = most
		}
		n += all
	}
	return n
}

// wordsFor names people in a sentence.
func wordsFor(s flows.Selector) string {
	switch s.Kind {
	case flows.SelectUser:
		return s.User
	case flows.SelectGroup:
		return "the group " + s.Group
	case flows.SelectShift:
		return "whoever is on the shift"
	}
	return "everybody"
}

func like(s flows.Selector) func(flows.Selector) bool {
	return func(x flows.Selector) bool { return sameSelector(s, x) }
}
