package bot

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file that reads like UX's sketches.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test ./bot -update writes it anew):\n%s", name, firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			return fmt.Sprintf("line %d\n got: %s\nwant: %s", i+1, g[i], append(w, "(end)")[min(i, len(w))])
		}
	}
	return fmt.Sprintf("the file goes on: %s", w[len(g)])
}

func twoSteps(t *testing.T) *flows.Flow {
	t.Helper()
	f, problems := flows.NewFlow(flows.FlowSpec{
		Name: "production-databases",
		Who:  flows.Who{Any: []flows.Selector{{Kind: flows.SelectEveryone}}},
		What: []flows.What{{In: "okta", Type: "group"}},
		HowLong: flows.HowLong{Choices: []time.Duration{time.Hour, 2 * time.Hour, 4 * time.Hour}, Default: time.Hour, Max: 8 * time.Hour, Custom: true,
			Extend: flows.Extend{Times: 1, By: 4 * time.Hour}},
		Why: flows.Why{Required: true, AtLeast: 10, Hint: "SEC-482: what for"},
		Approval: flows.Approval{Steps: []flows.Step{
			{All: []flows.Requirement{{From: flows.Selector{Kind: flows.SelectManager, Manager: 1}}}},
			{All: []flows.Requirement{{From: flows.Selector{Kind: flows.SelectGroup, Group: "database-owners"}}}},
		}},
	})
	if problems != nil {
		t.Fatal(problems)
	}
	return f
}

// told is a story at UX's morning: Ana asked at 12:25, nobody has decided yet.
func told(t *testing.T) *Story {
	f := twoSteps(t)
	manager := flows.OpenRequirement{Key: "manager:1", Words: "your manager", Candidates: []flows.Candidate{{Person: "caro", Right: "manager", Primary: true}}}
	return &Story{
		Now:  clockAt("12:25"),
		Flow: f,
		Request: &flows.Request{ID: 142, State: flows.Pending, Revision: 7, Asker: "ana", For: "ana", Duration: 2 * time.Hour,
			Entitlement: flows.Entitlement{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: "00g1"}, Permission: "member"},
			Reason:      "SEC-482: replay *failed* payments", FlowName: f.Name, FlowHash: f.Hash(), Made: clockAt("12:25"), Lapses: clockAt("12:25").Add(24 * time.Hour),
			StepAsked: clockAt("12:25"), Open: []flows.OpenRequirement{manager}, Asked: []flows.Asked{{Person: "caro", Key: "manager:1", Right: "manager"}}},
		People: map[flows.PersonID]flows.Person{
			"ana":  {ID: "ana", Name: "Ana Silva", Email: "ana.silva@acme.com", Title: "Payments"},
			"ben":  {ID: "ben", Name: "Ben Okafor"},
			"caro": {ID: "caro", Name: "Caro Lind"},
			"dan":  {ID: "dan", Name: "<!channel> Dan"},
			"eve":  {ID: "eve", Name: "Eve Moss"},
		},
		Resource: flows.Resource{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: "00g1"}, Name: "prod-db",
			Description: "read and write on production payments", Tags: map[string]string{"env": "prod"}},
		Target:   "Okta",
		Residual: flows.Residual{For: time.Hour, Known: true},
		Entries:  []flows.Entry{{Seq: 1, At: clockAt("12:25"), Action: flows.ActAsked, Actor: "ana", Request: 142, Text: "SEC-482: replay *failed* payments", Data: map[string]string{"flow": f.Name}, Hash: "a11111ffff"}},
	}
}

// second is the story after the manager agreed: the owners are asked.
func second(s *Story) {
	r := s.Request
	r.StepIndex, r.StepAsked, r.Revision = 1, clockAt("12:26"), 8
	r.Open = []flows.OpenRequirement{{Key: "group:database-owners", Words: "one of database-owners", Candidates: []flows.Candidate{
		{Person: "ben", Right: "one of database-owners", Primary: true}, {Person: "dan", Right: "one of database-owners"}, {Person: "eve", Right: "one of database-owners"}}}}
	r.Asked = []flows.Asked{{Person: "caro", Key: "manager:1", Right: "manager", Gone: true}, {Person: "ben", Key: "group:database-owners", Right: "one of database-owners", Step: 1}}
	s.Decisions = []flows.Decision{{Person: "caro", Yes: true, At: clockAt("12:26"), Rights: []flows.Right{{Key: "manager:1", Words: "manager"}}}}
	s.Entries = append(s.Entries, flows.Entry{Seq: 2, At: clockAt("12:26"), Action: flows.ActApproved, Actor: "caro", Data: map[string]string{"as": "manager"}, Hash: "b22222ffff"})
	s.Now = clockAt("12:26")
}

func approved(s *Story) {
	second(s)
	s.Request.State, s.Request.Revision, s.Request.Open, s.Request.StepIndex = flows.Approved, 9, nil, 2
	s.Request.Closed, s.Now = clockAt("12:28"), clockAt("12:28")
	s.Decisions = append(s.Decisions, flows.Decision{Person: "ben", Yes: true, At: clockAt("12:28"), Step: 1, Rights: []flows.Right{{Words: "one of database-owners"}}})
	s.Entries = append(s.Entries, flows.Entry{Seq: 3, At: clockAt("12:28"), Action: flows.ActApproved, Actor: "ben", Data: map[string]string{"as": "one of database-owners"}, Hash: "c33333ffff"})
	s.Grant = &flows.Grant{ID: 17, State: flows.Granting, Request: 142, Person: "ana", Entitlement: s.Request.Entitlement, Holding: 5, Duration: 2 * time.Hour}
	s.Holding = &flows.Holding{ID: 5, Open: true, Before: flows.BeforeAbsent}
}

func active(s *Story) {
	approved(s)
	s.Now = clockAt("12:30")
	s.Grant.State, s.Grant.Started, s.Grant.Ends = flows.Active, clockAt("12:30"), clockAt("14:30")
	s.Entries = append(s.Entries, flows.Entry{Seq: 4, At: clockAt("12:30"), Action: flows.ActGiven, Grant: 17, Hash: "d44444ffff"})
}

func ending(cause flows.EndCause) func(*Story) {
	return func(s *Story) {
		active(s)
		s.Now = clockAt("14:30")
		s.Grant.State, s.Grant.Cause = flows.Revoking, cause
		s.Entries = append(s.Entries, flows.Entry{Seq: 5, At: clockAt("14:30"), Action: flows.ActEnding, Grant: 17, Data: map[string]string{"cause": string(cause)}, Hash: "e55555ffff"})
	}
}

func over(cause flows.EndCause, proof flows.ProofKind) func(*Story) {
	return func(s *Story) {
		ending(cause)(s)
		s.Now = clockAt("14:31")
		s.Grant.State, s.Grant.Ended = flows.Ended, clockAt("14:30:32")
		s.Holding.Open, s.Holding.Proof = false, proof
		s.Holding.FirstRead, s.Holding.SecondRead = clockAt("14:30:02"), clockAt("14:30:32")
		s.Entries = append(s.Entries, flows.Entry{Seq: 6, At: clockAt("14:30"), Action: flows.ActTakenBack, Grant: 17, Hash: "f66666ffff"})
	}
}

func chain(list ...func(*Story)) func(*Story) {
	return func(s *Story) {
		for _, f := range list {
			f(s)
		}
	}
}

func as(kind flows.PostKind, person flows.PersonID) func(*Story) {
	return func(s *Story) { s.Post.Kind, s.Post.Person = kind, person }
}

func topic(name string) func(*Story) {
	return chain(as(flows.PostNotice, "ana"), func(s *Story) { s.Post.Topic = name })
}

func denied(s *Story) {
	second(s)
	s.Request.State, s.Request.ClosedBy, s.Request.Closed, s.Request.Ending = flows.Denied, "ben", clockAt("12:27"), "use the replica"
	s.Decisions = append(s.Decisions, flows.Decision{Person: "ben", Comment: "use the replica", At: clockAt("12:27"), Step: 1})
	s.Entries = append(s.Entries, flows.Entry{Seq: 3, At: clockAt("12:27"), Action: flows.ActDenied, Actor: "ben", Text: "use the replica", Hash: "c3d3e3ffff"})
}

// extension makes it the request R150 for 4 h more of R142's grant.
func extension(s *Story) {
	active(s)
	s.Request.ID, s.Request.State, s.Request.Extends, s.Request.Duration, s.Request.Made = 150, flows.Pending, 17, 4*time.Hour, clockAt("14:00")
	s.Request.StepIndex, s.Request.StepAsked, s.Decisions = 0, clockAt("14:00"), nil
	s.Request.Open = []flows.OpenRequirement{{Key: "manager:1", Words: "your manager", Candidates: []flows.Candidate{{Person: "caro", Right: "manager", Primary: true}}}}
	s.Request.Asked = []flows.Asked{{Person: "caro", Key: "manager:1", Right: "manager"}}
	s.Request.Lapses = clockAt("14:00").Add(24 * time.Hour)
	s.Now = clockAt("14:00")
}

type scene struct {
	name string
	make func(*Story)
}

func play(t *testing.T, file string, scenes []scene) {
	var b strings.Builder
	for _, x := range scenes {
		s := told(t)
		x.make(s)
		fmt.Fprintf(&b, "== %s\n%s\n", x.name, plain(card(s)))
	}
	golden(t, file, b.String())
}

func TestAskersCard(t *testing.T) {
	asker := as(flows.PostAsker, "ana")
	play(t, "asker.txt", []scene{
		{"just asked", asker},
		{"the second step", chain(second, asker)},
		{"on call, with a shift's end", chain(asker, func(s *Story) {
			s.Request.Open = []flows.OpenRequirement{{Key: "shift:pagerduty/P1/0", Words: "somebody on call for SRE primary", Candidates: []flows.Candidate{{Person: "ben", Right: "on call, SRE primary", Until: clockAt("18:00"), Primary: true}}}}
			s.Request.Asked = []flows.Asked{{Person: "ben", Key: "shift:pagerduty/P1/0", Right: "on call, SRE primary", Until: clockAt("18:00")}}
		})},
		{"a guarded group", chain(asker, guarded)},
		{"a guarded group, once the admins are asked", chain(second, guarded, admins, asker)},
		{"a guarded group without admins", chain(second, guarded, admins, asker, func(s *Story) {
			s.Request.Open[0].Candidates, s.Request.Open[0].Fallback, s.Request.Asked = nil, true, nil
		})},
		{"no chat reaches the manager", chain(asker, func(s *Story) { s.Request.Asked[0].Unreached = true })},
		{"the outside does not answer", chain(asker, func(s *Story) {
			s.Request.Trouble = "PagerDuty does not answer"
			s.Request.Open = []flows.OpenRequirement{{Key: "shift:pagerduty/P1/0", Words: "somebody on call for SRE primary", Unknown: "PagerDuty does not answer"}}
		})},
		{"nobody there, so the fallback", chain(asker, func(s *Story) {
			s.Request.Open[0].Fallback, s.Request.Open[0].Candidates = true, []flows.Candidate{{Person: "eve", Right: "one of security", Primary: true}}
			s.Request.Asked = []flows.Asked{{Person: "eve", Key: "manager:1", Right: "one of security"}}
		})},
		{"nobody else in the group, so the fallback", chain(second, asker, func(s *Story) {
			s.Request.Open[0].Fallback, s.Request.Open[0].Candidates = true, []flows.Candidate{{Person: "eve", Right: "one of security", Primary: true}}
			s.Request.Asked = nil
		})},
		{"nobody on call", chain(asker, func(s *Story) {
			s.Request.Asked, s.Request.Open = nil, []flows.OpenRequirement{{Key: "shift:pagerduty/P1/0", Words: "somebody on call for SRE primary", Fallback: true}}
		})},
		{"nobody at all", chain(asker, func(s *Story) { s.Request.Open[0].Candidates, s.Request.Asked = nil, nil })},
		{"not yet looked up", chain(asker, func(s *Story) { s.Request.Open, s.Request.Asked = nil, nil })},
		{"approved, being given", chain(approved, asker)},
		{"approved, Okta does not answer", chain(approved, asker, func(s *Story) { s.Grant.Late = "Okta does not answer" })},
		{"active", chain(active, asker)},
		{"active, an extension asked for", chain(active, asker, func(s *Story) {
			s.Extending = &flows.Request{ID: 150, Duration: 4 * time.Hour, Made: clockAt("14:00")}
		})},
		{"active, cannot be extended, sessions not known", chain(active, asker, func(s *Story) { s.Grant.Extended, s.Residual = 1, flows.Residual{} })},
		{"being taken back", chain(ending(flows.Expired), asker)},
		{"Okta does not answer", chain(ending(flows.Expired), asker, func(s *Story) { s.Grant.Late = "Okta does not answer" })},
		{"another permission", chain(over(flows.Expired, flows.ProofGone), asker, func(s *Story) { s.Grant.Entitlement.Permission = "read" })},
		{"put back by somebody else", chain(ending(flows.Expired), asker, func(s *Story) { s.Holding.Stuck = "…" })},
		{"over", chain(over(flows.Expired, flows.ProofGone), asker)},
		{"given back", chain(over(flows.GivenBack, flows.ProofGone), asker, func(s *Story) { s.Grant.EndBy = "ana" })},
		{"revoked", chain(over(flows.Revoked, flows.ProofGone), asker, func(s *Story) { s.Grant.EndBy, s.Grant.EndWhy = "eve", "laptop <lost>" })},
		{"left", chain(over(flows.PersonLeft, flows.ProofGone), asker)},
		{"no longer exists", chain(over(flows.Expired, flows.ProofTargetGone), asker, func(s *Story) { s.Holding.ProofWords = "the group is gone" })},
		{"attested", chain(over(flows.Expired, flows.ProofAttested), asker)},
		{"another lease goes on", chain(over(flows.Expired, ""), asker, func(s *Story) {
			s.Grant.Released, s.Leaning = "R150", &flows.Grant{Request: 150, State: flows.Active, Ends: clockAt("16:00")}
		})},
		{"was there before", chain(over(flows.Expired, flows.ProofKept), asker, func(s *Story) {
			s.Grant.Released, s.Holding.Before, s.Holding.ProofWords = "before", flows.BeforePresent, "seen by a sync"
		})},
		{"kept by another source", chain(over(flows.Expired, flows.ProofKept), asker, func(s *Story) { s.Holding.ProofWords = "group rule all-engineers" })},
		{"refused for good", chain(approved, asker, func(s *Story) { s.Grant.State, s.Grant.EndWhy = flows.Failed, "Okta says no" })},
		{"dropped", chain(approved, asker, func(s *Story) { s.Grant.State, s.Grant.Cause = flows.Dropped, flows.GivenBack })},
		{"denied", chain(denied, asker)},
		{"canceled", chain(asker, func(s *Story) {
			s.Request.State, s.Request.ClosedBy, s.Request.Closed = flows.Canceled, "ana", clockAt("12:30")
		})},
		{"canceled, because the asker left", chain(asker, func(s *Story) {
			s.Request.State, s.Request.Ending, s.Request.Closed = flows.Canceled, "is no longer active in the directory", clockAt("12:30")
		})},
		{"lapsed", chain(asker, func(s *Story) {
			s.Request.State, s.Request.Closed, s.Now = flows.Lapsed, s.Request.Lapses, s.Request.Lapses
		})},
		{"an extension", chain(extension, asker)},
		{"an extension, approved", chain(extension, asker, func(s *Story) { s.Request.State, s.Grant.Ends = flows.Approved, clockAt("18:30") })},
		{"an extension, too late", chain(extension, asker, func(s *Story) {
			s.Request.State, s.Request.Ending, s.Grant.State = flows.Approved, "The access had already ended.", flows.Ended
		})},
	})
}

// guarded has a group asked for that decides about access.
func guarded(s *Story) {
	s.Resource.Name, s.Resource.Description, s.Request.Guarded = "database-owners", "", true
	s.Flow.Approval.Steps = s.Flow.Approval.Steps[:1]
	s.Flow = s.Flow.As(s.Request)
}

// admins is the step of the two admins.
func admins(s *Story) {
	s.Request.Open = []flows.OpenRequirement{{Key: "admins", Words: "two admins", Lacks: 2, Candidates: []flows.Candidate{
		{Person: "eve", Right: "admin of Hallpass", Primary: true}, {Person: "dan", Right: "admin of Hallpass", Primary: true}}}}
	s.Request.Asked = []flows.Asked{{Person: "eve", Key: "admins", Right: "admin of Hallpass", Step: 1}, {Person: "dan", Key: "admins", Right: "admin of Hallpass", Step: 1}}
	s.Post.Right, s.Post.RightKey = "admin of Hallpass", "admins"
}

// sharedOwnersAndOnCall has the second step want an owner and somebody on call, who may be one person. Ben is both.
func sharedOwnersAndOnCall(s *Story) {
	shift := flows.Selector{Kind: flows.SelectShift, Shift: &flows.Shift{Schedule: "PSRE01"}}
	s.Flow.Approval.Steps[1].All = append(s.Flow.Approval.Steps[1].All, flows.Requirement{From: shift})
	s.Flow.Approval.Steps[1].SamePerson = true
	s.Request.Open[0].Lacks = 1
	s.Request.Open = append(s.Request.Open, flows.OpenRequirement{Key: shift.Key(), Words: "somebody on call for SRE primary", Lacks: 1,
		Candidates: []flows.Candidate{{Person: "ben", Right: "on call, SRE primary", Primary: true}}})
}

func TestApproversCard(t *testing.T) {
	caro, ben := chain(as(flows.PostApprover, "caro"), func(s *Story) { s.Post.Right, s.Post.RightKey = "manager", "manager:1" }),
		chain(as(flows.PostApprover, "ben"), func(s *Story) {
			s.Post.Right, s.Post.RightKey = "one of database-owners", "group:database-owners"
		})
	play(t, "approver.txt", []scene{
		{"first of two", caro},
		{"the last", chain(second, ben)},
		{"on call, asked before and denied", chain(second, ben, func(s *Story) {
			s.Post.Right, s.Post.Until, s.Residual = "on call, SRE primary", clockAt("18:00"), flows.Residual{Known: true}
			s.Earlier = []flows.Request{{ID: 140, State: flows.Denied, Closed: clockAt("12:08"), ClosedBy: "ben", Ending: "use the replica"}, {ID: 90, State: flows.Approved}, {ID: 80, State: flows.Approved}, {ID: 70, State: flows.Denied, Closed: clockAt("12:00").Add(-96 * time.Hour)}}
		})},
		{"no reason, nothing said of the thing, cannot be shorter", chain(second, ben, func(s *Story) {
			s.Request.Reason, s.Resource.Description, s.Flow.HowLong.Choices, s.Flow.HowLong.Custom = "", "", nil, false
		})},
		{"two side by side, then another step", chain(caro, func(s *Story) {
			s.Flow.Approval.Steps[0].All = append(s.Flow.Approval.Steps[0].All, flows.Requirement{From: flows.Selector{Kind: flows.SelectShift, Shift: &flows.Shift{}}})
			s.Flow.Approval.Steps = append(s.Flow.Approval.Steps, flows.Step{All: []flows.Requirement{{From: flows.Selector{Kind: flows.SelectUser, User: "cto@acme.com"}}}})
			s.Request.Open = append(s.Request.Open, flows.OpenRequirement{Key: "shift://0", Words: "somebody on call for SRE primary"})
		})},
		{"one person may meet both of a step", chain(second, ben, sharedOwnersAndOnCall)},
		{"but somebody who is not on call meets one", chain(second, ben, sharedOwnersAndOnCall, func(s *Story) { s.Request.Open[1].Candidates = nil })},
		{"the next step may be met by the same person", chain(caro, func(s *Story) { s.Flow.Approval.Steps[1].SamePerson = true })},
		{"asked again, for a step that the same person may meet", chain(second, caro, sharedOwnersAndOnCall, func(s *Story) {
			s.Post.Right, s.Post.RightKey = "on call, SRE primary", "shift:/PSRE01/0"
			s.Request.Asked = append(s.Request.Asked, flows.Asked{Person: "caro", Key: "shift:/PSRE01/0", Right: "on call, SRE primary", Step: 1})
		})},
		{"one of several, in a later step", chain(caro, func(s *Story) {
			s.Flow.Approval.Steps[1].All = []flows.Requirement{{Any: []flows.Selector{{Kind: flows.SelectOwner, Owner: "team"}, {Kind: flows.SelectGroup, Group: "security"}}}}
		})},
		{"a guarded group, the manager", chain(caro, guarded)},
		{"a guarded group, the first of two admins", chain(second, guarded, admins, as(flows.PostApprover, "eve"))},
		{"two of the same people", chain(second, ben, func(s *Story) { s.Flow.Approval.Steps[1].All[0].N = 2 })},
		{"the last, the first made it shorter", chain(second, ben, func(s *Story) { s.Request.Approved, s.Decisions[0].Duration = time.Hour, time.Hour })},
		{"agreed, more is needed", chain(second, caro)},
		{"agreed, being given", chain(approved, ben)},
		{"agreed by you for less", chain(active, ben, func(s *Story) { s.Decisions[1].Duration = time.Hour })},
		{"agreed by another", chain(active, as(flows.PostApprover, "dan"))},
		{"denied by you", chain(denied, ben)},
		{"denied by another", chain(denied, caro, func(s *Story) { s.Decisions = s.Decisions[1:] })},
		{"you agreed, another denied", chain(denied, caro)},
		{"canceled", chain(second, ben, func(s *Story) {
			s.Request.State, s.Request.ClosedBy, s.Request.Closed = flows.Canceled, "ana", clockAt("12:30")
		})},
		{"lapsed", chain(second, ben, func(s *Story) {
			s.Request.State, s.Request.Closed, s.Now = flows.Lapsed, s.Request.Lapses, s.Request.Lapses
		})},
		{"handed over", chain(second, ben, func(s *Story) { s.Request.Asked[1].Gone = true })},
		{"an extension", chain(extension, caro)},
	})
}

func TestNotices(t *testing.T) {
	warning := as(flows.PostWarning, "ana")
	soon := chain(active, warning, func(s *Story) { s.Grant.Warned, s.Now = true, clockAt("14:18") })
	play(t, "notices.txt", []scene{
		{"you have it", chain(active, topic("have"))},
		{"you have it, and had it before", chain(active, topic("have"), func(s *Story) { s.Holding.Before = flows.BeforePresent })},
		{"you have it, told when it is over", chain(over(flows.Expired, flows.ProofGone), topic("have"))},
		{"denied", chain(denied, topic("denied"))},
		{"canceled", chain(topic("canceled"), func(s *Story) {
			s.Request.State, s.Request.Ending, s.Request.Closed = flows.Canceled, "The policy no longer allows this.", clockAt("12:30")
		})},
		{"lapsed", chain(topic("lapsed"), func(s *Story) {
			s.Request.State, s.Request.Closed, s.Now = flows.Lapsed, s.Request.Lapses, s.Request.Lapses
		})},
		{"taken away early", chain(ending(flows.Revoked), topic("revoked"), func(s *Story) { s.Grant.EndBy, s.Grant.EndWhy = "eve", "laptop lost" })},
		{"over", chain(over(flows.Expired, flows.ProofGone), topic("over"))},
		{"kept", chain(over(flows.Expired, flows.ProofKept), topic("kept"), func(s *Story) { s.Holding.ProofWords = "group rule all-engineers" })},
		{"failed", chain(approved, topic("failed"), func(s *Story) { s.Grant.State, s.Grant.EndWhy = flows.Failed, "Okta says no" })},
		{"trouble at the end", chain(ending(flows.Expired), topic("trouble"), func(s *Story) { s.Grant.Late = "Okta does not answer" })},
		{"trouble before it is given", chain(approved, topic("trouble"))},
		{"trouble that has passed", chain(active, topic("trouble"))},
		{"trouble that has passed, over", chain(over(flows.Expired, flows.ProofGone), topic("trouble"))},
		{"extended", chain(extension, topic("extended"), func(s *Story) { s.Request.State, s.Grant.Ends = flows.Approved, clockAt("18:30") })},
		{"not extended after all", chain(extension, topic("failed"), func(s *Story) {
			s.Request.State, s.Request.Ending = flows.Approved, "OPS-1 is Done; it must be Open or In Progress."
		})},
		{"ends soon", soon},
		{"ends soon, an extension asked for", chain(soon, func(s *Story) {
			s.Extending = &flows.Request{ID: 150, Duration: 4 * time.Hour, Made: clockAt("14:19")}
		})},
		{"ends soon, extended since", chain(soon, func(s *Story) { s.Grant.Warned, s.Grant.Ends = false, clockAt("18:30") })},
		{"ends soon, ended since", chain(ending(flows.Expired), warning)},
		{"ends soon, ended since and noticed late", chain(ending(flows.Expired), warning, func(s *Story) {
			s.Now, s.Entries[len(s.Entries)-1].At = clockAt("17:05"), clockAt("17:04")
		})},
		{"an answer", chain(topic("answer"), func(s *Story) { s.Post.Text = "Ben Okafor has already agreed, at 12:28." })},
		{"an alarm", chain(as(flows.PostAdmin, "eve"), func(s *Story) { s.Post.Text = "Okta has not answered for 5 min." })},
	})
}

// off is a digest for somebody about stories.
func off(who flows.PersonID, about ...func(*Story)) func(*Story) {
	return func(s *Story) {
		s.Now = clockAt("08:00").Add(72 * time.Hour)
		s.Post = flows.Post{Kind: flows.PostDigest, Person: who, Off: &flows.Off{From: clockAt("18:00"), To: s.Now}}
		for i, f := range about {
			x := *s
			x.About = nil
			f(&x)
			x.Post, x.Now, x.Request.ID = s.Post, s.Now, flows.RequestID(142+i)
			if x.Grant != nil {
				x.Grant.Request = x.Request.ID
			}
			s.Post.Off.About = append(s.Post.Off.About, x.Request.ID)
			s.About = append(s.About, &x)
		}
	}
}

func TestDigests(t *testing.T) {
	fresh := func(f ...func(*Story)) func(*Story) {
		return func(s *Story) { *s = *told(t); chain(f...)(s) }
	}
	lapsed := fresh(func(s *Story) {
		s.Request.State, s.Request.Closed = flows.Lapsed, clockAt("08:00").Add(72*time.Hour)
	})
	dropped := fresh(approved, func(s *Story) {
		s.Grant.State, s.Grant.Cause, s.Grant.EndWhy = flows.Dropped, flows.Unfinished, "The time that it was asked for was over before it could be given."
	})
	late := fresh(ending(flows.Expired), func(s *Story) { s.Grant.Late = "Okta does not answer" })
	var many []func(*Story)
	for range digestLines {
		many = append(many, fresh(over(flows.Expired, flows.ProofGone)))
	}
	play(t, "digests.txt", []scene{
		{"everything at once", off("ana", fresh(over(flows.Expired, flows.ProofGone)), fresh(over(flows.Expired, ""), func(s *Story) {
			s.Leaning = &flows.Grant{Request: 150, Ends: clockAt("16:00").Add(72 * time.Hour)}
		}), late, lapsed, dropped, fresh())},
		{"only what ended", off("ana", fresh(over(flows.Expired, flows.ProofGone)))},
		{"an approver", off("caro", fresh(), fresh(second), fresh(denied), lapsed)},
		{"more than fit", chain(off("ana", many...), func(s *Story) { s.Post.Off.About = append(s.Post.Off.About, 190, 191) })},
	})
}

func TestFeed(t *testing.T) {
	feed := as(flows.PostFeed, "")
	play(t, "feed.txt", []scene{
		{"asked", feed},
		{"second step", chain(second, feed)},
		{"the outside does not answer", chain(feed, func(s *Story) { s.Request.Open[0].Unknown = "PagerDuty does not answer" })},
		{"being given", chain(approved, feed)},
		{"active, with a ticket", chain(active, feed, func(s *Story) { s.Request.Ticket = "SEC-483" })},
		{"late", chain(ending(flows.Expired), feed, func(s *Story) { s.Grant.Late = "Okta does not answer" })},
		{"put back", chain(ending(flows.Expired), feed, func(s *Story) { s.Holding.Stuck = "…" })},
		{"over", chain(over(flows.Expired, flows.ProofGone), feed)},
		{"given back", chain(over(flows.GivenBack, flows.ProofGone), feed)},
		{"revoked", chain(over(flows.Revoked, flows.ProofGone), feed)},
		{"held on", chain(over(flows.Expired, ""), feed, func(s *Story) { s.Leaning = &flows.Grant{Request: 150} })},
		{"kept", chain(over(flows.Expired, flows.ProofKept), feed)},
		{"denied", chain(denied, feed)},
		{"lapsed", chain(feed, func(s *Story) { s.Request.State, s.Request.Closed = flows.Lapsed, s.Request.Lapses })},
		{"extension", chain(extension, feed)},
	})
}

func TestThread(t *testing.T) {
	var b strings.Builder
	s := told(t)
	over(flows.Revoked, flows.ProofGone)(s)
	s.Entries = append(s.Entries,
		flows.Entry{Action: flows.ActDenied, Actor: "ben", Text: "use the replica"}, flows.Entry{Action: flows.ActTrouble, Data: map[string]string{"trouble": "PagerDuty does not answer"}},
		flows.Entry{Action: flows.ActFallback, Data: map[string]string{"requirement": "manager:1"}}, flows.Entry{Action: flows.ActReopened},
		flows.Entry{Action: flows.ActCanceled, Actor: "ana"}, flows.Entry{Action: flows.ActLapsed}, flows.Entry{Action: flows.ActNotGiven, Text: "Okta says no"},
		flows.Entry{Action: flows.ActExtended, Data: map[string]string{"by": "4 h", "until": "2026-11-22T18:30:00Z"}}, flows.Entry{Action: flows.ActWarned},
		flows.Entry{Action: flows.ActKept, Data: map[string]string{"source": "group rule all-engineers"}}, flows.Entry{Action: flows.ActPutBack}, flows.Entry{Action: flows.ActLate},
		flows.Entry{Action: flows.ActReminded}, flows.Entry{Action: flows.ActRefused})
	for _, e := range s.Entries {
		if e.Action == flows.ActEnding {
			e.Actor, e.Text = "eve", "laptop lost"
		}
		e.Hash = "0123456789"
		if e.At.IsZero() {
			e.At = clockAt("13:00")
		}
		fmt.Fprintf(&b, "%-26s %s\n", e.Action, plainLine(s.entryLine(e)))
	}
	s.HideTyped = true
	b.WriteString("== without typed text\n")
	fmt.Fprintln(&b, plainLine(s.entryLine(s.Entries[0])))
	golden(t, "thread.txt", b.String())
}

// What somebody typed never stands in our own words, nor in a phone's preview.
func TestTypedTextStaysApart(t *testing.T) {
	s := told(t)
	denied(s)
	for _, kind := range []flows.PostKind{flows.PostAsker, flows.PostApprover, flows.PostFeed, flows.PostNotice} {
		s.Post = flows.Post{Kind: kind, Topic: "denied", Person: "ana"}
		c := card(s)
		for _, typed := range []string{"replay", "use the replica"} {
			if strings.Contains(plainLine(c.Preview), typed) {
				t.Errorf("%s: the preview says %q", kind, typed)
			}
			for _, block := range c.Blocks {
				for _, l := range block.Lines {
					for _, span := range l {
						if strings.Contains(span.Text, typed) {
							t.Errorf("%s: %q stands as our own words", kind, typed)
						}
					}
				}
			}
		}
	}
}
