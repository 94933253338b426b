package teams

import (
	"context"
	"fmt"
	"net/http"
)

// Option is one entry that a field offers.
type Option struct{ Text, Value string }

// MaxOffered is how many rows of a typeahead are shown. Source: Teams platform, "Typeahead search in Adaptive Cards".
const MaxOffered = 15

const searchType = "application/vnd.microsoft.search.searchResponse"

// Options types a query into a field of the dialog that asks the bot for its choices, and returns what is offered.
func (t *Tenant) Options(ctx context.Context, user, input, query string) ([]Option, error) {
	t.mu.Lock()
	d, err := t.facing(user)
	if err != nil {
		t.mu.Unlock()
		return nil, err
	}
	return t.search(ctx, t.people[user], d.conversation, d.from, d.surface, input, query)
}

// OptionsIn types a query into such a field of a card in a message.
func (t *Tenant) OptionsIn(ctx context.Context, user, where, id, input, query string) ([]Option, error) {
	t.mu.Lock()
	u, c, m, err := t.reading(user, where, id)
	var s *surface
	if err == nil {
		s, err = t.desk(u, m)
	}
	if err != nil {
		t.mu.Unlock()
		return nil, err
	}
	return t.search(ctx, u, c, m, s, input, query)
}

// search asks the bot for choices. The caller holds the lock, which is given back.
func (t *Tenant) search(ctx context.Context, u *User, c *conversation, m *message, s *surface, id, query string) ([]Option, error) {
	input, err := s.input(id)
	asks := object(input, "choices.data")
	if err == nil && asks == nil {
		err = fmt.Errorf("the choices of %s are all on the screen", id)
	}
	if err != nil {
		t.mu.Unlock()
		return nil, err
	}
	value := obj{"queryText": query, "queryOptions": obj{"skip": 0, "top": MaxOffered}, "dataset": asks["dataset"]}
	if text(asks, "associatedInputs") == "auto" {
		others := obj{}
		for _, other := range s.inputs() {
			if v, set := s.value(other); set && text(other, "id") != id {
				others[text(other, "id")] = v
			}
		}
		value["data"] = others
	}
	activity := t.invoke(u, c, m, invokeSearch, value)
	t.mu.Unlock()
	d, err := t.deliver(ctx, activity)
	if err != nil {
		return nil, err
	}
	return t.offer(s, id, d)
}

// offer checks what the bot offers and keeps it for the choice that follows.
func (t *Tenant) offer(s *surface, id string, d Delivered) ([]Option, error) {
	answer, ok := t.answerOf(invokeSearch, d)
	t.mu.Lock()
	defer t.mu.Unlock()
	results, isList := object(answer, "value")["results"].([]any)
	if !ok || d.Status != http.StatusOK || text(answer, "type") != searchType || !isList {
		t.problem("the answer to %s is to be 200 with type %s and value.results, and was %d: %.120q", invokeSearch, searchType, d.Status, d.Body)
		return nil, fmt.Errorf("the field shows no choices: %s", wentWrong(d))
	}
	var offered []Option
	for _, result := range results {
		o, _ := result.(obj)
		if text(o, "title") == "" || text(o, "value") == "" {
			t.problem("the answer to %s has a result without a title or value", invokeSearch)
			continue
		}
		offered = append(offered, Option{Text: text(o, "title"), Value: text(o, "value")})
	}
	if len(offered) > MaxOffered {
		t.problem("the answer to %s has %d results; %d are shown", invokeSearch, len(offered), MaxOffered)
		offered = offered[:MaxOffered]
	}
	s.offered[id] = offered
	t.touch()
	return append([]Option(nil), offered...), nil
}
