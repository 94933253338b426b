package slack

import (
	"context"
	"slices"
	"sync"

	"hallpass/flows"
)

// self is who the bot token is: asked once, and kept.
type self struct {
	mu      sync.Mutex
	known   bool
	team    string
	org     string
	user    string
	app     string // empty when Slack does not say
	problem error  // a Fatal
}

// whoami asks Slack whose the bot token is, until it has answered once.
func (s *Slack) whoami(ctx context.Context) error {
	s.self.mu.Lock()
	defer s.self.mu.Unlock()
	if s.self.known {
		return s.self.problem
	}
	answer, err := s.web.AuthTestContext(ctx)
	if err != nil {
		return err
	}
	me, err := s.userInfo(ctx, answer.UserID)
	if err != nil {
		return err
	}
	s.self.known, s.self.team, s.self.org, s.self.user = true, answer.TeamID, answer.EnterpriseID, answer.UserID
	s.self.app = me.Profile.App
	if len(s.cfg.TeamIDs) > 0 && !slices.Contains(s.cfg.TeamIDs, answer.TeamID) && !slices.Contains(s.cfg.TeamIDs, answer.EnterpriseID) {
		s.self.problem = &Fatal{Sentence: "slack.bot_token belongs to the workspace " + answer.TeamID +
			", which is not among slack.team_ids. Take the token of the right workspace, or add it there"}
	}
	return s.self.problem
}

// teams are the workspaces whose people may act.
func (s *Slack) teams(ctx context.Context) ([]string, error) {
	if len(s.cfg.TeamIDs) > 0 {
		return s.cfg.TeamIDs, nil
	}
	if err := s.whoami(ctx); err != nil {
		return nil, s.classify(ctx, reading, err)
	}
	s.self.mu.Lock()
	defer s.self.mu.Unlock()
	return []string{s.self.team}, nil
}

// isSelf tells the bot's own account.
func (s *Slack) isSelf(user string) bool {
	s.self.mu.Lock()
	defer s.self.mu.Unlock()
	return s.self.user == user
}

// appMismatch tells that a socket belongs to another app than the bot token.
func (s *Slack) appMismatch(app string) bool {
	s.self.mu.Lock()
	defer s.self.mu.Unlock()
	return app != "" && s.self.app != "" && app != s.self.app
}

// account is somebody of a workspace.
func account(team, user string) flows.Account {
	return flows.Account{Platform: Platform, Workspace: team, User: user}
}
