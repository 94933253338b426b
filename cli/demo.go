package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"hallpass/app"
	"hallpass/config"
	"hallpass/demo"
	"hallpass/demo/page"
	"hallpass/demo/playground"
	"hallpass/sandbox"
)

type demoCommand struct {
	Play       bool   `help:"Tell a whole story in the terminal; exit 0 only if every step came true."`
	Keep       string `help:"Leave config.yaml, the database and the transcript in this folder." type:"path" placeholder:"DIR"`
	Listen     string `help:"Where the page is served, on loopback." default:"127.0.0.1:8787"`
	Playground bool   `help:"Let the Microsoft 365 Agents Playground play Ana on Teams; see docs/teams.md."`
	Log        string `help:"How much to log: debug, info, warn or error." default:"error" enum:"debug,info,warn,error"`
}

// Run starts the company and Hallpass against it, and tells a story or serves the page.
func (c *demoCommand) Run(ctx context.Context, s streams) error {
	dir, done, err := c.folder()
	if err != nil {
		return err
	}
	defer done()
	clock := app.NewClock(time.Time{})
	company, err := sandbox.Start(sandbox.Options{Now: clock.Now})
	if err != nil {
		return fmt.Errorf("the sandbox could not start: %w", err)
	}
	defer company.Close()
	relay, err := c.playground(dir, company, s)
	if err != nil {
		return err
	}
	defer relay.Close()
	a, err := c.hallpass(ctx, dir, company, clock, relay, s)
	if err != nil {
		return err
	}
	company.Teams.SetBotURL(a.TeamsURL())
	return errors.Join(c.together(ctx, a, dir, company, clock, s), a.Close())
}

// folder is where the demo keeps its files: the one asked for, or one that goes away afterwards.
func (c *demoCommand) folder() (string, func(), error) {
	if c.Keep != "" {
		if _, err := os.Stat(filepath.Join(c.Keep, "hallpass.db")); err == nil {
			return "", nil, wrong(fmt.Errorf("%s already holds a database from an earlier demo; name an empty folder with --keep", c.Keep))
		}
		return c.Keep, func() {}, os.MkdirAll(c.Keep, 0o700)
	}
	dir, err := os.MkdirTemp("", "hallpass-demo-")
	return dir, func() { os.RemoveAll(dir) }, err
}

func (c *demoCommand) hallpass(ctx context.Context, dir string, company *sandbox.Company, clock *app.Clock, relay *playground.Relay, s streams) (*app.App, error) {
	path, err := demo.Files(dir, company, demo.DefaultTiming)
	if err != nil {
		return nil, err
	}
	if err := demo.AddTeams(path, company); err != nil {
		return nil, err
	}
	set, err := config.Load(path, config.Options{})
	if err != nil {
		return nil, err
	}
	if relay != nil {
		set.Teams.Cloud.ServiceHosts = append(set.Teams.Cloud.ServiceHosts, relay.Host())
	}
	return app.New(ctx, app.Options{Config: set, Clock: clock, Log: logger(s.err, c.Log)})
}

// playground opens the relay for the Playground and says how to start that, if it is wanted.
func (c *demoCommand) playground(dir string, company *sandbox.Company, s streams) (*playground.Relay, error) {
	if !c.Playground {
		return nil, nil
	}
	relay, err := playground.Start(company.Teams, playground.DefaultListen)
	if err != nil {
		return nil, wrong(err)
	}
	if _, err := playground.WriteFile(dir, company.Teams, "Ana"); err != nil {
		return nil, errors.Join(err, relay.Close())
	}
	fmt.Fprintf(s.out, "To be Ana in the Agents Playground, run beside this:\n  cd %s && npx @microsoft/m365agentsplayground --channel-id msteams --app-endpoint %s\n", dir, relay.Endpoint())
	return relay, nil
}

// together runs Hallpass beside the story or the page; whichever ends first ends both.
func (c *demoCommand) together(ctx context.Context, a *app.App, dir string, company *sandbox.Company, clock *app.Clock, s streams) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ran := make(chan error, 1)
	go func() { ran <- a.Run(ctx) }()
	shown := make(chan error, 1)
	go func() {
		if c.Play {
			shown <- c.play(ctx, dir, company, clock, s.out)
		} else {
			shown <- c.serve(ctx, company, clock, s.out)
		}
	}()
	select {
	case err := <-ran:
		if err == nil && ctx.Err() == nil {
			err = errors.New("hallpass stopped by itself")
		}
		return err
	case err := <-shown:
		stop()
		return errors.Join(err, <-ran)
	}
}

func (c *demoCommand) play(ctx context.Context, dir string, company *sandbox.Company, clock *app.Clock, out io.Writer) error {
	f, err := os.Create(filepath.Join(dir, "transcript.txt"))
	if err != nil {
		return err
	}
	return errors.Join(demo.Play(ctx, company, clock, io.MultiWriter(out, f)), f.Close())
}

func (c *demoCommand) serve(ctx context.Context, company *sandbox.Company, clock *app.Clock, out io.Writer) error {
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return wrong(fmt.Errorf("%s cannot be listened on; choose another address with --listen: %w", c.Listen, err))
	}
	if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		return errors.Join(wrong(fmt.Errorf("%s is not on loopback; whoever reaches the page can play everybody", c.Listen)), l.Close())
	}
	server := &http.Server{Handler: page.Handler(demo.NewWorld(company, clock), page.Options{}), ReadHeaderTimeout: 5 * time.Second}
	fmt.Fprintf(out, "Hallpass runs against a small company on this machine.\nOpen http://%s and be Ana. Ctrl-C ends it.\n", l.Addr())
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
