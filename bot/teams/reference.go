package teams

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"hallpass/flows"
)

// Reference is where somebody, or a channel, can be written to. It is kept under what Of says, for each tenant.
type Reference struct {
	Tenant string
	// Of is a person's object id, or the id of a conversation.
	Of           string
	Conversation string // of a person: the personal chat with them, empty while they have none
	Seen         string // of a person: any conversation in which they were met, for its roster
	Service      string // the connector's address, which may change over time
	User         string // of a person: their id towards this bot ("29:…")
	Zone         string // of a person: the time zone that their client names
	Gone         bool   // the app was taken away there
	Renewed      time.Time
}

// References keeps references. A store satisfies it.
type References interface {
	// Reference is the reference of a person or a conversation, or flows.ErrNotFound.
	Reference(ctx context.Context, tenant, of string) (Reference, error)
	// PutReference keeps a reference in the place of an older one.
	PutReference(ctx context.Context, r Reference) error
}

// placesMost bounds the memory; what is forgotten is read again.
const placesMost = 4096

// places remembers references, so that not every activity writes one.
type places struct {
	mu    sync.Mutex
	known map[[2]string]Reference
}

func (p *places) recall(tenant, of string) (Reference, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.known[[2]string{tenant, of}]
	return r, ok
}

func (p *places) remember(r Reference) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || len(p.known) >= placesMost {
		p.known = map[[2]string]Reference{}
	}
	p.known[[2]string{r.Tenant, r.Of}] = r
}

// reference finds a reference; one that nobody has kept is the zero Reference.
func (t *Teams) reference(ctx context.Context, tenant, of string) (Reference, error) {
	tenant = strings.ToLower(tenant)
	if r, ok := t.places.recall(tenant, of); ok {
		return r, nil
	}
	r, err := t.cfg.References.Reference(ctx, tenant, of)
	if errors.Is(err, flows.ErrNotFound) {
		return Reference{Tenant: tenant, Of: of}, nil
	}
	if err == nil {
		t.places.remember(r)
	}
	return r, err
}

// renewedAfter is how often a reference is written although nothing in it has changed.
const renewedAfter = 24 * time.Hour

// keep writes a reference that says something new.
func (t *Teams) keep(ctx context.Context, r Reference) error {
	old, err := t.reference(ctx, r.Tenant, r.Of)
	if err != nil {
		return err
	}
	r.Tenant, r.Renewed = old.Tenant, t.cfg.Clock.Machine()
	same := old
	same.Renewed = r.Renewed
	if same == r && r.Renewed.Sub(old.Renewed) < renewedAfter {
		return nil
	}
	if err := t.cfg.References.PutReference(ctx, r); err != nil {
		return err
	}
	t.places.remember(r)
	return nil
}

// renew keeps what an activity tells about where its conversation and its sender can be written to. Nothing is kept of tenants that may not
// use Hallpass.
func (t *Teams) renew(ctx context.Context, a activity) error {
	tenant, place := a.tenant(), a.place()
	if !t.served(tenant) || place == "" {
		return nil
	}
	added, removed := a.installed()
	if err := t.keep(ctx, Reference{Tenant: tenant, Of: place, Conversation: place, Service: a.Service, Gone: removed}); err != nil {
		return err
	}
	who := a.account()
	if !guid.MatchString(who.User) || a.Type == "conversationUpdate" && !a.personal() {
		return nil // a team's update names whoever changed it, perhaps from outside
	}
	r, err := t.reference(ctx, tenant, who.User)
	if err != nil {
		return err
	}
	r.Seen, r.Service = place, a.Service
	if a.From.ID != "" {
		r.User = a.From.ID
	}
	if zone := a.zone(); zone != "" {
		r.Zone = zone
	}
	if a.personal() {
		r.Conversation, r.Gone = place, removed && !added
	}
	return t.keep(ctx, r)
}

// service is the connector of a conversation.
func (t *Teams) service(ctx context.Context, tenant, conversation string) (string, error) {
	r, err := t.reference(ctx, tenant, conversation)
	if err != nil {
		return "", later("It is not known where to write to", err, 0)
	}
	if r.Service == "" {
		return t.cfg.ServiceURL, nil
	}
	return r.Service, nil
}
