package scheduler

import (
	"context"
	"sync"
	"time"

	"hallpass/flows"
)

// Times of a replica, in machine time.
const (
	aliveFor   = 20 * time.Second // how long a replica is taken to live after its last word: its claims and sockets are others' then
	beatEvery  = 5 * time.Second
	letGo      = 5 * time.Second  // a lease that could not be renewed is given up so long before its end
	ghostsFor  = 10 * time.Minute // how long a chat may still count the connections of a replica that died
	allSockets = 10               // what Slack allows an app. Source: api.slack.com/apis/socket-mode, "Using multiple connections"
)

// ReplicaConfig is what a replica needs to live among others.
type ReplicaConfig struct {
	Store flows.Store
	Clock flows.Clock
	Owner string // the runner's
	// Sockets is how many connections to the chat it would like to hold.
	Sockets int
	// Counted is how many the chat may rightly count for it; nil where there are none.
	Counted func() int
	// Trouble is told when it cannot say that it lives.
	Trouble func(error)
}

// Replica is this Hallpass among those that work on the same store. It says again and again that it lives, frees what the dead had claimed, and has so
// many sockets as are its due. There is no leader: each does so for itself, and the store lets one speak at a time.
type Replica struct {
	c       ReplicaConfig
	mu      sync.Mutex
	until   time.Time
	sockets int
	bell    chan struct{} // closed at the next change of the sockets
}

// NewReplica makes one that holds nothing yet.
func NewReplica(c ReplicaConfig) *Replica {
	if c.Counted == nil {
		c.Counted = func() int { return 0 }
	}
	if c.Trouble == nil {
		c.Trouble = func(error) {}
	}
	return &Replica{c: c, bell: make(chan struct{})}
}

// RunOnce says that this replica lives, and takes over from the dead.
func (r *Replica) RunOnce(ctx context.Context) error {
	var me flows.Replica
	err := r.c.Store.Change(ctx, func(tx flows.Tx) error {
		all, err := tx.Replicas()
		if err != nil {
			return err
		}
		now := tx.Real()
		judged := now
		living, taken, without, mine := []string{r.c.Owner}, 0, false, 0
		for _, one := range all {
			if one.Owner != r.c.Owner {
				continue
			}
			if mine = one.Sockets; !one.Until.After(now) { // the database was away for everybody: let the others speak first
				judged = now.Add(-aliveFor)
			}
		}
		for _, other := range all {
			switch {
			case other.Owner == r.c.Owner:
			case other.Until.After(judged):
				living, taken, without = append(living, other.Owner), taken+other.Sockets, without || other.Sockets == 0
			case now.Sub(other.Until) > ghostsFor:
				if err := tx.DropReplica(other.Owner); err != nil {
					return err
				}
			}
		}
		if err := tx.FreeClaims(living...); err != nil {
			return err
		}
		if without {
			mine = 0 // somebody has none: keep no more than an equal share
		}
		me = flows.Replica{Owner: r.c.Owner, Until: now.Add(aliveFor), Sockets: due(r.c.Sockets, mine, len(living), taken), Counted: r.c.Counted()}
		return tx.PutReplica(me)
	})
	if err != nil {
		r.weaken()
		return err
	}
	r.hold(me.Until, me.Sockets)
	return nil
}

// due is how many sockets one of so many replicas may hold while the others have taken some: an equal share of all, or what it has already, and
// never more than are free.
func due(wanted, has, living, taken int) int {
	return max(0, min(wanted, max(1, has, allSockets/living), allSockets-taken))
}

// weaken gives the sockets up in time when the lease could not be renewed: others may take them at its end.
func (r *Replica) weaken() {
	r.mu.Lock()
	until := r.until
	r.mu.Unlock()
	if !r.c.Clock.Machine().Before(until.Add(-letGo)) {
		r.hold(until, 0)
	}
}

func (r *Replica) hold(until time.Time, sockets int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.until = until
	if r.sockets != sockets {
		r.sockets = sockets
		close(r.bell)
		r.bell = make(chan struct{})
	}
}

// Held is how many sockets this replica may hold, and a channel that is closed when that changes.
func (r *Replica) Held() (int, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sockets, r.bell
}

// Lives reports, inside a Change, whether this replica's lease still runs. One that was taken for dead claims nothing before it has spoken again:
// what it claims would be freed under it.
func (r *Replica) Lives(tx flows.Tx) (bool, error) {
	all, err := tx.Replicas()
	for _, one := range all {
		if one.Owner == r.c.Owner && one.Until.After(tx.Real().Add(letGo)) {
			return true, err
		}
	}
	return false, err
}

// Others is how many connections a chat may rightly count for all other replicas: what they may hold, what they say is counted, and what those who
// died had.
func (r *Replica) Others(ctx context.Context) (n int, err error) {
	err = r.c.Store.View(ctx, func(tx flows.Tx) error {
		n = 0
		all, err := tx.Replicas()
		for _, other := range all {
			if other.Owner != r.c.Owner && tx.Real().Sub(other.Until) <= ghostsFor {
				n += max(other.Sockets, other.Counted)
			}
		}
		return err
	})
	return n, err
}

// Run says that this replica lives until the context ends, and then that it does not.
func (r *Replica) Run(ctx context.Context) error {
	return Every(ctx, beatEvery, func(ctx context.Context) error {
		within, stop := context.WithTimeout(ctx, beatEvery)
		defer stop()
		if err := r.RunOnce(within); err != nil && ctx.Err() == nil {
			r.c.Trouble(err)
		}
		return nil
	})
}

// Leave gives up everything at a stop, so that nobody has to wait for the lease to end.
func (r *Replica) Leave(ctx context.Context) error {
	return r.c.Store.Change(ctx, func(tx flows.Tx) error {
		all, err := tx.Replicas()
		if err != nil {
			return err
		}
		var others []string
		for _, one := range all {
			if one.Owner != r.c.Owner {
				others = append(others, one.Owner)
			}
		}
		if err := tx.FreeClaims(append(others, "")...); err != nil {
			return err
		}
		return tx.DropReplica(r.c.Owner)
	})
}
