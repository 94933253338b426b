package playground

import (
	"encoding/json"
	"os"
	"path/filepath"

	"hallpass/sandbox"
	"hallpass/sandbox/teams"
)

// FileName is what the Playground reads from the folder that it is started in.
const FileName = ".m365agentsplayground.yml"

// account is a person as the Playground's file has them. One word of it is misspelt there.
type account struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Principal string `json:"userPrincipleName"`
	Object    string `json:"aadObjectId"`
	Given     string `json:"givenName"`
	Surname   string `json:"surname"`
	Email     string `json:"email"`
}

// WriteFile tells the Playground who is who: it plays this person, and knows the colleagues. It returns the file's path.
func WriteFile(dir string, t *teams.Tenant, as string) (string, error) {
	type object = map[string]any
	var current account
	others := []account{}
	for _, p := range sandbox.People() {
		a := account{ID: t.MRI(p.Teams), Name: p.First + " " + p.Last, Principal: p.Email, Object: p.Teams, Given: p.First, Surname: p.Last, Email: p.Email}
		switch {
		case p.Name == as:
			current = a
		case !p.Guest:
			others = append(others, a)
		}
	}
	file := object{"version": "0.1.1", "tenantId": t.TenantID(), "bot": object{"id": t.BotID(), "name": "Hallpass"}, "currentUser": current, "users": others,
		"personalChat": object{"id": "a:playground"}, "groupChat": object{"id": "19:playground@thread.v2", "name": "Group chat"},
		"team": object{"id": "19:playground-general@thread.tacv2", "name": "Acme", "aadGroupId": "c0000000-0000-4000-8000-00000000000a",
			"channels": []object{{"id": "19:playground-payments@thread.tacv2", "name": "Payments"}}}}
	text, err := json.MarshalIndent(file, "", "  ") // JSON is YAML
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, FileName)
	return path, os.WriteFile(path, append(text, '\n'), 0o600)
}
