package cli

import (
	"fmt"

	"hallpass/config"
)

type checkCommand struct {
	File           string `arg:"" help:"The configuration." type:"path"`
	WithoutSecrets bool   `help:"Leave out that references to secrets cannot be resolved here."`
}

// Run loads the file and says everything that is wrong with it.
func (c *checkCommand) Run(s streams) error {
	set, err := config.Load(c.File, config.Options{WithoutSecrets: c.WithoutSecrets})
	if err != nil {
		return wrong(err)
	}
	for _, note := range set.Notes {
		fmt.Fprintln(s.out, "note: "+note.String())
	}
	fmt.Fprintf(s.out, "%s is fine: %d flows, %d integrations, policy %s\n", c.File, len(set.Flows), len(set.Integrations), set.PolicyHash[:12])
	return nil
}
