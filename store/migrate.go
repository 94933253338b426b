package store

import (
	"embed"
	"errors"
	"fmt"
	"strings"

	"hallpass/flows"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one step of the schema: a pair of files, NAME.up.sql and NAME.down.sql, and what is promised of it. A step stays as it
// was released.
type migration struct {
	name string
	// expands promises that the release before works on beside this one: nothing that it reads, writes or deletes is gone or refused, and
	// what it does not know outlives its writing. A test holds the step to the first; CONTRIBUTING says what else it asks for.
	expands bool
	// uses find the rows that the release before would not understand. While there are any, the way back is refused.
	uses []use
	// up and down are the SQL of a step that is made up by a test.
	up, down string
}

// migrations are all steps, oldest first; a database's version is how many of them it has taken.
var migrations = []migration{
	{name: "0001_begin"},
	{name: "0002_turns", expands: true}, // what is in turns is read from the shifts again
	{name: "0003_beside", expands: true},
	{name: "0004_replicas", expands: true}, // who works on the store now is said again every few seconds
}

// besideFrom is the version from which a database notes who works beside whom.
const besideFrom = 3

// sql is the text of the step's way in one direction, "up" or "down".
func (m migration) sql(way string) (string, error) {
	if made := map[string]string{"up": m.up, "down": m.down}[way]; made != "" {
		return made, nil
	}
	text, err := migrationFiles.ReadFile("migrations/" + m.name + "." + way + ".sql")
	return string(text), err
}

// worksFrom is the oldest schema whose program works on a database that has taken this step as its version.
func (m migration) worksFrom(version int) int {
	if m.expands {
		return version - 1
	}
	return version
}

// migrate brings the schema to a version, up or down, in one transaction, with foreign keys off while tables are rebuilt. It answers with
// what the database then is: newer than asked for, if it is from the next release and that works beside this one.
func migrate(s *session, all []migration, to int) (is standing, err error) {
	if off := s.sql.foreignKeysOff; off != "" {
		if err := s.script(off); err != nil {
			return standing{}, err
		}
		defer func() { err = errors.Join(err, s.script(s.sql.foreignKeysOn)) }()
	}
	err = inTransaction(s, func() error {
		if is, err = standingOf(s, len(all)); err != nil {
			return err
		}
		if err := is.fits(len(all), to); err != nil {
			return err
		}
		if is.version > len(all) {
			return nil // it is not ours to change
		}
		from := is.version
		is.version = to
		return walk(s, all, from, to)
	})
	return is, err
}

func inTransaction(s *session, f func() error) error {
	if err := s.begin(); err != nil {
		return err
	}
	if err := f(); err != nil {
		return errors.Join(err, s.script("ROLLBACK"))
	}
	return s.script("COMMIT")
}

func walk(s *session, all []migration, from, to int) error {
	if from == to {
		return fillMoves(s, to, false)
	}
	if err := s.script("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)"); err != nil {
		return err
	}
	contracts := from == 0
	for v := from; v < to; v++ {
		contracts = contracts || !all[v].expands
		if err := step(s, all[v], "up"); err != nil {
			return err
		}
	}
	for v := from; v > to; v-- {
		if err := all[v-1].unused(s); err != nil {
			return err
		}
		if err := step(s, all[v-1], "down"); err != nil {
			return err
		}
	}
	if err := settle(s, to); err != nil {
		return err
	}
	if err := noteSteps(s, all[:to]); err != nil || to < from {
		return err
	}
	return fillMoves(s, to, contracts)
}

func step(s *session, m migration, way string) error {
	text, err := m.sql(way)
	if err != nil {
		return err
	}
	if err := s.script(s.sql.columnTypes.Replace(text)); err != nil {
		return fmt.Errorf("migration %s, %s: %w", m.name, way, err)
	}
	return nil
}

// settle notes the version and looks for rows whose foreign key points nowhere.
func settle(s *session, version int) error {
	text := fmt.Sprintf("DELETE FROM schema_version; INSERT INTO schema_version (version) VALUES (%d)", version)
	if err := s.script(text); err != nil {
		return err
	}
	var broken int
	if err := s.row(s.sql.foreignKeysCheck, nil, &broken); err != nil {
		return err
	}
	if broken > 0 {
		return fmt.Errorf("after the migration to schema %d, %d rows point to nothing; restore a backup", version, broken)
	}
	return nil
}

// noteSteps writes down for older programs which steps were taken and who works beside them.
func noteSteps(s *session, taken []migration) error {
	if len(taken) < besideFrom {
		return nil
	}
	if _, err := s.exec("DELETE FROM schema_steps"); err != nil {
		return err
	}
	for n, m := range taken {
		_, err := s.exec("INSERT INTO schema_steps (version, name, works_from) VALUES ($1, $2, $3)", n+1, m.name, m.worksFrom(n+1))
		if err != nil {
			return err
		}
	}
	return nil
}

// fillMoves makes the tables of states and moves those of flows. A state once there stays, rows may be in it. A move that flows no longer
// has is taken out by a step that contracts, and not before: until then the release before may run beside this one and make it.
func fillMoves(s *session, version int, contracts bool) error {
	if version == 0 {
		return nil
	}
	return errors.Join(
		fillMachine(s, "request", flows.RequestStates, flows.RequestMoves, contracts),
		fillMachine(s, "grant", flows.GrantStates, flows.GrantMoves, contracts),
	)
}

func fillMachine[S ~string](s *session, noun string, states []S, moves []flows.Move, contracts bool) error {
	var stands, goes []string // one statement each: a start need not wait for dozens
	for _, state := range states {
		stands = append(stands, "('"+string(state)+"')")
	}
	known := []string{"''"}
	for _, m := range moves {
		goes = append(goes, "('"+m.From+"', '"+m.To+"')")
		known = append(known, "'"+m.From+" "+m.To+"'")
	}
	_, err := s.exec("INSERT INTO " + noun + "_states (state) VALUES " + strings.Join(stands, ", ") + " ON CONFLICT DO NOTHING")
	if err == nil {
		_, err = s.exec("INSERT INTO " + noun + "_moves (from_state, to_state) VALUES " + strings.Join(goes, ", ") + " ON CONFLICT DO NOTHING")
	}
	if err != nil || !contracts {
		return err
	}
	_, err = s.exec("DELETE FROM " + noun + "_moves WHERE from_state || ' ' || to_state NOT IN (" + strings.Join(known, ", ") + ")")
	return err
}
