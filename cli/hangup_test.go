package cli

import (
	"os"
	"syscall"
	"testing"
	"time"
)

func TestEachHangupIsHeardUntilTheStop(t *testing.T) {
	heard := make(chan struct{}, 1)
	stop := onHangup(func() { heard <- struct{}{} })
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := self.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		select {
		case <-heard:
		case <-time.After(10 * time.Second):
			t.Fatal("the hangup was not heard")
		}
	}
	stop()
}
