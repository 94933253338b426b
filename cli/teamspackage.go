package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"

	"hallpass/bot/teams/manifest"
	"hallpass/config"
)

// teamsCommand is what there is to do for Microsoft Teams.
type teamsCommand struct {
	Package packageCommand `cmd:"" help:"Make the app package that is uploaded to the organisation's catalogue."`
}

type packageCommand struct {
	Config     string `help:"The configuration; its secrets are not needed." default:"config.yaml" type:"path" placeholder:"FILE"`
	Out        string `help:"Where to write the package." default:"hallpass-teams.zip" type:"path" placeholder:"FILE"`
	Website    string `help:"A page about Hallpass in your organisation, https://…. Teams shows it, and does without it for no app." placeholder:"URL"`
	Privacy    string `help:"The page that says what becomes of personal data; the website unless it is given." placeholder:"URL"`
	Terms      string `help:"The page with the terms of use; the website unless it is given." placeholder:"URL"`
	Name       string `help:"What the app is called in Teams." default:"Hallpass"`
	Developer  string `help:"Who runs it, as Teams shows it." default:"Hallpass"`
	AppVersion string `help:"The version of the package; Teams takes an update only where it is higher." default:"${package_version}" placeholder:"1.0.0"`
}

// Run writes the package for the bot that the configuration names.
func (c *packageCommand) Run(s streams) error {
	set, err := config.Load(c.Config, config.Options{WithoutSecrets: true})
	switch {
	case err != nil:
		return wrong(err)
	case !set.Teams.Used():
		return wrong(fmt.Errorf("%s has no Teams: write a section teams with the bot's app_id first", c.Config))
	case c.Website == "":
		return wrong(errors.New("Teams shows three pages about every app: a website, one on privacy and the terms of use. " +
			"Name at least --website https://…, a page about Hallpass in your organisation; it stands for the others unless --privacy and --terms are given"))
	}
	app := manifest.App{BotID: set.Teams.AppID, Version: c.AppVersion, Name: c.Name, Developer: c.Developer,
		Website: c.Website, Privacy: cmp.Or(c.Privacy, c.Website), Terms: cmp.Or(c.Terms, c.Website)}
	if err := app.Problems(); err != nil {
		return wrong(err)
	}
	zip, err := app.Package()
	if err == nil {
		err = os.WriteFile(c.Out, zip, 0o644) // nothing in it is secret
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s is version %s of the app %s. Upload it in the Teams admin center under Teams apps, Manage apps.\n", c.Out, app.Version, app.Name)
	return err
}
