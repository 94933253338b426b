package checker

import (
	"fmt"
	"time"
)

// What the checker grants.
const (
	factsLast  = 65 * time.Second // a fact that gives authority may be a minute old
	endWithin  = 4 * time.Minute  // an end is proved by then once its target and Hallpass have been well for so long
	tickGrace  = 90 * time.Second // what falls due is done by then
	proofGap   = 20 * time.Second // between the two reads of a proof
	syncEvery  = 30 * time.Minute
	clocksPart = 2 * time.Minute // by more than that the clock is off, and nothing new is given
)

// Check says in sentences what does not hold. Nothing is what should come back.
func Check(s *Story) []string {
	j := &judge{s: s, requests: map[int64]*request{}, grants: map[int64]*grant{}}
	var err error
	if j.log, err = read(s.Log); err != nil {
		j.fail("%v", err)
		return j.wrong
	}
	j.setRight()
	j.sort()
	for _, look := range []func(){j.deciding, j.outcomes, j.approvals, j.giving, j.writes, j.ends, j.proofs, j.acknowledged, j.warnings, j.atTheEnd, j.messages, j.tickets, j.fallbacks, j.leavers} {
		look()
	}
	return j.wrong
}

type judge struct {
	s        *Story
	log      []Entry
	requests map[int64]*request
	grants   map[int64]*grant
	policies []Entry // "policy loaded", in order
	wrong    []string
}

func (j *judge) fail(format string, args ...any) {
	j.wrong = append(j.wrong, fmt.Sprintf(format, args...))
}

func clock(t time.Time) string { return t.Format("02 15:04:05.0") }
