package slack

func viewMethods() map[string]method {
	triggered := []string{"trigger_id", "view"}
	return map[string]method{
		"views.open": {args: triggered, required: []string{"trigger_id", "view"}, perMin: tier4, run: (*Workspace).viewsOpen},
		"views.push": {args: triggered, required: []string{"trigger_id", "view"}, perMin: tier4, run: (*Workspace).viewsPush},
		"views.update": {args: []string{"view_id", "external_id", "view", "hash"}, required: []string{"view"}, perMin: tier4,
			run: (*Workspace).viewsUpdate},
		"views.publish": {args: []string{"user_id", "view", "hash"}, required: []string{"user_id", "view"}, perMin: tier4,
			run: (*Workspace).viewsPublish},
	}
}

// sent reads and checks the view of a call. An external_id must not be in use by another view.
func (w *Workspace) sent(c call, surface string, replaces *view) (obj, error) {
	raw, sound := c.json("view")
	if !sound {
		return nil, apiError{code: "invalid_arguments", messages: []string{"[ERROR] failed to parse view"}}
	}
	def, err := checkView(raw, surface)
	if err != nil {
		return nil, err
	}
	external, _ := def["external_id"].(string)
	taken := func(v *view) bool { return external != "" && v.text("external_id") == external && v != replaces }
	if w.findView(taken) != nil {
		return nil, apiError{code: "duplicate_external_id"}
	}
	return def, nil
}

// viewsOpen opens the first view of a new stack. A stack that is open already gives way to it.
func (w *Workspace) viewsOpen(c call) (obj, error) {
	def, err := w.sent(c, "modal", nil)
	if err != nil {
		return nil, err
	}
	t, err := w.takeTrigger(c.text("trigger_id"))
	if err != nil {
		return nil, err
	}
	v := w.draw(def, t.user)
	w.stacks[t.user] = nil
	w.push(v)
	return obj{"view": w.viewJSON(v)}, nil
}

// viewsPush lays a view on those that are open; the trigger must come from one of them.
func (w *Workspace) viewsPush(c call) (obj, error) {
	def, err := w.sent(c, "modal", nil)
	if err != nil {
		return nil, err
	}
	t, err := w.takeTrigger(c.text("trigger_id"))
	if err != nil {
		return nil, err
	}
	switch {
	case len(w.stacks[t.user]) == 0 || w.live(t.view) == nil:
		return nil, apiError{code: "not_found"}
	case len(w.stacks[t.user]) >= ViewStack:
		return nil, apiError{code: "push_limit_reached"}
	}
	v := w.draw(def, t.user)
	w.push(v)
	return obj{"view": w.viewJSON(v)}, nil
}

func (w *Workspace) viewsUpdate(c call) (obj, error) {
	id, external := c.text("view_id"), c.text("external_id")
	if id == "" && external == "" {
		return nil, apiError{code: "invalid_arguments", messages: []string{"[ERROR] missing required field: view_id or external_id"}}
	}
	v := w.findView(func(v *view) bool {
		return v.id == id || (external != "" && v.text("external_id") == external)
	})
	if v == nil || v.text("type") != "modal" {
		return nil, apiError{code: "not_found"}
	}
	def, err := w.sent(c, "modal", v)
	if err != nil {
		return nil, err
	}
	if hash := c.text("hash"); hash != "" && hash != v.hash {
		return nil, apiError{code: "hash_conflict"}
	}
	w.redraw(v, def)
	return obj{"view": w.viewJSON(v)}, nil
}

// viewsPublish replaces somebody's Home tab.
func (w *Workspace) viewsPublish(c call) (obj, error) {
	if w.opt.HomeDisabled {
		return nil, apiError{code: "not_enabled"}
	}
	user := c.text("user_id")
	if w.people[user] == nil {
		return nil, apiError{code: "invalid_arguments", messages: []string{"[ERROR] user_not_found [json-pointer:/user_id]"}}
	}
	v := w.homes[user]
	def, err := w.sent(c, "home", v)
	if err != nil {
		return nil, err
	}
	if hash := c.text("hash"); hash != "" && v != nil && hash != v.hash {
		return nil, apiError{code: "hash_conflict"}
	}
	if v == nil {
		v = w.draw(def, user)
		w.homes[user] = v
	} else {
		w.redraw(v, def)
	}
	return obj{"view": w.viewJSON(v)}, nil
}
