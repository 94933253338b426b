package flows

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A flow may ask questions of its own. Their answers are typed text: shown to those who decide, and of no weight in any condition.

// Bounds of a flow's own questions. Slack bears 100 blocks in a form (api.slack.com/surfaces/modals) and 100 options in a choice.
const (
	maxFields  = 20
	maxChoices = 100
	maxAnswer  = 500 // characters
)

// Ticked is the answer of a checkbox that is ticked; one that is not has none.
const Ticked = "yes"

var fieldName = regexp.MustCompile(`^[a-z0-9_]{1,40}$`)

// OwnField begins the name of a form's field that asks one of a flow's own questions.
const OwnField = "own_"

// Key is the field of a form that asks this, as an Error names it.
func (f FormField) Key() string { return OwnField + f.Name }

func (c *checker) fields(list []FormField) {
	if len(list) > maxFields {
		c.say("why.fields", "at most %d questions; a form has no room for more", maxFields)
	}
	seen := map[string]bool{}
	for i, f := range list {
		at := fmt.Sprintf("why.fields[%d]", i)
		switch {
		case !fieldName.MatchString(f.Name):
			c.say(at+".name", "needs a name of small letters, digits and _, at most 40")
		case seen[f.Name]:
			c.say(at+".name", "%s is the name of another question already", f.Name)
		}
		seen[f.Name] = true
		if strings.TrimSpace(f.Label) == "" {
			c.say(at+".label", "say what is asked")
		}
		c.kindOf(at, f)
	}
}

func (c *checker) kindOf(at string, f FormField) {
	switch f.Kind {
	case FieldText, FieldCheckbox, FieldPerson:
		if len(f.Choices) > 0 {
			c.say(at+".choices", "only a choice has choices")
		}
	case FieldChoice:
		if len(f.Choices) == 0 || len(f.Choices) > maxChoices || slices.Contains(f.Choices, "") {
			c.say(at+".choices", "needs what can be chosen, 1 to %d, none of them empty", maxChoices)
		}
	default:
		c.say(at+".kind", "must be text, choice, checkbox or person")
	}
}

// checkAnswers checks the answers to a flow's own questions, and forgets what the flow does not ask.
func (e *Engine) checkAnswers(ctx context.Context, list []FormField, d *Draft) error {
	kept := map[string]string{}
	err := e.store.View(ctx, func(tx Tx) error {
		for _, f := range list {
			answer, err := f.answer(tx, d.Fields[f.Name])
			if err != nil {
				return err
			}
			if answer != "" {
				kept[f.Name] = answer
			}
		}
		return nil
	})
	if err != nil || len(kept) == 0 {
		d.Fields = nil
		return err
	}
	d.Fields = kept
	return nil
}

// answer is what was answered, checked.
func (f FormField) answer(tx Tx, given string) (string, error) {
	given = strings.TrimSpace(given)
	if given == "" {
		if f.Required {
			return "", f.wrong(f.wanted())
		}
		return "", nil
	}
	switch f.Kind {
	case FieldText:
		if utf8.RuneCountInString(given) > maxAnswer {
			return "", f.wrong(fmt.Sprintf("At most %d characters.", maxAnswer))
		}
	case FieldChoice:
		if !slices.Contains(f.Choices, given) {
			return "", f.wrong("Choose " + Join(f.Choices, "or") + ".")
		}
	case FieldCheckbox:
		if given != Ticked {
			return "", f.wrong("Tick it, or leave it.")
		}
	case FieldPerson:
		p, err := tx.Person(PersonID(given))
		if ignoreMissing(err) != nil {
			return "", err
		}
		if err != nil || !p.Active() {
			return "", f.wrong("Choose somebody from the list; this is nobody who works here.")
		}
	}
	return given, nil
}

func (f FormField) wanted() string {
	switch f.Kind {
	case FieldChoice:
		return "Choose " + Join(f.Choices, "or") + "."
	case FieldCheckbox:
		return "Tick this to ask."
	case FieldPerson:
		return "Choose somebody from the list."
	}
	return "Fill this in; it is shown to those who decide."
}

func (f FormField) wrong(sentence string) *Error {
	return &Error{Kind: KindInvalid, Field: f.Key(), Sentence: sentence}
}

// typed is all that the asker typed or chose, for the salted text of the entry.
func (r *Request) typed(tx Tx, list []FormField) string {
	out := []string{}
	if r.Reason != "" {
		out = append(out, r.Reason)
	}
	for _, f := range list {
		answer := r.Fields[f.Name]
		if f.Kind == FieldPerson && answer != "" {
			answer = nameOf(tx, PersonID(answer))
		}
		if answer != "" {
			out = append(out, f.Label+": "+answer)
		}
	}
	return strings.Join(out, "\n")
}
