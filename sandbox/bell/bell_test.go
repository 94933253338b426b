package bell

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestWaitSeesEveryChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b Bell
		var n atomic.Int32
		go func() {
			for range 3 {
				time.Sleep(time.Second)
				n.Add(1)
				b.Ring()
			}
		}()
		if err := b.Wait(t.Context(), func() bool { return n.Load() == 3 }); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWaitGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b Bell
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := b.Wait(ctx, func() bool { return false }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err %v", err)
		}
	})
}

func TestSubscribeRunsRingsTogetherAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b Bell
		ctx, cancel := context.WithCancel(t.Context())
		news := b.Subscribe(ctx)
		for range 3 {
			b.Ring()
			synctest.Wait()
		}
		if _, ok := <-news; !ok {
			t.Error("closed before its context ended")
		}
		cancel()
		if _, ok := <-news; ok {
			t.Error("three rings that nobody read were two values")
		}
	})
}
