package store

import (
	"context"
	"errors"
	"runtime"

	"hallpass/flows"
)

// groupMax is how many changes one commit carries at most.
const groupMax = 64

var errExited = errors.New("the function given to Change ended its goroutine; nothing of it was kept")

// change is one waiting caller.
type change struct {
	ctx  context.Context // only asked whether the caller still waits; it never reaches SQL
	f    func(flows.Tx) error
	err  error
	done chan error // has room for the one answer, so that the writer never waits for a caller
}

// Change queues f for the writer and waits. A caller whose ctx ends before f began is dropped; afterwards f may still commit.
func (s *Store) Change(ctx context.Context, f func(flows.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.options.Reads {
		return ErrReadOnly
	}
	select {
	case <-s.closing:
		return ErrClosed
	default:
	}
	c := &change{ctx: ctx, f: f, done: make(chan error, 1)}
	select {
	case s.changes <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return ErrClosed
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		return c.leave()
	}
}

// leave prefers an answer that came at the same moment.
func (c *change) leave() error {
	select {
	case err := <-c.done:
		return err
	default:
		return c.ctx.Err()
	}
}

// write is the writer's loop: one group after the other until the store closes.
func (s *Store) write() {
	defer close(s.written)
	for {
		select {
		case <-s.closing:
			return
		case first := <-s.changes:
			s.commitGroup(first)
			// Those just answered often have another change at once; let them queue up, so that the next group is a full one.
			runtime.Gosched()
		}
	}
}

// next is a change that already waits, or nil.
func (s *Store) next() *change {
	select {
	case c := <-s.changes:
		return c
	default:
		return nil
	}
}

// commitGroup writes the changes that wait now in one transaction. Nobody is answered before it is committed, not even those who
// failed: what they read may have been of the same group. When the transaction dies, each runs again alone, once.
func (s *Store) commitGroup(first *change) {
	members := []*change{first}
	g, err := s.newGroup()
	if err == nil {
		err = g.run(first)
		for err == nil && len(members) < groupMax {
			c := s.next()
			if c == nil {
				break
			}
			members = append(members, c)
			err = g.run(c)
		}
		switch err = g.finish(err); {
		case errors.Is(err, errUnsure):
			for _, c := range members {
				c.err = errors.Join(c.err, err)
			}
		case err != nil:
			s.eachAlone(members)
		}
	} else {
		first.err = err
	}
	for _, c := range members {
		c.done <- c.err
	}
}

func (s *Store) eachAlone(members []*change) {
	for _, c := range members {
		c.err = nil
		g, err := s.newGroup()
		if err == nil {
			err = g.finish(g.run(c))
		}
		if c.err == nil { // otherwise what the function met is the cause, and the dead transaction its consequence
			c.err = err
		}
	}
}

// begin opens the transaction; a connection that cannot is replaced once.
func (s *Store) begin() error {
	err := s.beginFit()
	if err == nil || errors.Is(err, ErrUnfit) {
		return err
	}
	if openErr := s.reopenWriter(); openErr != nil {
		return errors.Join(err, openErr)
	}
	return s.beginFit()
}

// beginFit opens the transaction on a database that is still one for this program.
func (s *Store) beginFit() error {
	if err := s.writer.begin(); err != nil {
		return err
	}
	err := s.look()
	if err != nil {
		s.writer.exec("ROLLBACK")
	}
	return err
}

func (s *Store) reopenWriter() error {
	s.writer.close()
	fresh, err := newSession(s.writeDB, s.sql)
	if err == nil {
		s.writer, s.unsure = fresh, true
	}
	return err
}

// group is one transaction of the writer and what its members did.
type group struct {
	store  *Store
	moved  bool // the savepoint stands where the last change began, not where it ended
	wrote  bool
	wanted bool
	lost   flows.Head // what was seen of the database and is not in it, if this group began by noticing that
	head   flows.Head
}

// newGroup opens the transaction, and looks on a new connection whether the database still holds what was seen of it.
func (s *Store) newGroup() (*group, error) {
	if err := s.begin(); err != nil {
		return nil, err
	}
	g := &group{store: s}
	if !s.unsure {
		return g, nil
	}
	if err := g.lookBack(); err != nil {
		return nil, errors.Join(err, g.finish(err))
	}
	return g, nil
}

// errOlder is a transaction's end where the database turns out to be older than what was seen of it.
var errOlder = errors.New("the database does not hold what was committed to it")

// lookBack compares the log with what this process saw committed. Where that is missing, whoever must know hears of it before anything
// else is written.
func (g *group) lookBack() error {
	s := g.store
	how, err := s.seen.Lost(s.newTx(s.writer, nil))
	if err != nil {
		return err
	}
	s.unsure = false
	if how == "" {
		return nil
	}
	g.lost, s.seen = s.seen, flows.Head{Request: s.seen.Request, Grant: s.seen.Grant}
	if s.options.Older == nil {
		return nil
	}
	tell := &change{ctx: context.Background(), f: func(tx flows.Tx) error { return s.options.Older(tx, g.lost, how) }}
	if err := g.run(tell); err != nil {
		return err
	}
	return tell.err
}

// run runs one change inside the savepoint with which the transaction began, or the next, and keeps its result in c.err. An error means that the transaction itself is dead.
func (g *group) run(c *change) error {
	if c.err = c.ctx.Err(); c.err != nil {
		return nil
	}
	w := g.store.writer
	if g.moved {
		if err := w.script("RELEASE one_change; " + savepoint); err != nil {
			return err
		}
		g.moved = false
	}
	t := g.store.newTx(w, nil)
	c.err = apart(c.f, t)
	t.over = true
	if errors.Is(t.failed, errOlder) {
		g.store.unsure = true
		return errOlder
	}
	if c.err != nil {
		_, err := w.exec("ROLLBACK TO one_change")
		return err
	}
	g.moved = true
	g.keep(t)
	return nil
}

func (g *group) keep(t *tx) {
	g.wrote = g.wrote || t.wrote
	g.wanted = g.wanted || t.wanted
	if t.head.Seq > 0 {
		g.head.Seq, g.head.Hash = t.head.Seq, t.head.Hash
	}
	g.head.Request, g.head.Grant = max(g.head.Request, t.head.Request), max(g.head.Grant, t.head.Grant)
}

// apart runs f on a goroutine of its own, so that neither a panic nor runtime.Goexit (a test's FailNow) takes the writer along.
func apart(f func(flows.Tx) error, t *tx) error {
	done := make(chan error, 1)
	go func() {
		err := errExited
		defer func() { done <- err }()
		err = guarded(f, t)
	}()
	return <-done
}

// finish commits, or rolls back what is dead or has written nothing, and tells those who watch.
func (g *group) finish(dead error) error {
	err := g.commit(dead)
	if err != nil && g.lost.Seq > 0 { // nobody has heard of it yet
		g.store.seen, g.store.unsure = g.lost, true
	}
	return err
}

func (g *group) commit(dead error) error {
	s := g.store
	if dead != nil || !g.wrote {
		s.writer.exec("ROLLBACK")
		return dead
	}
	call(s.options.Hook.BeforeCommit)
	ticket, err := s.sql.beforeCommit(s.writer, g.wanted, s.voice)
	if err == nil && s.options.Hook.Refuse != nil {
		err = s.options.Hook.Refuse()
	}
	if err == nil {
		_, err = s.writer.exec("COMMIT")
		if err != nil && s.sql.committed != nil {
			err = s.settle(ticket, err)
		}
	}
	if err != nil {
		s.writer.exec("ROLLBACK")
		return err
	}
	call(s.options.Hook.AfterCommit)
	if g.head.Seq > 0 {
		s.seen = s.seen.Later(g.head)
		if s.options.Witness != nil {
			s.options.Witness(g.head)
		}
	}
	if g.wanted {
		call(s.options.Wake)
	}
	return nil
}

// errUnsure is the answer where it cannot be found out whether a commit was done: it must not be done once more.
var errUnsure = errors.New("the database went away during a commit; what became of it is not known")

// settle finds out on a new connection whether a commit was done whose answer was lost.
func (s *Store) settle(ticket string, lost error) error {
	if err := s.reopenWriter(); err != nil {
		return errors.Join(errUnsure, lost, err)
	}
	done, err := s.sql.committed(s.writer, ticket)
	switch {
	case err != nil:
		return errors.Join(errUnsure, lost, err)
	case done:
		return nil
	}
	return lost
}

func call(f func()) {
	if f != nil {
		f()
	}
}
