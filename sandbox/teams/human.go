package teams

import (
	"context"
	"fmt"
	"slices"
)

// Install adds the app: for the person alone when where is empty, else to the team or group chat with that id. The bot hears of it by a
// conversationUpdate and an installationUpdate, which carry all it needs to write there. Guests and anonymous people cannot add apps.
func (t *Tenant) Install(ctx context.Context, user, where string) error {
	return t.install(ctx, user, where, true)
}

// Uninstall takes the app away again. From a personal chat the bot cannot write to the person any more.
func (t *Tenant) Uninstall(ctx context.Context, user, where string) error {
	return t.install(ctx, user, where, false)
}

func (t *Tenant) install(ctx context.Context, user, where string, added bool) error {
	t.mu.Lock()
	if where == "" {
		where = t.dm(user)
	}
	u, c, err := t.standing(user, where)
	switch {
	case err != nil:
	case c.team != "" && c.id != c.team:
		err = fmt.Errorf("an app is added to a team, not to its channel %s: name the team %s", c.id, c.team)
	case u.Anonymous:
		err = fmt.Errorf("%s joined without signing in and cannot add apps", u.Name)
	case c.installed == added:
		err = fmt.Errorf("the app is %s already", map[bool]string{true: "there", false: "gone"}[added])
	}
	if err != nil {
		t.mu.Unlock()
		return err
	}
	t.settleIn(c, added)
	activities := t.installed(u, c, added)
	t.touch()
	t.mu.Unlock()
	for _, activity := range activities {
		if _, err := t.deliver(ctx, activity); err != nil {
			return err
		}
	}
	return nil
}

// settleIn changes a conversation, and all channels of a team, to have the app or not. The caller holds the lock.
func (t *Tenant) settleIn(c *conversation, added bool) {
	c.installed, c.blocked = added, false
	c.left = !added
	for _, other := range t.conversations {
		if c.team != "" && other.team == c.team {
			other.installed = added
		}
	}
}

// Block keeps the bot from writing to the person; the bot is not told until it tries.
func (t *Tenant) Block(user string, on bool) {
	t.change(func() {
		if c := t.conversations[t.dm(user)]; c != nil {
			c.blocked = on
		}
	})
}

// Say writes to the bot in the person's personal chat and waits until the bot took it. It returns the id of the message. The person does not
// notice when the bot fails to answer.
func (t *Tenant) Say(ctx context.Context, user, text string) (string, error) {
	return t.say(ctx, user, t.dm(user), "", text, false)
}

// Mention writes to the bot by its name in a channel, where it begins a thread, or in a group chat.
func (t *Tenant) Mention(ctx context.Context, user, where, text string) (string, error) {
	return t.say(ctx, user, where, "", t.at()+" "+text, true)
}

// MentionIn writes to the bot by its name in a thread of a channel.
func (t *Tenant) MentionIn(ctx context.Context, user, where, thread, text string) (string, error) {
	return t.say(ctx, user, where, thread, t.at()+" "+text, true)
}

// Chat writes in a channel or group chat without the bot's name: the bot does not hear of it.
func (t *Tenant) Chat(user, where, text string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, m, err := t.write(user, where, "", text)
	if err != nil {
		return "", err
	}
	return m.ID, nil
}

func (t *Tenant) say(ctx context.Context, user, where, thread, text string, mention bool) (string, error) {
	t.mu.Lock()
	u, m, err := t.write(user, where, thread, text)
	if err != nil {
		t.mu.Unlock()
		return "", err
	}
	c := t.conversations[where]
	if !c.installed {
		t.mu.Unlock()
		return m.ID, fmt.Errorf("the app is not in conversation %s: %s cannot reach it there before it is added", where, u.Name)
	}
	activity := t.said(u, c, m, mention)
	t.mu.Unlock()
	_, err = t.deliver(ctx, activity)
	return m.ID, err
}

// write puts a person's message into a conversation. The caller holds the lock.
func (t *Tenant) write(user, where, thread, text string) (*User, *message, error) {
	u, c, err := t.standing(user, where)
	if err != nil {
		return nil, nil, err
	}
	if thread != "" && c.find(thread) == nil {
		return nil, nil, fmt.Errorf("there is no thread %s in conversation %s", thread, where)
	}
	m := &message{Message: Message{User: user, Text: text, Thread: thread}}
	t.append(c, m)
	return u, m, nil
}

// Commands opens the command list as that person, in the personal chat when where is empty. Choosing a line only writes its title: Say it, or Mention the bot
// with it.
func (t *Tenant) Commands(user, where string) ([]Command, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if where == "" {
		where = t.dm(user)
	}
	u, c, err := t.standing(user, where)
	if err == nil && !c.installed {
		err = fmt.Errorf("the app is not in conversation %s: %s is offered no commands there", where, u.Name)
	}
	if err != nil {
		return nil, err
	}
	scope := map[string]string{personal: "personal", inChannel: "team", groupChat: "groupChat"}[c.kind]
	var out []Command
	for _, command := range t.opt.Commands {
		if len(command.Scopes) == 0 || slices.Contains(command.Scopes, scope) {
			out = append(out, command)
		}
	}
	return out, nil
}
