// Package teams shows Hallpass on Microsoft Teams: the Bot Framework's activities in, Adaptive Cards 1.5 out.
//
// Words:
//
//	activity   one message of the Bot Framework's connector, posted to /api/messages: a message, an invoke, an update of a conversation
//	invoke     an activity whose HTTP answer is shown: a press, a dialog that opens or is sent in, a search
//	turn       one activity while it is being answered; a form that is opened meanwhile becomes its answer
//	dialog     a form in a window of its own (Microsoft also says task module); where there is none, the same form is a card in the conversation
//	reference  where somebody, or a channel, can be written to, and over which service; kept and renewed from every activity
//	run        a piece of rich text (TextRun). Typed text stands in runs and in plain fields only, never where Markdown is read
//
// Promised: nothing is read of an activity before its token is proved (token.go); there is no way to run without that. Our own token goes to
// the allowed service hosts only, and never along a redirect. What an activity changes is committed before it is acknowledged, and the
// acknowledgement comes within three seconds; what is not done by then is answered by a message later. The same activity delivered again gets
// the first answer. Hidden values of a form come back sealed, or not at all. Tokens and typed text are never logged.
//
// Not done here: no policy, no wording of cards, no storing, no retries of calls: every call is tried once and its failure is classified for
// whoever keeps the patience.
//
// The library msbotbuilder-go addresses and sends activities, through core.BotFrameworkAdapter with a client of ours; its own token check and
// its own client are not used. Source of all vendor facts: learn.microsoft.com (Teams platform, Azure Bot Service), 2026.
package teams
