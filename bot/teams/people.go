package teams

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"hallpass/flows"
)

// member is somebody in a conversation's roster. Source: learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context, 2026.
type member struct {
	ID        string `json:"id"`
	Object    string `json:"aadObjectId"`
	ObjectToo string `json:"objectId"` // the same, as some connectors call it
	Name      string `json:"name"`
	Email     string `json:"email"`
	Principal string `json:"userPrincipalName"`
	Tenant    string `json:"tenantId"`
	Role      string `json:"userRole"`
}

func (m member) object() string {
	if m.Object != "" {
		return strings.ToLower(m.Object)
	}
	return strings.ToLower(m.ObjectToo)
}

// guestMark stands in the principal name of everybody whose home is another directory.
const guestMark = "#ext#"

// Sentences of refusals.
const (
	refuseTenant    = "Only people of this organization can use Hallpass, not those of another one."
	refuseAnonymous = "Teams does not say who you are, so you cannot use Hallpass. Sign in with your work account, then try again."
	refuseUnknown   = "Teams does not know this account here, so it cannot use Hallpass. Add the Hallpass app in Teams, then try again."
	refuseGuest     = "Guests of this organization cannot use Hallpass. Ask for a full account, then try again."
	refuseUnsure    = "Teams did not say enough about this account to be sure of it, so it cannot use Hallpass. Ask an admin to look."
)

// served tells directories whose people may use Hallpass.
func (t *Teams) served(tenant string) bool {
	return slices.ContainsFunc(t.cfg.Tenants, func(own string) bool { return strings.EqualFold(own, tenant) })
}

// Profile is an account as Teams sees it now; at most 20 s old, and read anew after every deed of that account. An account that Teams does not
// know, or of whom it does not say enough, is refused, not an error.
func (t *Teams) Profile(ctx context.Context, a flows.Account) (flows.Profile, error) {
	switch {
	case !t.served(a.Workspace):
		return flows.Profile{Account: a, Refused: refuseTenant}, nil
	case !guid.MatchString(a.User):
		return flows.Profile{Account: a, Refused: refuseAnonymous}, nil
	}
	at := t.cfg.Clock.Machine()
	after := at.Add(-freshFor)
	if p, known := t.people.Recall(a, after); known {
		return p, nil
	}
	m, err := t.roster(ctx, a.Workspace, a.User, a.User)
	if errors.Is(err, flows.ErrNotFound) {
		return flows.Profile{Account: a, Refused: refuseUnknown}, nil
	}
	if err != nil {
		return flows.Profile{}, err
	}
	p := profile(a, m)
	if r, err := t.reference(ctx, a.Workspace, a.User); err == nil {
		p.Zone = r.Zone
	}
	t.people.Remember(p, at, after)
	return p, nil
}

// Find is the account with this address among the members of the teams that have the app, or flows.ErrNotFound.
func (t *Teams) Find(ctx context.Context, platform, workspace, address string) (flows.Profile, error) {
	if platform != Platform || !t.served(workspace) || address == "" {
		return flows.Profile{}, flows.ErrNotFound
	}
	m, err := t.roster(ctx, workspace, "", address)
	if errors.Is(err, flows.ErrNotFound) {
		m, err = t.search(ctx, workspace, address)
	}
	if err != nil {
		return flows.Profile{}, err
	}
	p := profile(flows.Account{Platform: Platform, Workspace: workspace, User: m.object()}, m)
	if !flows.SameAddress(p.Email, address) || !guid.MatchString(p.User) {
		return flows.Profile{}, flows.ErrNotFound
	}
	return p, nil
}

// roster asks for a member in the conversations where they may be: where this person was met, then the rooms. flows.ErrNotFound when none
// of them has the member.
func (t *Teams) roster(ctx context.Context, tenant, person, id string) (member, error) {
	conversations := t.cfg.Rooms
	if person != "" {
		r, err := t.reference(ctx, tenant, person)
		if err != nil {
			return member{}, later("It is not known where to ask about this person", err, 0)
		}
		conversations = slices.Concat([]string{r.Conversation, r.Seen}, conversations)
	}
	asked := map[string]bool{"": true}
	for _, c := range conversations {
		if asked[c] {
			continue
		}
		asked[c] = true
		service, err := t.service(ctx, tenant, c)
		if err != nil {
			return member{}, err
		}
		var m member
		err = t.call(ctx, reading, http.MethodGet, route(service, "conversations", c, "members", id), nil, &m)
		if err == nil {
			return m, nil
		}
		if call := flows.AsCall(err); call.Outcome != flows.OutcomeRefused {
			return member{}, err
		}
	}
	return member{}, flows.ErrNotFound
}

// search looks for an address in the rooms' rosters: Teams itself finds people by their principal name only, which need not be their address.
func (t *Teams) search(ctx context.Context, tenant, address string) (member, error) {
	var found *member
	for _, room := range t.cfg.Rooms {
		err := t.eachMember(ctx, tenant, room, func(m member) bool {
			if flows.SameAddress(m.Email, address) {
				found = &m
			}
			return found == nil
		})
		if call := flows.AsCall(err); call != nil && call.Outcome != flows.OutcomeRefused {
			return member{}, err
		}
		if found != nil {
			return *found, nil
		}
	}
	return member{}, flows.ErrNotFound
}

// profile is a member as the domain sees it.
func profile(a flows.Account, m member) flows.Profile {
	email := m.Email
	if email == "" {
		email = m.Principal
	}
	email = strings.ToLower(strings.TrimSpace(email))
	return flows.Profile{Account: a, Name: oneLine(m.Name), Email: email, Refused: refusal(a, m), Confirmed: email != ""}
}

// refusal says why an account may not act, empty when it may. What Teams leaves out counts against it.
func refusal(a flows.Account, m member) string {
	switch {
	case m.object() == "" || m.object() != strings.ToLower(a.User):
		return refuseUnsure
	case strings.EqualFold(m.Role, "anonymous"):
		return refuseAnonymous
	case m.Tenant != "" && !strings.EqualFold(m.Tenant, a.Workspace):
		return refuseTenant
	case strings.EqualFold(m.Role, "guest"), strings.Contains(strings.ToLower(m.Principal), guestMark):
		return refuseGuest
	case m.Tenant == "", !strings.EqualFold(m.Role, "user"), m.Principal == "":
		return refuseUnsure
	}
	return ""
}
