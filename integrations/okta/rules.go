package okta

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"hallpass/integrations/rest"
)

// Of reading rules.
const (
	rulesAge  = time.Minute // a check may use rules of this age; a change reads them
	rulesTime = time.Minute // for all pages of one reading
)

type rule struct {
	Name    string
	Status  string
	Actions struct {
		AssignUserToGroups struct{ GroupIDs []string }
	}
}

// filled names the active rule that assigns each group, by the group's id.
type filled map[string]string

// rulebook reads the group rules for many askers at once. Okta cannot be asked for the rules of one group, so a change would
// otherwise read the whole book for itself; here a reading serves everybody who asked before it began.
type rulebook struct {
	now  func() time.Time
	read func(ctx context.Context, background bool) (filled, error)
	turn chan struct{} // one reading at a time

	mu   sync.Mutex
	next *reading // not begun yet: whoever asks now may still join
	last filled
	at   time.Time // when the last reading began
}

type reading struct {
	done  chan struct{}
	rules filled
	err   error
}

// recent gives rules that are at most a minute old.
func (b *rulebook) recent(ctx context.Context) (filled, error) {
	b.mu.Lock()
	last, fresh := b.last, b.last != nil && b.now().Sub(b.at) < rulesAge
	b.mu.Unlock()
	if fresh {
		return last, nil
	}
	return b.fresh(ctx)
}

// fresh gives rules that were read after this was called.
func (b *rulebook) fresh(ctx context.Context) (filled, error) {
	b.mu.Lock()
	r := b.next
	if r == nil {
		r = &reading{done: make(chan struct{})}
		b.next = r
		go b.carryOut(context.WithoutCancel(ctx), r) // others wait for it too, so it outlives who asked first
	}
	b.mu.Unlock()
	select {
	case <-r.done:
		return r.rules, r.err
	case <-ctx.Done():
		return nil, givenUp(ctx)
	}
}

func (b *rulebook) carryOut(ctx context.Context, r *reading) {
	b.turn <- struct{}{}
	defer func() { <-b.turn }()
	ctx, cancel := context.WithTimeout(ctx, rulesTime)
	defer cancel()
	b.mu.Lock()
	b.next = nil
	began := b.now()
	b.mu.Unlock()
	r.rules, r.err = b.read(ctx, false)
	if r.err == nil {
		b.keep(r.rules, began)
	}
	close(r.done)
}

func (b *rulebook) keep(rules filled, began time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last, b.at = rules, began
}

// readRules reads all group rules. A rule that is not active assigns nobody.
func (o *Okta) readRules(ctx context.Context, background bool) (filled, error) {
	out := filled{}
	call := rest.Call{
		Method: http.MethodGet, Path: path("groups", "rules"), Query: url.Values{"limit": {fmt.Sprint(rulesPage)}}, Bucket: "rules", Background: background,
	}
	err := rest.Pages(ctx, o.rest, call, func(page []rule) {
		for _, r := range page {
			if r.Status != "ACTIVE" {
				continue
			}
			for _, group := range r.Actions.AssignUserToGroups.GroupIDs {
				out[group] = r.Name
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
