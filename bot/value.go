package bot

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hallpass/flows"
)

// value is what a button carries: a request or a grant, and the revision that its card showed.
type value struct {
	Request  flows.RequestID
	Grant    flows.GrantID
	Revision int
}

func (v value) String() string {
	if v.Grant != 0 {
		return fmt.Sprintf("g%d.%d", int64(v.Grant), v.Revision)
	}
	return fmt.Sprintf("%d.%d", int64(v.Request), v.Revision)
}

func readValue(s string) (value, bool) {
	id, revision, ok := strings.Cut(s, ".")
	digits, grant := strings.CutPrefix(id, "g")
	n, err := strconv.ParseInt(digits, 10, 64)
	rev, err2 := strconv.Atoi(revision)
	if !ok || err != nil || err2 != nil || n <= 0 || rev < 0 {
		return value{}, false
	}
	if grant {
		return value{Grant: flows.GrantID(n), Revision: rev}, true
	}
	return value{Request: flows.RequestID(n), Revision: rev}, true
}

// readKey reads what ResourceKey.String wrote. The id is the target's own and may hold anything.
func readKey(s string) (flows.ResourceKey, bool) {
	p := strings.SplitN(s, "/", 3)
	if len(p) != 3 || p[0] == "" || p[1] == "" || p[2] == "" {
		return flows.ResourceKey{}, false
	}
	return flows.ResourceKey{Integration: p[0], Type: p[1], ID: p[2]}, true
}

// otherDuration is the choice that opens the field for another duration.
const otherDuration = "other"

// indefiniteChoice is the choice of access without an end.
const indefiniteChoice = "indefinite"

// durations are the choices of a duration field.
func durations(o *flows.Offer) []ChoiceItem {
	list := o.Choices
	if len(list) == 0 && o.Max > 0 {
		list = []time.Duration{cmp.Or(o.Default, o.Max)}
	}
	var out []ChoiceItem
	for _, d := range list {
		out = append(out, ChoiceItem{Value: d.String(), Label: flows.Span(d)})
	}
	if o.Indefinite {
		out = append(out, ChoiceItem{Value: indefiniteChoice, Label: flows.Span(flows.Indefinite)})
	}
	if o.Custom {
		out = append(out, ChoiceItem{Value: otherDuration, Label: "other…"})
	}
	return out
}
