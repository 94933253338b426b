package cli

import (
	"context"
	"fmt"
	"slices"

	"hallpass/app"
	"hallpass/config"
	"hallpass/policy"
)

type checkCommand struct {
	File           string `arg:"" help:"The configuration." type:"path"`
	WithoutSecrets bool   `help:"Leave out that references to secrets cannot be resolved here; then nobody outside is asked."`
	Offline        bool   `help:"Ask nobody outside: neither the directory nor who is on call."`
}

// Run loads the file and says everything that is wrong with it, with what the directory and the on-call schedules say of the names in it.
func (c *checkCommand) Run(ctx context.Context, s streams) error {
	set, problems := config.Examine(c.File, config.Options{WithoutSecrets: c.WithoutSecrets})
	notes := set.Notes
	if !c.WithoutSecrets && !c.Offline {
		wrong, remarks := live(ctx, set, len(problems) == 0)
		problems, notes = slices.Concat(problems, wrong).Sorted(c.File), slices.Concat(notes, remarks).Sorted(c.File)
	}
	if len(problems) > 0 {
		return wrong(problems)
	}
	for _, note := range notes {
		fmt.Fprintln(s.out, "note: "+note.String())
	}
	fmt.Fprintf(s.out, "%s is fine: %d flows, %d integrations, policy %s\n", c.File, len(set.Flows), len(set.Integrations), set.PolicyHash[:12])
	return nil
}

// live asks outside, if the file says well enough whom.
func live(ctx context.Context, set *config.Config, fine bool) (problems, notes config.Problems) {
	out, err := app.Connect(set)
	switch {
	case err == nil:
		return policy.Live(ctx, set, out)
	case fine:
		return config.Problems{{File: set.File, Sentence: err.Error()}}, nil
	}
	return nil, nil // what is missing for that was told
}
