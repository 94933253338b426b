package store

import (
	"context"
	"errors"
	"fmt"
)

// Reopen makes a store that was moved the store again, as long as nothing has happened in its copy. The copy, if it is still there, is marked in its
// stead, so that never both are in use.
func Reopen(ctx context.Context, moved, copied Options) error {
	moved.Clock, copied.Clock = noTime{}, noTime{}
	if err := reopen(ctx, moved, copied); err != nil {
		return fmt.Errorf("reopen %s: %w", Place(moved.DSN), worded(err))
	}
	return nil
}

func reopen(ctx context.Context, moved, copied Options) error {
	here, err := dialectOf(moved)
	if err != nil {
		return err
	}
	there, err := dialectOf(copied)
	if err != nil {
		return err
	}
	c := &copying{ctx: ctx, Move: Move{From: moved, To: copied}}
	if err := c.there(); err != nil {
		return err
	}
	fresh := c.untouched()
	return holding(moved.DSN, func() error {
		return here.alone(moved, func(s *session) error {
			c.from = s
			return underLock(s, func() error { return c.undo(there, fresh) })
		})
	})
}

func (c *copying) undo(there *dialect, fresh newFile) error {
	is, err := standingOf(c.from, len(c.From.steps()))
	if err != nil {
		return err
	}
	if is.moved == "" {
		return errors.New("it was not moved; it is in use as it is")
	}
	retire := func() error {
		return there.alone(c.To, func(s *session) error {
			c.to = s
			return c.retire(is.moved)
		})
	}
	if fresh == "" { // the copy is there, and nobody may work on it meanwhile
		err = holding(c.To.DSN, retire)
	} else {
		err = errors.Join(retire(), fresh.removed())
	}
	if err != nil {
		return err
	}
	_, err = c.from.exec("DELETE FROM meta WHERE key = $1", metaMoved)
	return err
}

// retire marks the copy, unless it is gone.
func (c *copying) retire(named string) error {
	n, err := c.to.number(c.to.sql.countTables)
	switch {
	case err != nil:
		return err
	case n == 0 && named == c.To.address():
		return nil
	case n == 0:
		return fmt.Errorf("it was moved to %s, and %s is empty; name the copy", named, Place(c.To.DSN))
	}
	return underLock(c.to, func() error {
		is, err := standingOf(c.to, len(c.To.steps()))
		switch {
		case err != nil:
			return err
		case is.moved != "":
			return fmt.Errorf("its copy %s is not the newest: that one was moved on to %s", Place(c.To.DSN), is.moved)
		}
		here, err := c.installation(c.from)
		if err != nil {
			return err
		}
		there, err := c.installation(c.to)
		if err != nil {
			return err
		}
		if here != there {
			return fmt.Errorf("it was moved to %s, and %s is not a copy of it, or something has happened in the copy since; "+
				"copy that back into an empty one instead, with hallpass store copy", named, Place(c.To.DSN))
		}
		return markMoved(c.to, c.From.address())
	})
}

// installation is the name of a store and how far its log goes, the same for a store and its copy until something happens in one.
func (c *copying) installation(s *session) (string, error) {
	t := c.reading(s)
	name, err := t.Meta(MetaInstallation)
	if err != nil {
		return "", err
	}
	seq, hash, err := t.Head()
	return fmt.Sprintf("%s %d %s", name, seq, hash), err
}

// underLock runs f in one transaction that holds the writer's lock.
func underLock(s *session, f func() error) error {
	if err := s.script(s.sql.beginCopy); err != nil {
		return err
	}
	if err := f(); err != nil {
		return errors.Join(err, s.script("ROLLBACK"))
	}
	return s.script("COMMIT")
}
