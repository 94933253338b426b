package okta

import (
	"fmt"
	"time"
)

// Actors that are not a caller of the API, as the history and the log name them.
const (
	ConsoleID = "00uConsole"     // an administrator at the console: whoever uses the inner side
	RulesID   = "spr-group-rule" // Okta itself, applying a rule
)

// actor is who did something, and through which call.
type actor struct {
	id, kind, name string
	client         string // OAuth client id
	request        string // "" where no API call was made
	address, agent string
}

var (
	console    = actor{id: ConsoleID, kind: "User", name: "Administrator at the console"}
	rulesActor = actor{id: RulesID, kind: "SystemPrincipal", name: "Okta System"}
)

// target is one thing that an event was about.
type target struct{ id, kind, alternate, name string }

func targetUser(u *user) target { return target{u.id, "User", u.login(), u.name()} }

func targetGroup(g *group) target { return target{g.id, "UserGroup", "unknown", g.name()} }

// event is one line of the system log, in the order in which things happened.
type event struct {
	number  int
	at      time.Time
	kind    string
	words   string
	by      actor
	targets []target
}

// log writes a line of the system log.
func (o *Org) log(by actor, kind, words string, about ...target) {
	o.events = append(o.events, event{len(o.events) + 1, o.now(), kind, words, by, about})
}

// view is the event as the API shows it.
func (e event) view() map[string]any {
	targets := make([]any, 0, len(e.targets))
	for _, t := range e.targets {
		targets = append(targets, map[string]any{"id": t.id, "type": t.kind, "alternateId": t.alternate, "displayName": t.name})
	}
	client := map[string]any{"userAgent": map[string]any{"rawUserAgent": e.by.agent}, "ipAddress": e.by.address}
	if e.by.client != "" {
		client["id"] = e.by.client
	}
	transaction := map[string]any{"type": "WEB", "detail": map[string]any{}}
	if e.by.request != "" {
		transaction["id"] = e.by.request
	}
	return map[string]any{
		"uuid": fmt.Sprintf("00000000-0000-4000-8000-%012d", e.number), "published": stamp(e.at),
		"eventType": e.kind, "displayMessage": e.words, "version": "0", "severity": "INFO",
		"actor":   map[string]any{"id": e.by.id, "type": e.by.kind, "displayName": e.by.name, "alternateId": e.by.id},
		"client":  client,
		"outcome": map[string]any{"result": "SUCCESS"}, "target": targets, "transaction": transaction,
	}
}

// stamp writes a time as Okta does, in UTC with milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
