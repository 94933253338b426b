package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"hallpass/bot"
	"hallpass/flows"
	"hallpass/scheduler"
)

// handlers says who carries out which kind of intent.
func (a *App) handlers() map[flows.IntentKind]scheduler.Handler {
	return map[flows.IntentKind]scheduler.Handler{
		flows.IntentHold: numbered("holding/%d", func(ctx context.Context, id int64) flows.Result {
			return a.engine.Hold(ctx, flows.HoldingID(id))
		}),
		flows.IntentAsk: numbered("request/%d", func(ctx context.Context, id int64) flows.Result {
			return a.engine.Reconsider(ctx, flows.RequestID(id))
		}),
		flows.IntentTicket: numbered("request/%d", func(ctx context.Context, id int64) flows.Result {
			return a.engine.KeepTicket(ctx, flows.RequestID(id))
		}),
		flows.IntentPost: numbered("post/%d", func(ctx context.Context, id int64) flows.Result {
			return a.shown(a.bot.DrawPost(ctx, flows.PostID(id)))
		}),
		flows.IntentThread: numbered("post/%d", func(ctx context.Context, id int64) flows.Result {
			return ended(a.bot.DrawThread(ctx, flows.PostID(id)))
		}),
		flows.IntentDeed:  numbered("deed/%d", func(ctx context.Context, id int64) flows.Result { return ended(a.workDeed(ctx, id)) }),
		flows.IntentTimer: func(ctx context.Context, i flows.Intent) flows.Result { return a.engine.Tick(ctx, i.Subject) },
		flows.IntentSync: func(ctx context.Context, i flows.Intent) flows.Result {
			name := strings.TrimPrefix(i.Subject, "sync/")
			every, ok := a.out.syncs[name]
			if !ok && name != flows.PolicyWork && name != flows.PlanWork && name != flows.RecoveryWork {
				return flows.Result{} // the integration is no longer in the file
			}
			return a.engine.Sync(ctx, name, every)
		},
	}
}

func (a *App) workDeed(ctx context.Context, id int64) error {
	var d *flows.Deed
	if err := a.store.View(ctx, func(tx flows.Tx) (err error) {
		d, err = tx.Deed(id)
		return err
	}); err != nil {
		return err
	}
	return a.bot.WorkDeed(ctx, *d)
}

func numbered(form string, work func(context.Context, int64) flows.Result) scheduler.Handler {
	return func(ctx context.Context, i flows.Intent) flows.Result {
		var id int64
		if _, err := fmt.Sscanf(i.Subject, form, &id); err != nil {
			return flows.Result{Again: true, Err: fmt.Errorf("subject %q is not %s: %w", i.Subject, form, err)}
		}
		return work(ctx, id)
	}
}

// shown is ended, for a post that may wait for what it tells of.
func (a *App) shown(err error) flows.Result {
	var early *bot.NotYet
	if errors.As(err, &early) {
		return flows.Result{Again: true, Scale: flows.ByMachine, Due: a.o.Clock.Machine().Add(early.After)}
	}
	return ended(err)
}

func ended(err error) flows.Result { return flows.Result{Again: err != nil, Err: err} }
