package suite

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hallpass/flows"
)

// DirectoryWorld is a directory and what it holds. Calls of a directory that makes any must go through the Wire.
type DirectoryWorld struct {
	Directory flows.Directory

	Ana       flows.Person // active, with everything that the directory knows
	Boss      flows.PersonID
	Top       flows.PersonID // the boss's manager, who has none
	Suspended flows.PersonID
	Left      flows.Person // has left; must not be found by address
	Nobody    flows.PersonID

	Attribute, Value, Twins string // Value is Ana's alone, Twins that of two active people

	Group, GroupName string // of Ana and Suspended, nobody else
	NoGroup          string // well formed, and not existing

	Local   bool // asks nobody outside, so that no call can go wrong
	Secrets []string
}

// Directory holds a directory to its obligations. world is called for each of them.
func Directory(t *testing.T, world func(t *testing.T, w *Wire) DirectoryWorld) {
	for name, obligation := range map[string]func(*directoryTest){
		"people are read by id":              (*directoryTest).readsPeople,
		"people are found by attribute":      (*directoryTest).findsPeople,
		"managers are so many levels up":     (*directoryTest).climbs,
		"groups are found and listed":        (*directoryTest).listsGroups,
		"everybody is listed":                (*directoryTest).listsPeople,
		"attributes are told":                (*directoryTest).tellsAttributes,
		"a failed look is never an answer":   (*directoryTest).failsToLook,
		"a list is complete or an error":     (*directoryTest).failsMidway,
		"whoever gave up gets no answer too": (*directoryTest).givesUp,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &Wire{}
			obligation(&directoryTest{T: t, wire: w, DirectoryWorld: world(t, w)})
		})
	}
}

type directoryTest struct {
	*testing.T
	DirectoryWorld
	wire *Wire
}

func (t *directoryTest) is(what string, want, got any, err error) {
	t.Helper()
	NoSecret(t, t.Secrets, err, t.Directory)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%s: %v %s", what, err, diff)
	}
}

func (t *directoryTest) fails(what string, want, err error) {
	t.Helper()
	NoSecret(t, t.Secrets, err)
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, expected %v", what, err, want)
	}
}

func (t *directoryTest) readsPeople() {
	ctx := t.Context()
	p, err := t.Directory.Person(ctx, t.Ana.ID)
	t.is("Ana", t.Ana, p, err)
	p, err = t.Directory.Person(ctx, t.Suspended)
	t.is("somebody suspended", flows.StatusSuspended, p.Status, err)
	p, err = t.Directory.Person(ctx, t.Left.ID)
	t.is("somebody who left", flows.StatusLeft, p.Status, err)
	for _, id := range []flows.PersonID{t.Nobody, "", flows.PersonID(t.Ana.Email)} {
		_, err = t.Directory.Person(ctx, id)
		t.fails("the id "+string(id), flows.ErrNotFound, err)
	}
}

func (t *directoryTest) findsPeople() {
	ctx := t.Context()
	for _, by := range [][2]string{{"email", t.Ana.Email}, {"email", upper(t.Ana.Email)}, {t.Attribute, t.Value}} {
		p, err := t.Directory.PersonBy(ctx, by[0], by[1])
		t.is(by[0]+" "+by[1], t.Ana.ID, p.ID, err)
	}
	for _, by := range [][2]string{
		{"email", "nobody@" + t.Ana.Email}, {"email", t.Left.Email}, {"email", ""}, {t.Attribute, ""},
		{t.Attribute, t.Value + "x"}, {t.Attribute, t.Value + `" or status eq "ACTIVE`}, {"email", `x" or "a" eq "a`},
	} {
		_, err := t.Directory.PersonBy(ctx, by[0], by[1])
		t.fails(by[0]+" "+by[1], flows.ErrNotFound, err)
	}
	_, err := t.Directory.PersonBy(ctx, t.Attribute, t.Twins)
	t.fails("twins", flows.ErrAmbiguous, err)
}

// upper writes ASCII letters large.
func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

func (t *directoryTest) climbs() {
	ctx := t.Context()
	id, err := t.Directory.Manager(ctx, t.Ana.ID, 1)
	t.is("one level", t.Boss, id, err)
	id, err = t.Directory.Manager(ctx, t.Ana.ID, 2)
	t.is("two levels", t.Top, id, err)
	_, err = t.Directory.Manager(ctx, t.Ana.ID, 3)
	t.fails("above the top", flows.ErrNotFound, err)
	_, err = t.Directory.Manager(ctx, t.Nobody, 1)
	t.fails("of nobody", flows.ErrNotFound, err)
}

func (t *directoryTest) listsGroups() {
	ctx := t.Context()
	id, err := t.Directory.GroupID(ctx, t.GroupName)
	t.is("the group's id", t.Group, id, err)
	_, err = t.Directory.GroupID(ctx, t.GroupName+"x")
	t.fails("no such name", flows.ErrNotFound, err)
	members, err := t.Directory.Members(ctx, t.Group)
	want := []flows.PersonID{t.Ana.ID, t.Suspended}
	slices.Sort(want)
	t.is("members", want, ids(members), err)
	_, err = t.Directory.Members(ctx, t.NoGroup)
	t.fails("members of no group", flows.ErrNotFound, err)
	groups, err := t.Directory.GroupsOf(ctx, t.Ana.ID)
	t.is("Ana is in it", true, slices.Contains(groups, t.Group), err)
	_, err = t.Directory.GroupsOf(ctx, t.Nobody)
	t.fails("groups of nobody", flows.ErrNotFound, err)
}

func ids(people []flows.Person) []flows.PersonID {
	var out []flows.PersonID
	for _, p := range people {
		out = append(out, p.ID)
	}
	slices.Sort(out)
	return out
}

func (t *directoryTest) listsPeople() {
	people, err := t.Directory.People(t.Context())
	t.is("no error", nil, nil, err)
	for _, id := range []flows.PersonID{t.Ana.ID, t.Boss, t.Top, t.Suspended} {
		if !slices.Contains(ids(people), id) {
			t.Errorf("%s is missing", id)
		}
	}
	i := slices.IndexFunc(people, func(p flows.Person) bool { return p.ID == t.Ana.ID })
	if i >= 0 {
		t.is("Ana in the list", t.Ana, people[i], nil)
	}
	for _, p := range people {
		if p.ID == t.Left.ID && p.Status != flows.StatusLeft {
			t.Errorf("who has left is %s", p.Status)
		}
	}
}

// tellsAttributes is about attributes that people cannot write themselves.
func (t *directoryTest) tellsAttributes() {
	for _, name := range []string{flows.AttributeManager, t.Attribute} {
		a, err := t.Directory.Attribute(t.Context(), name)
		t.is(name, false, a.Own, err)
		if a.Name == "" {
			t.Errorf("%s has no name", name)
		}
	}
	_, err := t.Directory.Attribute(t.Context(), t.Attribute+"x")
	t.fails("no such attribute", flows.ErrNotFound, err)
}

// questions is every question that a directory can be asked.
func (t *directoryTest) questions(ctx context.Context) map[string]error {
	d, out := t.Directory, map[string]error{}
	_, out["Person"] = d.Person(ctx, t.Ana.ID)
	_, out["Person nobody"] = d.Person(ctx, t.Nobody)
	_, out["PersonBy email"] = d.PersonBy(ctx, "email", t.Ana.Email)
	_, out["PersonBy attribute"] = d.PersonBy(ctx, t.Attribute, t.Value)
	_, out["Manager"] = d.Manager(ctx, t.Ana.ID, 2)
	_, out["GroupID"] = d.GroupID(ctx, t.GroupName)
	_, out["Members"] = d.Members(ctx, t.Group)
	_, out["GroupsOf"] = d.GroupsOf(ctx, t.Ana.ID)
	_, out["People"] = d.People(ctx)
	_, out["Attribute"] = d.Attribute(ctx, flows.AttributeManager)
	return out
}

// unknown fails unless every answer is an error that leaves the question open.
func (t *directoryTest) unknown(when string, answers map[string]error) {
	t.Helper()
	for question, err := range answers {
		NoSecret(t, t.Secrets, err)
		if err == nil || errors.Is(err, flows.ErrNotFound) || errors.Is(err, flows.ErrAmbiguous) {
			t.Errorf("%s: %s answers %v", when, question, err)
		}
	}
}

func (t *directoryTest) failsToLook() {
	if t.Local {
		return
	}
	for _, fault := range everyFault {
		if fault == Limited {
			continue // People waits then, as it should
		}
		t.wire.Break(fault)
		t.unknown(string(fault), t.questions(t.Context()))
	}
}

// failsMidway breaks each call of each walk in turn.
func (t *directoryTest) failsMidway() {
	if t.Local {
		return
	}
	ctx := t.Context()
	for name, walk := range map[string]func() error{
		"People":   func() error { _, err := t.Directory.People(ctx); return err },
		"Members":  func() error { _, err := t.Directory.Members(ctx, t.Group); return err },
		"Manager":  func() error { _, err := t.Directory.Manager(ctx, t.Ana.ID, 2); return err },
		"PersonBy": func() error { _, err := t.Directory.PersonBy(ctx, t.Attribute, t.Value); return err },
	} {
		t.wire.Heal()
		t.is(name, nil, nil, walk())
		for n, calls := 1, t.wire.Seen(); n <= calls; n++ {
			t.wire.BreakCall(Stray404, n)
			t.unknown(name, map[string]error{name: walk()})
		}
	}
}

func (t *directoryTest) givesUp() {
	if t.Local {
		return
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	t.unknown("given up", t.questions(ctx))
}
