package cli

import (
	"context"
	"errors"
	"io"

	"hallpass/config"
	"hallpass/flows"
	"hallpass/policy"
)

type diffCommand struct {
	Old   string `arg:"" help:"The configuration before." type:"path"`
	New   string `arg:"" help:"The configuration after." type:"path"`
	DSN   string `help:"The database with the people and things that the syncs have seen; that of the new configuration unless given." xor:"over"`
	World string `help:"A file of worked cases; what it gives is used instead of a database." type:"path" placeholder:"FILE" xor:"over"`
	JSON  bool   `help:"Print it as JSON."`
}

// Run says who gains and who loses what.
func (c *diffCommand) Run(ctx context.Context, s streams) error {
	opts := config.Options{WithoutSecrets: true}
	before, err := config.Load(c.Old, opts)
	if err != nil {
		return wrong(err)
	}
	after, err := config.Load(c.New, opts)
	if err != nil {
		return wrong(err)
	}
	list, err := c.compare(ctx, before, after)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.out, list)
	}
	_, err = io.WriteString(s.out, policy.Words(list))
	return err
}

func (c *diffCommand) compare(ctx context.Context, before, after *config.Config) ([]flows.Change, error) {
	if c.World != "" {
		f, err := policy.Read(c.World)
		if err != nil {
			return nil, wrong(err)
		}
		town, err := f.Town(after)
		if err != nil {
			return nil, wrong(err)
		}
		return policy.Diff(ctx, policy.Of(before), policy.Of(after), town)
	}
	q, err := question(ctx, c.New, c.DSN)
	if err != nil {
		return nil, err
	}
	var town policy.Town
	err = q.Store.View(ctx, func(tx flows.Tx) (err error) {
		if town.People, err = tx.People(); err != nil {
			return err
		}
		town.Resources, err = tx.Resources(flows.ResourceFilter{})
		return err
	})
	if err != nil {
		return nil, errors.Join(err, q.Close())
	}
	town.Lookup = flows.NewLookup(q.Outside, q.Now(), town.Resources)
	list, err := policy.Diff(ctx, policy.Of(before), policy.Of(after), town)
	return list, errors.Join(err, q.Close())
}
