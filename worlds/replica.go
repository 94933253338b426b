package worlds

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"hallpass/app"
	"hallpass/store"

	"github.com/rs/zerolog"
)

// replica is one Hallpass of a concurrent world, through one life.
type replica struct {
	name, owner string
	app         *app.App
	ctx         context.Context
	kill        context.CancelFunc
	ran         chan error
	back        time.Time // when it starts again, once it is dead
}

func (r *replica) lives() bool { return r.app != nil && r.ctx.Err() == nil }

// anybody is a replica that lives; nil where none does.
func (f *Free) anybody() *replica {
	if i := slices.IndexFunc(f.replicas, (*replica).lives); i >= 0 {
		return f.replicas[i]
	}
	return nil
}

// choose has the next act fall upon one of those that live.
func (f *Free) choose() {
	r := f.pick()
	if r == nil {
		return
	}
	f.w.app, f.w.life, f.w.kill = r.app, r.ctx, r.kill
}

func (f *Free) pick() *replica {
	var living []*replica
	for _, r := range f.replicas {
		if r.lives() {
			living = append(living, r)
		}
	}
	if len(living) == 0 {
		return nil
	}
	return one(f.w.chance, living)
}

// start gives a replica a new life.
func (f *Free) start(r *replica) error {
	w := f.w
	c, err := w.policy.Config(w.Dir)
	if err != nil {
		return err
	}
	w.know(w.policy.plain(c))
	before, err := f.owners()
	if err != nil {
		return err
	}
	f.born++
	ctx, kill := context.WithCancel(context.Background())
	r.ctx, r.kill, r.back, r.owner, r.ran = ctx, kill, time.Time{}, "", make(chan error, 1)
	log := zerolog.Nop()
	if w.Log != nil {
		log = zerolog.New(w.Log).With().Str("seed", strconv.FormatUint(w.Seed, 10)).Str("replica", r.name).Logger()
	}
	a, err := app.New(ctx, app.Options{Config: c, Clock: w.clock, Log: log, Transport: &gate{w: w, ctx: ctx, kill: kill}, ProbeEvery: 30 * time.Second, Synchronous: "OFF", Dial: f.ground.lines.dial,
		Hook: store.Hooks{BeforeCommit: func() { w.strike(beforeCommit, kill) }, AfterCommit: func() { w.strike(afterCommit, kill) }, Refuse: ctx.Err}})
	if err != nil {
		kill()
		if r.back = w.now().Add(time.Second); errors.Is(err, context.Canceled) || f.cut {
			return nil // killed or cut off while it started
		}
		return err
	}
	r.app = a
	go func() { r.ran <- a.Work(ctx) }()
	after, err := f.owners()
	for _, o := range after {
		if !slices.Contains(before, o) {
			r.owner = o
		}
	}
	w.say("%s starts", r.name)
	return err
}

func (f *Free) owners() (list []string, err error) {
	rows, err := f.ground.db.Query("SELECT owner FROM replicas")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var o string
		if err := rows.Scan(&o); err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

// bury waits for what is left of a life.
func (r *replica) bury() error {
	err := <-r.ran
	err = errors.Join(err, r.app.Close())
	r.app = nil
	return err
}

// tend buries the dead and starts whose time has come.
func (f *Free) tend() error {
	w := f.w
	for _, r := range f.replicas {
		if r.app != nil && r.ctx.Err() != nil {
			if err := r.bury(); err != nil {
				return err
			}
			r.back = w.now().Add(f.nap())
			if f.anybody() == nil {
				f.downed = w.now()
			}
		}
		if r.app == nil && !w.now().Before(r.back) {
			if err := f.start(r); err != nil {
				return err
			}
		}
	}
	if !f.downed.IsZero() && f.anybody() != nil {
		w.mu.Lock()
		w.trouble("hallpass", f.downed, w.now())
		w.mu.Unlock()
		f.downed = time.Time{}
	}
	return nil
}

// nap is how long a replica stays away.
func (f *Free) nap() time.Duration {
	switch f.w.chance.IntN(6) {
	case 0:
		return time.Duration(f.w.chance.IntN(40)) * time.Minute
	case 1, 2:
		return time.Duration(f.w.chance.IntN(60)) * time.Second
	}
	return 0
}

func (f *Free) living() []string {
	list := []string{}
	for _, r := range f.replicas {
		if r.lives() {
			list = append(list, r.owner)
		}
	}
	return list
}
