// Package slack shows Hallpass on Slack: Socket Mode in, Block Kit out.
//
// Words:
//
//	link       one open socket; it is ready once Slack has said hello
//	slot       a place that always holds a link; its replacement is up before the old one goes
//	frame      one message from Slack over a link; most are envelopes, which must be acknowledged on the link that brought them
//	deed       a frame whose handler changes something: a command, a press, a submission. It is acknowledged only after it is committed
//	chat       a frame that only shows something: options of a search, a changed field, Home. It is acknowledged in any case
//	leaf       a piece of rich text. Typed text stands only in leaves and in plain_text objects, never in mrkdwn
//
// Promised: no mrkdwn leaves this package; the one string that Slack reads as markup, a message's fallback text, is built from our own
// words and neutralised names. Limits of Block Kit are constants in limits.go and are kept there only. A deed that was not committed
// in time is not acknowledged, so that the person sees Slack's own error instead of silence. A repeat of the same frame carries the
// same key. Tickets, tokens and typed text are never logged.
//
// Not done here: no policy, no wording of cards, no storing, no retries of calls: every call is tried once and its failure is classified
// for whoever keeps the patience.
//
// Source of all vendor facts: docs.slack.dev (2026), and the sources of slack-go and node-slack-sdk.
package slack
