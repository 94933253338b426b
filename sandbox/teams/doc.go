// Package teams is a Microsoft Teams tenant on loopback: the Bot service that delivers signed activities, Entra's token endpoint, the
// connector that takes messages and cards, and the people in front of their screens. It speaks Microsoft's own protocols, so that a bot
// built with any library cannot tell it from the real one once its URLs point here.
//
// Words:
//
//	tenant       one Microsoft 365 organisation in which one bot is registered; Start opens it on a loopback port
//	person       a User: a member, a guest, somebody of another tenant, an anonymous joiner of a meeting. Tests and demos act for people
//	             through methods named after what people do: Install, Say, Mention, Look, Press, Fill, Submit
//	conversation a personal chat with the bot, a channel of a team, or a group chat; named by its id
//	message      what stands in a conversation, with every version it ever had, and the card that single people see in its place
//	dialog       a task module on somebody's screen
//	screen       one person in words that fit any chat, for scenarios that are played over several; see Screen
//	delivery     one activity posted to the bot's messaging endpoint with a signed token, and what the bot answered
//	problem      something the bot did that Teams would punish or that people would suffer from; see Problems
//
// Promised: what Microsoft documents, it does here too. Tokens are RS256 with keys that have endorsements and can be rotated; any token,
// header and claim can be made wrong on purpose (Token, Deliver, BadTokens). The bot's own tokens are opaque and checked on each connector route.
// An answer is waited for 15 seconds; after that, after a broken connection and after a 5xx the same activity is delivered once more,
// and whoever pressed reads that the app could not be reached. The answer to an Action.Execute is shown to the one who pressed; an
// edit of the message is shown to all and takes the place of what single people saw. Looking at a card refreshes it for the people in
// its refresh.userIds, not twice within a minute unless the message was edited. A targeted message is on one screen only, for a day. Cards
// are held to schema 1.5, and a button sends the fields of its own card and of those around it. People can only do
// what a Teams client would let them: press what they see, choose what was offered, submit what the client accepts. PressForged,
// PressStale and Again are the exceptions, for attackers, slow screens and a service that repeats itself.
//
// Tenants: an activity of a channel or group chat names the tenant that hosts it, whoever speaks; the roster says which tenant a
// person of a shared channel comes from. A personal chat names the person's own tenant. A guest has an account in the host's tenant, and only
// the #EXT# in the user principal name tells. An anonymous joiner has no aadObjectId.
//
// Two clocks: Options.Now stamps messages and activities and may be scaled by a demo; Options.Machine rules tokens, throttling and the
// minute between refreshes. Waiting for the bot uses the machine's timers.
//
// Not done: files, reactions, edits by people, slash commands, message extensions, sign-in cards, dialogs with web pages, certificates
// in place of the client secret, Graph. Where Microsoft documents no number or wording, a comment here says so. Source of the
// behaviour: learn.microsoft.com (Teams platform, Bot Framework, Adaptive Cards 1.5 schema), 2026.
package teams
