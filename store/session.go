package store

import (
	"context"
	"database/sql"
	"errors"
)

// maxStatements bounds a session's prepared statements; filters make texts of different lengths.
const maxStatements = 256

// session is one connection with its prepared statements. One goroutine uses it at a time. Its SQL runs under a context of its own.
type session struct {
	sql        *dialect
	conn       *sql.Conn
	statements map[string]*sql.Stmt
}

func newSession(db *sql.DB, d *dialect) (*session, error) {
	conn, err := db.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	return &session{sql: d, conn: conn, statements: map[string]*sql.Stmt{}}, nil
}

func (s *session) prepared(text string) (*sql.Stmt, error) {
	if stmt, ok := s.statements[text]; ok {
		return stmt, nil
	}
	if len(s.statements) >= maxStatements {
		s.forget()
	}
	stmt, err := s.conn.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	s.statements[text] = stmt
	return stmt, nil
}

func (s *session) forget() {
	for _, stmt := range s.statements {
		stmt.Close()
	}
	clear(s.statements)
}

func (s *session) exec(text string, args ...any) (sql.Result, error) {
	stmt, err := s.prepared(text)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(context.Background(), args...)
}

func (s *session) query(text string, args ...any) (*sql.Rows, error) {
	stmt, err := s.prepared(text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(context.Background(), args...)
}

// row reads one row; sql.ErrNoRows when there is none.
func (s *session) row(text string, args []any, into ...any) error {
	stmt, err := s.prepared(text)
	if err != nil {
		return err
	}
	return stmt.QueryRowContext(context.Background(), args...).Scan(into...)
}

// script runs a text of several statements without parameters.
func (s *session) script(text string) error {
	_, err := s.conn.ExecContext(context.Background(), text)
	return err
}

// begin opens a transaction that writes.
func (s *session) begin() error { return s.script(s.sql.beginWrite) }

func (s *session) close() error {
	if !s.sql.endsStatements {
		s.forget()
	}
	if err := s.conn.Close(); !errors.Is(err, sql.ErrConnDone) {
		return err
	}
	return nil // it broke before
}
