package cli

import (
	"context"
	"fmt"
	"io"

	"hallpass/policy"
)

type testCommand struct {
	File   string `arg:"" help:"The worked cases." type:"path"`
	Config string `help:"The configuration that is tried; what the file names unless given." type:"path" placeholder:"FILE"`
}

// Run tries every case. It fails when one does not come out as expected.
func (c *testCommand) Run(ctx context.Context, s streams) error {
	f, err := policy.Read(c.File)
	if err != nil {
		return wrong(err)
	}
	set, err := f.Configuration(c.Config)
	if err != nil {
		return wrong(err)
	}
	list, err := f.Run(ctx, set)
	if err != nil {
		return wrong(err)
	}
	text, failed := policy.Report(c.File, list)
	if _, err := io.WriteString(s.out, text); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("the policy of %s is not what its cases say", set.File)
	}
	return nil
}
