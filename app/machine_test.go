package app_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"hallpass/app"
	"hallpass/demo"
	"hallpass/sandbox"
)

// point is a moment at which Hallpass is killed.
type point struct {
	side string // before or after a commit, at an outward call that took effect and was not answered yet, or as company time leaps
	n    int    // the how manieth; 0 kills nowhere
}

// The sides of a point.
const (
	beforeCommit = "before"
	afterCommit  = "after"
	atCall       = "call"
	atLeap       = "leap"
)

func (p point) String() string { return fmt.Sprintf("%s-%d", p.side, p.n) }

// machine runs Hallpass in a process of its own, lets it be killed once, and starts it again.
type machine struct {
	t     *testing.T
	dir   string
	c     *sandbox.Company
	clock *app.Clock
	under []string      // the command that runs Hallpass, if it does not run by itself
	off   time.Duration // by how much the machine's own clock is wrong, which a shared database makes good

	calls atomic.Int32 // outward calls that took effect
	mu    sync.Mutex
	cmd   *exec.Cmd
	in    io.WriteCloser
	said  *bytes.Buffer // what the processes logged; read it when all have ended
	gone  chan struct{} // closed when the running process has ended
	leaps []span        // of company time
	dies  int           // the how manieth leap finds Hallpass dead; 0 for none
	died  []time.Time   // when Hallpass was seen to be dead, in company time
	kills atomic.Int32
	over  bool
	ended chan struct{} // closed when no process will run any more
}

// span is a part of company time.
type span struct{ from, to time.Time }

// boot starts Hallpass, to be killed at a point.
func boot(t *testing.T, c *sandbox.Company, clock *app.Clock, at point, under ...string) *machine {
	t.Helper()
	m := &machine{t: t, dir: t.TempDir(), c: c, clock: clock, under: under, said: &bytes.Buffer{}, ended: make(chan struct{})}
	if _, err := demo.Files(m.dir, c, demo.DefaultTiming); err != nil {
		t.Fatal(err)
	}
	if at.side == atCall {
		for _, f := range c.Faults() {
			f.OnEffect = func(*http.Request) {
				if m.calls.Add(1) == int32(at.n) {
					m.kill()
				}
			}
		}
	}
	kill := ""
	switch at.side {
	case beforeCommit, afterCommit:
		kill = fmt.Sprintf("%s %d", at.side, at.n)
	case atLeap:
		m.dies = at.n
	}
	if err := m.start(kill); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.end)
	go m.watch()
	return m
}

func (m *machine) start(kill string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	line := append(slices.Clone(m.under), self)
	cmd := exec.Command(line[0], line[1:]...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = m.said, m.said
	m.mu.Lock()
	defer m.mu.Unlock()
	cmd.Env = append(os.Environ(), childDir+"="+m.dir, childKill+"="+kill, fmt.Sprintf("%s=%d %d %d", childClock, m.clock.Now().UnixNano(), time.Now().UnixNano(), m.clock.Speed()),
		fmt.Sprintf("%s=%s", childOff, m.off))
	if err := cmd.Start(); err != nil {
		return err
	}
	m.cmd, m.in, m.gone = cmd, in, make(chan struct{})
	return nil
}

// watch starts Hallpass again when it was killed.
func (m *machine) watch() {
	defer close(m.ended)
	for {
		err := m.cmd.Wait()
		killed := dead(m.cmd.ProcessState)
		m.mu.Lock()
		close(m.gone)
		over := m.over
		if killed {
			m.died = append(m.died, m.clock.Now())
		}
		m.mu.Unlock()
		if killed {
			m.kills.Add(1)
		} else if !over {
			m.t.Errorf("Hallpass ended by itself: %v", err)
			return
		}
		if over {
			return
		}
		if err := m.start(""); err != nil {
			m.t.Errorf("Hallpass does not start again: %v", err)
			return
		}
	}
}

// dead reports whether a process was killed.
func dead(s *os.ProcessState) bool {
	return s.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
}

// Advance has company time leap ahead, here and there. Hallpass may have to die of it: the next process finds that it was off.
func (m *machine) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.leaps)+1 == m.dies {
		_ = m.cmd.Process.Kill() // it may be dead by itself
	}
	before := m.clock.Now()
	m.clock.Advance(d)
	m.leaps = append(m.leaps, span{before, m.clock.Now()})
	fmt.Fprintln(m.in, d) // a process that is gone reads nothing, and the next one is told how the clock stands
}

// kill ends the process in the middle of whatever it does, and returns when it is dead.
func (m *machine) kill() {
	m.mu.Lock()
	cmd, gone := m.cmd, m.gone
	m.mu.Unlock()
	if err := cmd.Process.Kill(); err != nil {
		m.t.Errorf("Hallpass cannot be killed: %v", err)
	}
	<-gone
}

// strike kills the process that runs now, and returns when the next one does.
func (m *machine) strike() {
	m.mu.Lock()
	killed := m.gone
	m.mu.Unlock()
	m.kill()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for next := killed; next == killed; <-tick.C {
		m.mu.Lock()
		next = m.gone
		m.mu.Unlock()
	}
}

// wasOff reports whether a time is half an hour and more in which no Hallpass ran, as it may take it by the last that it wrote down: it died in it, and
// all of the time but a bit was leapt.
func (m *machine) wasOff(from, to time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	died := slices.ContainsFunc(m.died, func(at time.Time) bool { return at.After(from) && at.Before(to) })
	lived := to.Sub(from)
	for _, l := range m.leaps {
		if l.to.After(from) && l.from.Before(to) {
			lived -= l.to.Sub(l.from)
		}
	}
	return died && lived < time.Minute+patience && to.Sub(from) >= 30*time.Minute
}

// diedLast is when Hallpass was last seen to be dead.
func (m *machine) diedLast() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.died[len(m.died)-1]
}

// struck reports whether Hallpass was killed.
func (m *machine) struck() bool { return m.kills.Load() > 0 }

// stop has Hallpass end as it does when it is told to.
func (m *machine) stop() {
	m.mu.Lock()
	m.over = true
	fmt.Fprintln(m.in, childStop)
	cmd := m.cmd
	m.mu.Unlock()
	select {
	case <-m.ended:
	case <-time.After(patience):
		m.t.Error("Hallpass does not stop")
		m.end()
	}
	if s := cmd.ProcessState; s == nil || !s.Success() && !dead(s) {
		m.t.Errorf("Hallpass did not stop well: %v", s)
	}
}

// end kills what is left.
func (m *machine) end() {
	m.mu.Lock()
	m.over = true
	_ = m.cmd.Process.Kill() // it may have ended
	m.mu.Unlock()
	<-m.ended
	if m.t.Failed() {
		m.t.Logf("Hallpass said:\n%s", m.said)
	}
}
