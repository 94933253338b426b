package teams

import "strings"

// Rules for what Teams adds to Adaptive Cards, or treats in its own way.

// refresh is {action, userIds}.
func refresh(c *checker, at string, v any) {
	o, _ := v.(obj)
	c.object(at, o, shape{[]string{"action"}, map[string]rule{"action": selectAction, "userIds": refreshers, "expires": words}})
	if text(object(o, "action"), "type") != "Action.Execute" {
		c.fail(at, "its action is no Action.Execute")
	}
	if c.version < executeSince {
		c.fail(at, "it needs a card of version %v", executeSince)
	}
}

// refreshers are people by the ids that this bot knows them by.
func refreshers(c *checker, at string, v any) {
	seen := map[any]bool{}
	n := each(c, at, v, func(at string, v any) {
		id, _ := v.(string)
		switch {
		case !strings.HasPrefix(id, "29:"):
			c.fail(at, "%q is not the 29: id of a person", id)
		case c.known != nil && !c.known(id):
			c.fail(at, "nobody has the id %s", id)
		case seen[id]:
			c.fail(at, "%s stands twice", id)
		}
		seen[id] = true
	})
	if n > MaxRefreshers {
		c.fail(at, "%d people; a card refreshes itself for %d", n, MaxRefreshers)
	}
}

// dataQuery asks the bot for choices while a person types.
func dataQuery(c *checker, at string, v any) {
	o, _ := v.(obj)
	c.object(at, o, shape{[]string{"type", "dataset"}, map[string]rule{"type": oneOf("Data.Query"), "dataset": words, "associatedInputs": oneOf("auto", "none"),
		"count": number, "skip": number}})
}

// resetInputs empties inputs that hang on another.
func resetInputs(c *checker, at string, v any) {
	o, _ := v.(obj)
	c.object(at, o, shape{[]string{"type", "targetInputIds"}, map[string]rule{"type": oneOf("Action.ResetInputs"),
		"targetInputIds": func(c *checker, at string, v any) { each(c, at, v, func(at string, v any) { words(c, at, v) }) }}})
}

// teamsFields is the msteams object of a card.
func teamsFields(c *checker, at string, v any) {
	o, _ := v.(obj)
	c.object(at, o, shape{nil, map[string]rule{"width": oneOf("full"), "entities": anything, "allowExpand": yesNo}})
}
