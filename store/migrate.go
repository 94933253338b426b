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

// migrations are the names of all steps, oldest first; a database's version is how many of them it has taken. A step stays as it
// was released. A new one is a pair of files, NAME.up.sql and NAME.down.sql, and a line here.
var migrations = []string{
	"0001_begin",
	"0002_turns",
}

// migrate brings the schema to a version, up or down, in one transaction, with foreign keys off while tables are rebuilt.
func migrate(s *session, to int) (err error) {
	if off := s.sql.foreignKeysOff; off != "" {
		if err := s.script(off); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.script(s.sql.foreignKeysOn)) }()
	}
	return inTransaction(s, func() error {
		from, err := schemaVersion(s)
		if err != nil {
			return err
		}
		if from > len(migrations) {
			return fmt.Errorf("this database was written by a newer Hallpass (its schema is %d, this program knows %d); "+
				"run the newer program, or restore a backup from before the upgrade", from, len(migrations))
		}
		return steps(s, from, to)
	})
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

func schemaVersion(s *session) (int, error) {
	var n int
	if err := s.row(s.sql.tableExists, []any{"schema_version"}, &n); err != nil || n == 0 {
		return 0, err
	}
	err := s.row("SELECT version FROM schema_version", nil, &n)
	return n, err
}

func steps(s *session, from, to int) error {
	if from == to {
		return fillMoves(s, to)
	}
	if err := s.script("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)"); err != nil {
		return err
	}
	for ; from < to; from++ {
		if err := step(s, migrations[from]+".up.sql"); err != nil {
			return err
		}
	}
	for ; from > to; from-- {
		if err := step(s, migrations[from-1]+".down.sql"); err != nil {
			return err
		}
	}
	if err := settle(s, to); err != nil {
		return err
	}
	return fillMoves(s, to)
}

func step(s *session, file string) error {
	text, err := migrationFiles.ReadFile("migrations/" + file)
	if err != nil {
		return err
	}
	if err := s.script(s.sql.columnTypes.Replace(string(text))); err != nil {
		return fmt.Errorf("migration %s: %w", file, err)
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

// fillMoves makes the tables of states and moves those of flows. A state once there stays, rows may be in it.
func fillMoves(s *session, version int) error {
	if version == 0 {
		return nil
	}
	return errors.Join(
		fillMachine(s, "request", flows.RequestStates, flows.RequestMoves),
		fillMachine(s, "grant", flows.GrantStates, flows.GrantMoves),
	)
}

func fillMachine[S ~string](s *session, noun string, states []S, moves []flows.Move) error {
	for _, state := range states {
		_, err := s.exec("INSERT INTO "+noun+"_states (state) VALUES ($1) ON CONFLICT DO NOTHING", string(state))
		if err != nil {
			return err
		}
	}
	known := []string{"''"}
	for _, m := range moves {
		_, err := s.exec("INSERT INTO "+noun+"_moves (from_state, to_state) VALUES ($1, $2) ON CONFLICT DO NOTHING", m.From, m.To)
		if err != nil {
			return err
		}
		known = append(known, "'"+m.From+" "+m.To+"'")
	}
	_, err := s.exec("DELETE FROM " + noun + "_moves WHERE from_state || ' ' || to_state NOT IN (" + strings.Join(known, ", ") + ")")
	return err
}
