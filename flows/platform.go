package flows

import (
	"context"
	"slices"
)

// Platform is a chat on which people act and are reached, and how its accounts are linked to people.
type Platform struct {
	Name       string   // "slack", "teams"
	Title      string   // for people: "Slack"
	Workspaces []string // whose people act: Slack team ids, or Teams tenants
	Link       Link
}

// Place is a channel of a platform. The zero Place is none.
type Place struct {
	Platform  string
	Workspace string
	Channel   string
}

// platform finds a configured chat by its name.
func (s *Settings) platform(name string) (Platform, bool) {
	i := slices.IndexFunc(s.Platforms, func(p Platform) bool { return p.Name == name })
	if i < 0 {
		return Platform{}, false
	}
	return s.Platforms[i], true
}

// home is where a message goes to somebody who can be reached on this platform.
func (p Platform) home() Place {
	if len(p.Workspaces) == 0 {
		return Place{Platform: p.Name}
	}
	return Place{Platform: p.Name, Workspace: p.Workspaces[0]}
}

// reachedOn says in which chat a person is written to: about their own request in the chat in which they asked, else in the first chat that
// an account of theirs is linked in, else in the first there is.
func (e *Engine) reachedOn(tx Tx, who PersonID, id RequestID) (Place, error) {
	if len(e.set.Platforms) == 0 {
		return Place{}, nil
	}
	if len(e.set.Platforms) == 1 {
		return e.set.Platforms[0].home(), nil
	}
	if id != 0 {
		r, err := tx.Request(id)
		if err != nil {
			return Place{}, err
		}
		if _, known := e.set.platform(r.Via.Platform); known && r.Asker == who {
			return Place{Platform: r.Via.Platform, Workspace: r.Via.Workspace}, nil
		}
	}
	accounts, err := tx.IdentitiesOf(who)
	if err != nil {
		return Place{}, err
	}
	for _, p := range e.set.Platforms {
		for _, a := range accounts {
			if a.Platform == p.Name && a.Suspended == "" && slices.Contains(p.Workspaces, a.Workspace) {
				return Place{Platform: a.Platform, Workspace: a.Workspace}, nil
			}
		}
	}
	return e.set.Platforms[0].home(), nil
}

// Unreached records that a person could not be reached in the chat that a post was meant for: they have no account there, or have not
// installed the app. The post moves to the next chat (moved). When there is none, the asker sees that this approver could not be reached, and the
// post stays due, as it may yet become possible.
func (e *Engine) Unreached(ctx context.Context, id PostID) (moved bool, err error) {
	err = e.store.Change(ctx, func(tx Tx) error {
		moved = false
		p, err := tx.Post(id)
		if err != nil || p.TS != "" || p.Person == "" {
			return ignoreMissing(err)
		}
		for _, next := range e.set.Platforms {
			if next.Name == p.Platform || slices.Contains(p.Tried, next.Name) {
				continue
			}
			moved = true
			p.Tried = append(p.Tried, p.Platform)
			at := next.home()
			p.Platform, p.Workspace, p.Channel, p.User = at.Platform, at.Workspace, "", ""
			p.Wanted++
			if err := tx.PutPost(p); err != nil {
				return err
			}
			return wantPost(tx, p)
		}
		return e.noteUnreached(tx, p, true)
	})
	return moved, err
}

// Reached takes back that an approver could not be reached: the post has come through.
func (e *Engine) Reached(ctx context.Context, id PostID) error {
	return e.store.Change(ctx, func(tx Tx) error {
		p, err := tx.Post(id)
		if err != nil {
			return ignoreMissing(err)
		}
		return e.noteUnreached(tx, p, false)
	})
}

// noteUnreached keeps with the request whether an approver can be reached, and has its cards show it.
func (e *Engine) noteUnreached(tx Tx, p *Post, unreached bool) error {
	if p.Kind != PostApprover || p.Request == 0 {
		return nil
	}
	r, err := tx.Request(p.Request)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(r.Asked, func(a Asked) bool { return approverKey(r.ID, a.Person, a.Step) == p.Key })
	if i < 0 || r.Asked[i].Unreached == unreached || !r.CanDecide() {
		return nil
	}
	r.Asked[i].Unreached = unreached
	if unreached {
		if err := e.log(tx, &Entry{Action: ActUnreached, Request: r.ID, Data: map[string]string{"person": string(p.Person)}}); err != nil {
			return err
		}
	}
	if err := tx.PutRequest(r); err != nil {
		return err
	}
	return e.redraw(tx, r.ID, PostAsker)
}
