package flows

import "time"

// PostKind says what a post shows and to whom.
type PostKind string

// The kinds of posts. Asker and approver cards and the feed line live and are edited; the others are short messages of their own.
const (
	PostAsker    PostKind = "asker"    // the asker's card
	PostApprover PostKind = "approver" // one approver's card
	PostFeed     PostKind = "feed"     // the line in the channel
	PostNotice   PostKind = "notice"   // you have it, denied, taken early, over, trouble; Topic says which
	PostWarning  PostKind = "warning"  // ends soon
	PostAdmin    PostKind = "admin"    // an alarm, in the audit channel or to an admin
	PostDigest   PostKind = "digest"   // what a time off meant for somebody, all in one
)

// PostID numbers posts from 1.
type PostID int64

// Post is a chat message that Hallpass keeps up to date: its address, for whom, and which revision it last showed.
type Post struct {
	ID        PostID
	Kind      PostKind
	Topic     string // for notices: "have", "denied", "revoked", "over", "kept", "trouble", "lapsed", "failed", "extended", "restored", "answer"
	Key       string // unique: what makes a repeat harmless ("approver/142/00u7/0")
	Platform  string
	Workspace string
	Channel   string   // the address once known: channel or direct message
	TS        string   // the message's id there; empty until it was posted
	Person    PersonID // for whom, empty for a channel or somebody not linked
	Tried     []string // chats in which the person could not be reached
	User      string   // the platform user it goes to directly, once known; empty for a channel
	Request   RequestID
	Grant     GrantID
	Right     string // an approver's right, in words, as it was when asked
	RightKey  string
	Until     time.Time // end of the shift that gives the right, when there is one
	Off       *Off      `json:",omitempty"` // for digests
	Text      string    // a fixed sentence for answers and alarms (ours, never typed text)
	Shown     int       // the request's revision it last showed; a press counts only on this
	Wanted    int       // raised whenever it should be drawn anew
	Drawn     int       // the Wanted it was last drawn at
	Reminder  int       // raised to replace the card below in the conversation
	Cursor    int64     // feed posts: the last entry that its thread has
	Final     bool      // drawn for the last time; buttons are gone
	Made      time.Time
}
