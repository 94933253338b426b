package worlds

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"hallpass/app"
	"hallpass/sandbox"
	"hallpass/sandbox/okta"
	"hallpass/sandbox/slack"
	"hallpass/store"
	"hallpass/worlds/checker"
)

// World is a company with Hallpass in it. It lives in one bubble of testing/synctest.
type World struct {
	Seed    uint64
	Company *sandbox.Company
	Dir     string
	Log     io.Writer // of the program; nil for none
	Calls   bool      // the story names every call
	store   string    // a dsn, where it is not a file of its own

	handlers      map[string]http.Handler
	policy        Policy
	policies      []checker.Policy
	chance        *rand.Rand // what people do and what breaks
	ids           io.Reader  // what Hallpass draws: nonces, salts, jitter
	clock         *app.Clock
	clockOff      time.Duration // by how much the machine's clock is ahead
	clocks        []checker.Clock
	app           *app.App
	life          context.Context
	kill          context.CancelFunc
	lives         int
	steps, claims int
	arrived       chan struct{} // a call has come to the gate

	mu      sync.Mutex
	weather weather
	doom    doom
	full    time.Time // no commit goes through until then
	waiting []*call   // at the gate, to be let go
	depth   int       // of what happens in between
	parks   uint64    // of ten thousand calls, so many let somebody else act first
	headSeq int64
	calls   uint64
	between int // how often others acted in the middle of something
	began   time.Time
	story   []string

	heads    []int64
	reads    []checker.Read
	sends    []checker.Send
	facts    []checker.Fact
	troubles []checker.Trouble
	acks     []checker.Ack
	swept    time.Time
	found    []string // what sweeps found forgotten
	asked    int      // forms opened, for their nonces
	pressed  []pressed
	downed   time.Time
	mood     mood
	offered  string        // the hash of the flows that were proposed last
	free     *Free         // goroutines run as they like, on several replicas; nil in a stepped world
	lagged   time.Duration // how far Okta's reads ever lagged behind
}

// New opens a company in the bubble that it is called in. The template is a database that has its schema and nothing else; see Template.
func New(seed uint64, dir string, template []byte) (*World, error) {
	w := &World{Seed: seed, Dir: dir, chance: rand.New(rand.NewPCG(seed, 1)), ids: rand.NewChaCha8(seedBytes(seed)), arrived: make(chan struct{}, 1), began: now()}
	w.weather = weather{w: w, storms: map[string]storm{}, drizzle: map[string]uint64{}, until: map[string]time.Time{}}
	var err error
	if w.Company, err = sandbox.Start(sandbox.Options{Unheard: true, Slack: func(o *slack.Options) { o.Events = []string{} }}); err != nil {
		return nil, err
	}
	w.handlers = w.Company.Handlers()
	w.heads = make([]int64, len(w.Company.Okta.History()))
	for _, suffix := range []string{"-wal", "-shm"} {
		_ = os.Remove(w.path() + suffix)
	}
	return w, os.WriteFile(w.path(), template, 0o600)
}

func (w *World) path() string { return filepath.Join(w.Dir, "hallpass.db") }

func seedBytes(seed uint64) (b [32]byte) {
	copy(b[:], fmt.Sprintf("%032d", seed))
	return b
}

// Template is a database with its schema, as New wants it. Making a schema takes longer than most worlds.
func Template(dir string) ([]byte, error) {
	path := filepath.Join(dir, "template.db")
	s, err := store.Open(context.Background(), store.Options{DSN: "sqlite:" + path, Clock: standing{}, Installation: "worlds", Rand: rand.NewChaCha8(seedBytes(0)), Synchronous: "OFF"})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// standing is the clock of the template: the moment at which every bubble begins.
type standing struct{}

func (standing) Company() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }
func (standing) Machine() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

// now is the company's time.
func (w *World) now() time.Time {
	if w.free != nil {
		return w.clock.Company()
	}
	return now()
}

// tell adds a line to the story. The caller holds the lock.
func (w *World) tell(format string, args ...any) {
	w.story = append(w.story, w.now().Format("02 15:04:05.0 ")+fmt.Sprintf(format, args...))
}

func (w *World) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell(format, args...)
}

// trouble notes a time in which a system was not well. The caller holds the lock.
func (w *World) trouble(system string, from, to time.Time) {
	w.troubles = append(w.troubles, checker.Trouble{System: system, From: from, To: to})
}

// know keeps a policy for the checker.
func (w *World) know(p checker.Policy) {
	for _, old := range w.policies {
		if old.Hash == p.Hash {
			return
		}
	}
	w.policies = append(w.policies, p)
}

// Story is what has happened so far, a line each.
func (w *World) Story() string { return strings.Join(w.story, "\n") }

func told(c okta.Change) string {
	sign := "-"
	if c.Added {
		sign = "+"
	}
	return sign + nameOf(c.User) + " " + c.Group
}

func nameOf(id string) string { return cmp.Or(personOf(id).Name, id) }

// personOf is the person of an id in the directory.
func personOf(id string) sandbox.Person {
	list := sandbox.People()
	if i := slices.IndexFunc(list, func(p sandbox.Person) bool { return p.Okta == id }); i >= 0 {
		return list[i]
	}
	return sandbox.Person{Okta: id}
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
