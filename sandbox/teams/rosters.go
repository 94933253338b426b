package teams

import (
	"net/http"
	"strconv"
)

// member is GET v3/conversations/{id}/members/{id}, by 29:…, object id or user principal name.
func (t *Tenant) member(c call) (any, error) {
	place := t.conversations[c.where]
	if err := t.readable(place); err != nil {
		return nil, err
	}
	u := t.known(c.about)
	if u == nil || !t.has(place, u.ID) {
		return nil, notFound("MemberNotFoundInConversation", "Member not found in conversation.")
	}
	return t.memberJSON(u, place.tenant), nil
}

// Sizes of a page of members. Source: Teams platform, "Get Teams specific context".
const (
	pageLeast = 50
	pageMost  = 500
)

// members is GET v3/conversations/{id}/pagedmembers.
func (t *Tenant) members(c call) (any, error) {
	place := t.conversations[c.where]
	if err := t.readable(place); err != nil {
		return nil, err
	}
	size := pageMost
	if asked := c.query("pageSize"); asked != "" {
		n, err := strconv.Atoi(asked)
		if err != nil || n < 1 {
			return nil, badArgument("pageSize is no number of members: " + asked)
		}
		size = min(max(n, pageLeast), pageMost)
	}
	from := 0
	if token := c.query("continuationToken"); token != "" {
		n, err := strconv.Atoi(token)
		if err != nil {
			return nil, badArgument("the continuationToken is not one of ours")
		}
		from = n
	}
	all := t.peopleOf(place)
	out := obj{}
	page := []obj{}
	for i := from; i < len(all) && i < from+size; i++ {
		if u := t.people[all[i]]; u != nil {
			page = append(page, t.memberJSON(u, place.tenant))
		}
	}
	if from+size < len(all) {
		out["continuationToken"] = strconv.Itoa(from + size)
	}
	out["members"] = page
	return out, nil
}

// team is GET v3/teams/{id}.
func (t *Tenant) team(c call) (any, error) {
	team, err := t.joined(c.about)
	if err != nil {
		return nil, err
	}
	return team.json(), nil
}

// channels is GET v3/teams/{id}/conversations; the General channel has no name there.
func (t *Tenant) channels(c call) (any, error) {
	team, err := t.joined(c.about)
	if err != nil {
		return nil, err
	}
	found := []obj{}
	for _, id := range t.places {
		switch place := t.conversations[id]; {
		case place.team == team.ID && id == team.ID:
			found = append(found, obj{"id": id})
		case place.team == team.ID:
			found = append(found, obj{"id": id, "name": place.name})
		}
	}
	return obj{"conversations": found}, nil
}

// joined finds a team that the app is in.
func (t *Tenant) joined(id string) (*Team, error) {
	team := t.teams[id]
	if team == nil {
		return nil, notFound("ConversationNotFound", "there is no team "+id)
	}
	return team, t.readable(t.conversations[id])
}

// readable tells why the bot cannot read a conversation's roster.
func (t *Tenant) readable(c *conversation) error {
	switch {
	case c == nil:
		return notFound("ConversationNotFound", "Conversation not found.")
	case !c.installed:
		return apiError{status: http.StatusForbidden, code: "BotNotInConversationRoster", message: "The bot is not part of the conversation roster."}
	}
	return nil
}
