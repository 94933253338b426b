// Package cli is the command line: one file for each command.
//
// Exit status: 0 when the command did what it says, 1 when something failed while running, 2 when what was given to it is wrong
// (arguments, configuration). Sentences for people go to standard error, results to standard output.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"hallpass/bot/teams/manifest"

	"github.com/alecthomas/kong"
)

// Exit statuses.
const (
	exitFailed = 1
	exitWrong  = 2
)

// commands is the whole command line.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Run the bot."`
	Demo    demoCommand    `cmd:"" help:"Run it against a small company on this machine, with a page where every part is played."`
	Check   checkCommand   `cmd:"" help:"Check a configuration: all problems at once."`
	Explain explainCommand `cmd:"" help:"Say what would happen to a request, and why; also at another time, or for a past one."`
	Test    testCommand    `cmd:"" help:"Try worked cases of the policy: given, request, expect."`
	Diff    diffCommand    `cmd:"" help:"Say who gains and who loses what between two configurations."`
	Schema  schemaCommand  `cmd:"" help:"Print the JSON Schema of the configuration, for editors."`
	Audit   auditCommand   `cmd:"" help:"Verify and export the audit log."`
	Store   storeCommand   `cmd:"" help:"Look after the database: copy it, move it, recover what an older one does not know, take it back to the release before."`
	Teams   teamsCommand   `cmd:"" help:"Make what Microsoft Teams needs."`
}

// streams are where a command reads and writes.
type streams struct {
	out, err io.Writer
}

// failure is an error with the exit status that goes with it.
type failure struct {
	status int
	error
}

func wrong(err error) error { return failure{exitWrong, err} }

// Main runs the command line and returns the exit status.
func Main(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return Run(ctx, args, os.Stdout, os.Stderr)
}

// Run is Main with its own context and streams.
func Run(ctx context.Context, args []string, out, errs io.Writer) int {
	var c commands
	exit := -1
	parser, err := kong.New(&c, kong.Name("hallpass"), kong.Description("Just-in-time access in chat."), kong.Writers(out, errs), kong.UsageOnError(),
		kong.Vars{"package_version": manifest.DefaultVersion}, kong.Exit(func(code int) {
			if exit < 0 {
				exit = code
			}
		}), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(streams{out, errs}))
	if err != nil {
		fmt.Fprintln(errs, err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if exit >= 0 { // help was printed
		return exit
	}
	if err != nil {
		fmt.Fprintf(errs, "hallpass: %v\nTry: hallpass --help\n", err)
		return exitWrong
	}
	return status(k.Run(), errs)
}

func status(err error, errs io.Writer) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(errs, err)
	var f failure
	if errors.As(err, &f) {
		return f.status
	}
	return exitFailed
}
