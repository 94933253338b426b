package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hallpass/flows"
)

// closeWithin bounds Close.
const closeWithin = 10 * time.Second

// ErrClosed is the answer to whoever comes after Close, and to changes that were waiting then.
var ErrClosed = errors.New("the store is closed")

// PanicError is a panic of a function given to View or Change. Nothing of it was kept.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic in a transaction: %v", e.Value) }

// Hooks watch commits; the crash tests kill the process in them. They run on the writer's goroutine.
type Hooks struct {
	// Refuse stands for a file system that is full or a file that is locked: its error takes the place of the commit.
	Refuse       func() error
	BeforeCommit func()
	AfterCommit  func()
}

// Options say where the state is and who is told of changes. DSN and Clock are required. Witness, Wake and the hooks are called on
// the writer's goroutine, before the callers of Change are answered: they must be quick and must not call the store.
type Options struct {
	DSN   string // "sqlite:PATH" or "postgres://…"
	Clock flows.Clock
	// Installation names a new database in the first entry of its chain; a random name when empty. An existing one keeps its own.
	Installation string
	// Witness is told the newest head of the chain after each commit that appended to it, with the numbers that were given since the last.
	Witness func(flows.Head)
	// Older is called, in the transaction of the first group that finds it, when the database no longer holds what this process saw
	// committed: a failover lost it, or somebody put an older database in its place.
	Older func(tx flows.Tx, seen flows.Head, how string) error
	// Wake is called after each commit that made an intent due.
	Wake func()
	Hook Hooks
	// Rand gives salts and the random name; crypto/rand when nil.
	Rand io.Reader
	// Reads opens what is there for Views only: nothing is made, migrated or changed, and a store that was moved is read as well.
	Reads bool

	// Dial connects to PostgreSQL.
	Dial Dial

	migrations []migration // other steps than those of this program, in tests
	// Synchronous is FULL when empty: what was acknowledged survives a power cut. OFF is for worlds that live only in a test.
	Synchronous string
}

// Store is flows.Store in one SQLite file, or in one schema of a PostgreSQL database.
type Store struct {
	options Options
	sql     *dialect
	clock   flows.Clock

	writeDB, readDB *sql.DB
	writer          *session // used by the writer's goroutine only, after Open
	reading         *pool
	changes         chan *change
	voice           string     // by which this process knows its own notifications
	seen            flows.Head // what this process saw committed; the writer's
	unsure          bool       // the writer's connection is a new one: look whether that is still there

	migrations []migration
	beside     bool // the database is the next release's, which works beside this one; the writer's
	refusal    atomic.Pointer[error]

	closing   chan struct{} // closed when Close begins
	written   chan struct{} // closed when the writer has left
	deaf      chan struct{} // closed when nobody listens for other replicas
	unlisten  func()
	closeOnce sync.Once
	closeErr  error
}

var _ flows.Store = (*Store)(nil)

// Open opens the database, makes it when it is not there, and brings its schema up to date. ctx bounds nothing but the start.
func Open(ctx context.Context, o Options) (*Store, error) {
	d, err := dialectOf(o)
	if err != nil {
		return nil, err
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := &Store{
		options: o, sql: d, clock: o.Clock, migrations: o.steps(),
		reading: newPool(), changes: make(chan *change), voice: rand.Text(),
		closing: make(chan struct{}), written: make(chan struct{}), deaf: make(chan struct{}),
	}
	if err := s.start(); err != nil {
		return nil, fmt.Errorf("open the database %s: %w", o.place(), worded(err))
	}
	return s, nil
}

func (s *Store) start() error {
	var err error
	if s.writeDB, err = s.sql.open(s.options, true); err != nil {
		return err
	}
	s.writeDB.SetMaxOpenConns(1)
	if err := s.prepare(); err != nil {
		return errors.Join(err, s.writeDB.Close())
	}
	if s.readDB, err = s.sql.open(s.options, false); err != nil {
		return errors.Join(err, s.writer.close(), s.writeDB.Close())
	}
	s.readDB.SetMaxOpenConns(readers)
	go s.write()
	s.listen()
	return nil
}

// listen hears of what other replicas make due.
func (s *Store) listen() {
	ctx, stop := context.WithCancel(context.Background())
	s.unlisten = stop
	if s.sql.listen == nil || s.options.Wake == nil {
		close(s.deaf)
		return
	}
	go func() {
		defer close(s.deaf)
		s.sql.listen(ctx, s.options, s.voice, gathering(s.options.Wake))
	}()
}

// gatherFor is how long a wake-up by another replica waits for the next one. Who makes something due mostly takes it at once; whoever looked in the same
// moment would only stand in the way.
const gatherFor = 20 * time.Millisecond

// gathering is wake, a bit later, and once for all who call meanwhile.
func gathering(wake func()) func() {
	var soon atomic.Bool
	return func() {
		if soon.CompareAndSwap(false, true) {
			time.AfterFunc(gatherFor, func() {
				soon.Store(false)
				wake()
			})
		}
	}
}

// prepare migrates and writes the first entry, before anybody else is there.
func (s *Store) prepare() error {
	var err error
	if s.writer, err = newSession(s.writeDB, s.sql); err != nil {
		return err
	}
	if s.options.Reads {
		err = readable(s.writer, s.migrations)
	} else if _, err = migrate(s.writer, s.migrations, len(s.migrations)); err == nil {
		err = s.install()
	}
	if err != nil {
		return errors.Join(err, s.writer.close())
	}
	return nil
}

func (o Options) steps() []migration {
	if o.migrations != nil {
		return o.migrations
	}
	return migrations
}

// Path is the database's file; empty for PostgreSQL.
func (s *Store) Path() string {
	if path, file := strings.CutPrefix(s.options.DSN, sqliteScheme); file {
		return path
	}
	return ""
}

// View runs f on one snapshot. It reads on the caller's goroutine; when ctx ends, the next verb returns its error.
func (s *Store) View(ctx context.Context, f func(flows.Tx) error) error {
	reader, err := s.takeReader(ctx)
	if err != nil {
		return err
	}
	reader, err = s.beginView(reader)
	defer func() { s.reading.giveBack(reader) }()
	if err != nil {
		return err
	}
	defer reader.exec("ROLLBACK")
	t := s.newTx(reader, ctx)
	defer func() { t.over = true }()
	return guarded(f, t)
}

// Look is a View for what one statement answers, which needs no transaction around it: a third of the round trips, for what is asked all the time.
// f may run again. A second statement is refused.
func (s *Store) Look(ctx context.Context, f func(flows.Tx) error) error {
	reader, err := s.takeReader(ctx)
	if err != nil {
		return err
	}
	defer func() { s.reading.giveBack(reader) }()
	look := func() (broken, err error) {
		t := s.newTx(reader, ctx)
		defer func() { t.over = true }()
		t.single = true
		err = guarded(f, t)
		return t.failed, err
	}
	broken, err := look()
	if broken == nil || ctx.Err() != nil {
		return err
	}
	var openErr error
	if reader, openErr = s.instead(reader); openErr != nil {
		return errors.Join(err, openErr)
	}
	if broken, err = look(); broken != nil {
		reader.close()
		reader = nil
	}
	return err
}

// beginView opens the snapshot; a connection that cannot is replaced once. Where the database went away, the others that were lent before are dead
// as well, and nobody should hear of that from each of them.
func (s *Store) beginView(reader *session) (*session, error) {
	_, err := reader.exec(s.sql.beginRead)
	if err == nil {
		return reader, nil
	}
	fresh, openErr := s.instead(reader)
	if openErr != nil {
		return nil, errors.Join(err, openErr)
	}
	if _, err = fresh.exec(s.sql.beginRead); err != nil {
		fresh.close()
		return nil, err
	}
	return fresh, nil
}

// instead is a new connection in the place of one that does not answer.
func (s *Store) instead(reader *session) (*session, error) {
	reader.close()
	return newSession(s.readDB, s.sql)
}

func (s *Store) takeReader(ctx context.Context) (*session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-s.closing:
		return nil, ErrClosed
	default:
	}
	if err := s.Unfit(); err != nil {
		return nil, err
	}
	select {
	case <-s.reading.places:
		return s.openReader()
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.closing:
		return nil, ErrClosed
	}
}

func (s *Store) openReader() (*session, error) {
	if reader := s.reading.take(); reader != nil {
		return reader, nil
	}
	reader, err := newSession(s.readDB, s.sql)
	if err != nil {
		s.reading.giveBack(nil)
	}
	return reader, err
}

// guarded runs f and turns its panic into an error.
func guarded(f func(flows.Tx) error, t *tx) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	if err := f(t); err != nil {
		return err
	}
	return t.failed
}

// Close lets the group that is being written finish, answers waiting changes with ErrClosed and closes the file. It returns
// within ten seconds, with an error when a function did not return in that time. A second Close gives the first one's answer.
func (s *Store) Close() error {
	s.closeOnce.Do(func() { s.closeErr = s.shut() })
	return s.closeErr
}

func (s *Store) shut() error {
	close(s.closing)
	s.unlisten()
	limit := time.NewTimer(closeWithin)
	defer limit.Stop()
	stuck := errors.New("the store was closed while a transaction would not end")
	for range readers {
		select {
		case <-s.reading.places:
		case <-limit.C:
			return stuck
		}
	}
	s.reading.close()
	select {
	case <-s.written:
	case <-limit.C:
		return stuck
	}
	<-s.deaf
	return errors.Join(s.readDB.Close(), s.writer.close(), s.writeDB.Close())
}
