package slack

import (
	"fmt"
	"strings"
	"time"
)

// obj is a JSON object as decoded; the stand-in keeps blocks and views as the app sent them.
type obj = map[string]any

// nextID makes an id with Slack's prefix letters. The caller holds the lock.
func (w *Workspace) nextID(prefix string) string {
	w.serial++
	return fmt.Sprintf("%s0%06d", prefix, w.serial)
}

// uuid makes an envelope id in UUID form. The caller holds the lock.
func (w *Workspace) uuid() string {
	w.serial++
	return fmt.Sprintf("57ac4000-0000-4000-8000-%012x", w.serial)
}

// ts makes a message timestamp, unique and increasing in the workspace. The caller holds the lock.
func (w *Workspace) ts() string {
	micros := w.opt.Now().UnixMicro()
	if micros <= w.lastTS {
		micros = w.lastTS + 1
	}
	w.lastTS = micros
	return formatTS(micros)
}

func formatTS(micros int64) string {
	return fmt.Sprintf("%d.%06d", micros/1e6, micros%1e6)
}

// hash makes the fingerprint of one state of a view. The caller holds the lock.
func (w *Workspace) hash() string {
	w.serial++
	return fmt.Sprintf("%d.%08x", w.opt.Now().Unix(), w.serial)
}

// trigger lets the app open one view for one person within its life.
type trigger struct {
	user    string
	view    string // the view the person acted in, empty elsewhere
	expires time.Time
	used    bool
}

// newTrigger makes a trigger id for what a person just did. The caller holds the lock.
func (w *Workspace) newTrigger(user, view string) string {
	now := w.opt.Machine()
	for id, old := range w.triggers {
		if now.Sub(old.expires) > triggerMemory {
			delete(w.triggers, id)
		}
	}
	w.serial++
	id := fmt.Sprintf("%d.%s.%032x", now.UnixMilli(), strings.TrimLeft(w.opt.TeamID, "T"), w.serial)
	w.triggers[id] = &trigger{user: user, view: view, expires: now.Add(w.opt.TriggerLife)}
	return id
}

// triggerMemory is how long an expired trigger is still told from one that never was.
const triggerMemory = time.Hour

// takeTrigger uses a trigger up, or says with Slack's words why not. The caller holds the lock.
func (w *Workspace) takeTrigger(id string) (*trigger, error) {
	t, known := w.triggers[id]
	switch {
	case !known:
		return nil, apiError{code: "invalid_trigger_id"}
	case t.used:
		w.problem("the trigger %s was used twice", id)
		return nil, apiError{code: "exchanged_trigger_id"}
	case w.opt.Machine().After(t.expires):
		w.problem("the trigger %s was used after its %s", id, w.opt.TriggerLife)
		return nil, apiError{code: "expired_trigger_id"}
	}
	t.used = true
	return t, nil
}
