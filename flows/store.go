package flows

import (
	"context"
	"time"
)

// Store keeps state. View and Change are the only doors.
//
// The function given to Change touches nothing but its Tx, does no I/O, and may run again; its results count only after Change
// returned nil. Everything in it is stamped with one reading of the company clock (Tx.Now). If the function returns an error or
// panics, nothing of it is kept (a panic comes back as an error). A caller whose context ends stops waiting; the change may still commit.
type Store interface {
	View(ctx context.Context, f func(Tx) error) error
	Change(ctx context.Context, f func(Tx) error) error
}

// Tx is the only handle on state. Reads of something absent return ErrNotFound. In a View every write returns an error.
// Put verbs insert when the id is zero (and set it) and replace otherwise. A Put that makes a move which the state machine's
// table does not allow is refused.
type Tx interface {
	Now() time.Time  // company time, one reading for the whole transaction
	Real() time.Time // machine time, likewise

	Request(id RequestID) (*Request, error)
	RequestByNonce(nonce string) (*Request, error)
	Requests(f RequestFilter) ([]*Request, error) // newest first
	CountRequests(f RequestFilter) (int, error)
	PutRequest(r *Request) error

	AddDecision(d *Decision) error
	Decisions(id RequestID) ([]Decision, error) // oldest first

	Grant(id GrantID) (*Grant, error)
	Grants(f GrantFilter) ([]*Grant, error) // oldest first
	PutGrant(g *Grant) error

	Holding(id HoldingID) (*Holding, error)
	OpenHolding(p PersonID, e Entitlement) (*Holding, error) // at most one is open for a person and entitlement
	Holdings(f HoldingFilter) ([]*Holding, error)
	PutHolding(h *Holding) error

	// Append sets Seq, At, Hash, Prev and Bytes.
	Append(e *Entry) error
	Entries(f EntryFilter) ([]Entry, error) // oldest first
	Head() (seq int64, hash string, err error)
	// Numbers are the newest that requests and grants have; zero where there are none. SkipNumbers has the next ones numbered above
	// these, and all other rows above what can have been there: a number is never given twice, also to what is under way in this process.
	Numbers() (RequestID, GrantID, error)
	SkipNumbers(RequestID, GrantID) error

	// Want records an intent: opens it, or raises the generation of the open one, takes the lower rank and pulls its due time forward
	// (an intent that waits out an error keeps its later due time unless Now is set). It never changes who holds a claim.
	Want(i Intent) error
	// Claim takes up to limit due intents that nobody holds, in the order rank, due, id; lanes in skip are left out, and of every other
	// lane at most room[lane] (or room[""] when the lane is not listed). The claim is a lease until `until`, in machine time; each
	// claim raises Attempt.
	Claim(c ClaimQuery) ([]Intent, error)
	// Finish completes or puts off a claimed intent. With an older owner, attempt or generation a completion leaves it open and due
	// now; false is returned then.
	Finish(claimed Intent, f Finish) (bool, error)
	// FreeClaims drops every claim but those of the owners that are named: whoever else claimed is dead. Naming nobody is only for a start where this
	// process is surely alone with the store.
	FreeClaims(but ...string) error
	// RedoClaimed has everything that is claimed done once more: what its workers have done may be missing in the store.
	RedoClaimed() error
	Replicas() ([]Replica, error) // by owner
	PutReplica(r Replica) error
	DropReplica(owner string) error
	// NextDue is the earliest due time on a scale among open, unclaimed intents outside the skipped lanes, and the earliest end of a claim
	// counts as a machine due time. False when there is none.
	NextDue(s Scale, skip []string) (time.Time, bool, error)
	Intent(kind IntentKind, subject string) (*Intent, error) // the open one
	Intents(f IntentFilter) ([]Intent, error)
	Lane(name string) (Lane, error) // the zero Lane (open) when never closed
	Lanes() ([]Lane, error)
	OpenLanes() ([]string, error) // the names of all lanes that have or had intents
	PutLane(l Lane) error

	Post(id PostID) (*Post, error)
	PostByKey(key string) (*Post, error)
	PostAt(platform, workspace, channel, ts string) (*Post, error)
	Posts(f PostFilter) ([]*Post, error) // oldest first
	PutPost(p *Post) error

	Identity(a Account) (*Identity, error)
	IdentitiesOf(p PersonID) ([]Identity, error)
	PutIdentity(i *Identity) error

	// Synced copies: for display, search and evidence, never for authority.
	Person(id PersonID) (Person, error)
	People() ([]Person, error)
	PutPerson(p Person) error
	Resource(k ResourceKey) (Resource, error)
	Resources(f ResourceFilter) ([]Resource, error) // by name, then key
	PutResource(r Resource) error
	// ReplaceMembers records who a complete sync saw on an entitlement; those seen before keep their first time.
	ReplaceMembers(e Entitlement, people []PersonID) error
	// SeenSince is since when every sync has seen this person on the entitlement. False: the last one did not.
	SeenSince(e Entitlement, p PersonID) (time.Time, bool, error)
	// SeenAtLatest has nobody have been seen later than at a moment: what a clock has stamped that was set back since.
	SeenAtLatest(at time.Time) error
	Sync(integration string) (SyncState, error) // the zero SyncState when never synced
	PutSync(s SyncState) error

	// Turns are what the last read of a shift's plan had, by person, then From.
	Turns(s Shift) ([]Turn, error)
	// PutTurns puts these in the place of all turns of a shift. One person's turns do not overlap.
	PutTurns(s Shift, list []Turn) error

	// AddDeed commits a deed to the inbox. A deed with a key seen before is not added: the first one comes back, with false.
	AddDeed(d *Deed) (*Deed, bool, error)
	Deed(id int64) (*Deed, error)
	PutDeed(d *Deed) error

	FlowText(hash string) ([]byte, error)
	PutFlowText(hash string, text []byte) error
	Pin(kind, name string) (id string, err error)
	PutPin(kind, name, id string) error
	Meta(key string) (string, error) // "" when absent
	PutMeta(key, value string) error
}

// RequestFilter chooses requests; zero fields do not restrict.
type RequestFilter struct {
	Asker       PersonID
	States      []RequestState
	MadeSince   time.Time
	Entitlement *Entitlement
	TicketKey   string // names this ticket
	Ticket      string // this ticket is kept beside it
	Extends     GrantID
	AskedOf     PersonID // has been asked to decide, and the request is open
	Naming      PersonID // is named among those asked or those who could be, and the request is open; Request.CouldDecide says which
	Limit       int
}

// GrantFilter chooses grants; zero fields do not restrict.
type GrantFilter struct {
	Request RequestID
	Holding HoldingID
	Person  PersonID
	States  []GrantState
	Limit   int
}

// HoldingFilter chooses holdings; zero fields do not restrict.
type HoldingFilter struct {
	OpenOnly    bool
	Person      PersonID
	Integration string
	StuckOnly   bool
	Limit       int
}

// EntryFilter chooses entries; zero fields do not restrict.
type EntryFilter struct {
	After   int64
	Request RequestID
	Actions []Action
	Limit   int
}

// IntentFilter chooses open intents; zero fields do not restrict.
type IntentFilter struct {
	Kind  IntentKind
	Lane  string
	Limit int
}

// PostFilter chooses posts; zero fields do not restrict.
type PostFilter struct {
	Request RequestID
	Grant   GrantID
	Person  PersonID
	Kinds   []PostKind
	Unfinal bool // only those not drawn for the last time
	Limit   int
}

// ResourceFilter chooses resources. Text is looked for anywhere in the lower-cased name; After pages by (name, key); gone and
// unfit ones are left out unless All is set. Name is an exact, case-insensitive name.
type ResourceFilter struct {
	Integration string
	Type        string
	Text        string
	Name        string
	After       *Resource
	All         bool
	Limit       int
}

// ClaimQuery says what a worker can take.
type ClaimQuery struct {
	Owner   string
	Company time.Time
	Machine time.Time
	Until   time.Time
	Skip    []string       // lanes not to take from
	Room    map[string]int // free places of a lane; [""] for lanes not listed
	Limit   int
}

// Finish says how a claimed intent ended: Done closes it, otherwise it is due again at Due on Scale.
type Finish struct {
	Done  bool
	Scale Scale
	Due   time.Time
	Error string
	Park  bool
}

// Replica is one of several Hallpasses that work on one store. It is a lease: when it is not renewed, its claims and its sockets are others' to take.
type Replica struct {
	Owner   string    // by which its claims are made
	Until   time.Time // machine time
	Sockets int       // how many connections to the chat it may hold until then
	Counted int       // how many the chat may rightly count for it
}

// Lane is the state of a lane that trouble has closed. It is shared by replicas. Times are machine time.
type Lane struct {
	Name       string
	Closed     bool
	Since      time.Time
	ProbeAfter time.Time // when one intent may try again
	Why        string
	Told       int // how many alarms have been told of this closing
}

// SyncState is how the last syncs of an integration went. Company time.
type SyncState struct {
	Integration string
	Complete    time.Time // when the last complete sync started
	Failed      string    // why the last one failed, empty when it did not
	Held        string    // what the brake holds, in words; empty when it holds nothing
	HeldKey     string    // what exactly, so that a release frees this and nothing newer
	Released    string    // the HeldKey that an admin released
}

// DeedKind says what somebody did in chat that changes something.
type DeedKind string

// Deed is a deed committed to the inbox before it was acknowledged. Body is the chat adapter's own neutral JSON.
type Deed struct {
	ID      int64
	Key     string // trigger id, event id, activity id, form nonce: what makes a repeat harmless
	Kind    DeedKind
	Account Account
	Body    []byte
	Made    time.Time // company time
	Real    time.Time // machine time: a press older than ten minutes when it is worked is not counted
	Worked  bool
	Answer  string // the first answer, given again to a repeat
}
