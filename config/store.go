package config

import (
	"fmt"
	"net/url"
	"strings"
)

// A dsn of PostgreSQL may hold a password, so it is a secret: it may stand elsewhere, as env:NAME or file:PATH, and must when it has one.

func readStore(v value) Store {
	dsn := v.object(sectionStore).get("dsn")
	written := dsn.text()
	switch scheme, rest, _ := strings.Cut(written, ":"); {
	case written == "":
		return Store{DSN: NewSecret("sqlite:"+v.doc.resolve(strings.TrimPrefix(DefaultDSN, "sqlite:")), "")}
	case scheme == "env" || scheme == "file":
		s := dsn.secret()
		if text := s.Reveal(); text != "" && !postgres(text) {
			dsn.say("what %s holds is no dsn of PostgreSQL, such as postgres://hallpass@db.internal/hallpass; a path of SQLite is written here", s.From())
		}
		return Store{DSN: s}
	case postgres(written):
		if holdsPassword(written) {
			dsn.say("dsn holds a password, or is not understood; write the whole of it elsewhere, and here env:NAME or file:PATH")
		}
		return Store{DSN: NewSecret(written, "")}
	case scheme != "sqlite" || rest == "":
		dsn.say("dsn must be sqlite:PATH, such as sqlite:hallpass.db, postgres://USER@HOST/DATABASE, or env:NAME or file:PATH where one with a password is")
		return Store{}
	case rest != ":memory:":
		rest = v.doc.resolve(rest)
		return Store{DSN: NewSecret("sqlite:"+rest, "")}
	default:
		return Store{DSN: NewSecret(written, "")}
	}
}

func postgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// holdsPassword reports whether a dsn has a password in one of the places where it can. Of one that is not understood it is taken for granted.
func holdsPassword(dsn string) bool {
	u, err := url.Parse(dsn)
	if err != nil {
		return true
	}
	_, has := u.User.Password()
	return has || u.Query().Has("password") || u.Query().Has("sslpassword")
}

// DSN is a dsn as a command line has it: as it is, or as env:NAME or file:PATH where it holds a password. The path starts from the folder of the
// process.
func DSN(written string, opts Options) (string, error) {
	opts = opts.filled()
	scheme, rest, _ := strings.Cut(written, ":")
	switch scheme {
	case "env":
		if text := strings.TrimSpace(opts.Getenv(rest)); text != "" {
			return text, nil
		}
		return "", fmt.Errorf("%s is not set", rest)
	case "file":
		text, err := opts.ReadFile(rest)
		if err != nil {
			return "", fmt.Errorf("the file %s cannot be read: %s", rest, reason(err))
		}
		return strings.TrimSpace(string(text)), nil
	}
	return written, nil
}
