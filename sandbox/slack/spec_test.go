package slack

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi2"
)

// specFile is Slack's own (old) description of its Web API; it lies beside the repository on machines that have it.
const specFile = "../../../shared/specs/slack.json"

// younger are arguments that Slack added after that description, with the pages of docs.slack.dev/reference/methods they are on.
var younger = map[string][]string{
	"team.info":             {"domain"},
	"users.list":            {"team_id", "presence"},
	"usergroups.list":       {"team_id"},
	"usergroups.users.list": {"team_id"},
	"conversations.list":    {"team_id"},
	"conversations.open":    {"prevent_creation"},
	"chat.postMessage":      {"metadata", "markdown_text"},
	"chat.postEphemeral":    {"markdown_text"},
	"chat.update":           {"metadata", "markdown_text", "reply_broadcast", "file_ids", "unfurl_links", "unfurl_media"},
	"apps.connections.open": nil,
	"conversations.info":    nil,
	"conversations.members": nil,
	"users.profile.get":     nil,
	"users.lookupByEmail":   nil,
	"chat.getPermalink":     nil,
	"chat.delete":           nil,
	"auth.test":             nil,
	"users.info":            nil,
	"views.open":            nil,
	"views.push":            nil,
	"views.update":          nil,
	"views.publish":         nil,
}

// Every method served is one of Slack's, with Slack's arguments. Where the description is absent, only the list above is compared.
func TestMethodsAreSlacks(t *testing.T) {
	served := methods()
	for name := range served {
		if _, listed := younger[name]; !listed {
			t.Errorf("%s is served but not listed here", name)
		}
	}
	raw, err := os.ReadFile(specFile)
	if err != nil {
		return
	}
	var spec openapi2.T
	if err := json.Unmarshal(raw, &spec); err != nil {
		t.Fatal(err)
	}
	for name, m := range served {
		path := spec.Paths["/"+name]
		if path == nil {
			if name != "apps.connections.open" {
				t.Errorf("%s is not a method of Slack's", name)
			}
			continue
		}
		var args []string
		for _, operation := range path.Operations() {
			for _, parameter := range operation.Parameters {
				args = append(args, parameter.Name)
			}
		}
		for _, arg := range m.args {
			if !slices.Contains(args, arg) && !slices.Contains(younger[name], arg) {
				t.Errorf("%s takes %s here, but not at Slack's", name, arg)
			}
		}
	}
}
