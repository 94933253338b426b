// Package slack is a Slack workspace on loopback: the Web API, Socket Mode and the people in front of their screens,
// speaking Slack's own protocols so that an app built with any Slack library cannot tell it from the real one.
//
// Words:
//
//	workspace    one team with one installed app; Start opens it on a loopback port
//	person       a User. Tests and demos act for people through methods named after what people do: Slash, Say, Press, Fill, Submit
//	message      what stands in a channel or a direct message, with every version it ever had
//	view         a modal on somebody's screen, or somebody's Home tab
//	envelope     one frame sent to the app over a socket, which the app must acknowledge in time on that socket
//	problem      something the app did that Slack would punish or that people would suffer from; see Problems
//
// Promised: what Slack documents, it does here too. Block Kit limits, trigger ids that live three seconds and work once, hashes of
// views, the stack of three views, acknowledgements within three seconds on the socket that delivered, answers under 20 KiB, at
// most ten sockets, tickets that open one socket, retries of events (but not of interactions), response_urls with five uses.
// People can only do what a Slack client would let them: press what they see, choose what was offered, submit what is filled in.
// PressForged and PressStale are the exceptions, for attackers and slow screens.
//
// Two clocks: Options.Now is what stamps messages and may be scaled by a demo; Options.Machine rules deadlines (triggers,
// response_urls, rates). Waiting for an acknowledgement uses the machine's timers.
//
// Not done: files, canvases, reactions, search, Enterprise Grid, org-wide installs, OAuth, HTTP delivery. Blocks that an
// approval bot has no use for (video, file, call, card, carousel, ...) are refused as unknown. External menus work in views, not in
// messages; inputs in messages are drawn but cannot be typed into. Where Slack documents no number, a
// constant here says so. Source of the behaviour: docs.slack.dev and the sources of slack-go and node-slack-sdk, 2026.
package slack
