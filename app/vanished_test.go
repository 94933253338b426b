package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"hallpass/app"
	"hallpass/config"
	"hallpass/sandbox"
)

// otherName is the configuration with Okta under another name, as after a slip of the pen: for Hallpass, the okta that gave access is gone.
var otherName = strings.NewReplacer("directory: okta", "directory: org", "  okta: {kind", "  org: {kind", "in: okta", "in: org")

func TestAFileThatHasLostAnIntegrationWithLiveAccessIsRefused(t *testing.T) {
	t.Parallel()
	w := settle(t, plan{})
	w.agreed("R1", "prod-db", "1h")
	w.stop()
	file := w.dir + "/config.yaml"
	var before string
	w.edit(file, func(text string) string { before = text; return otherName.Replace(text) })
	set, err := config.Load(file, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = app.New(t.Context(), app.Options{Config: set, Clock: w.time, Log: zerolog.Nop()}); err == nil ||
		!has(err.Error(), `the integration "okta" is no longer in `, "but people still have access through it; put it back until that has ended") {
		t.Fatalf("it starts, and nobody would take prod-db back: %v", err)
	}
	if !w.member(sandbox.ProdDBGroup, ana) {
		t.Error("a refused file took something away")
	}
	w.edit(file, func(string) string { return before })
	w.start(plan{})
	w.later(time.Hour)
	w.isNot(sandbox.ProdDBGroup, ana)
	w.tells("R1", "taken back, read twice, gone")
	w.stop()

	w.edit(file, otherName.Replace) // nothing is out any more
	w.start(plan{})
	w.done()
}
