package scheduler

import (
	"context"
	"time"
)

// Every does something again and again, so much machine time apart, until the context ends (nil) or it fails.
func Every(ctx context.Context, d time.Duration, do func(context.Context) error) error {
	t := time.NewTicker(d)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			if err := do(ctx); err != nil {
				return err
			}
		}
	}
}
