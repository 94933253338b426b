package app_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hallpass/flows"
	"hallpass/sandbox"
)

// spine is the life of one request: asked, agreed by two, given, told in Jira and the feed, warned of, ended, proved.
func spine() tale {
	return tale{
		name: "spine", tell: tellSpine,
		keys: []string{"notice/1/have/" + ana.Okta, "warning/1/0", "asker/1", "approver/1/" + caro.Okta + "/0", "approver/1/" + ben.Okta + "/1", "feed/1"},
		lines: map[string][]string{"R1": {"asked: “OPS-1: replay failed payments”", "Caro Lind agreed as manager", "Ben Okafor agreed as on call",
			"given in Okta, read back", "warned", "taken back, read twice, gone"}},
		check: checkSpine,
		few:   []point{{beforeCommit, 2}, {beforeCommit, 30}, {afterCommit, 12}, {afterCommit, 45}, {atCall, 4}, {atCall, 12}, {atCall, 20}},
	}
}

func tellSpine(w *survivors) {
	w.wants(ana, "prod-db for 30m because OPS-1: replay failed payments")
	w.agree("R1", "30 min")
	w.isMember(sandbox.ProdDBGroup, ana)
	w.gets(ana, "R1 · You have prod-db", "Give back")
	w.gets(ana, "You have prod-db (member) until", "(30 min)")
	w.later(21 * time.Minute)
	w.gets(ana, "prod-db ends at")
	w.later(10 * time.Minute)
	w.isNot(sandbox.ProdDBGroup, ana)
	w.gets(ana, "R1 is over.", "you are no longer a member.")
	w.gets(ana, "prod-db ended at")
	w.gets(caro, "Approved by you at", "Ana Silva ha")
	w.gets(ben, "Approved by you at", "Ana Silva ha")
	w.tells("R1", "· taken back at", "SEC-1", "taken back, read twice, gone")
	w.until("the ticket is done", w.c.Jira.Wait, func() bool {
		list := w.tickets()
		return len(list) == 1 && list[0] == "SEC-1 Done, 2 comments"
	})
}

// agree has Caro and Ben agree to a request.
func (w *survivors) agree(request, span string) {
	w.Helper()
	for _, who := range []sandbox.Person{caro, ben} {
		w.insists(who, "approve", []string{request + " ·", "Approve, " + span}, func() bool { return w.told(who, request+" ·", "Approved by you") > 0 })
	}
}

// ticketsOf are the tickets by request, in its order: which is opened first may differ after a death.
func (w *survivors) ticketsOf() []string {
	var out []string
	for _, i := range w.c.Jira.Issues() {
		if i.Project == sandbox.TicketsProject {
			request, _, _ := strings.Cut(i.Summary, " ")
			out = append(out, fmt.Sprintf("%s %s, %d comments", request, i.Status, len(i.Comments)))
		}
	}
	slices.Sort(out)
	return out
}

// tickets are those in the project of Hallpass.
func (w *survivors) tickets() []string {
	var out []string
	for _, i := range w.c.Jira.Issues() {
		if i.Project == sandbox.TicketsProject {
			out = append(out, fmt.Sprintf("%s %s, %d comments", i.Key, i.Status, len(i.Comments)))
		}
	}
	return out
}

func checkSpine(w *survivors, tx flows.Tx) {
	w.Helper()
	if h := w.history(sandbox.ProdDBGroup); h != "+Ana -Ana" || len(w.c.Okta.Members(sandbox.ProdDBGroup)) > 0 {
		w.Errorf("the group saw %s", h)
	}
	for action, n := range map[flows.Action]int{flows.ActAsked: 1, flows.ActApproved: 2, flows.ActRequestOK: 1, flows.ActGiven: 1, flows.ActWarned: 1,
		flows.ActEnding: 1, flows.ActTakenBack: 1, flows.ActAlarm: 0, flows.ActLate: 0, flows.ActTrouble: 0} {
		w.times(tx, action, n)
	}
	g, err := tx.Grant(1)
	if err != nil || g.State != flows.Ended || g.Cause != flows.Expired || g.Released != "" {
		w.Errorf("the grant is %+v, %v", g, err)
		return
	}
	h, err := tx.Holding(g.Holding)
	if err != nil || h.Open || h.Proof != flows.ProofGone || h.SecondRead.Before(h.FirstRead) || h.FirstRead.Before(g.Ends) {
		w.Errorf("the holding is %+v, %v", h, err)
	}
}

// leases are three stories on one group: who was there before stays; of two that overlap the later one ends it; one that crosses the
// removal of another ends in access.
func leases() tale {
	own := func(request string) []string {
		return []string{"notice/" + request + "/have/" + ana.Okta, "asker/" + request, "feed/" + request}
	}
	keys := []string{"notice/1/have/" + finn.Okta, "notice/1/kept/" + finn.Okta, "asker/1", "feed/1", "alarm/kept/1", "warning/2/0"}
	for _, r := range []string{"2", "3", "4"} {
		keys = append(keys, own(r)...)
	}
	return tale{
		name: "leases", tell: tellLeases, keys: keys,
		lines: map[string][]string{
			"R1": {"asked", "approved at once by the flow staging", "was there before, read in Okta", "given back by Finn Berg", "there before Hallpass, so it stays"},
			"R2": {"asked", "approved at once by the flow staging", "given in Okta", "warned", "over; held on by R3"},
			"R3": {"asked", "approved at once by the flow staging", "given in Okta", "given back by Ana Silva", "over; held on by R4|taken back, read twice, gone"},
			"R4": {"asked", "approved at once by the flow staging", "given in Okta", "given back by Ana Silva", "taken back, read twice, gone"},
		},
		check: checkLeases,
		few:   []point{{beforeCommit, 40}, {afterCommit, 80}, {atCall, 25}, {atCall, 32}, {atLeap, 1}},
	}
}

func tellLeases(w *survivors) {
	const group = sandbox.AnalyticsReadGroup
	w.wants(finn, "analytics-read for 1h")
	w.gets(finn, "You have analytics-read (member) until", "You were a member before, and that stays afterwards.")
	w.insists(finn, "give_back", []string{"R1 · You have analytics-read", "Give back"}, func() bool {
		return w.told(finn, "R1 is over.", "You were a member before Hallpass; that stays.") > 0
	})

	w.wants(ana, "analytics-read for 1h")
	w.gets(ana, "R2 · You have analytics-read", "Give back")
	w.wants(ana, "analytics-read for 8h")
	w.gets(ana, "R3 · You have analytics-read", "Give back")
	w.later(55 * time.Minute)
	w.gets(ana, "analytics-read ends at")
	w.later(6 * time.Minute)
	w.gets(ana, "R2 is over.", "You still have analytics-read until", "through R3.")
	if !w.member(group, ana) {
		w.Error("the end of one lease took away what another gives")
	}

	w.opens(ana, "analytics-read for 1h")
	w.takes(ana, "give_back", []string{"R3 · You have analytics-read", "Give back"}, func() bool { return w.told(ana, "R3 is over.") > 0 })
	w.submits(ana)
	w.gets(ana, "R3 is over.")
	w.gets(ana, "R4 · You have analytics-read", "Give back")
	w.rests()
	if !w.member(group, ana) {
		w.Error("a lease that crossed the removal of another ended without access")
	}
	w.insists(ana, "give_back", []string{"R4 · You have analytics-read", "Give back"}, func() bool {
		return w.told(ana, "R4 is over.", "you are no longer a member.") > 0
	})
	w.tells("R4", "taken back, read twice, gone")
}

func checkLeases(w *survivors, tx flows.Tx) {
	w.Helper()
	h := w.history(sandbox.AnalyticsReadGroup)
	if members := w.c.Okta.Members(sandbox.AnalyticsReadGroup); len(members) != 1 || members[0] != finn.Okta || strings.Contains(h, "Finn") || !strings.HasSuffix(h, "-Ana") {
		w.Errorf("the group saw %s and has %v", h, members)
	}
	for action, n := range map[flows.Action]int{flows.ActAsked: 4, flows.ActRequestOK: 4, flows.ActGiven: 4, flows.ActWarned: 1, flows.ActEnding: 4,
		flows.ActAlarm: 0, flows.ActPutBack: 0, flows.ActLate: 0} {
		w.times(tx, action, n)
	}
	holdings, err := tx.Holdings(flows.HoldingFilter{})
	if err != nil || len(holdings) < 2 {
		w.Errorf("there are %d holdings, %v", len(holdings), err)
	}
	for _, h := range holdings {
		want := flows.ProofGone
		if h.Person == flows.PersonID(finn.Okta) {
			want = flows.ProofKept
		}
		if h.Open || h.Proof != want {
			w.Errorf("a holding is %+v", h)
		}
	}
	grants, err := tx.Grants(flows.GrantFilter{})
	if err != nil || len(grants) != 4 || grants[0].Released != flows.ReleasedBefore || grants[1].Released != "R3" || grants[3].Released != "" {
		w.Errorf("the grants are %+v, %v", grants, err)
	}
}

// absence is a grant that ends while Hallpass is dead. It is told with its end only so.
func absence() tale {
	return tale{
		name: "absence", tell: tellAbsence, keys: []string{"notice/1/have/" + ana.Okta, "asker/1", "feed/1"},
		lines: map[string][]string{"R1": {"asked", "approved at once by the flow staging", "given in Okta", "taken back, read twice, gone"}},
		check: checkAbsence,
		few:   []point{{atLeap, 1}},
	}
}

func tellAbsence(w *survivors) {
	w.wants(ana, "analytics-read for 1h")
	w.gets(ana, "R1 · You have analytics-read", "Give back")
	w.gets(ana, "You have analytics-read (member) until")
	w.rests()
	w.later(3 * time.Hour)
	w.gets(ana, "Hallpass was off from", "R1 is over. analytics-read was taken back")
}

func checkAbsence(w *survivors, tx flows.Tx) {
	w.Helper()
	if len(w.ofOff) != 2 {
		w.Errorf("of the time off there is told %v", w.ofOff)
	}
	for action, n := range map[flows.Action]int{flows.ActGiven: 1, flows.ActWarned: 0, flows.ActEnding: 1, flows.ActTakenBack: 1, flows.ActAlarm: 0, flows.ActCameBack: 1} {
		w.times(tx, action, n)
	}
}

// moves are the other things people do: extend, deny with words, cancel, revoke.
func moves() tale {
	keys := []string{"notice/1/have/" + ana.Okta, "notice/2/extended/" + ana.Okta, "notice/3/denied/" + ana.Okta, "notice/1/revoked/" + ana.Okta,
		"approver/1/" + ben.Okta + "/1", "approver/2/" + ben.Okta + "/1"}
	for _, r := range []string{"1", "2", "3", "4"} {
		keys = append(keys, "asker/"+r, "feed/"+r, "approver/"+r+"/"+caro.Okta+"/0")
	}
	return tale{
		name: "moves", tell: tellMoves, keys: keys,
		lines: map[string][]string{
			"R1": {"asked", "Caro Lind agreed", "Ben Okafor agreed", "given in Okta", "extended by 1 h", "revoked by Eve Moreau: “the laptop was lost”", "taken back, read twice, gone"},
			"R2": {"asked", "Caro Lind agreed", "Ben Okafor agreed", "extended by 1 h"},
			"R3": {"asked", "Caro Lind denied it as manager: “use the replica”"},
			"R4": {"asked", "canceled by Ana Silva"},
		},
		check: checkMoves,
		few:   []point{{beforeCommit, 70}, {afterCommit, 100}, {atCall, 45}, {atLeap, 1}},
	}
}

func tellMoves(w *survivors) {
	w.wants(ana, "prod-db for 1h because OPS-1: replay failed payments")
	w.agree("R1", "1 h")
	w.gets(ana, "R1 · You have prod-db", "Extend")
	w.comesTo(ana, func() bool { return w.told(ana, "R2 ·") > 0 }, func() {
		w.brings(ana, "extend", "reason", "R1 · You have prod-db", "Extend")
		w.writes(ana, "reason", "OPS-1: two batches are left")
	})
	w.agree("R2", "1 h")
	w.gets(ana, "You have prod-db (member) until", "now, 1 h more.")
	w.later(time.Hour)
	w.wants(ana, "prod-cache for 1h because OPS-1: replay failed payments")
	w.comesTo(caro, func() bool { return w.told(caro, "R3 ·", "Denied by you") > 0 }, func() {
		w.brings(caro, "deny", "comment", "R3 ·", "Deny…")
		w.writes(caro, "comment", "use the replica")
	})
	w.wants(ana, "prod-cache for 1h because OPS-1: replay failed payments")
	w.insists(ana, "cancel", []string{"R4 ·", "Cancel"}, func() bool { return w.told(ana, "R4 ·", "Canceled at") > 0 })
	if !w.member(sandbox.ProdDBGroup, ana) {
		w.Error("the extension left a gap")
	}
	w.again("Eve revokes", func() bool {
		r, err := w.c.Slack.Slash(w.Context(), eve.Slack, "", "/access", "revoke R1 the laptop was lost")
		return err == nil && r.Err == ""
	})
	w.gets(ana, "R1 is over. Eve Moreau took prod-db away early", "you are no longer a member.")
	w.tells("R1", "taken away early", "taken back, read twice, gone")
}

func checkMoves(w *survivors, tx flows.Tx) {
	w.Helper()
	if h := w.history(sandbox.ProdDBGroup); h != "+Ana -Ana" {
		w.Errorf("the group saw %s", h)
	}
	for action, n := range map[flows.Action]int{flows.ActAsked: 4, flows.ActApproved: 4, flows.ActDenied: 1, flows.ActCanceled: 1, flows.ActGiven: 1, flows.ActWarned: 0,
		flows.ActExtended: 2, flows.ActEnding: 1, flows.ActTakenBack: 1, flows.ActAlarm: 0, flows.ActLate: 0} {
		w.times(tx, action, n)
	}
	for id, want := range map[flows.RequestID]flows.RequestState{1: flows.Approved, 2: flows.Approved, 3: flows.Denied, 4: flows.Canceled} {
		if r, err := tx.Request(id); err != nil || r.State != want {
			w.Errorf("%s is %+v, %v", id, r, err)
		}
	}
	if got := strings.Join(w.ticketsOf(), ", "); got != "R1: Done, 2 comments, R3: Done, 1 comments, R4: Done, 1 comments" {
		w.Errorf("the tickets are %s", got)
	}
}
