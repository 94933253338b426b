package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hallpass/cli"
	"hallpass/demo"
	"hallpass/sandbox"
)

// screen is what a command writes, safe to read while it still runs.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func run(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e screen
	status = cli.Run(t.Context(), args, &o, &e)
	return status, o.String(), e.String()
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Everything that is wrong is said at once, with line and column, by check and by serve alike, and nothing is started.
const wrongFile = `slack: {app_token: env:HALLPASS_TEST_NO_SUCH, bot_token: xoxb-literal, team_ids: [T01ACME], feed_chanel: C0FEED}
people: {directory: okta, link: {attribute: slackId}, admins: [{group: security}]}
integrations:
  okta: {kind: oktaa, api_url: "https://acme.okta.com"}
flows:
  - name: production
    who: {any: [{everyone: true}]}
    what: [{in: okta, type: group}]
    how_long: {choices: [soon], max: 8h}
`

func TestABadConfigurationIsSaidWholeAndStartsNothing(t *testing.T) {
	path := write(t, "config.yaml", wrongFile)
	for _, args := range [][]string{{"check", path}, {"serve", "--config", path}} {
		t.Run(args[0], func(t *testing.T) {
			status, out, errs := run(t, args...)
			if status != 2 || out != "" {
				t.Errorf("status %d, printed %q", status, out)
			}
			for _, want := range []string{
				`config.yaml:1:20: `, `HALLPASS_TEST_NO_SUCH`, // a secret that is missing
				`config.yaml:1:`, `did you mean "feed_channel"?`, // an unknown key, with the nearest
				`config.yaml:4:`, `oktaa`, // an unknown integration
				`config.yaml:9:`, `"soon"`, // a duration that is none
				`config.yaml:6:`, `approv`, // a flow without approval
			} {
				if !strings.Contains(errs, want) {
					t.Errorf("%q is missing in\n%s", want, errs)
				}
			}
			if strings.Contains(errs, "xoxb-literal") {
				t.Errorf("a secret was printed:\n%s", errs)
			}
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(left) != 1 {
				t.Errorf("something was started: %v", left)
			}
		})
	}
}

func TestTheExampleIsFineWithoutItsSecrets(t *testing.T) {
	status, out, errs := run(t, "check", "--without-secrets", filepath.Join("..", "config.example.yaml"))
	if status != 0 || !strings.Contains(out, "is fine") {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	status, _, errs = run(t, "check", filepath.Join("..", "config.example.yaml"))
	if status != 2 || !strings.Contains(errs, "is not set") {
		t.Errorf("with secrets that are not set: status %d\n%s", status, errs)
	}
}

func TestWrongArguments(t *testing.T) {
	for _, args := range [][]string{{"srve"}, {"check"}, {"demo", "--lissten", "x"}} {
		if status, _, errs := run(t, args...); status != 2 || errs == "" {
			t.Errorf("%v: status %d, %q", args, status, errs)
		}
	}
	if status, out, _ := run(t, "--help"); status != 0 || !strings.Contains(out, "serve") {
		t.Errorf("help: status %d\n%s", status, out)
	}
}

// serve runs against whatever Slack, Okta, PagerDuty and Jira the file names, and stops when it is told to.
func TestServeRunsAgainstTheAddressesOfTheFile(t *testing.T) {
	company, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer company.Close()
	dir := t.TempDir()
	path, err := demo.Files(dir, company, demo.DefaultTiming)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var out, errs screen
	ended := make(chan int, 1)
	go func() { ended <- cli.Run(ctx, []string{"serve", "--config", path}, &out, &errs) }()
	wait, give := context.WithTimeout(ctx, 20*time.Second)
	defer give()
	if err := company.Slack.Wait(wait, func() bool { return company.Slack.Connections() >= 2 }); err != nil {
		t.Fatalf("never connected: %v\n%s", err, errs.String())
	}
	if status, _, said := run(t, "serve", "--config", path); status != 1 || !strings.Contains(said, "hallpass could not start: another hallpass works on "+filepath.Join(dir, "hallpass.db")) {
		t.Errorf("a second one on the same file: status %d, %s", status, said)
	}
	stop()
	if status := <-ended; status != 0 {
		t.Errorf("status %d\n%s", status, errs.String())
	}
	for _, secret := range []string{sandbox.SlackAppToken, sandbox.SlackBotToken, sandbox.OktaToken, sandbox.PagerDutyToken, sandbox.JiraToken} {
		if strings.Contains(errs.String()+out.String(), secret) {
			t.Errorf("the secret %s… was printed", secret[:8])
		}
	}
	status, said, wrong := run(t, "audit", "verify", "--dsn", "sqlite:"+filepath.Join(dir, "hallpass.db"))
	if status != 0 || !strings.Contains(said, "every one chained to the one before") {
		t.Errorf("verify: status %d\n%s%s", status, said, wrong)
	}
	if status, _, wrong := run(t, "audit", "verify", "--dsn", "sqlite:"+filepath.Join(dir, "none.db")); status != 2 || !strings.Contains(wrong, "there is no database") {
		t.Errorf("a missing database: status %d, %s", status, wrong)
	}
}

func TestServeRefusesAnAttributeThatPeopleWriteThemselves(t *testing.T) {
	company, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer company.Close()
	company.Okta.SetOwn("", "slackId", true)
	path, err := demo.Files(t.TempDir(), company, demo.DefaultTiming)
	if err != nil {
		t.Fatal(err)
	}
	status, _, errs := run(t, "serve", "--config", path)
	if status != 1 || !strings.Contains(errs, "Okta lets people change their own slackId, so it cannot say whose a chat account is. An admin of Okta sets its “User permission” to Read-Only") {
		t.Errorf("status %d\n%s", status, errs)
	}
}

func TestTheDemoIsForThisMachineOnly(t *testing.T) {
	status, _, errs := run(t, "demo", "--listen", "0.0.0.0:0")
	if status != 2 || !strings.Contains(errs, "is not on loopback") {
		t.Errorf("status %d, %s", status, errs)
	}
}
