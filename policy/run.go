package policy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hallpass/config"
	"hallpass/flows"
)

// Result is how one case went. Passed cases have no Difference.
type Result struct {
	Line       int
	Name       string
	Difference string // expected and got, line by line, and why
}

// Passed reports whether everything came as expected.
func (r Result) Passed() bool { return r.Difference == "" }

// Run tries every case of a file against a configuration. What is wrong with the given worlds comes back as Problems.
func (f *File) Run(ctx context.Context, set *config.Config) ([]Result, error) {
	p := Of(set)
	var out []Result
	var wrong Problems
	for i := range f.Cases {
		c := &f.Cases[i]
		r, sentences := f.try(ctx, set, p, c)
		for _, s := range sentences {
			wrong = append(wrong, Problem{f.Path, c.Line, s})
		}
		out = append(out, r)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return out, nil
}

// Of is the policy of a configuration.
func Of(set *config.Config) *flows.Policy {
	return flows.NewPolicy(set.Flows, set.Guarded, set.People.Directory, set.People.Admins...)
}

func (f *File) try(ctx context.Context, set *config.Config, p *flows.Policy, c *Case) (Result, []string) {
	out := Result{Line: c.Line, Name: c.title()}
	w, wrong := f.Given.with(c.Given).read(set)
	if len(wrong) > 0 {
		return out, wrong
	}
	question, wrong := c.question(ctx, w, set, p)
	if len(wrong) > 0 {
		return out, wrong
	}
	got := p.Rule(question)
	expected, came := c.expect.outline(), c.expect.outlineOf(got)
	if !slices.Equal(expected, came) {
		why := strings.ReplaceAll(strings.TrimRight(p.Explain(question).String(), "\n"), "\n", "\n    ")
		out.Difference = difference(expected, came) + "  because:\n    " + why + "\n"
	}
	return out, nil
}

func (c *Case) title() string {
	return first(c.Name, c.Request.By+" asks for "+c.Request.For)
}

// question gathers what the policy needs to know, from the world.
func (c *Case) question(ctx context.Context, w *company, set *config.Config, p *flows.Policy) (q flows.Case, wrong []string) {
	id := flows.PersonID(c.Request.By)
	if _, ok := w.byID[id]; !ok {
		wrong = append(wrong, fmt.Sprintf("request.by: %q is not among the people", c.Request.By))
	}
	i := slices.IndexFunc(w.resources, func(r flows.Resource) bool { return r.Name == c.Request.For })
	if i < 0 {
		wrong = append(wrong, fmt.Sprintf("request.for: %q is not among the resources", c.Request.For))
	}
	if c.Request.HowLong != "" {
		d, err := flows.ParseHowLong(c.Request.HowLong)
		if err != nil {
			wrong = append(wrong, "request.how_long: "+err.Error())
		}
		q.Duration = d
	}
	if len(wrong) > 0 {
		return q, wrong
	}
	q.Resource = w.resources[i]
	q.Permission = first(c.Request.Permission, q.Resource.Permissions[0])
	q.Facts = flows.NewLookup(w.outside(set), w.now, w.resources).Facts(ctx, p, id, q.Resource)
	q.Facts.Local.Used, q.Facts.Local.AutoToday = w.used, w.automatic
	q.Facts.Local.Plans = w.plans(id, q.Facts.Shifts)
	q.Human = w.human(set.People.SameHuman)
	return q, nil
}

// human joins the accounts that the configuration says are one human.
func (c *company) human(same [][]string) func(flows.PersonID) flows.PersonID {
	return func(id flows.PersonID) flows.PersonID {
		for _, list := range same {
			for _, address := range list {
				if flows.SameAddress(c.byID[id].Email, address) {
					return flows.PersonID("human:" + list[0])
				}
			}
		}
		return id
	}
}

// outline is what is expected, a line for each thing said.
func (e expectation) outline() []string {
	var out []string
	if e.fate != "" {
		out = append(out, string(e.fate))
	}
	if e.flow != "" {
		out = append(out, "by the flow "+e.flow)
	}
	switch {
	case e.longest == flows.Indefinite:
		out = append(out, flows.Span(e.longest))
	case e.longest > 0:
		out = append(out, "at most "+flows.Span(e.longest))
	}
	for i, step := range e.steps {
		out = append(out, stepLines(i, step)...)
	}
	return out
}

// outlineOf is what came, as far as the expectation speaks of it.
func (e expectation) outlineOf(r flows.Ruling) []string {
	got := expectation{steps: nil}
	if e.fate != "" {
		got.fate = r.Fate
	}
	if e.flow != "" {
		got.flow = "none"
		if r.Flow != nil {
			got.flow = r.Flow.Name
		}
	}
	if e.longest > 0 && r.Flow != nil {
		got.longest = r.Flow.HowLong.Limit()
	}
	if e.stepped {
		for _, step := range r.Steps {
			var list []someone
			for _, q := range step {
				list = append(list, whoCan(q))
			}
			got.steps = append(got.steps, list)
		}
	}
	return got.outline()
}

func whoCan(q flows.Deciding) someone {
	s := someone{need: q.Need}
	if q.Unknown != "" {
		s.people = []string{"not known"}
		return s
	}
	for _, c := range q.Candidates {
		s.people = append(s.people, string(c.Person))
	}
	return s
}

// stepLines are the requirements of a step in an order of their own, so that it does not matter how they were written.
func stepLines(i int, step []someone) []string {
	var out []string
	for _, s := range step {
		people := slices.Sorted(slices.Values(s.people))
		words := first(flows.Join(people, "or"), "nobody")
		if s.need > 1 {
			words = fmt.Sprintf("%d of %s", s.need, flows.Join(people, "and"))
		}
		out = append(out, fmt.Sprintf("step %d: %s", i+1, words))
	}
	slices.Sort(out)
	return out
}

// difference marks what was expected and did not come with -, what came instead with +.
func difference(expected, got []string) string {
	var b strings.Builder
	for _, line := range expected {
		sign := "-"
		if slices.Contains(got, line) {
			sign = " "
		}
		fmt.Fprintf(&b, "  %s %s\n", sign, line)
	}
	for _, line := range got {
		if !slices.Contains(expected, line) {
			fmt.Fprintf(&b, "  + %s\n", line)
		}
	}
	return b.String()
}

// Report prints the results, the failed ones with their difference, and a last line that counts them.
func Report(path string, list []Result) (text string, failed int) {
	var b strings.Builder
	for _, r := range list {
		if !r.Passed() {
			failed++
			fmt.Fprintf(&b, "%s:%d: %s\n%s", path, r.Line, r.Name, r.Difference)
		}
	}
	if failed > 0 {
		fmt.Fprintf(&b, "%d of %s did not come out as expected\n", failed, count(len(list)))
	} else {
		fmt.Fprintf(&b, "%s, every one as expected\n", count(len(list)))
	}
	return b.String(), failed
}

func count(cases int) string {
	if cases == 1 {
		return "1 case"
	}
	return fmt.Sprintf("%d cases", cases)
}
