package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hallpass/flows"
	"hallpass/store/postgrestest"
)

// replica is one more Hallpass on a schema.
func replica(t *testing.T, dsn string, change ...func(*Options)) *Store {
	t.Helper()
	return opened(t, append([]func(*Options){func(o *Options) { o.DSN = dsn }}, change...)...)
}

func changed(t *testing.T, s *Store, f func(flows.Tx) error) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	if err := s.Change(ctx, f); err != nil {
		t.Fatal(err)
	}
}

func count(tx flows.Tx, n *int) error {
	v, err := tx.Meta("count")
	if err == nil && v != "" {
		_, err = fmt.Sscan(v, n)
	}
	return err
}

// add reads and writes: two at once would lose one, were there no lock.
func add(tx flows.Tx) error {
	n := 0
	if err := count(tx, &n); err != nil {
		return err
	}
	if err := tx.Append(&flows.Entry{Action: flows.ActAlarm, Data: map[string]string{"n": fmt.Sprint(n + 1)}}); err != nil {
		return err
	}
	return tx.PutMeta("count", fmt.Sprint(n+1))
}

func sum(t *testing.T, s *Store) (n int) {
	t.Helper()
	if err := s.View(patient(t), func(tx flows.Tx) error { return count(tx, &n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestReplicasThatStartAtOnceInstallOnce(t *testing.T) {
	postgrestest.On(t, func(t *testing.T, dsn string) {
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				s, err := Open(patient(t), Options{DSN: dsn, Clock: newClock()})
				if err != nil {
					t.Error(err)
					return
				}
				t.Cleanup(func() { s.Close() })
			})
		}
		end(t, "the start of all", &wait)
		if n, err := replica(t, dsn).Verify(context.Background()); n != 1 || err != nil {
			t.Errorf("the log has %d entries, %v", n, err)
		}
	})
}

func TestAReplicaWakesTheOthersAndNotItselfAgain(t *testing.T) {
	postgrestest.On(t, func(t *testing.T, dsn string) {
		ctx, stop := context.WithCancel(context.Background())
		mine, others := make(chan struct{}, 100), make(chan struct{}, 100)
		var wait sync.WaitGroup
		for voice, heard := range map[string]chan struct{}{"mine": mine, "other": others} {
			wait.Go(func() {
				_ = listenOnce(ctx, Options{DSN: dsn}, voice, func() { heard <- struct{}{} })
			})
			<-heard // it listens
		}
		conn, err := connect(ctx, dsn, nil)
		if err != nil {
			t.Fatal(err)
		}
		const often = 40
		for range often {
			if _, err := conn.Exec(ctx, "SELECT pg_notify("+channelOf+", 'mine')"); err != nil {
				t.Fatal(err)
			}
			<-others
		}
		if n := len(mine); n > often/2 { // the slow poll may come in between
			t.Errorf("woken %d times by itself", n)
		}
		if _, err := conn.Exec(ctx, "SELECT pg_notify("+channelOf+", 'somebody')"); err != nil {
			t.Fatal(err)
		}
		<-mine
		<-others
		stop()
		wait.Wait()
		conn.Close(context.Background())
	})
}

func TestManyWakeUpsByOthersAreOneALittleLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, woken := time.Now(), []time.Duration{}
		wake := gathering(func() { woken = append(woken, time.Since(began)) })
		for range 5 {
			wake()
			time.Sleep(3 * time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		wake()
		time.Sleep(time.Second)
		synctest.Wait()
		if want := []time.Duration{gatherFor, 15*time.Millisecond + time.Second + gatherFor}; !slices.Equal(woken, want) {
			t.Errorf("woken at %v, want %v", woken, want)
		}
	})
}

func TestNoViewHearsThatItsConnectionWasEnded(t *testing.T) {
	for name, read := range map[string]func(*Store, context.Context, func(flows.Tx) error) error{"a View": (*Store).View, "a Look": (*Store).Look} {
		t.Run(name, func(t *testing.T) {
			postgrestest.On(t, func(t *testing.T, dsn string) { readAfterTheEnd(t, dsn, read) })
		})
	}
}

func readAfterTheEnd(t *testing.T, dsn string, read func(*Store, context.Context, func(flows.Tx) error) error) {
	ctx := context.Background()
	s := replica(t, dsn+"&application_name=ended")
	var open, wait sync.WaitGroup
	open.Add(readers)
	for range readers { // all at once, so that each has a connection of its own
		wait.Go(func() {
			_ = s.View(ctx, func(flows.Tx) error { open.Done(); open.Wait(); return nil })
		})
	}
	wait.Wait()
	conn, err := connect(ctx, dsn, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	ended, err := conn.Exec(ctx, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'ended' AND query LIKE '%ROLLBACK%'")
	if err != nil || ended.RowsAffected() < readers {
		t.Fatalf("%d were ended, %v", ended.RowsAffected(), err)
	}
	for range readers + 1 {
		if err := read(s, ctx, func(tx flows.Tx) error { _, _, err := tx.Head(); return err }); err != nil {
			t.Error(err)
		}
	}
}

func TestReplicasLoseNoChange(t *testing.T) {
	postgrestest.On(t, func(t *testing.T, dsn string) {
		const replicas, callers, each = 3, 4, 10
		all, ctx := make([]*Store, replicas), patient(t)
		var wait sync.WaitGroup
		for i := range all {
			all[i] = replica(t, dsn)
			for range callers {
				wait.Go(func() {
					for range each {
						if err := all[i].Change(ctx, add); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		end(t, "every change", &wait)
		if n := sum(t, all[0]); n != replicas*callers*each {
			t.Errorf("counted %d of %d", n, replicas*callers*each)
		}
		if n, err := all[1].Verify(context.Background()); n != 1+replicas*callers*each || err != nil {
			t.Errorf("the log has %d entries, %v", n, err)
		}
	})
}

// What one has claimed no other gets, until its lease is over.
func TestReplicasNeverClaimTheSame(t *testing.T) {
	postgrestest.On(t, func(t *testing.T, dsn string) {
		clock := newClock()
		a, b := replica(t, dsn, func(o *Options) { o.Clock = clock }), replica(t, dsn, func(o *Options) { o.Clock = clock })
		const intents = 60
		changed(t, a, func(tx flows.Tx) error {
			for n := range intents {
				if err := tx.Want(flows.Intent{Kind: flows.IntentPost, Subject: flows.SubjectOf("post", flows.PostID(n+1)), Lane: "l", Scale: flows.ByMachine}); err != nil {
					return err
				}
			}
			return nil
		})
		var mu sync.Mutex
		taken, ctx := map[string]int{}, patient(t)
		var wait sync.WaitGroup
		for name, s := range map[string]*Store{"a": a, "b": b} {
			wait.Go(func() {
				for range intents {
					err := s.Change(ctx, func(tx flows.Tx) error {
						list, err := tx.Claim(flows.ClaimQuery{Owner: name, Company: clock.company, Machine: clock.machine, Until: clock.machine.Add(time.Minute), Limit: 2})
						mu.Lock()
						defer mu.Unlock()
						for _, i := range list {
							taken[i.Subject]++
						}
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		end(t, "every claim", &wait)
		if len(taken) != intents {
			t.Errorf("%d of %d were claimed", len(taken), intents)
		}
		for subject, n := range taken {
			if n != 1 {
				t.Errorf("%s was claimed %d times", subject, n)
			}
		}
	})
}

func TestAReplicaIsWokenByAnother(t *testing.T) {
	postgrestest.On(t, func(t *testing.T, dsn string) {
		a := replica(t, dsn)
		woken := make(chan struct{}, 100)
		replica(t, dsn, func(o *Options) { o.Wake = func() { woken <- struct{}{} } })
		comes(t, "the first wake, when it begins to listen", woken)
		changed(t, a, func(tx flows.Tx) error {
			return tx.Want(flows.Intent{Kind: flows.IntentPost, Subject: "post/1", Lane: "l", Scale: flows.ByMachine})
		})
		comes(t, "the wake", woken)
	})
}

// A replica that is killed in the middle of a change holds nobody up: PostgreSQL ends its transaction with its connection.
func TestADeadReplicaHoldsNobodyUp(t *testing.T) {
	postgrestest.On(t, func(t *testing.T, dsn string) {
		a := replica(t, dsn)
		lost := newCutter(t, dsn)
		b := replica(t, lost.dsn)
		began := make(chan struct{})
		failed := make(chan error, 1)
		ctx := patient(t)
		go func() {
			failed <- b.Change(ctx, func(tx flows.Tx) error {
				if err := add(tx); err != nil {
					return err
				}
				close(began)
				lost.cut()
				lost.refuse.Store(true)
				return tx.PutMeta("late", "yes")
			})
		}()
		comes(t, "the change of the one that dies", began)
		changed(t, a, add)
		if n := sum(t, a); n != 1 {
			t.Errorf("counted %d, want the living one's", n)
		}
		if err := comes(t, "the answer to the dead one", failed); err == nil {
			t.Error("the dead one's change was answered as done")
		}
	})
}

// The answer to a COMMIT is lost. It is found out what became of it; nothing is done twice, and nothing that was done is called undone.
func TestACommitWhoseAnswerIsLost(t *testing.T) {
	for _, c := range []struct {
		name   string
		arrive bool // the COMMIT reaches the database
		away   bool // and it cannot be asked afterwards
		groups int  // how often it is tried
		unsure bool
	}{
		{"it was done", true, false, 1, false},
		{"it was not done, so it is done again", false, false, 2, false},
		{"nobody can say", true, true, 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			postgrestest.On(t, func(t *testing.T, dsn string) {
				proxy := newCutter(t, dsn)
				s := replica(t, proxy.dsn)
				changed(t, s, func(tx flows.Tx) error { return tx.PutMeta("before", "yes") }) // COMMIT is prepared now, so that the next word is COMMIT itself
				groups := 0
				cutting := *s.sql
				var once sync.Once
				cutting.beforeCommit = func(w *session, wake bool, voice string) (string, error) {
					groups++
					ticket, err := ticketOf(w, wake, voice)
					once.Do(func() { proxy.refuse.Store(c.away); proxy.cutNext(c.arrive) })
					return ticket, err
				}
				s.sql = &cutting
				err := s.Change(patient(t), add)
				if errors.Is(err, errUnsure) != c.unsure || (err != nil) != c.unsure {
					t.Errorf("the caller is told %v", err)
				}
				if groups != c.groups {
					t.Errorf("it was tried %d times, want %d", groups, c.groups)
				}
				if n := sum(t, replica(t, dsn)); n != 1 {
					t.Errorf("counted %d, want 1", n)
				}
			})
		})
	}
}

// cutter stands between a store and its database.
type cutter struct {
	dsn    string
	to     string
	refuse atomic.Bool
	next   atomic.Int32 // what happens to the next thing that the store says: 0 nothing, 1 lost, 2 arrives but is never answered
	mu     sync.Mutex
	open   []net.Conn
}

func newCutter(t *testing.T, dsn string) *cutter {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{to: u.Host}
	u.Host = l.Addr().String()
	c.dsn = u.String()
	t.Cleanup(func() { l.Close(); c.cut() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if c.refuse.Load() {
				conn.Close()
				continue
			}
			c.carry(conn)
		}
	}()
	return c
}

func (c *cutter) carry(store net.Conn) {
	base, err := net.Dial("tcp", c.to)
	if err != nil {
		store.Close()
		return
	}
	c.mu.Lock()
	c.open = append(c.open, store, base)
	c.mu.Unlock()
	silent := &atomic.Bool{}
	go func() {
		defer store.Close()
		buf := make([]byte, 1<<16)
		for {
			n, err := base.Read(buf)
			if n > 0 && silent.Load() { // it was done, but the answer never arrives
				return
			}
			if _, w := store.Write(buf[:n]); err != nil || w != nil {
				return
			}
		}
	}()
	go func() {
		defer base.Close()
		buf := make([]byte, 1<<16)
		for {
			n, err := store.Read(buf)
			switch {
			case err != nil:
				return
			case c.next.CompareAndSwap(1, 0):
				store.Close()
				return
			case c.next.CompareAndSwap(2, 0):
				silent.Store(true)
			}
			if _, err := base.Write(buf[:n]); err != nil && !errors.Is(err, io.EOF) {
				return
			}
		}
	}()
}

func (c *cutter) cutNext(arrives bool) {
	if arrives {
		c.next.Store(2)
	} else {
		c.next.Store(1)
	}
}

func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range c.open {
		x.Close()
	}
	c.open = nil
}
