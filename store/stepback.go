package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"hallpass/flows"
)

// use is one way in which rows can use what a migration brought.
type use struct {
	table string
	key   string // the column that names a row; several are joined by ||
	// where says which rows use it. {{field:Name}} is a field of the doc as text, empty while it has its zero value.
	where string
	what  string // what such a row has, for people: "is paused"
}

// Named is how many rows of a refusal are named; of the others it says how many there are.
const named = 10

// unused refuses a step back while rows need what it brought, and names them.
func (m migration) unused(s *session) error {
	var lines []string
	for _, u := range m.uses {
		some, err := u.rows(s)
		if err != nil {
			return fmt.Errorf("migration %s: what uses it could not be read: %w", m.name, err)
		}
		lines = append(lines, some...)
	}
	if len(lines) == 0 {
		return nil
	}
	return &flows.Error{Kind: flows.KindConflict, Sentence: fmt.Sprintf("the way back over %s is not open, since the release before does not understand these rows; "+
		"nothing was changed. Let them come to their end, or go on with this release:\n%s", m.name, strings.Join(lines, "\n"))}
}

// rows are the sentences of a use, one for each row, cut where they are many.
func (u use) rows(s *session) ([]string, error) {
	rows, err := s.query("SELECT CAST(" + u.key + " AS TEXT) AS row_key FROM " + u.table + " WHERE " + s.sql.fields(u.where) + " ORDER BY " + u.key)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var lines []string
	more := 0
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, err
		}
		if len(lines) == named {
			more++
			continue
		}
		lines = append(lines, fmt.Sprintf("  %s %s %s", u.table, key, u.what))
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more of %s", more, u.table))
	}
	return lines, rows.Err()
}

// fields puts the database's own words in the place of {{field:Name}}.
func (d *dialect) fields(condition string) string {
	for {
		before, rest, found := strings.Cut(condition, "{{field:")
		if !found {
			return condition
		}
		name, after, _ := strings.Cut(rest, "}}")
		text := fmt.Sprintf(d.docField, name)
		condition = before + "(CASE WHEN " + text + " IN ('0', 'false', '0001-01-01T00:00:00Z', '[]', '{}') THEN '' ELSE COALESCE(" + text + ", '') END)" + after
	}
}

// Latest is the schema of this program.
func Latest() int { return len(migrations) }

// Migrate takes an existing database to a schema, forwards or back, and says which it had. The way back is refused, and nothing changed, while
// rows use what is newer than the schema. Whoever has the store open and does not work with that schema is refused from then on.
func Migrate(ctx context.Context, o Options, to int) (from int, err error) {
	d, err := dialectOf(o)
	if err != nil {
		return 0, err
	}
	all := o.steps()
	if to < 1 || to > len(all) {
		return 0, &flows.Error{Kind: flows.KindInvalid, Sentence: fmt.Sprintf("this program knows the schemas 1 to %d", len(all))}
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	err = holding(o.DSN, func() error {
		return d.alone(o, func(s *session) error {
			is, err := standingOf(s, len(all))
			if err != nil {
				return err
			}
			if from = is.version; from == 0 {
				return errors.New("it is empty; hallpass serve makes a new one")
			}
			_, err = migrate(s, all, to)
			return err
		})
	})
	if err != nil {
		return from, fmt.Errorf("migrate the database %s: %w", Place(o.DSN), worded(err))
	}
	return from, nil
}

// alone runs f on a connection that writes and closes it.
func (d *dialect) alone(o Options, f func(*session) error) error {
	db, err := d.open(o, true)
	if err != nil {
		return err
	}
	s, err := newSession(db, d)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	return errors.Join(f(s), s.close(), db.Close())
}
