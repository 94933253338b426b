// Package mutations shows that the worlds can fail: each mutation breaks one promise of the program, and TestWorld must notice, or in deciding TestEveryOrder.
//
// A mutation is text in place of other text, in an overlay of the build: the program itself has no switches for it. All of them are built at once, each
// asleep until its name stands in HALLPASS_MUTATION, since building takes longer than being caught does.
package mutations

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Mutation is one way to break the program.
type Mutation struct {
	Name  string
	Edits []Edit
}

// Edit puts text into a file in place of the one passage that reads Old. "MUTATED" in New is true while the mutation is awake.
type Edit struct{ File, Old, New string }

// helper is what an overlay adds to each package that it changes.
const helper = `package %s

import "os"

func mutated(name string) bool { return os.Getenv("HALLPASS_MUTATION") == name }
`

// aged keeps the first answer to a question for ever.
const aged = `package flows

import "sync"

var agedFacts sync.Map

func aged[T any](e *Engine, key string, f Fact[T]) Fact[T] {
	if f.Trouble != "" {
		return f
	}
	type of struct {
		e   *Engine
		key string
	}
	old, _ := agedFacts.LoadOrStore(of{e, key}, f)
	return old.(Fact[T])
}
`

// overlay writes the changed files into a folder and returns what `go test -overlay` reads. It fails where a passage is not there exactly once, so
// that whoever rewrites it looks after the mutation too.
func overlay(root, dir string, list []Mutation) (string, error) {
	texts, packages := map[string]string{}, map[string]bool{}
	for _, m := range list {
		for _, e := range m.Edits {
			if _, read := texts[e.File]; !read {
				b, err := os.ReadFile(filepath.Join(root, e.File))
				if err != nil {
					return "", err
				}
				texts[e.File] = string(b)
			}
			if n := strings.Count(texts[e.File], e.Old); n != 1 {
				return "", fmt.Errorf("the mutation %q wants to change a passage of %s that is there %d times: %s", m.Name, e.File, n, e.Old)
			}
			texts[e.File] = strings.Replace(texts[e.File], e.Old, strings.ReplaceAll(e.New, "MUTATED", fmt.Sprintf("mutated(%q)", m.Name)), 1)
			packages[filepath.Dir(e.File)] = true
		}
	}
	for p := range packages {
		texts[filepath.Join(p, "mutated_overlay.go")] = fmt.Sprintf(helper, filepath.Base(p))
	}
	texts["flows/aged_overlay.go"] = aged
	var b strings.Builder
	b.WriteString(`{"Replace": {`)
	comma := ""
	for file, text := range texts {
		copied := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(copied, []byte(text), 0o600); err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s%q: %q", comma, filepath.Join(root, file), copied)
		comma = ", "
	}
	b.WriteString("}}")
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, []byte(b.String()), 0o600)
}

// forget has a function that records an intent record nothing.
func forget(kind, file, signature string) Mutation {
	return Mutation{"forget the intent " + kind, []Edit{{file, signature, signature + "\n\tif MUTATED {\n\t\treturn nil\n\t}"}}}
}

// Mutations are those that the worlds notice.
var Mutations = []Mutation{
	{"skip the verify read", []Edit{{"flows/take.go", "if tx.Real().Before(safe) {", "if tx.Real().Before(safe) && !MUTATED {"}}},
	{"skip the check of what was there", []Edit{{"flows/give.go", "if seen && since.Before(r.Made) && !ours {", "if seen && since.Before(r.Made) && !ours && !MUTATED {"}}},
	{"drop the count of leases", []Edit{
		{"flows/take.go", "return slices.ContainsFunc(list, func(g *Grant) bool { return g.State.Leans() })", "return !MUTATED && slices.ContainsFunc(list, func(g *Grant) bool { return g.State.Leans() })"},
		{"flows/ending.go", "if g.State == Active && len(others) > 0 {", "if g.State == Active && len(others) > 0 && !MUTATED {"},
		{"flows/hold.go", "case len(o.in(Active)) > 0 && len(o.in(Revoking)) > 0:", "case len(o.in(Active)) > 0 && len(o.in(Revoking)) > 0 && !MUTATED:"}}},
	{"decide without compare-and-set", []Edit{
		{"flows/engine.go", "if moved || r.Revision != w.request.Revision || w.facts.stale(tx.Real()) {", "if !MUTATED && (moved || r.Revision != w.request.Revision || w.facts.stale(tx.Real())) {"},
		{"flows/engine.go", "fresh.request = r\n", "if !MUTATED {\n\t\t\t\tfresh.request = r\n\t\t\t}\n"}}},
	forget("hold", "flows/wants.go", "func wantHold(tx Tx, h *Holding, rank int) error {"),
	forget("post", "flows/wants.go", "func wantPost(tx Tx, p *Post) error {"),
	{"forget the intent thread", []Edit{{"flows/wants.go", "	return tx.Want(Intent{Kind: IntentThread,", "	if MUTATED {\n\t\treturn nil\n\t}\n	return tx.Want(Intent{Kind: IntentThread,"}}},
	forget("ticket", "flows/wants.go", "func wantTicket(tx Tx, r *Request, in string) error {"),
	forget("ask", "flows/wants.go", "func wantAsk(tx Tx, id RequestID, at time.Time) error {"),
	forget("timer", "flows/wants.go", "func wantTimer(tx Tx, subject string, at time.Time) error {"),
	{"forget the intent deed", []Edit{{"flows/identity.go", "		return tx.Want(Intent{Kind: IntentDeed,", "		if MUTATED {\n\t\t\treturn nil\n\t\t}\n		return tx.Want(Intent{Kind: IntentDeed,"}}},
	{"complete with an old generation", []Edit{{"store/intents.go", "if open.Generation != claimed.Generation {", "if open.Generation != claimed.Generation && !MUTATED {"}}},
	{"acknowledge before the inbox", []Edit{{"bot/deed.go", "	_, _, err = b.Engine.Receive(", "	if MUTATED {\n\t\t_, _, _ = b.Engine.Receive(ctx, flows.Deed{Key: key, Kind: kind, Account: who, Body: body, Made: b.Clock.Company(), Real: at})\n\t\treturn nil\n\t}\n	_, _, err = b.Engine.Receive("}}},
	{"use stale facts", []Edit{
		{"flows/facts.go", "	list, name := g.e.onShift(g.ctx, s)\n", "	list, name := g.e.onShift(g.ctx, s)\n	if MUTATED {\n\t\tlist = aged(g.e, \"shift\", list)\n\t}\n"},
		{"flows/facts.go", "	set(g, g.f.Members, name, list)\n", "	if MUTATED {\n\t\tlist = aged(g.e, \"members/\"+name, list)\n\t}\n	set(g, g.f.Members, name, list)\n"},
		{"flows/facts.go", "set(g, g.f.Managers, level, e.managerOf(ctx, n.asker, level))", "f := e.managerOf(ctx, n.asker, level)\n\t\t\tif MUTATED {\n\t\t\t\tf = aged(e, \"manager/\"+string(n.asker), f)\n\t\t\t}\n\t\t\tset(g, g.f.Managers, level, f)"}}},
	{"allow self-decision", []Edit{{"flows/evaluate.go", "	return h == human(r.Asker) || h == human(r.For)\n", "	return !MUTATED && (h == human(r.Asker) || h == human(r.For))\n"}}},
	{"treat a failed lookup as empty", []Edit{{"flows/facts.go", "	if err != nil && !errors.Is(err, ErrNotFound) {\n\t\tvar zero T\n", "	if err != nil && MUTATED {\n\t\terr = ErrNotFound\n\t}\n	if err != nil && !errors.Is(err, ErrNotFound) {\n\t\tvar zero T\n"}}},
	{"let time approve", []Edit{{"flows/ticking.go", "			return e.close(tx, w, Lapsed, ActLapsed, \"\", \"Nobody decided in time.\")", "			if MUTATED {\n\t\t\t\tw.policy = e.policy.Load()\n\t\t\t\treturn e.approve(tx, w, \"time\")\n\t\t\t}\n			return e.close(tx, w, Lapsed, ActLapsed, \"\", \"Nobody decided in time.\")"}}},
	{"touch the target before the commit", []Edit{{"flows/give.go", "\terr = o.change(ctx, func(tx Tx, h *Holding, list []*Grant) error {\n\t\tif err := o.stillNow(tx); err != nil {\n\t\t\treturn err\n\t\t}\n\t\tif err := o.noteBefore", "\tif MUTATED {\n\t\t_ = o.target.Grant(ctx, o.h.Entitlement, o.h.Person)\n\t}\n\terr = o.change(ctx, func(tx Tx, h *Holding, list []*Grant) error {\n\t\tif err := o.stillNow(tx); err != nil {\n\t\t\treturn err\n\t\t}\n\t\tif err := o.noteBefore"}}},
	{"forget the intent sync", []Edit{{"flows/sync.go", "	return againReal(e.clock.Machine().Add(every))", "	if MUTATED {\n\t\treturn done()\n\t}\n	return againReal(e.clock.Machine().Add(every))"}}},
	{"post before the commit", []Edit{{"flows/asking.go", "		made = e.newRequest(tx, w, by, d)\n\t\treturn e.begin(tx, w, made)\n", "		made = e.newRequest(tx, w, by, d)\n\t\tif MUTATED && len(e.out.Tickets) > 0 && w.asked.Tickets.In != \"\" {\n\t\t\t_, _ = e.out.Tickets[w.asked.Tickets.In].Open(context.WithoutCancel(ctx), TicketDraft{IssueType: \"Task\", Label: \"hallpass-early-\" + d.Nonce, Summary: \"early\"})\n\t\t}\n\t\treturn e.begin(tx, w, made)\n"}}},
	{"forget to warn", []Edit{{"flows/ticking.go", "	if err := e.log(tx, &Entry{Action: ActWarned,", "	if MUTATED {\n\t\treturn nil\n\t}\n	if err := e.log(tx, &Entry{Action: ActWarned,"}}},
	{"look at the same thing for ever", []Edit{{"flows/ticking.go", "if warn, ok := g.WarnAt(f.Warn); ok && !g.Warned &&", "if warn, ok := g.WarnAt(f.Warn); ok && !g.Warned && !MUTATED &&"}}},
	{"give while the clock is off", []Edit{{"app/dates.go", "	if d.off == 0 {\n\t\treturn \"\", nil", "	if d.off == 0 || MUTATED {\n\t\treturn \"\", nil"}}},
	{"end by a clock that is behind", []Edit{{"app/dates.go", "	lead = max(0, d.off)\n", "	lead = max(0, d.off)\n\tif MUTATED {\n\t\tlead = 0\n\t}\n"}}},
	{"leave leavers what they have", []Edit{{"flows/sync.go", "	for _, g := range grants {\n\t\tif err := e.end(tx, g, PersonLeft", "	for _, g := range grants {\n\t\tif MUTATED {\n\t\t\tbreak\n\t\t}\n\t\tif err := e.end(tx, g, PersonLeft"}}},
}

// Deciding are those that TestEveryOrder notices, which tries every order of what can happen to a request.
var Deciding = []Mutation{
	{"count a press on whatever its card showed", []Edit{{"flows/deciding.go", "case p.Shown != r.Revision:", "case p.Shown != r.Revision && !MUTATED:"}}},
	{"count a press on what is decided", []Edit{{"flows/deciding.go", "	if !r.CanDecide() {\n\t\treturn e.decidedWords(", "	if !r.CanDecide() && !MUTATED {\n\t\treturn e.decidedWords("}}},
	{"count one yes as two people's", []Edit{{"flows/evaluate.go", "\t\t\tm.add(d)\n", "\t\t\tm.add(d)\n\t\t\tif MUTATED {\n\t\t\t\ttwice := *d\n\t\t\t\ttwice.Person += \"again\"\n\t\t\t\tm.add(&twice)\n\t\t\t}\n"}}},
	{"let a no end nothing", []Edit{{"flows/deciding.go", "		return e.close(tx, w, Denied, \"\", by.Person.ID, p.Comment)", "		if MUTATED {\n\t\t\treturn nil\n\t\t}\n		return e.close(tx, w, Denied, \"\", by.Person.ID, p.Comment)"}}},
	{"skip the re-evaluation", []Edit{{"flows/permit.go", "		r, asker := w.request, w.facts.Asker\n", "		if MUTATED {\n\t\t\tp = letItIn\n\t\t\treturn nil\n\t\t}\n		r, asker := w.request, w.facts.Asker\n"}}},
	{"see nobody lean on what is held", []Edit{{"flows/ending.go", "if g.ID != but {", "if g.ID != but && !MUTATED {"}}},
	{"close without a proof", []Edit{{"flows/take.go", "case reading.Gone != \"\" || !reading.Present:\n\t\treturn o.absent(ctx, reading)\n\tcase reading.Source", "case !MUTATED && (reading.Gone != \"\" || !reading.Present):\n\t\treturn o.absent(ctx, reading)\n\tcase reading.Source"}}},
	{"forget to take back what ends early", []Edit{{"flows/ending.go", "	return wantHold(tx, h, rank)\n", "	if MUTATED {\n\t\treturn nil\n\t}\n	return wantHold(tx, h, rank)\n"}}},
	{"take away what was there before", []Edit{{"flows/take.go", "	if o.h.Before == BeforePresent {\n\t\treturn o.or(o.keep(ctx, ReleasedBefore", "	if o.h.Before == BeforePresent && !MUTATED {\n\t\treturn o.or(o.keep(ctx, ReleasedBefore"}}},
}

// alsoDeciding are those of Mutations that TestEveryOrder must notice as well.
var alsoDeciding = []string{"skip the verify read", "drop the count of leases", "decide without compare-and-set", "complete with an old generation", "allow self-decision", "let time approve"}

// Unproven are mutations that no world was seen to notice yet. They are built, and tried by name only: -mutation NAME.
var Unproven = []Mutation{
	{"take a lost call for one that never lands", []Edit{
		{"flows/take.go", "if h.FirstRead.IsZero() && tx.Real().Before(h.GrantLands) {", "if h.FirstRead.IsZero() && tx.Real().Before(h.GrantLands) && !MUTATED {"},
		{"flows/take.go", "		safe := later(h.FirstReadReal.Add(o.e.set.ProofGap), later(h.GrantLands, h.RemoveLands))\n", "		safe := later(h.FirstReadReal.Add(o.e.set.ProofGap), later(h.GrantLands, h.RemoveLands))\n\t\tif MUTATED {\n\t\t\tsafe = h.FirstReadReal.Add(o.e.set.ProofGap)\n\t\t}\n"}}},
	{"wait by a clock that was set back", []Edit{{"flows/setback.go", "if err != nil || !last.After(tx.Real()) {", "if err != nil || !last.After(tx.Real()) || MUTATED {"}}},
}
