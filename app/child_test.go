package app_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"hallpass/app"
	"hallpass/config"
	"hallpass/store"
)

// What a test tells Hallpass in a process of its own, which is the test's own binary once more.
const (
	childDir   = "HALLPASS_TEST_CHILD"       // the folder with config.yaml
	childClock = "HALLPASS_TEST_CHILD_CLOCK" // "company machine speed": two moments in nanoseconds, from which the clock goes on
	childOff   = "HALLPASS_TEST_CHILD_OFF"   // by how much the machine's own clock is wrong
	childKill  = "HALLPASS_TEST_CHILD_KILL"  // "before 7" or "after 7": kill yourself just before or just after the 7th commit
	childStop  = "stop"                      // a line on its standard input; any other is how far company time leaps
)

// crashTiming are the program's times under the crash tests. A call that was lost can land for as long as it may last and a bit more;
// nothing is proved before.
const (
	crashCall    = 1500 * time.Millisecond
	crashProof   = 50 * time.Millisecond
	crashLanding = 100 * time.Millisecond
	crashProbe   = 300 * time.Millisecond
)

func TestMain(m *testing.M) {
	if os.Getenv(childCommits) != "" {
		commits(os.Getenv(childCommits), os.Getenv(childSync))
	}
	if os.Getenv(childDir) == "" {
		moreAtOnce()
		os.Exit(m.Run())
	}
	if err := child(os.Getenv(childDir)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// moreAtOnce has more tests run at a time than there are processors, unless it was said how many: most of what they do is to wait for an answer.
func moreAtOnce() {
	flag.Parse()
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if !said {
		_ = flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0)))
	}
}

// child is the very program, with a store that kills it.
func child(dir string) error {
	set, err := config.Load(dir+"/config.yaml", config.Options{})
	if err != nil {
		return err
	}
	set.Timing.CallTimeout, set.Timing.ProofGap = crashCall, crashProof
	clock, err := goOn(os.Getenv(childClock))
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go obey(clock, stop)
	a, err := app.New(ctx, app.Options{Config: set, Clock: clock, Hook: deadly(os.Getenv(childKill)), Landing: crashLanding, ProbeEvery: crashProbe,
		Log: zerolog.New(os.Stderr).Level(zerolog.WarnLevel).With().Timestamp().Logger()})
	switch {
	case ctx.Err() != nil: // told to stop while it started
		return nil
	case err != nil:
		return err
	}
	return errors.Join(a.Run(ctx), a.Close())
}

func goOn(text string) (*app.Clock, error) {
	var company, machine int64
	var speed int
	if _, err := fmt.Sscan(text, &company, &machine, &speed); err != nil {
		return nil, err
	}
	clock := app.NewClockAt(time.Unix(0, company), time.Unix(0, machine), speed)
	if off, err := time.ParseDuration(os.Getenv(childOff)); err == nil {
		clock.HostOff(off)
	}
	return clock, nil
}

// obey reads what the test wants. The test's own end closes the pipe, and ends the child with it.
func obey(clock *app.Clock, stop func()) {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		if in.Text() == childStop {
			stop()
			return
		}
		if d, err := time.ParseDuration(in.Text()); err == nil {
			clock.Advance(d)
		}
	}
	os.Exit(2)
}

// deadly is a hook that kills this process at the commit that was named.
func deadly(when string) store.Hooks {
	side, number, _ := strings.Cut(when, " ")
	at, _ := strconv.Atoi(number)
	n := 0
	kill := func() {
		if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
			panic(err)
		}
		select {} // the signal is on its way
	}
	return store.Hooks{
		BeforeCommit: func() {
			if n++; side == "before" && n == at {
				kill()
			}
		},
		AfterCommit: func() {
			if side == "after" && n == at {
				kill()
			}
		},
	}
}
