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
	side string // before or after a commit, or at an outward call that took effect and was not answered yet
	n    int    // the how manieth; 0 kills nowhere
}

// The sides of a point.
const (
	beforeCommit = "before"
	afterCommit  = "after"
	atCall       = "call"
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
	kills atomic.Int32
	over  bool
	ended chan struct{} // closed when no process will run any more
}

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
	if at.side != atCall && at.n > 0 {
		kill = fmt.Sprintf("%s %d", at.side, at.n)
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
		m.mu.Lock()
		close(m.gone)
		over := m.over
		m.mu.Unlock()
		if dead(m.cmd.ProcessState) {
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

// Advance has company time leap ahead, here and there.
func (m *machine) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clock.Advance(d)
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
