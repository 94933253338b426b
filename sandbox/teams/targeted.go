package teams

import "time"

// targetedLife is how long a client shows a message that is for one person alone. Source: Teams platform, "Targeted messages".
const targetedLife = 24 * time.Hour

// target makes a message one for the person that its activity names as recipient: only in channels and group chats, and only for who is in them. What
// Teams answers to each mistake is not documented beyond 400 and 404.
func (t *Tenant) target(c call, m *message, place *conversation) error {
	to := text(object(c.body, "recipient"), "id")
	u := t.known(to)
	switch {
	case t.opt.Untargeted:
		return badArgument("targeted messages are not available in this tenant")
	case place.kind == personal:
		return badArgument("a personal chat has no targeted messages")
	case to == "":
		return badArgument("a targeted message names its recipient")
	case u == nil || !t.has(place, u.ID):
		return badArgument("the recipient is not in the conversation")
	}
	m.For, m.Targeted = u.ID, true
	return nil
}

// visible tells whether a message is on a person's screen.
func (t *Tenant) visible(m *message, user string) bool {
	return !m.Targeted || m.For == user && t.opt.Now().Sub(m.Versions[0].At) < targetedLife
}
