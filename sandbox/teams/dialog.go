package teams

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
)

// Dialog is a task module on somebody's screen, as it stands now.
type Dialog struct {
	User   string
	Title  string
	Card   json.RawMessage
	Values map[string]string // what the fields hold, by id
	Errors map[string]string // what the client objects to, under the fields
	Drawn  int               // how often the bot drew it
}

// dialog is a Dialog with its card decoded.
type dialog struct {
	*surface
	user, title  string
	conversation *conversation
	from         *message // whose button opened it
	drawn        int
}

// Submitted is what a person sees after pressing a button of a dialog.
type Submitted struct {
	Closed bool
	Text   string            // what the bot says in place of the dialog; it closes with a click
	Errors map[string]string // under the fields, when the client sent nothing
	Dialog *Dialog           // what is on the screen now, nil when nothing is
	Err    string            // the client's words when the bot did not answer or answered nonsense; the dialog stays
}

// Dialog is what is open on a person's screen, nil when nothing is.
func (t *Tenant) Dialog(user string) *Dialog {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.dialogs[user].snapshot()
}

func (d *dialog) snapshot() *Dialog {
	if d == nil {
		return nil
	}
	out := &Dialog{User: d.user, Title: d.title, Card: encode(d.card), Errors: maps.Clone(d.errors), Values: map[string]string{}, Drawn: d.drawn}
	for _, input := range d.inputs() {
		out.Values[text(input, "id")], _ = d.value(input)
	}
	return out
}

// Sizes of a dialog that have names; others are pixels.
var dialogSizes = map[any]bool{nil: true, "small": true, "medium": true, "large": true}

// open shows a dialog, in place of one that is open already; nil when the bot's answer is none. The caller holds the lock.
func (t *Tenant) open(u *User, c *conversation, from *message, task obj) *Dialog {
	value := object(task, "value")
	attached := object(value, "card")
	card := object(attached, "content")
	switch {
	case value["url"] != nil:
		t.problem("dialogs with a web page are not drawn here")
		return nil
	case card == nil || text(attached, "contentType") != CardType:
		t.problem("the dialog has no card: its value needs card.contentType and card.content")
		return nil
	case text(value, "title") == "":
		t.problem("the dialog has no title")
	}
	for _, side := range []string{"width", "height"} {
		if _, pixels := value[side].(float64); !pixels && !dialogSizes[value[side]] {
			t.problem("the %s of the dialog is %v; it may be small, medium, large or a number of pixels", side, value[side])
		}
	}
	t.reviewCard("dialog "+text(value, "title"), card, nil)
	d := &dialog{surface: newSurface(card, u.OldClient), user: u.ID, title: text(value, "title"), conversation: c, from: from, drawn: 1}
	if have := t.dialogs[u.ID]; have != nil {
		d.drawn = have.drawn + 1
	}
	t.dialogs[u.ID] = d
	t.touch()
	return d.snapshot()
}

// Fill types or chooses in the dialog on a person's screen. The bot hears of it with the submission.
func (t *Tenant) Fill(user, input string, v Value) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	d, err := t.facing(user)
	if err != nil {
		return err
	}
	defer t.touch()
	return d.fill(input, v)
}

// FillIn types or chooses in a card that stands in a message. The bot hears of it when a button is pressed.
func (t *Tenant) FillIn(user, where, id, input string, v Value) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	u, _, m, err := t.reading(user, where, id)
	if err != nil {
		return err
	}
	s, err := t.desk(u, m)
	if err != nil {
		return err
	}
	defer t.touch()
	return s.fill(input, v)
}

// facing finds the dialog a person looks at. The caller holds the lock.
func (t *Tenant) facing(user string) (*dialog, error) {
	u, err := t.person(user)
	if err != nil {
		return nil, err
	}
	d := t.dialogs[user]
	if d == nil {
		return nil, fmt.Errorf("%s has no dialog on the screen", u.Name)
	}
	return d, nil
}

// CloseDialog closes the dialog with its cross; the bot does not hear of it.
func (t *Tenant) CloseDialog(user string) { t.change(func() { delete(t.dialogs, user) }) }

// Submit presses a button of the dialog, named by its words or id; the only one when name is empty. Fields are first checked as the client does.
func (t *Tenant) Submit(ctx context.Context, user, name string) (Submitted, error) {
	t.mu.Lock()
	d, err := t.facing(user)
	var b button
	if err == nil {
		b, err = d.submitter(name)
	}
	if err != nil {
		t.mu.Unlock()
		return Submitted{}, err
	}
	if !d.check(b.inputs) {
		t.touch()
		defer t.mu.Unlock()
		return Submitted{Errors: maps.Clone(d.errors), Dialog: d.snapshot()}, nil
	}
	data, clashes := d.gather(b)
	for _, field := range clashes {
		t.problem("button %q of the dialog: data and a field share the name %q; the field wins", text(b.action, "title"), field)
	}
	u := t.people[user]
	activity := t.invoke(u, d.conversation, d.from, invokeSubmit, obj{"data": data, "context": obj{"theme": "default"}})
	t.mu.Unlock()
	answered, err := t.deliver(ctx, activity)
	if err != nil {
		return Submitted{}, err
	}
	return t.submitted(u, d, answered), nil
}

// submitter finds a button that submits.
func (d *dialog) submitter(name string) (button, error) {
	if name != "" {
		b, err := d.button(name)
		if err == nil && b.kind() != "Action.Submit" {
			err = fmt.Errorf("the button %q of the dialog submits nothing", name)
		}
		return b, err
	}
	var all []button
	for _, b := range d.buttons() {
		if b.kind() == "Action.Submit" {
			all = append(all, b)
		}
	}
	if len(all) != 1 {
		return button{}, fmt.Errorf("the dialog has %d buttons that submit: name one", len(all))
	}
	return all[0], nil
}

// submitted puts the answer to a submission on the screen.
func (t *Tenant) submitted(u *User, d *dialog, answered Delivered) Submitted {
	answer, ok := t.answerOf(invokeSubmit, answered)
	t.mu.Lock()
	defer t.mu.Unlock()
	if !ok {
		return Submitted{Err: wentWrong(answered), Dialog: d.snapshot()}
	}
	task := object(answer, "task")
	switch kind := text(task, "type"); {
	case len(answer) == 0 || answer["task"] == nil && len(answer) == 0:
		t.shut(u.ID)
		return Submitted{Closed: true}
	case kind == "message":
		t.shut(u.ID)
		return Submitted{Closed: true, Text: text(task, "value")}
	case kind == "continue":
		if opened := t.open(u, d.conversation, d.from, task); opened != nil {
			return Submitted{Dialog: opened}
		}
	default:
		t.problem("the answer to %s is neither empty nor a task: %.120q", invokeSubmit, answered.Body)
	}
	return Submitted{Err: SomethingWentWrong, Dialog: d.snapshot()}
}

// shut closes a person's dialog. The caller holds the lock.
func (t *Tenant) shut(user string) {
	delete(t.dialogs, user)
	t.touch()
}
