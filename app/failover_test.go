package app_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/store/postgrestest"
)

// primary is a PostgreSQL database that a test can set back under a running program, as a failover does that loses what its standby had not got.
type primary struct {
	*testing.T
	name, dsn string
}

// onPrimary runs a test on a database of its own, where there is a PostgreSQL.
func onPrimary(t *testing.T, test func(t *testing.T, d *primary)) {
	postgrestest.OnServer(t, func(t *testing.T, server string) {
		u, err := url.Parse(server)
		if err != nil {
			t.Fatal(err)
		}
		d := &primary{T: t, name: fmt.Sprintf("hallpass_live_%d", rand.Uint64())}
		u.Path = "/" + d.name
		d.dsn = u.String()
		d.sql("CREATE DATABASE " + d.name)
		t.Cleanup(func() {
			for _, name := range []string{d.name, d.standby(), d.lost()} {
				d.sql("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
			}
		})
		test(t, d)
	})
}

func (d *primary) standby() string { return d.name + "_standby" }
func (d *primary) lost() string    { return d.name + "_lost" }

func (d *primary) sql(texts ...string) {
	d.Helper()
	postgrestest.Exec(d, texts...)
}

// cut drops every connection to a database and lets nobody in.
func (d *primary) cut() []string {
	return []string{"ALTER DATABASE " + d.name + " ALLOW_CONNECTIONS false",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + d.name + "'"}
}

// replicate has the standby hold what the primary holds now. The program waits meanwhile, as for any database that is away for a moment.
func (d *primary) replicate() {
	d.Helper()
	d.sql(append(d.cut(), "CREATE DATABASE "+d.standby()+" TEMPLATE "+d.name, "ALTER DATABASE "+d.name+" ALLOW_CONNECTIONS true")...)
}

// failOver puts the standby in the place of the primary.
func (d *primary) failOver() {
	d.Helper()
	d.sql(append(d.cut(), "ALTER DATABASE "+d.name+" RENAME TO "+d.lost(), "ALTER DATABASE "+d.standby()+" RENAME TO "+d.name)...)
}

// A failover loses the last second under a running program, in which it gave access, took some back and was told of more. The program notices it by
// itself on its next connection, gives nothing new until it knows what it did, and leaves nothing without an end.
func TestAFailoverThatLosesItsLastSecondIsMadeGood(t *testing.T) {
	t.Parallel()
	onPrimary(t, func(t *testing.T, d *primary) {
		p := oldTown(t, with("sqlite:hallpass.db", d.dsn))
		for n := range 18 {
			p.asksFor(n)
		}
		p.has(0, 18)
		for n := range 18 {
			p.card(n)
		}
		d.replicate()
		p.asksAgain(18)
		for n := 19; n < 36; n++ {
			p.asksFor(n)
		}
		for n := range 6 {
			p.givesBack(2 * n)
		}
		p.has(18, 36)
		for n := 36; n < 40; n++ { // on their way
			p.asksFor(n)
		}
		d.failOver()
		p.recovered()
		var why string
		p.comes("the recovery says why", func(tx flows.Tx) (bool, error) {
			r, err := flows.ReadRecovered(tx)
			if r != nil {
				why = r.Why
			}
			return r != nil, err
		})
		if !strings.Contains(why, "that was there before") && !strings.Contains(why, "was there before") {
			t.Errorf("recovered because %q", why)
		}
		p.everythingEnds()
		p.done()
	})
}

// asksAgain asks until the database is there again.
func (p *past) asksAgain(n int) {
	p.Helper()
	who, g := p.pair(n)
	for limit := time.After(patience); ; {
		if said := p.types(who, thing(g)+" for 1h"); said == "" {
			break
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-limit:
			p.Fatal("the database did not come back")
		}
	}
	if wrong := p.sends(who); wrong != "" {
		p.Fatal(wrong)
	}
}
