package teams

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"hallpass/bot"
	"hallpass/flows"
)

// homes remembers where everybody's Home card stands, so that it is edited where it is. After a restart a new one comes.
type homes struct {
	mu    sync.Mutex
	known map[flows.Account]bot.Address
}

func (h *homes) of(a flows.Account) bot.Address {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.known[a]
}

func (h *homes) stands(a flows.Account, at bot.Address) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil || len(h.known) >= placesMost {
		h.known = map[flows.Account]bot.Address{}
	}
	h.known[a] = at
}

// ShowHome draws somebody's Home: a card in the personal chat, edited while it stands.
func (t *Teams) ShowHome(ctx context.Context, a flows.Account, h bot.Home) error {
	c := homeCard(h)
	if at := t.homes.of(a); at.TS != "" {
		err := t.edit(ctx, at, c)
		if flows.AsCall(err) == nil || flows.AsCall(err).Outcome != flows.OutcomeRefused {
			return err
		}
	}
	to, err := t.Direct(ctx, a)
	if err != nil {
		return err
	}
	at, err := t.post(ctx, to, "", c)
	if err == nil {
		t.homes.stands(a, at)
	}
	return err
}

// rooms remembers which channels were found fit, so that not every message asks for a roster.
type rooms struct {
	mu  sync.Mutex
	fit map[[2]string]time.Time
}

// fitFor is how long a channel is taken to be as it was.
const fitFor = 5 * time.Minute

func (r *rooms) isFit(key [2]string, at time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	found, known := r.fit[key]
	return known && at.Sub(found) < fitFor
}

func (r *rooms) found(key [2]string, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fit == nil || len(r.fit) >= placesMost {
		r.fit = map[[2]string]time.Time{}
	}
	r.fit[key] = at
}

// Fit says why a channel cannot carry our messages, empty when it can.
func (t *Teams) Fit(ctx context.Context, workspace, channel string) (string, error) {
	key, now := [2]string{workspace, channel}, t.cfg.Clock.Machine()
	if t.rooms.isFit(key, now) {
		return "", nil
	}
	outside := false
	err := t.eachMember(ctx, workspace, channel, func(m member) bool {
		outside = m.Tenant != "" && !t.served(m.Tenant)
		return !outside
	})
	switch call := flows.AsCall(err); {
	case err != nil && call.Outcome == flows.OutcomeRefused:
		return call.Sentence, nil
	case err != nil:
		return "", err
	case outside:
		return "The Teams channel is shared with another organization", nil
	}
	t.rooms.found(key, now)
	return "", nil
}

// eachMember visits the roster of a conversation, page by page, until it is told to stop.
func (t *Teams) eachMember(ctx context.Context, tenant, conversation string, visit func(member) bool) error {
	service, err := t.service(ctx, tenant, conversation)
	if err != nil {
		return err
	}
	next := ""
	for range pages {
		var page struct {
			Members []member `json:"members"`
			Next    string   `json:"continuationToken"`
		}
		if err := t.call(ctx, reading, http.MethodGet, rosterPage(service, conversation, next), nil, &page); err != nil {
			return err
		}
		for _, m := range page.Members {
			if !visit(m) {
				return nil
			}
		}
		if next = page.Next; next == "" {
			return nil
		}
	}
	return nil
}

// rosterPage is the address of one page of a roster.
func rosterPage(service, channel, next string) string {
	args := url.Values{"pageSize": {strconv.Itoa(pageSize)}}
	if next != "" {
		args.Set("continuationToken", next)
	}
	return route(service, "conversations", channel, "pagedmembers") + "?" + args.Encode()
}
