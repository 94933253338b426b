package slack

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// facing finds the view a person is looking at: their topmost modal, or their Home. The caller holds the lock.
func (w *Workspace) facing(user, viewID string) (*User, *view, error) {
	u, err := w.person(user)
	if err != nil {
		return nil, nil, err
	}
	for _, v := range []*view{w.top(user), w.homes[user]} {
		if v != nil && v.id == viewID {
			return u, v, nil
		}
	}
	return nil, nil, fmt.Errorf("%s: %w", u.RealName, errNoView)
}

// PressInView presses a button in a modal.
func (w *Workspace) PressInView(ctx context.Context, user, viewID, actionID string) error {
	return w.use(ctx, user, viewID, "", actionID, Value{})
}

// PressHome presses a button on the person's Home tab.
func (w *Workspace) PressHome(ctx context.Context, user, actionID string) error {
	home := w.Home(user)
	if home == nil {
		return fmt.Errorf("nothing was published on the Home tab of %s", user)
	}
	return w.use(ctx, user, home.ID, "", actionID, Value{})
}

// Fill types or chooses in a modal or on a Home tab. The app hears of it when the element stands outside an input block, or when
// its input has dispatch_action; otherwise with the submission. blockID may be empty when the action_id stands once.
func (w *Workspace) Fill(ctx context.Context, user, viewID, blockID, actionID string, value Value) error {
	return w.use(ctx, user, viewID, blockID, actionID, value)
}

func (w *Workspace) use(ctx context.Context, user, viewID, blockID, actionID string, given Value) error {
	w.mu.Lock()
	payload, err := w.usedInView(user, viewID, blockID, actionID, given)
	w.mu.Unlock()
	if err != nil || payload == nil {
		return err
	}
	_, err = w.ask(ctx, kindInteractive, "block_actions "+actionID, payload)
	return err
}

// usedInView changes the view's state and gives the payload to send, nil when the app is not told. The caller holds the lock.
func (w *Workspace) usedInView(user, viewID, blockID, actionID string, given Value) (obj, error) {
	u, v, err := w.facing(user, viewID)
	if err != nil {
		return nil, err
	}
	block, e, err := find(v.blocks(), blockID, actionID)
	if err != nil {
		return nil, err
	}
	at := place{fmt.Sprint(block["block_id"]), fmt.Sprint(e["action_id"])}
	action, value, err := w.act(block, e, given, v.offered[at.block+"/"+at.action])
	if err != nil {
		return nil, err
	}
	if value != nil {
		v.put(at.block, at.action, value)
		delete(v.errors, at.block)
		w.touch()
	}
	if block["type"] == "input" && block["dispatch_action"] != true {
		return nil, nil
	}
	payload := w.interaction("block_actions", u)
	maps.Copy(payload, obj{"container": obj{"type": "view", "view_id": v.id}, "view": w.viewJSON(v), "actions": []any{action},
		"trigger_id": w.newTrigger(user, v.id)})
	return payload, nil
}

// Option is one entry a menu offers.
type Option struct {
	Text, Value, Description, Group string
}

// Options types a query into an external menu and returns what the app offers. A query shorter than min_query_length asks nothing.
func (w *Workspace) Options(ctx context.Context, user, viewID, blockID, actionID, query string) ([]Option, error) {
	w.mu.Lock()
	u, v, err := w.facing(user, viewID)
	var block, e obj
	if err == nil {
		block, e, err = find(v.blocks(), blockID, actionID)
	}
	if err == nil && !strings.Contains(fmt.Sprint(e["type"]), "external_select") {
		err = fmt.Errorf("%s is a %s, whose options are all on the screen", actionID, e["type"])
	}
	if err != nil || length(query) < limitOf(e, "min_query_length", MinQuery) {
		w.mu.Unlock()
		return nil, err
	}
	payload := w.interaction("block_suggestion", u)
	maps.Copy(payload, obj{"block_id": block["block_id"], "action_id": e["action_id"], "value": query, "view": w.viewJSON(v),
		"container": obj{"type": "view", "view_id": v.id}})
	at := fmt.Sprint(block["block_id"]) + "/" + fmt.Sprint(e["action_id"])
	w.mu.Unlock()
	answer, err := w.ask(ctx, kindInteractive, "block_suggestion "+actionID, payload)
	if err != nil {
		return nil, err
	}
	return w.offer(v, at, answer)
}

// offer checks the options of an acknowledgement and keeps them for the choice that follows.
func (w *Workspace) offer(v *view, at string, answer any) ([]Option, error) {
	body, _ := answer.(obj)
	c := &checker{surface: "modal"}
	each := option(plain(OptionText), nil)
	groups := object(rules{"label": plain(OptionText), "options": list(1, SelectOptions, each)}, nil)
	c.object("", body, nil, rules{"options": list(0, SelectOptions, each), "option_groups": list(0, SelectOptions, groups)})
	if body["options"] == nil && body["option_groups"] == nil {
		c.fail("", "missing required field: options")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(c.wrong) > 0 {
		w.problem("the answer to a block_suggestion was refused: %s", strings.Join(c.wrong, "; "))
		return nil, fmt.Errorf("the menu shows no options: %s", strings.Join(c.wrong, "; "))
	}
	v.offered[at] = optionsOf(body)
	var out []Option
	groupOf := map[string]string{}
	list, _ := body["option_groups"].([]any)
	for _, raw := range list {
		group, _ := raw.(obj)
		for _, o := range optionsOf(group) {
			groupOf[fmt.Sprint(o["value"])] = wordsOf(group["label"])
		}
	}
	for _, o := range v.offered[at] {
		value := fmt.Sprint(o["value"])
		out = append(out, Option{Text: label(o), Value: value, Description: wordsOf(o["description"]), Group: groupOf[value]})
	}
	return out, nil
}

// wordsOf is the text of a text object.
func wordsOf(v any) string {
	o, _ := v.(obj)
	s, _ := o["text"].(string)
	return s
}

// Submitted is what a person sees after pressing a modal's submit button.
type Submitted struct {
	Closed bool              // the whole stack is gone
	Errors map[string]string // under the fields, by block_id: the client's own or the app's
	View   *View             // what is on top now, nil when nothing is
	Err    string            // the client's words when the app did not answer or answered nonsense
}

// TroubleConnecting is what Slack's client says in a modal when the app did not answer properly.
const TroubleConnecting = "We had some trouble connecting. Try again?"

// Submit presses the submit button of the topmost modal. Fields are first checked as Slack's client does.
func (w *Workspace) Submit(ctx context.Context, user, viewID string) (Submitted, error) {
	w.mu.Lock()
	u, v, err := w.facing(user, viewID)
	switch {
	case err != nil:
	case v.text("type") != "modal":
		err = fmt.Errorf("a Home tab has no submit button")
	case v.words("submit") == "" && v.hasInput():
		err = fmt.Errorf("the modal has no submit button")
	}
	if err != nil {
		w.mu.Unlock()
		return Submitted{}, err
	}
	if v.errors = v.objections(); len(v.errors) > 0 {
		w.touch()
		defer w.mu.Unlock()
		return Submitted{Errors: maps.Clone(v.errors), View: v.snapshot()}, nil
	}
	payload := w.interaction("view_submission", u)
	payload["view"], payload["trigger_id"], payload["response_urls"] = w.viewJSON(v), w.newTrigger(user, v.id), []any{}
	about := "view_submission " + v.text("callback_id")
	w.mu.Unlock()
	answer, err := w.ask(ctx, kindInteractive, about, payload)
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		return Submitted{Err: TroubleConnecting, View: w.top(user).snapshot()}, outside(err)
	}
	return w.respond(v, answer), nil
}

func (v *view) hasInput() bool {
	return slices.ContainsFunc(v.blocks(), func(raw any) bool { return raw.(obj)["type"] == "input" })
}

// objections are what the client says under the fields.
func (v *view) objections() map[string]string {
	wrong := map[string]string{}
	for _, raw := range v.blocks() {
		block, _ := raw.(obj)
		if block["type"] != "input" {
			continue
		}
		e, _ := block["element"].(obj)
		id := fmt.Sprint(block["block_id"])
		if said := fieldError(block, v.values[id][fmt.Sprint(e["action_id"])]); said != "" {
			wrong[id] = said
		}
	}
	return wrong
}

// respond does what the acknowledgement of a submission says.
func (w *Workspace) respond(v *view, answer any) Submitted {
	w.mu.Lock()
	defer w.mu.Unlock()
	body, _ := answer.(obj)
	action, _ := body["response_action"].(string)
	var err error
	switch {
	case len(body) == 0:
		w.pop(v)
	case action == "clear":
		w.stacks[v.user] = nil
	case action == "errors":
		err = v.complain(body["errors"])
	case action == "update" || action == "push":
		err = w.replaceOrPush(v, action, body["view"])
	default:
		err = fmt.Errorf("it has no response_action that Slack knows: %q", action)
	}
	w.touch()
	if err != nil {
		w.problem("the answer to view_submission %s was refused: %s", v.text("callback_id"), err)
		return Submitted{Err: TroubleConnecting, View: w.top(v.user).snapshot()}
	}
	return Submitted{Closed: len(w.stacks[v.user]) == 0, Errors: maps.Clone(v.errors), View: w.top(v.user).snapshot()}
}

// complain puts the app's errors under the fields; each must name an input block.
func (v *view) complain(raw any) error {
	given, _ := raw.(obj)
	if len(given) == 0 {
		return fmt.Errorf("response_action errors came without errors")
	}
	said := map[string]string{}
	for id, words := range given {
		input := slices.ContainsFunc(v.blocks(), func(raw any) bool {
			block, _ := raw.(obj)
			return block["block_id"] == id && block["type"] == "input"
		})
		text, isText := words.(string)
		if !input || !isText || text == "" {
			return fmt.Errorf("the error for %q is not a sentence for an input block of the view", id)
		}
		said[id] = text
	}
	v.errors = said
	return nil
}

func (w *Workspace) replaceOrPush(v *view, action string, raw any) error {
	def, err := checkView(raw, "modal")
	switch {
	case err != nil:
		return err
	case action == "update":
		w.redraw(v, def)
	case len(w.stacks[v.user]) >= ViewStack:
		return apiError{code: "push_limit_reached"}
	default:
		w.push(w.draw(def, v.user))
	}
	return nil
}

// CloseView presses the close button of the topmost modal; with clear_on_close the whole stack goes. The app is told of every view
// that asked for it with notify_on_close.
func (w *Workspace) CloseView(ctx context.Context, user, viewID string) error {
	return w.closeViews(ctx, user, viewID, false)
}

// CloseAll presses the X of the topmost modal: the whole stack goes.
func (w *Workspace) CloseAll(ctx context.Context, user, viewID string) error {
	return w.closeViews(ctx, user, viewID, true)
}

func (w *Workspace) closeViews(ctx context.Context, user, viewID string, all bool) error {
	w.mu.Lock()
	u, v, err := w.facing(user, viewID)
	if err == nil && v.text("type") != "modal" {
		err = fmt.Errorf("a Home tab cannot be closed")
	}
	if err != nil {
		w.mu.Unlock()
		return err
	}
	all = all || v.flag("clear_on_close")
	gone := []*view{v}
	if all {
		gone = w.stacks[user]
	}
	var payloads []obj
	for _, closed := range gone {
		if closed.flag("notify_on_close") {
			payload := w.interaction("view_closed", u)
			payload["view"], payload["is_cleared"] = w.viewJSON(closed), all
			payloads = append(payloads, payload)
		}
	}
	w.pop(gone[0])
	w.mu.Unlock()
	for _, payload := range payloads {
		if _, err := w.ask(ctx, kindInteractive, "view_closed", payload); err != nil {
			return err
		}
	}
	return nil
}
