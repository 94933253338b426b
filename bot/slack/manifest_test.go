package slack

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// scopesOf are the scopes that each call of the Web API needs, by slack-go's name for it or by Slack's where we call it ourselves.
// Source: the method pages at docs.slack.dev, 2026.
var scopesOf = map[string][]string{
	"AuthTestContext":            nil,
	"StartSocketModeContext":     nil, // the app token's connections:write
	"PostMessageContext":         {"chat:write"},
	"UpdateMessageContext":       {"chat:write"},
	"DeleteMessageContext":       {"chat:write"},
	"PostEphemeralContext":       {"chat:write"},
	"OpenConversationContext":    {"im:write"},
	"GetConversationInfoContext": {"channels:read", "groups:read", "im:read"},
	"OpenViewContext":            nil,
	"UpdateViewContext":          nil,
	"PublishViewContext":         nil,
	"users.info":                 {"users:read"},
	"users.lookupByEmail":        {"users:read.email"},
}

// subscriptions are the events we handle, with Slack's name of the subscription and its scopes.
var subscriptions = map[string]struct {
	name   string
	scopes []string
}{
	"app_home_opened": {"app_home_opened", nil},
	"message":         {"message.im", []string{"im:history"}},
	"app_mention":     {"app_mention", []string{"app_mentions:read"}},
	"user_change":     {"user_change", []string{"users:read"}},
	"tokens_revoked":  {"tokens_revoked", nil},
	"app_uninstalled": {"app_uninstalled", nil},
}

type manifest struct {
	Features struct {
		Slash []struct {
			Command string `yaml:"command"`
			Escape  bool   `yaml:"should_escape"`
		} `yaml:"slash_commands"`
		Shortcuts []struct {
			Callback string `yaml:"callback_id"`
			Type     string `yaml:"type"`
		} `yaml:"shortcuts"`
	} `yaml:"features"`
	OAuth struct {
		Scopes struct {
			Bot []string `yaml:"bot"`
		} `yaml:"scopes"`
	} `yaml:"oauth_config"`
	Settings struct {
		Events struct {
			Bot []string `yaml:"bot_events"`
		} `yaml:"event_subscriptions"`
		Socket bool `yaml:"socket_mode_enabled"`
	} `yaml:"settings"`
}

// The manifest asks for what the code uses: no less, and no more.
func TestManifest(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "slack-manifest.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := yaml.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	calls, events := used(t)
	scopes, names := map[string]bool{"commands": true}, map[string]bool{}
	for _, call := range calls {
		needed, known := scopesOf[call]
		if !known {
			t.Errorf("say in scopesOf which scopes %s needs", call)
		}
		for _, s := range needed {
			scopes[s] = true
		}
	}
	for _, e := range events {
		s, known := subscriptions[e]
		if !known {
			t.Errorf("say in subscriptions how %s is subscribed to", e)
		}
		names[s.name] = true
		for _, scope := range s.scopes {
			scopes[scope] = true
		}
	}
	if want := slices.Sorted(maps.Keys(scopes)); !slices.Equal(m.OAuth.Scopes.Bot, want) {
		t.Errorf("the manifest asks for the scopes\n%q, the code needs\n%q", m.OAuth.Scopes.Bot, want)
	}
	if want := slices.Sorted(maps.Keys(names)); !slices.Equal(m.Settings.Events.Bot, want) {
		t.Errorf("the manifest subscribes to\n%q, the code handles\n%q", m.Settings.Events.Bot, want)
	}
	f := m.Features
	if len(f.Slash) != 1 || f.Slash[0].Command != "/access" || !f.Slash[0].Escape || len(f.Shortcuts) != 1 ||
		f.Shortcuts[0].Callback != shortcutAsk || f.Shortcuts[0].Type != "global" || !m.Settings.Socket {
		t.Errorf("the manifest's features are %+v", f)
	}
}

// used finds in our own source which calls are made and which events are handled.
func used(t *testing.T) (calls, events []string) {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if on, isField := n.X.(*ast.SelectorExpr); isField && on.Sel.Name == "web" {
					calls = append(calls, n.Sel.Name)
				}
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && strings.HasPrefix(text, "users.") {
					calls = append(calls, text)
				}
			case *ast.FuncDecl:
				if n.Name.Name == "event" {
					events = cases(n)
				}
			}
			return true
		})
	}
	return calls, events
}

// cases are the words that a function's switch knows.
func cases(f *ast.FuncDecl) (words []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		if c, isCase := n.(*ast.CaseClause); isCase {
			for _, e := range c.List {
				if lit, isText := e.(*ast.BasicLit); isText {
					word, _ := strconv.Unquote(lit.Value)
					words = append(words, word)
				}
			}
		}
		return true
	})
	return words
}
