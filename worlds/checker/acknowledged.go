package checker

import (
	"slices"
	"strings"
	"time"
)

// acknowledged: whatever was taken in came to something, each to something of its own. What was taken in while a system was not well may have come
// too late to count.
func (j *judge) acknowledged() {
	seen := map[string]bool{}
	of := map[int64]Ack{} // what an entry came of
	for _, a := range j.s.Acks {
		again := seen[a.Key]
		seen[a.Key] = true
		if again || !j.well(a.At, a.At.Add(12*time.Minute), "okta", "slack", "pagerduty", "jira") {
			continue
		}
		if !j.came(a, of, map[int64]bool{}) {
			j.fail("%s: %s of %s (R%d G%d) was taken in, and nothing ever came of it", clock(a.At), a.Kind, a.Account, a.Request, a.Grant)
		}
	}
}

// came finds an entry for something taken in. One that is found already for something else may go to this where that has another.
func (j *judge) came(a Ack, of map[int64]Ack, tried map[int64]bool) bool {
	for _, e := range j.log {
		if tried[e.Seq] || e.At.Before(a.At.Add(-time.Second)) || !j.couldBeOf(e, a) {
			continue
		}
		tried[e.Seq] = true
		if other, taken := of[e.Seq]; !taken || j.came(other, of, tried) {
			of[e.Seq] = a
			return true
		}
	}
	return false
}

// cameOf are the entries that something taken in comes to, by its kind. A refusal is one too.
var cameOf = map[string][]string{"ask": {"asked"}, "extend": {"asked"}, "decide": {"agreed", "denied"}, "cancel": {"canceled", "not given", "ending"},
	"give back": {"ending", "not given"}, "revoke": {"ending", "not given"}, "release": {"policy released", "policy loaded"}}

func (j *judge) couldBeOf(e Entry, a Ack) bool {
	if e.Action == "refused" && strings.HasSuffix(e.Via, "/"+a.Account) {
		return true
	}
	p := ""
	for _, x := range j.s.People {
		if x.Account == a.Account {
			p = x.ID
		}
	}
	mine := strings.HasSuffix(e.Via, "/"+a.Account) || e.Actor == p && p != ""
	about := a.Grant == 0 || e.Grant == a.Grant || e.Action == "asked"
	if a.Request != 0 && a.Grant == 0 {
		about = e.Request == a.Request
	}
	if r := j.requests[e.Request]; e.Action == "not given" && r != nil { // names no actor
		mine = r.asked.Actor == p || a.Kind == "revoke"
	}
	return mine && about && slices.Contains(cameOf[a.Kind], e.Action)
}
