package suite

import (
	"context"
	"slices"
	"testing"

	"hallpass/flows"
)

// TargetWorld is a target with a stand-in behind it. The target's calls must go through the Wire, with Timeout for each.
type TargetWorld struct {
	Target      flows.Target
	Entitlement flows.Entitlement
	Person      flows.PersonID // active, and not having the entitlement
	Nobody      flows.PersonID // well formed, and not existing
	Nothing     flows.Entitlement
	Has         func() bool // asks the stand-in itself whether Person has Entitlement
	Secrets     []string
	Residual    flows.Residual // what the target must name
}

// Target holds a target to its obligations. world is called for each of them.
func Target(t *testing.T, world func(t *testing.T, w *Wire) TargetWorld) {
	for name, obligation := range map[string]func(*targetTest){
		"granting twice is done":                      (*targetTest).grantsTwice,
		"removing twice, or what is absent, is done":  (*targetTest).removesTwice,
		"a lost answer is unknown, and a look tells":  (*targetTest).losesAnswers,
		"a change that hangs is unknown":              (*targetTest).hangs,
		"failures of changes are classed":             (*targetTest).classesChanges,
		"a failed look is an error":                   (*targetTest).failsToLook,
		"what no longer exists is gone, not absent":   (*targetTest).looksForTheGone,
		"only its own entitlements are touched":       (*targetTest).refusesForeign,
		"who gave up before the call changes nothing": (*targetTest).givesUp,
		"a sync is complete or an error":              (*targetTest).syncs,
		"the residual window is named":                (*targetTest).namesResidual,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &Wire{}
			obligation(&targetTest{T: t, wire: w, TargetWorld: world(t, w)})
		})
	}
}

type targetTest struct {
	*testing.T
	TargetWorld
	wire *Wire
}

func (t *targetTest) grant() error {
	return t.seen(t.Target.Grant(t.Context(), t.Entitlement, t.Person))
}
func (t *targetTest) remove() error {
	return t.seen(t.Target.Remove(t.Context(), t.Entitlement, t.Person))
}

// seen looks for secrets in an error and in the target itself.
func (t *targetTest) seen(err error) error {
	t.Helper()
	NoSecret(t, t.Secrets, err, t.Target)
	return err
}

func (t *targetTest) done(what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// present fails unless both the target and the stand-in say so.
func (t *targetTest) present(want bool) {
	t.Helper()
	reading, err := t.Target.Check(t.Context(), t.Entitlement, t.Person)
	t.done("looking", t.seen(err))
	if reading.Present != want || reading.Gone != "" || t.Has() != want {
		t.Fatalf("the look says %+v, the stand-in says %t, expected %t", reading, t.Has(), want)
	}
}

// ended fails unless a call ended as it should.
func (t *targetTest) ended(what string, err error, want flows.Outcome, lane bool) *flows.CallError {
	t.Helper()
	call := flows.AsCall(t.seen(err))
	if call == nil || call.Outcome != want || call.Lane != lane || call.Sentence == "" {
		t.Fatalf("%s ended as %+v, expected %s with lane %t", what, call, want, lane)
	}
	return call
}

func (t *targetTest) grantsTwice() {
	t.present(false)
	for range 2 {
		t.done("granting", t.grant())
		t.present(true)
	}
}

func (t *targetTest) removesTwice() {
	t.done("removing what is absent", t.remove())
	t.done("granting", t.grant())
	for range 2 {
		t.done("removing", t.remove())
		t.present(false)
	}
}

func (t *targetTest) losesAnswers() {
	t.wire.BreakChanges(Lost)
	t.ended("granting", t.grant(), flows.OutcomeUnknown, true)
	t.present(true)
	t.ended("removing", t.remove(), flows.OutcomeUnknown, true)
	t.present(false)
}

func (t *targetTest) hangs() {
	t.wire.BreakChanges(Hang)
	t.ended("granting", t.grant(), flows.OutcomeUnknown, true)
}

// classes is how a change ends when its own call goes wrong.
var classes = map[Fault]struct {
	outcome flows.Outcome
	lane    bool
}{
	Refused: {flows.OutcomeLater, true}, Cut: {flows.OutcomeUnknown, true},
	Unauthorized: {flows.OutcomeRefused, true}, Forbidden: {flows.OutcomeRefused, false}, Stray404: {flows.OutcomeRefused, false},
	Limited: {flows.OutcomeLater, true}, ServerError: {flows.OutcomeUnknown, true}, Unavailable: {flows.OutcomeUnknown, true},
}

func (t *targetTest) classesChanges() {
	for fault, want := range classes {
		t.wire.BreakChanges(fault)
		call := t.ended(string(fault), t.grant(), want.outcome, want.lane)
		if fault == Limited && call.RetryAfter.Seconds() != retryAfter {
			t.Errorf("429 asks to wait %s", call.RetryAfter)
		}
		t.ended(string(fault), t.remove(), want.outcome, want.lane)
	}
	if t.Has() {
		t.Error("a change that never arrived took effect")
	}
}

func (t *targetTest) failsToLook() {
	t.done("granting", t.grant())
	for _, fault := range everyFault {
		t.wire.Break(fault)
		if reading, err := t.Target.Check(t.Context(), t.Entitlement, t.Person); t.seen(err) == nil {
			t.Errorf("%s: a look says %+v", fault, reading)
		}
		if err := t.grant(); err == nil || flows.AsCall(err).Outcome == flows.OutcomeDone {
			t.Errorf("%s: granting says %v", fault, err)
		}
		if err := t.remove(); err == nil || flows.AsCall(err).Outcome == flows.OutcomeDone {
			t.Errorf("%s: removing says %v", fault, err)
		}
	}
	t.wire.Heal()
	t.present(true)
}

func (t *targetTest) looksForTheGone() {
	for _, ask := range []struct {
		e flows.Entitlement
		p flows.PersonID
	}{{t.Entitlement, t.Nobody}, {t.Nothing, t.Person}} {
		reading, err := t.Target.Check(t.Context(), ask.e, ask.p)
		if t.seen(err) != nil || reading.Gone == "" || reading.Present {
			t.Errorf("%s of %s: %+v %v", ask.e, ask.p, reading, err)
		}
		t.ended("granting what is gone", t.Target.Grant(t.Context(), ask.e, ask.p), flows.OutcomeRefused, false)
		t.done("removing what is gone", t.seen(t.Target.Remove(t.Context(), ask.e, ask.p)))
	}
}

func (t *targetTest) refusesForeign() {
	t.wire.Heal() // counts from here
	key := t.Entitlement.ResourceKey
	for _, e := range []flows.Entitlement{
		{ResourceKey: key, Permission: "no such permission"},
		{ResourceKey: flows.ResourceKey{Integration: "another", Type: key.Type, ID: key.ID}, Permission: t.Entitlement.Permission},
		{ResourceKey: flows.ResourceKey{Integration: key.Integration, Type: "no such type", ID: key.ID}, Permission: t.Entitlement.Permission},
		{ResourceKey: flows.ResourceKey{Integration: key.Integration, Type: key.Type}, Permission: t.Entitlement.Permission},
	} {
		t.ended("granting "+e.String(), t.Target.Grant(t.Context(), e, t.Person), flows.OutcomeRefused, false)
		t.ended("removing "+e.String(), t.Target.Remove(t.Context(), e, t.Person), flows.OutcomeRefused, false)
		if _, err := t.Target.Check(t.Context(), e, t.Person); t.seen(err) == nil {
			t.Errorf("looking for %s is no error", e)
		}
	}
	t.ended("granting to nobody", t.Target.Grant(t.Context(), t.Entitlement, ""), flows.OutcomeRefused, false)
	if n := t.wire.Seen(); n != 0 {
		t.Errorf("%d calls were made", n)
	}
}

func (t *targetTest) givesUp() {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	t.ended("granting", t.Target.Grant(ctx, t.Entitlement, t.Person), flows.OutcomeLater, false)
	if t.Has() {
		t.Error("granted all the same")
	}
}

func (t *targetTest) syncs() {
	t.done("granting", t.grant())
	t.wire.Heal() // counts from here
	snapshot, err := t.Target.Sync(t.Context())
	t.done("syncing", t.seen(err))
	calls := t.wire.Seen()
	i := slices.IndexFunc(snapshot.Resources, func(r flows.Resource) bool { return r.ResourceKey == t.Entitlement.ResourceKey })
	if i < 0 || snapshot.Resources[i].Unfit != "" || !slices.Contains(snapshot.Resources[i].Permissions, t.Entitlement.Permission) {
		t.Fatalf("%s is not offered in %+v", t.Entitlement, snapshot.Resources)
	}
	if !slices.Contains(snapshot.Members[t.Entitlement], t.Person) {
		t.Errorf("members are %v", snapshot.Members)
	}
	for n := 1; n <= calls; n++ {
		t.wire.BreakCall(ServerError, n)
		if s, err := t.Target.Sync(t.Context()); t.seen(err) == nil || s.Resources != nil || s.Members != nil {
			t.Errorf("with call %d of %d failing: %+v %v", n, calls, s, err)
		}
	}
}

func (t *targetTest) namesResidual() {
	if got := t.Target.Residual(); got != t.Residual {
		t.Errorf("residual is %+v, expected %+v", got, t.Residual)
	}
	if t.Target.Title() == "" {
		t.Error("the target has no title")
	}
}
