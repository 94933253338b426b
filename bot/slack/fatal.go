package slack

import (
	"errors"
	"fmt"
	"net/url"

	api "github.com/slack-go/slack"
)

// Fatal is an error that no patience heals: somebody must change the app or the configuration. Run returns it.
type Fatal struct {
	Sentence string
	Cause    error
}

func (f *Fatal) Error() string { return f.Sentence }
func (f *Fatal) Unwrap() error { return f.Cause }

var (
	errSocketModeOff = &Fatal{Sentence: "Socket Mode was switched off in the app's settings. Switch it on at api.slack.com/apps under Socket Mode, then start Hallpass again"}
	errUninstalled   = &Fatal{Sentence: "The Slack app was removed from the workspace. Install it again, put its new bot token into slack.bot_token, then start Hallpass again"}
	errBotRevoked    = &Fatal{Sentence: "Slack has revoked the bot token. Install the app again, put its new bot token into slack.bot_token, then start Hallpass again"}
	errOtherApp      = &Fatal{Sentence: "slack.app_token and slack.bot_token belong to different Slack apps. Take both from the same app"}
)

// hopeless are the answers of apps.connections.open and auth.test that will not change by waiting. Source: docs.slack.dev, and the
// lists in slack-go and node-slack-sdk.
var hopeless = map[string]string{
	"not_authed":             "no token was sent",
	"invalid_auth":           "Slack does not know the token",
	"account_inactive":       "the app was removed from the workspace or its user was deactivated",
	"token_revoked":          "the token was revoked",
	"token_expired":          "the token has expired",
	"user_removed_from_team": "the app's user was removed from the workspace",
	"team_disabled":          "the workspace was disabled",
	"not_allowed_token_type": "it is a token of another kind",
	"missing_scope":          "the token lacks a scope",
	"forbidden_team":         "Socket Mode is switched off for the app, or the workspace may not use it",
	"invalid_app_id":         "the app does not exist any more",
}

// asFatal is the Fatal in an error of a call made with the named token, nil when waiting may help.
func asFatal(setting string, err error) error {
	var refused api.SlackErrorResponse
	if !errors.As(err, &refused) {
		return nil
	}
	why, known := hopeless[refused.Err]
	if !known {
		return nil
	}
	if refused.Needed != "" {
		why += " (" + refused.Needed + ")"
	}
	return &Fatal{Sentence: fmt.Sprintf("Slack refuses %s: %s (%s). Correct it in the app's settings or in the configuration, then start Hallpass again",
		setting, why, refused.Err), Cause: err}
}

// hidden takes addresses out of an error: the address of a socket holds its ticket.
func hidden(err error) error {
	var withAddress *url.Error
	if errors.As(err, &withAddress) {
		return withAddress.Err
	}
	return err
}
