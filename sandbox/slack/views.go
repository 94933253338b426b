package slack

import (
	"encoding/json"
	"maps"
)

// View is a modal on somebody's screen, or somebody's Home tab, as it stands now.
type View struct {
	ID, Hash, Type       string
	User                 string
	Title, Submit, Close string
	CallbackID           string
	ExternalID           string
	PrivateMetadata      string
	Blocks               json.RawMessage
	State                map[string]map[string]map[string]any // block_id, action_id, value object
	Errors               map[string]string                    // what stands under the fields, by block_id
	Versions             int                                  // how often the app drew it
}

// view is a View with what the app sent decoded.
type view struct {
	id, hash, user string
	root, previous string
	def            obj
	values         map[string]map[string]obj
	errors         map[string]string
	offered        map[string][]obj // options last offered, by block_id and action_id
	drawn          int
}

func (v *view) text(name string) string { s, _ := v.def[name].(string); return s }
func (v *view) flag(name string) bool   { b, _ := v.def[name].(bool); return b }
func (v *view) blocks() []any           { b, _ := v.def["blocks"].([]any); return b }

// words is the text of a text object among the view's fields.
func (v *view) words(name string) string {
	o, _ := v.def[name].(obj)
	s, _ := o["text"].(string)
	return s
}

func (v *view) snapshot() *View {
	if v == nil {
		return nil
	}
	out := &View{ID: v.id, Hash: v.hash, Type: v.text("type"), User: v.user, Title: v.words("title"), Submit: v.words("submit"),
		Close: v.words("close"), CallbackID: v.text("callback_id"), ExternalID: v.text("external_id"),
		PrivateMetadata: v.text("private_metadata"), Blocks: encode(v.blocks()), Errors: maps.Clone(v.errors), Versions: v.drawn,
		State: map[string]map[string]map[string]any{}}
	for block, actions := range v.values {
		out.State[block] = map[string]map[string]any{}
		for action, value := range actions {
			out.State[block][action] = maps.Clone(value)
		}
	}
	return out
}

// View is the modal on top of a person's screen, nil when none is open.
func (w *Workspace) View(user string) *View {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.top(user).snapshot()
}

// Stack are all modals on a person's screen, the first opened first.
func (w *Workspace) Stack(user string) []*View {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []*View
	for _, v := range w.stacks[user] {
		out = append(out, v.snapshot())
	}
	return out
}

// Home is what stands on a person's Home tab, nil before anything was published.
func (w *Workspace) Home(user string) *View {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.homes[user].snapshot()
}

// top is the view a person sees. The caller holds the lock.
func (w *Workspace) top(user string) *view {
	stack := w.stacks[user]
	if len(stack) == 0 {
		return nil
	}
	return stack[len(stack)-1]
}

// checkView gives every complaint about a view that the app sent.
func checkView(raw any, surface string) (obj, error) {
	def, isObject := raw.(obj)
	if !isObject {
		return nil, apiError{code: "invalid_arguments", messages: []string{"[ERROR] missing required field: view"}}
	}
	encoded, err := json.Marshal(def)
	if err != nil || len(encoded) > ViewBytes {
		return nil, apiError{code: "view_too_large"}
	}
	c := &checker{surface: surface, ids: map[string]bool{}}
	if def["type"] != surface {
		c.fail("/view/type", "value must be one of [%q]", surface)
	}
	must := rules{"blocks": list(0, ViewBlocks, anything)}
	may := rules{"private_metadata": maybe(PrivateMetadata), "callback_id": maybe(CallbackID), "external_id": maybe(CallbackID)}
	if surface == "modal" {
		must["title"] = plain(ViewTitle)
		may["submit"], may["close"] = plain(ViewTitle), plain(ViewTitle)
		may["clear_on_close"], may["notify_on_close"], may["submit_disabled"] = boolean, boolean, boolean
	}
	c.object("/view", def, must, may)
	blocks, _ := def["blocks"].([]any)
	c.blocks("/view/blocks", blocks)
	if c.inputs > 0 && surface == "modal" && def["submit"] == nil {
		c.fail("/view/submit", "missing required field: submit (the view has input blocks)")
	}
	if len(c.wrong) > 0 {
		return nil, apiError{code: "invalid_arguments", messages: c.wrong}
	}
	return def, nil
}

// draw makes a new view of a definition. The caller holds the lock.
func (w *Workspace) draw(def obj, user string) *view {
	v := &view{id: w.nextID("V"), user: user}
	v.root = v.id
	w.redraw(v, def)
	return v
}

// redraw puts a new definition into a view. What was typed survives where block_id, action_id and type are the same.
func (w *Workspace) redraw(v *view, def obj) {
	before, typed := typesIn(v.blocks()), v.values
	w.fillIDs(blocksOf(def))
	v.def, v.hash, v.errors, v.offered = def, w.hash(), nil, map[string][]obj{}
	v.values = initialValues(v.blocks())
	v.drawn++
	for at, kind := range typesIn(v.blocks()) {
		if old, had := typed[at.block][at.action]; had && before[at] == kind {
			v.put(at.block, at.action, old)
		}
	}
	w.review("view "+v.text("callback_id"), "", v.blocks())
	w.touch()
}

func blocksOf(def obj) []any { b, _ := def["blocks"].([]any); return b }

func (v *view) put(block, action string, value obj) {
	if v.values[block] == nil {
		v.values[block] = map[string]obj{}
	}
	v.values[block][action] = value
}

// viewJSON is a view object as the app sees it. The caller holds the lock.
func (w *Workspace) viewJSON(v *view) obj {
	out := obj{"id": v.id, "team_id": w.opt.TeamID, "type": v.text("type"), "blocks": v.blocks(),
		"private_metadata": v.text("private_metadata"), "callback_id": v.text("callback_id"), "external_id": v.text("external_id"),
		"state": obj{"values": v.copied()}, "hash": v.hash, "title": v.def["title"], "submit": v.def["submit"], "close": v.def["close"],
		"clear_on_close": v.flag("clear_on_close"), "notify_on_close": v.flag("notify_on_close"), "root_view_id": v.root,
		"previous_view_id": nil, "app_id": w.opt.AppID, "app_installed_team_id": w.opt.TeamID, "bot_id": w.botID()}
	if v.previous != "" {
		out["previous_view_id"] = v.previous
	}
	if v.text("type") == "home" {
		out["title"] = obj{"type": "plain_text", "text": "View Title", "emoji": true}
	}
	return out
}

// copied is the state as it is now; value objects are replaced, never changed.
func (v *view) copied() map[string]map[string]obj {
	values := make(map[string]map[string]obj, len(v.values))
	for block, actions := range v.values {
		values[block] = maps.Clone(actions)
	}
	return values
}

// push puts a view on a person's stack. The caller holds the lock.
func (w *Workspace) push(v *view) {
	stack := w.stacks[v.user]
	if len(stack) > 0 {
		v.root, v.previous = stack[0].id, stack[len(stack)-1].id
	}
	w.stacks[v.user] = append(stack, v)
	w.touch()
}

// pop takes views from the top of a stack until the given one is gone. The caller holds the lock.
func (w *Workspace) pop(v *view) {
	stack := w.stacks[v.user]
	for i, have := range stack {
		if have == v {
			w.stacks[v.user] = stack[:i:i]
			w.touch()
			return
		}
	}
}

// live finds an open modal or a Home by its id. The caller holds the lock.
func (w *Workspace) live(id string) *view {
	return w.findView(func(v *view) bool { return v.id == id })
}

func (w *Workspace) findView(match func(*view) bool) *view {
	for _, stack := range w.stacks {
		for _, v := range stack {
			if match(v) {
				return v
			}
		}
	}
	for _, v := range w.homes {
		if match(v) {
			return v
		}
	}
	return nil
}
