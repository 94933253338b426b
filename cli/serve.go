package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"hallpass/app"
	"hallpass/config"
	"hallpass/store"
)

type serveCommand struct {
	Config string `help:"The configuration." default:"config.yaml" type:"path" placeholder:"FILE"`
	Log    string `help:"How much to log: debug, info, warn or error." default:"info" enum:"debug,info,warn,error"`
}

// Run runs the bot until it is stopped.
func (c *serveCommand) Run(ctx context.Context, s streams) error {
	set, err := config.Load(c.Config, config.Options{})
	if err != nil {
		return wrong(err)
	}
	letGo, err := store.Hold(set.Store.DSN.Reveal())
	if err != nil {
		return fmt.Errorf("hallpass could not start: %w", err)
	}
	defer letGo()
	log := logger(s.err, c.Log)
	a, err := app.New(ctx, app.Options{Config: set, Clock: app.NewClock(time.Time{}), Log: log})
	if err != nil {
		return fmt.Errorf("hallpass could not start: %w", err)
	}
	log.Info().Str("config", set.File).Int("flows", len(set.Flows)).Msg("started")
	unlisten := onHangup(func() { _ = a.Reload(ctx) }) // what is wrong with the file is in the log, and told to the admins
	err = a.Run(ctx)
	unlisten()
	err = errors.Join(err, a.Close())
	log.Info().Msg("stopped")
	return err
}

// onHangup calls f for each SIGHUP, one at a time, until the function that it returns is called; that one waits for a call under way.
func onHangup(f func()) (stop func()) {
	hangups, done, gone := make(chan os.Signal, 1), make(chan struct{}), make(chan struct{})
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		defer close(gone)
		for {
			select {
			case <-hangups:
				f()
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(hangups)
		close(done)
		<-gone
	}
}

func logger(w io.Writer, level string) zerolog.Logger {
	l, err := zerolog.ParseLevel(level)
	if err != nil {
		l = zerolog.InfoLevel
	}
	return zerolog.New(w).Level(l).With().Timestamp().Logger()
}
