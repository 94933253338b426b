package app

import (
	"context"
	"fmt"
	"slices"

	"hallpass/config"
	"hallpass/flows"
)

// alarmLimit keeps what is told of a broken file within a message, in characters. The log has all of it.
const alarmLimit = 1500

// Reload reads the flows of the configuration's file again, and nothing else of it: no address, no secret, no person. What surely narrows is in
// force when it returns; what may widen waits for an admin's press; a file with anything wrong in it changes nothing, and the admins are told.
func (a *App) Reload(ctx context.Context) error {
	file := a.o.Config.File
	c, err := config.Load(file, config.Options{WithoutSecrets: true})
	if err == nil {
		err = a.connected(c.Flows)
	}
	if err != nil {
		a.o.Log.Error().Str("config", file).Err(err).Msg("the changed file is refused; the flows before stay in force")
		sentence := "The changed configuration is refused, and the flows before stay in force. " + flows.Cut(err.Error(), alarmLimit)
		a.report(a.engine.Alarm(ctx, fmt.Sprintf("reload/%d", a.o.Clock.Machine().UnixNano()), sentence))
		return err
	}
	return a.propose(ctx, c.Flows, c.Guarded)
}

// connected refuses flows that need an integration which this process does not have.
func (a *App) connected(list []*flows.Flow) error {
	for _, f := range list {
		for _, name := range f.Integrations() {
			if _, known := a.o.Config.Integration(name); !known {
				return fmt.Errorf("the flow %s needs the integration %q, which is new in the file; a reload takes flows only, so restart Hallpass to have it connected", f.Name, name)
			}
		}
	}
	return nil
}

// propose has the flows of a file compared with those in force. The groups of the admins who are in office stay guarded whatever it says.
func (a *App) propose(ctx context.Context, list []*flows.Flow, guarded []string) error {
	guarded = slices.Clone(guarded)
	for _, s := range a.o.Config.People.Admins {
		if s.Kind == flows.SelectGroup {
			guarded = append(guarded, s.Group)
		}
	}
	slices.Sort(guarded)
	outcome, err := a.engine.ProposePolicy(ctx, list, slices.Compact(guarded))
	if err == nil {
		a.o.Log.Info().Str("config", a.o.Config.File).Int("flows", len(list)).Str("outcome", string(outcome)).Msg("flows read")
	}
	return err
}
