package app

import (
	"context"
	"errors"
	"fmt"

	"hallpass/flows"
)

// trusted stops a program that has just been started where the directory says that attributes give no authority which the configuration takes
// for it. While access is out it stays, as nobody else would take that back: what depends on them waits, and admins are told with the sync.
func (a *App) trusted(ctx context.Context) error {
	var settled error
	for _, d := range a.engine.Doubts(ctx) {
		if d.Settled {
			settled = errors.Join(settled, fmt.Errorf("%s", d.Sentence))
		}
	}
	if settled == nil {
		return nil
	}
	var out []*flows.Holding
	err := a.store.View(ctx, func(tx flows.Tx) (err error) {
		out, err = tx.Holdings(flows.HoldingFilter{OpenOnly: true})
		return err
	})
	if err != nil || len(out) == 0 {
		return errors.Join(settled, err)
	}
	a.o.Log.Error().Err(settled).Msg("what depends on this waits")
	return nil
}
