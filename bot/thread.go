package bot

import (
	"strings"
	"time"

	"hallpass/flows"
)

// entryLine is an entry as a line of the feed's thread: "12:26 Caro Lind agreed as manager   7f3a91". Nil for entries that the thread leaves
// out because another one tells it: they are in the audit log all the same.
func (s *Story) entryLine(e flows.Entry) Line {
	words := s.entry(e)
	if words == nil {
		return nil
	}
	return line(Span{Time: e.At, Form: Clock}, " ", words, gap+e.Short())
}

func (s *Story) entry(e flows.Entry) Line {
	switch e.Action {
	case flows.ActAsked, flows.ActApproved, flows.ActDenied, flows.ActRequestOK, flows.ActReopened, flows.ActCanceled, flows.ActLapsed,
		flows.ActTrouble, flows.ActFallback:
		return s.decidingEntry(e)
	case flows.ActGiven, flows.ActNotGiven, flows.ActExtended, flows.ActWarned, flows.ActEnding, flows.ActTakenBack,
		flows.ActReleased, flows.ActKept, flows.ActPutBack, flows.ActLate, flows.ActLeaver, flows.ActStray, flows.ActStrayKept:
		return s.leaseEntry(e)
	}
	return nil
}

func (s *Story) decidingEntry(e flows.Entry) Line {
	switch e.Action {
	case flows.ActAsked:
		return line("asked", s.shown(e.Text), s.flowOf(e))
	case flows.ActApproved:
		return line(s.name(e.Actor), " agreed", s.as(e), s.forTime(e), s.shown(e.Text))
	case flows.ActDenied:
		return line(s.name(e.Actor), " denied it", s.as(e), s.shown(e.Text))
	case flows.ActRequestOK:
		if len(s.Decisions) > 0 {
			return nil
		}
		return line("approved at once by the flow ", typed(e.Data["flow"]))
	case flows.ActReopened:
		if e.Data["before"] == "automatic" {
			return line("asked again: what it went through by no longer holds, and nothing was given yet")
		}
		return line("asked again: the policy became stricter before anything was given")
	case flows.ActCanceled:
		if e.Actor == "" {
			return line("canceled")
		}
		return line("canceled by ", s.name(e.Actor))
	case flows.ActLapsed:
		return line("lapsed: nobody decided in time")
	case flows.ActTrouble:
		return line("waiting: ", typed(e.Data["trouble"]))
	}
	return line(s.nobody(s.requirementOf(e)), ", so the fallback is asked")
}

func (s *Story) leaseEntry(e flows.Entry) Line {
	switch e.Action {
	case flows.ActGiven:
		if s.Holding != nil && s.Holding.Before == flows.BeforePresent {
			return line("was there before, read in ", typed(s.Target))
		}
		return line("given in ", typed(s.Target), ", read back")
	case flows.ActNotGiven:
		return line("not given", s.shown(e.Text))
	case flows.ActStray:
		return line("found after a restore: Hallpass gave it, and no longer knows why")
	case flows.ActStrayKept:
		return line("kept by ", s.name(e.Actor), s.forTime(e))
	case flows.ActExtended:
		return s.extendedEntry(e)
	case flows.ActWarned:
		return line("warned")
	case flows.ActEnding:
		return s.endingEntry(e)
	case flows.ActTakenBack:
		return s.takenEntry()
	case flows.ActReleased:
		return s.releasedEntry()
	case flows.ActKept:
		return s.keptEntry(e)
	case flows.ActPutBack:
		return line("put back by somebody else; taking it away goes on")
	case flows.ActLate:
		return line("late: ", typed(s.Target), " does not answer")
	}
	return line(s.name(e.Actor), " has left")
}

// requirementOf is the requirement that an entry names by its key, in words.
func (s *Story) requirementOf(e flows.Entry) flows.OpenRequirement {
	o := flows.OpenRequirement{Key: e.Data["requirement"], Words: e.Data["requirement"]}
	for _, known := range s.Request.Open {
		if known.Key == o.Key {
			o.Words = known.Words
		}
	}
	return o
}

// shown is typed text in the feed, unless that is hidden.
func (s *Story) shown(text string) Line {
	if text == "" || s.HideTyped {
		return nil
	}
	return line(": ", quoted(text))
}

func (s *Story) flowOf(e flows.Entry) Line {
	if e.Data["flow"] == "" {
		return nil
	}
	return line(" (flow ", typed(e.Data["flow"]), ")")
}

func (s *Story) as(e flows.Entry) Line {
	if e.Data["as"] == "" {
		return nil
	}
	return line(" as ", typed(e.Data["as"]))
}

func (s *Story) forTime(e flows.Entry) Line {
	if e.Data["for"] == "" {
		return nil
	}
	return line(", for ", typed(e.Data["for"]))
}

func (s *Story) extendedEntry(e flows.Entry) Line {
	l := line("extended by ", typed(e.Data["by"]))
	if until, err := time.Parse(time.RFC3339, e.Data["until"]); err == nil {
		l = line(l, " until ", s.at(until))
	}
	return l
}

// endingEntry tells of ends that somebody brought about; a planned end is told by what follows.
func (s *Story) endingEntry(e flows.Entry) Line {
	switch flows.EndCause(e.Data["cause"]) {
	case flows.GivenBack:
		return line("given back by ", s.name(e.Actor))
	case flows.Revoked:
		return line("revoked by ", s.name(e.Actor), s.shown(e.Text))
	case flows.PersonLeft:
		return line("ending early: the account is no longer active")
	case flows.WasOver:
		return line("over already, in the time that the restored database does not know")
	}
	return nil
}

func (s *Story) takenEntry() Line {
	if s.Holding == nil {
		return line("taken back")
	}
	switch s.Holding.Proof {
	case flows.ProofGone:
		return line("taken back, read twice, gone")
	case flows.ProofTargetGone:
		return line("over; read twice, it no longer exists in ", typed(s.Target))
	case flows.ProofKept:
		return line("over; something else still gives it")
	case flows.ProofAttested:
		return line("over; attested as gone, not proved")
	}
	return line("taken back")
}

func (s *Story) releasedEntry() Line {
	switch {
	case s.Leaning != nil:
		return line("over; held on by " + s.Leaning.Request.String())
	case s.Holding != nil && s.Holding.Proof == flows.ProofKept:
		return nil // the entry after it names what keeps it
	}
	return line("over; something else still holds it")
}

func (s *Story) keptEntry(e flows.Entry) Line {
	if s.Holding != nil && s.Holding.Before == flows.BeforePresent {
		return line("over; there before Hallpass, so it stays")
	}
	if e.Data["source"] == "" {
		return line("over; something else still gives it")
	}
	return line("over; still given by ", typed(e.Data["source"]))
}

// told are the entries that the thread tells of.
func (s *Story) told(list []flows.Entry) []flows.Entry {
	var out []flows.Entry
	for _, e := range list {
		if s.entry(e) != nil {
			out = append(out, e)
		}
	}
	return out
}

// threadCard is one reply: a line for each entry.
func (s *Story) threadCard(list []flows.Entry) Card {
	var lines []Line
	for _, e := range list {
		lines = append(lines, s.entryLine(e))
	}
	var hashes []string
	for _, e := range list {
		hashes = append(hashes, e.Short())
	}
	return Card{Preview: line(s.Request.ID.String(), " "+strings.Join(hashes, " ")), Blocks: []Block{paragraph(lines...)}, Final: true}
}
