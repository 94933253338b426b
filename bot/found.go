package bot

import (
	"fmt"
	"maps"
	"slices"

	"hallpass/flows"
)

// found is what came to light after the database had been set back to an older copy, and what an admin can still say about it.
type found struct {
	recovery  *flows.Recovery // under way; nil when none is
	leases    []*Story        // given by Hallpass itself, each with an end
	questions []Story         // nobody can tell who gave them: the person and the thing
	keys      []flows.Question
	more      int
}

// foundShown is how many of each kind Home shows at once.
const foundShown = 10

// How long the buttons keep what was found.
const (
	keepHours = "8h"
	keepWeek  = "7d"
)

func (b *Bot) readFound(tx flows.Tx) (f found, err error) {
	if f.recovery, err = flows.ReadRecovery(tx); err != nil {
		return f, err
	}
	list, err := tx.Grants(flows.GrantFilter{States: []flows.GrantState{flows.Active}, Limit: activeRead})
	if err != nil {
		return f, err
	}
	for _, g := range list {
		r, err := tx.Request(g.Request)
		if err != nil {
			return f, err
		}
		if !r.Stray {
			continue
		}
		if len(f.leases) == foundShown {
			f.more++
			continue
		}
		s, err := b.read(tx, r.ID, g.ID)
		if err != nil {
			return f, err
		}
		f.leases = append(f.leases, s)
	}
	return f, b.readQuestions(tx, &f)
}

func (b *Bot) readQuestions(tx flows.Tx, f *found) error {
	list, err := flows.Questions(tx)
	if err != nil {
		return err
	}
	f.more += max(0, len(list)-foundShown)
	people := map[flows.PersonID]flows.Person{}
	for _, q := range list[:min(len(list), foundShown)] {
		if err := readNames(tx, people, []flows.PersonID{q.Person}); err != nil {
			return err
		}
		r, err := tx.Resource(q.Entitlement.ResourceKey)
		if missing(err) != nil {
			return err
		}
		if r.Name == "" {
			r.Name = q.Entitlement.ID
		}
		f.keys = append(f.keys, q)
		f.questions = append(f.questions, Story{Resource: r, People: people})
	}
	return nil
}

// blocks are the section of Home about it; none when nothing was found and nothing is being looked for.
func (f found) blocks() []Block {
	var rows []row
	if r := f.recovery; r != nil {
		rows = append(rows, recoveryRow(r))
	}
	for _, s := range f.leases {
		rows = append(rows, strayRow(s))
	}
	for i, q := range f.keys {
		rows = append(rows, questionRow(&f.questions[i], q))
	}
	if len(rows) == 0 {
		return nil
	}
	out := section("Found after a restore", rows, "")
	if f.more > 0 {
		out = append(out, small(line(fmt.Sprintf("And %d more, shown as these are settled.", f.more))))
	}
	return out
}

func recoveryRow(r *flows.Recovery) row {
	l := line("Since ", Span{Time: r.Since, Form: DayClock}, " nothing new is given: ", typed(r.Why), ". Targets are asked what Hallpass did that its database does not know.")
	for _, name := range slices.Sorted(maps.Keys(r.Trouble)) {
		l = line(l, " ", typed(name), ": ", typed(r.Trouble[name]), ".")
	}
	return row{Line: l}
}

func strayRow(s *Story) row {
	value, about := s.Grant.ID.String(), s.Request.ID.String()+", "+s.Resource.Name
	return row{
		Line: line(s.Request.ID.String(), "  ", s.name(s.Grant.Person), " → ", s.what(), s.until(s.Grant), ". Hallpass gave it, and no longer knows why."),
		Buttons: []Button{
			keepButton(ActKeepHours, keepHours, value, about), keepButton(ActKeepWeek, keepWeek, value, about),
			{Action: ActTakeFound, Label: "Take away", Value: flows.StrayTake + "/" + value, Style: Danger, Hint: "Take away " + about},
		},
	}
}

func questionRow(s *Story, q flows.Question) row {
	return row{
		Line: line(s.name(q.Person), " has ", typed(s.Resource.Name), " (", typed(q.Entitlement.Permission), "), and nobody can tell who gave it: ", typed(q.Why), "."),
		Buttons: []Button{
			{Action: ActLeaveFound, Label: "Not Hallpass’s", Value: flows.StrayLeft + "/" + q.Key, Hint: "It is not Hallpass’s and stays: " + s.Resource.Name},
			keepButton(ActKeepHours, keepHours, q.Key, s.Resource.Name),
			{Action: ActTakeFound, Label: "Take away", Value: flows.StrayTake + "/" + q.Key, Style: Danger, Hint: "Take away " + s.Resource.Name},
		},
	}
}

func keepButton(act Action, span, key, about string) Button {
	return Button{Action: act, Label: "Keep " + span, Value: flows.StrayKeep + " " + span + "/" + key, Hint: "Keep " + about + " for " + span}
}
