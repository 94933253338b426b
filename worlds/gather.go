package worlds

import (
	"bytes"
	"slices"
	"strings"

	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/sandbox/slack"
	"hallpass/worlds/checker"
)

// gathered is all that is to be judged.
func (w *World) gathered() (*checker.Story, error) {
	found, err := w.app.Sweep(w.life)
	if err != nil {
		return nil, err
	}
	w.byHand()
	w.mu.Lock()
	heads := slices.Clone(w.heads)
	s := &checker.Story{Begun: w.began, Ended: w.now(), Policies: w.policies, Reads: slices.Clone(w.reads), Facts: w.facts, Troubles: slices.Clone(w.troubles), Acks: slices.Clone(w.acks), Sends: slices.Clone(w.sends),
		Swept: append(w.found, found...), Problems: w.Company.Slack.Problems(), Lag: w.lagged, Clocks: w.clocks}
	w.mu.Unlock()
	for _, p := range sandbox.People() {
		human := p.Okta
		if p.Name == "Finn" { // people.same_human
			human = sandbox.AnaOkta
		}
		s.People = append(s.People, checker.Person{ID: p.Okta, Name: p.Name, Human: human, Account: p.Slack, Allowed: !p.Guest})
	}
	for i, c := range w.Company.Okta.History() {
		if i < len(heads) && isThing(c.Group) {
			s.Changes = append(s.Changes, checker.Change{At: c.At, Thing: c.Group, Who: c.User, Added: c.Added, Ours: c.ByAPI, Head: heads[i]})
		}
	}
	w.gatherMessages(s)
	for _, i := range w.Company.Jira.Issues() {
		if i.Project == sandbox.TicketsProject {
			s.Tickets = append(s.Tickets, checker.Ticket{Key: i.Key, Status: i.Status, Labels: i.Labels, Made: i.Created})
		}
	}
	var log bytes.Buffer
	if _, err := w.app.Store().Export(w.life, &log); err != nil {
		return nil, err
	}
	s.Log = log.Bytes()
	return s, w.app.Store().View(w.life, func(tx flows.Tx) error {
		s.Left, err = leftToDo(tx)
		return err
	})
}

// leftToDo are the intents but for those that always stand: syncs, and looks at what is over by then. A sync that does not stand is missing.
func leftToDo(tx flows.Tx) (left []string, err error) {
	list, err := tx.Intents(flows.IntentFilter{})
	if !slices.ContainsFunc(list, func(i flows.Intent) bool { return i.Kind == flows.IntentSync && i.Subject == "sync/okta" }) {
		left = append(left, "Okta is never looked at again")
	}
	for _, i := range list {
		if i.Kind != flows.IntentSync && i.Kind != flows.IntentTimer && i.Kind != flows.IntentAsk {
			left = append(left, string(i.Kind)+" "+i.Subject+" "+i.LastError)
		}
	}
	return left, err
}

// gatherMessages takes down what stands in Slack, with the threads below.
func (w *World) gatherMessages(s *checker.Story) {
	rooms := map[string]string{sandbox.FeedChannel: sandbox.EveSlack, sandbox.AuditChannel: sandbox.EveSlack}
	order := []string{sandbox.FeedChannel, sandbox.AuditChannel}
	for _, p := range sandbox.People() {
		rooms[w.Company.Slack.DM(p.Slack)] = p.Slack
		order = append(order, w.Company.Slack.DM(p.Slack))
	}
	for _, room := range order {
		list := w.Company.Slack.Messages(room)
		for _, m := range list {
			if m.ThreadTS != "" && m.ThreadTS != m.TS {
				continue
			}
			s.Messages = append(s.Messages, checker.Message{Key: keyIn(string(m.Metadata)), Channel: room, Text: w.Company.Slack.TextFor(m, rooms[room]), Thread: w.thread(list, m, rooms[room])})
		}
		for _, m := range w.Company.Slack.Deleted(room) {
			s.Messages = append(s.Messages, checker.Message{Key: keyIn(string(m.Metadata)), Channel: room, Deleted: true})
		}
	}
}

func (w *World) thread(list []slack.Message, head slack.Message, reader string) string {
	var lines []string
	for _, m := range list {
		if m.ThreadTS == head.TS && m.TS != head.TS {
			lines = append(lines, w.Company.Slack.TextFor(m, reader))
		}
	}
	return strings.Join(lines, "\n")
}
