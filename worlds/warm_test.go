package worlds

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"testing"

	"hallpass/store/postgrestest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Whoever gets a connection that another had left finds nothing of that one, however it was left; only PostgreSQL's process is the same.
func TestAWarmConnectionIsNobodysBefore(t *testing.T) {
	postgrestest.OnServer(t, func(t *testing.T, server string) {
		for _, left := range []struct {
			how    string
			leave  func(*testing.T, *warm, *pgx.Conn)
			served bool // by the same process
		}{
			{"with a goodbye", func(t *testing.T, _ *warm, c *pgx.Conn) { leave(t, c) }, true},
			{"by a network that breaks", func(t *testing.T, p *warm, c *pgx.Conn) {
				p.sever()
				if err := c.Ping(t.Context()); err == nil {
					t.Error("the line is still there")
				}
			}, true},
			{"by PostgreSQL", func(t *testing.T, p *warm, c *pgx.Conn) {
				postgrestest.Exec(t, "SELECT pg_terminate_backend("+ask(t, c, "SELECT pg_backend_pid()::text")+")")
				p.cut()
				leave(t, c)
			}, false},
		} {
			t.Run(left.how, func(t *testing.T) {
				p := newWarm()
				c := reach(t, p, server)
				pid := ask(t, c, "SELECT pg_backend_pid()::text")
				for _, text := range []string{"LISTEN somebody", "SELECT pg_advisory_lock(7)", "SET work_mem = '65MB'", "BEGIN", "SELECT pg_advisory_xact_lock(8)"} {
					if _, err := c.Exec(t.Context(), text); err != nil {
						t.Fatal(err)
					}
				}
				left.leave(t, p, c)
				waitsFor(t, "what was held is let go", func() bool {
					other := reach(t, newWarm(), server)
					defer leave(t, other)
					return ask(t, other, "SELECT (pg_try_advisory_lock(7) AND pg_try_advisory_lock(8))::text") == "true"
				})
				other := reach(t, newWarm(), server)
				usual := ask(t, other, "SELECT current_setting('work_mem')")
				leave(t, other)
				next := reach(t, p, server)
				defer leave(t, next)
				for query, want := range map[string]string{
					"SELECT (pg_backend_pid() = " + pid + ")::text":                                              map[bool]string{true: "true", false: "false"}[left.served],
					"SELECT count(*)::text FROM pg_listening_channels()":                                         "0",
					"SELECT current_setting('work_mem')":                                                         usual,
					"SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()": "0",
				} {
					if got := ask(t, next, query); got != want {
						t.Errorf("%s is %s, want %s", query, got, want)
					}
				}
				if status := next.PgConn().TxStatus(); status != 'I' {
					t.Errorf("a transaction is open: %c", status)
				}
			})
		}
	})
}

// A statement that is prepared already answers as one that is prepared now.
func TestAStatementStaysPreparedOnAWarmConnection(t *testing.T) {
	postgrestest.OnServer(t, func(t *testing.T, server string) {
		p := newWarm()
		for range 3 {
			c := reach(t, p, server)
			for _, want := range []string{"1", "2"} {
				var got string
				if err := c.QueryRow(t.Context(), "SELECT $1::text", want).Scan(&got); err != nil || got != want {
					t.Fatalf("%q, %v, want %s", got, err, want)
				}
			}
			leave(t, c)
		}
	})
}

// What one wants canceled does not meet the next.
func TestACancelMeetsNobodyOnAWarmConnection(t *testing.T) {
	postgrestest.OnServer(t, func(t *testing.T, server string) {
		p := newWarm()
		c := reach(t, p, server)
		pid, key := c.PgConn().PID(), c.PgConn().SecretKey()
		leave(t, c)
		next := reach(t, p, server)
		defer leave(t, next)
		if next.PgConn().PID() != pid {
			t.Fatal("it is another process")
		}
		u := dial(t, p, server)
		defer u.Close()
		if _, err := u.Write(slices.Concat([]byte{0, 0, 0, 16}, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, cancel), pid), key)); err != nil {
			t.Fatal(err)
		}
		if n, err := u.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Fatalf("%d bytes, %v", n, err)
		}
		ask(t, next, "SELECT pg_sleep(0.05)::text")
	})
}

func dial(t *testing.T, p *warm, server string) net.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(server)
	if err != nil {
		t.Fatal(err)
	}
	network, address := pgconn.NetworkAddress(config.Host, config.Port)
	c, err := p.dial(t.Context(), network, address)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func reach(t *testing.T, p *warm, server string) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(server)
	if err != nil {
		t.Fatal(err)
	}
	config.DialFunc = p.dial
	c, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func leave(t *testing.T, c *pgx.Conn) {
	t.Helper()
	_ = c.Close(context.WithoutCancel(t.Context()))
}

func ask(t *testing.T, c *pgx.Conn, query string) (text string) {
	t.Helper()
	if err := c.QueryRow(t.Context(), query).Scan(&text); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

// waitsFor asks again and again until something holds.
func waitsFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 1000 {
		if holds() {
			return
		}
	}
	t.Fatalf("not so: %s", what)
}
