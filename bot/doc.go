// Package bot is what people see and press, on any chat: commands, forms and cards as neutral values.
//
// A Card is a message, a Form is what somebody fills, a Home is a page drawn on opening. They are pure views of stored state; each
// chat has one renderer that turns them into its own markup and one decoder that turns presses and submissions into calls of Bot.
// Ours and typed text never mix: a Span is one or the other, and an adapter must never let typed text be read as markup.
//
// A Story is everything that is stored about one request and what it gave, as a post shows it: load reads it, and asker.go, approver.go,
// feed.go, thread.go, notice.go and ending.go put it into words. A Bot answers an adapter (Inbound), works deeds (WorkDeed) and draws posts
// (DrawPost, DrawThread) for the scheduler; the one who decides about anything is the Engine.
//
// Conversation (opening a form, options of a search, Home) is answered at once and forgotten. Deeds (whatever changes something) are
// committed to the inbox, acknowledged, and worked afterwards; the answer follows by card or message.
//
// What is not done here: no policy (that is flows), no vendor's markup (that is bot/slack and bot/teams), no SQL.
package bot
