package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"hallpass/app"
	"hallpass/config"
	"hallpass/flows"
)

type explainCommand struct {
	Person     string `arg:"" optional:"" help:"Who asks: an address, or an id of the directory."`
	Thing      string `arg:"" optional:"" help:"What for: its name, or INTEGRATION/TYPE/ID."`
	Config     string `help:"The configuration." default:"config.yaml" type:"path" placeholder:"FILE"`
	DSN        string `help:"The database with what the syncs have seen; the configuration's own unless given."`
	Permission string `help:"The permission; the one that can be asked for unless given."`
	For        string `help:"For how long, such as 2h, or indefinite; the usual time unless given."`
	At         string `help:"When, such as \"2026-03-02 18:30\" (UTC) or 2026-03-02T18:30:00+01:00; now unless given."`
	Request    string `help:"A past request, such as R142, from its record." placeholder:"R142"`
	Asker      bool   `help:"Say only what the asker may know."`
	JSON       bool   `help:"Print it as JSON."`
}

// Run says what would happen to a request and why, or why a past one became what it is.
func (c *explainCommand) Run(ctx context.Context, s streams) error {
	if (c.Request == "") == (c.Person == "" || c.Thing == "") {
		return wrong(errors.New("say who and what for: hallpass explain ana@acme.com prod-db; or which request: hallpass explain --request R142"))
	}
	q, err := question(ctx, c.Config, c.DSN)
	if err != nil {
		return err
	}
	x, err := c.explain(ctx, q)
	if err = errors.Join(err, q.Close()); err != nil {
		return err
	}
	if c.Asker {
		x = x.ForAsker()
	}
	return c.print(s.out, x)
}

func (c *explainCommand) print(out io.Writer, x flows.Explanation) error {
	if c.JSON {
		return printJSON(out, x)
	}
	_, err := io.WriteString(out, x.String())
	return err
}

func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// question loads a configuration and opens the database that goes with it.
func question(ctx context.Context, path, dsn string) (*app.Question, error) {
	set, err := config.Load(path, config.Options{})
	if err != nil {
		return nil, wrong(err)
	}
	if dsn == "" {
		dsn = set.Store.DSN.Reveal()
	}
	if dsn, err = existing(ctx, dsn); err != nil {
		return nil, err
	}
	return app.Ask(ctx, set, dsn)
}

func (c *explainCommand) explain(ctx context.Context, q *app.Question) (flows.Explanation, error) {
	if c.Request != "" {
		n, err := strconv.ParseInt(strings.TrimPrefix(strings.ToUpper(c.Request), "R"), 10, 64)
		if err != nil {
			return flows.Explanation{}, wrong(fmt.Errorf("%q is not a request; write it like R142", c.Request))
		}
		return q.Engine.ExplainRequest(ctx, flows.RequestID(n))
	}
	d, at, err := c.times()
	if err != nil {
		return flows.Explanation{}, err
	}
	who, err := c.who(ctx, q.Outside.Directory)
	if err != nil {
		return flows.Explanation{}, err
	}
	thing, err := c.thing(ctx, q.Store)
	if err != nil {
		return flows.Explanation{}, err
	}
	return q.Engine.Explain(ctx, who, thing, c.Permission, d, at)
}

func (c *explainCommand) times() (d time.Duration, at time.Time, err error) {
	if c.For != "" {
		if d, err = flows.ParseHowLong(c.For); err != nil {
			return d, at, wrong(fmt.Errorf("--for: %w", err))
		}
	}
	if c.At == "" {
		return d, at, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", "2006-01-02"} {
		if at, err = time.Parse(layout, c.At); err == nil {
			return d, at, nil
		}
	}
	return d, at, wrong(fmt.Errorf("--at: %q is not a moment; write it like \"2026-03-02 18:30\" (UTC) or 2026-03-02T18:30:00+01:00", c.At))
}

func (c *explainCommand) who(ctx context.Context, people flows.Directory) (flows.PersonID, error) {
	if !strings.Contains(c.Person, "@") {
		return flows.PersonID(c.Person), nil
	}
	p, err := people.PersonBy(ctx, "email", c.Person)
	if err != nil && flows.KindOf(err) == flows.KindNotFound {
		return "", wrong(fmt.Errorf("nobody in the directory has the address %s", c.Person))
	}
	return p.ID, err
}

func (c *explainCommand) thing(ctx context.Context, st flows.Store) (flows.ResourceKey, error) {
	if parts := strings.SplitN(c.Thing, "/", 3); len(parts) == 3 {
		return flows.ResourceKey{Integration: parts[0], Type: parts[1], ID: parts[2]}, nil
	}
	var list []flows.Resource
	err := st.View(ctx, func(tx flows.Tx) (err error) {
		list, err = tx.Resources(flows.ResourceFilter{Name: c.Thing, All: true, Limit: 10})
		return err
	})
	switch {
	case err != nil:
		return flows.ResourceKey{}, err
	case len(list) == 0:
		near, err := c.near(ctx, st)
		return flows.ResourceKey{}, cmp.Or(err, wrong(fmt.Errorf("no sync has seen anything called %s%s", c.Thing, near)))
	case len(list) > 1:
		var keys []string
		for _, r := range list {
			keys = append(keys, r.String())
		}
		return flows.ResourceKey{}, wrong(fmt.Errorf("more than one thing is called %s; name one of %s", c.Thing, strings.Join(keys, ", ")))
	}
	return list[0].ResourceKey, nil
}

// near suggests the known name most like the one that nobody knows.
func (c *explainCommand) near(ctx context.Context, st flows.Store) (string, error) {
	var known []string
	err := st.View(ctx, func(tx flows.Tx) error {
		list, err := tx.Resources(flows.ResourceFilter{All: true})
		known = nil
		for _, r := range list {
			known = append(known, r.Name)
		}
		return err
	})
	if near := config.Nearest(c.Thing, known); near != "" {
		return fmt.Sprintf("; did you mean %s?", near), err
	}
	return "", err
}
