package flows

import (
	"context"
	"strings"
)

// Sweep looks for state that should have an intent and has none. It must find nothing; what it finds is wanted anew, and told to the
// admins, since it means that a change forgot to ask for its own consequences. It returns the subjects found.
func (e *Engine) Sweep(ctx context.Context) ([]string, error) {
	var found []string
	err := e.store.Change(ctx, func(tx Tx) error {
		s := sweep{e: e, tx: tx}
		for _, look := range []func() error{s.requests, s.grants, s.holdings, s.posts, s.plans, s.recovery} {
			if err := look(); err != nil {
				return err
			}
		}
		found = s.found
		if len(found) == 0 {
			return nil
		}
		key := "sweep/" + strings.Join(found, ",")
		return e.alarm(tx, Cut(key, 200), "Hallpass found work that nobody had written down, and has taken it up: "+Cut(strings.Join(found, ", "), 500)+". Please report this.", Entry{})
	})
	return found, err
}

type sweep struct {
	e     *Engine
	tx    Tx
	found []string
}

// missing reports whether an intent is not open, and notes it.
func (s *sweep) missing(kind IntentKind, subject string) (bool, error) {
	_, err := s.tx.Intent(kind, subject)
	if err == nil {
		return false, nil
	}
	if KindOf(err) != KindNotFound {
		return false, err
	}
	s.found = append(s.found, string(kind)+" "+subject)
	return true, nil
}

func (s *sweep) requests() error {
	list, err := s.tx.Requests(RequestFilter{States: []RequestState{Pending}})
	if err != nil {
		return err
	}
	for _, r := range list {
		if yes, err := s.missing(IntentAsk, SubjectOf("request", r.ID)); err != nil {
			return err
		} else if yes {
			if err := wantAsk(s.tx, r.ID, s.tx.Real()); err != nil {
				return err
			}
		}
		if yes, err := s.missing(IntentTimer, SubjectOf("request", r.ID)); err != nil {
			return err
		} else if yes {
			if err := wantTimer(s.tx, SubjectOf("request", r.ID), s.tx.Now()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sweep) grants() error {
	list, err := s.tx.Grants(GrantFilter{States: []GrantState{Active}})
	if err != nil {
		return err
	}
	for _, g := range list {
		if g.Endless() {
			continue // nothing is due on it until somebody acts
		}
		if yes, err := s.missing(IntentTimer, SubjectOf("grant", g.ID)); err != nil {
			return err
		} else if yes {
			if err := wantTimer(s.tx, SubjectOf("grant", g.ID), s.tx.Now()); err != nil {
				return err
			}
		}
	}
	return nil
}

// holdings looks for those that are open while nobody uses them, or that somebody waits for.
func (s *sweep) holdings() error {
	list, err := s.tx.Holdings(HoldingFilter{OpenOnly: true})
	if err != nil {
		return err
	}
	for _, h := range list {
		using, err := s.tx.Grants(GrantFilter{Holding: h.ID, States: []GrantState{Waiting, Granting, Active, Revoking}})
		if err != nil {
			return err
		}
		resting := len(using) > 0
		for _, g := range using {
			rests, err := s.rests(g)
			if err != nil {
				return err
			}
			resting = resting && rests
		}
		if resting {
			continue
		}
		if yes, err := s.missing(IntentHold, SubjectOf("holding", h.ID)); err != nil {
			return err
		} else if yes {
			if err := wantHold(s.tx, h, RankEnd); err != nil {
				return err
			}
		}
	}
	return nil
}

// rests reports whether nothing is to be done for a lease now: it is in use, or waits for its request to be decided again.
func (s *sweep) rests(g *Grant) (bool, error) {
	if g.State != Waiting {
		return g.State == Active, nil
	}
	r, err := s.tx.Request(g.Request)
	return err == nil && r.CanDecide(), err
}

func (s *sweep) posts() error {
	list, err := s.tx.Posts(PostFilter{Unfinal: true})
	if err != nil {
		return err
	}
	for _, p := range list {
		if p.Drawn >= p.Wanted {
			continue
		}
		if yes, err := s.missing(IntentPost, SubjectOf("post", p.ID)); err != nil {
			return err
		} else if yes {
			if err := wantPost(s.tx, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// plans looks for the reading of plans, which goes on for as long as a flow leans on one.
func (s *sweep) plans() error {
	if err := s.e.renew(s.tx); err != nil {
		return err
	}
	p := s.e.policy.Load()
	if len(p.plans()) == 0 {
		return nil
	}
	yes, err := s.missing(IntentSync, "sync/"+PlanWork)
	if err != nil || !yes {
		return err
	}
	return wantPlans(s.tx, p)
}

// recovery looks for the settling of what an older database does not know.
func (s *sweep) recovery() error {
	r, err := ReadRecovery(s.tx)
	if err != nil || r == nil {
		return err
	}
	yes, err := s.missing(IntentSync, "sync/"+RecoveryWork)
	if err != nil || !yes {
		return err
	}
	return WantSync(s.tx, RecoveryWork, s.tx.Real())
}
