package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"hallpass/bot"
	"hallpass/bot/slack"
	"hallpass/bot/teams"
	"hallpass/config"
	"hallpass/flows"
)

// chats are the platforms that the file has.
type chats struct {
	slack *slack.Slack
	teams *teams.Teams
	desk  net.Listener // where Teams brings activities to
}

// openChats makes a chat for each platform of the file. Nothing is called yet, but the port of Teams is taken, so that a start fails at once where
// it is not free.
func (a *App) openChats() error {
	c := a.o.Config
	if c.Slack.Used() {
		a.chats.slack = slack.New(slack.Config{AppToken: c.Slack.AppToken.Reveal(), BotToken: c.Slack.BotToken.Reveal(), TeamIDs: c.Slack.TeamIDs, APIURL: c.Slack.APIURL,
			Connections: c.Slack.Connections, Slots: a.slots(), Clock: a.o.Clock, Log: a.o.Log.With().Str("part", "slack").Logger(), Alarm: a.alarmOf("slack"), Transport: a.o.Transport})
		a.out.Accounts[slack.Platform] = a.chats.slack
	}
	if !c.Teams.Used() {
		return nil
	}
	var err error
	a.chats.teams, err = teams.New(teams.Config{AppID: c.Teams.AppID, Secret: c.Teams.Secret.Reveal(), Tenant: c.Teams.Tenant, Rooms: teamsRooms(c),
		Metadata: c.Teams.Cloud.Metadata, Issuer: c.Teams.Cloud.Issuer, TokenURL: c.Teams.Cloud.TokenURL, Scope: c.Teams.Cloud.Scope,
		ServiceURL: c.Teams.Cloud.ServiceURL, ServiceHosts: c.Teams.Cloud.ServiceHosts, References: references{a.store}, Clock: a.o.Clock,
		Log: a.o.Log.With().Str("part", "teams").Logger(), Alarm: a.alarmOf("teams"), Transport: a.o.Transport})
	if err != nil {
		return err
	}
	a.out.Accounts[teams.Platform] = a.chats.teams
	if a.chats.desk, err = net.Listen("tcp", c.Teams.Listen); err != nil {
		return fmt.Errorf("teams.listen: %w", err)
	}
	return nil
}

// teamsRooms are the channels of Teams that Hallpass is in: their rosters tell of people who have not written to it yet.
func teamsRooms(c *config.Config) []string {
	all := slices.Clone(c.Teams.Rooms)
	for _, at := range []flows.Place{c.Feed, c.Audit} {
		if at.Platform == teams.Platform && !slices.Contains(all, at.Channel) {
			all = append(all, at.Channel)
		}
	}
	return all
}

// byPlatform are the chats as the bot knows them.
func (c *chats) byPlatform() map[string]bot.Chat {
	all := map[string]bot.Chat{}
	if c.slack != nil {
		all[slack.Platform] = c.slack
	}
	if c.teams != nil {
		all[teams.Platform] = c.teams
	}
	return all
}

// platforms are the chats as the engine knows them, the one that people are reached in by default first.
func (a *App) platforms() []flows.Platform {
	c := a.o.Config
	link := func(attribute string, byAddress bool) flows.Link {
		return flows.Link{Attribute: attribute, Address: byAddress}
	}
	var all []flows.Platform
	if c.Slack.Used() {
		all = append(all, flows.Platform{Name: slack.Platform, Title: "Slack", Workspaces: c.Slack.TeamIDs, Link: link(c.People.Link.Attribute, c.People.Link.ByAddress())})
	}
	if c.Teams.Used() {
		rule := c.People.Link
		if c.Teams.Link != nil {
			rule = *c.Teams.Link
		}
		all = append(all, flows.Platform{Name: teams.Platform, Title: "Teams", Workspaces: []string{c.Teams.Tenant}, Link: link(rule.Attribute, rule.ByAddress())})
	}
	return all
}

// Times of the door that Teams knocks at. The service gives up after about 15 s.
const (
	deskHeader = 5 * time.Second
	deskWithin = 20 * time.Second
)

// serveTeams takes activities in until ctx ends.
func (a *App) serveTeams(ctx context.Context) error {
	server := &http.Server{Handler: a.chats.teams.Handler(a.bot), ReadHeaderTimeout: deskHeader, ReadTimeout: deskWithin, WriteTimeout: deskWithin, IdleTimeout: time.Minute}
	gone := make(chan error, 1)
	go func() { gone <- server.Serve(a.chats.desk) }()
	select {
	case err := <-gone:
		return err
	case <-ctx.Done():
	}
	within, stop := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer stop()
	err := server.Shutdown(within)
	a.chats.teams.Wait()
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	return err
}

// Ready reports whether people can reach Hallpass in every chat.
func (a *App) Ready() bool {
	return a.chats.slack == nil || a.chats.slack.Ready() // Teams calls us, and the port is open since New
}

// TeamsURL is where Teams is to bring activities to on this machine, empty where the file has no Teams.
func (a *App) TeamsURL() string {
	if a.chats.desk == nil {
		return ""
	}
	return "http://" + a.chats.desk.Addr().String() + teams.Path
}

// close gives up the port where Run never took it over.
func (c *chats) close() error {
	if c.desk == nil {
		return nil
	}
	if err := c.desk.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// references keeps where Teams can be written to, in the store.
type references struct{ store flows.Store }

func referenceKey(tenant, of string) string { return "teams/reference/" + tenant + "/" + of }

// Reference is teams.References'.
func (r references) Reference(ctx context.Context, tenant, of string) (found teams.Reference, err error) {
	err = r.store.View(ctx, func(tx flows.Tx) error {
		text, err := tx.Meta(referenceKey(tenant, of))
		switch {
		case err != nil:
			return err
		case text == "":
			return flows.ErrNotFound
		}
		return json.Unmarshal([]byte(text), &found)
	})
	return found, err
}

// PutReference is teams.References'.
func (r references) PutReference(ctx context.Context, ref teams.Reference) error {
	text, err := json.Marshal(ref)
	if err != nil {
		return err
	}
	return r.store.Change(ctx, func(tx flows.Tx) error { return tx.PutMeta(referenceKey(ref.Tenant, ref.Of), string(text)) })
}
