package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hallpass/demo/playground"
	"hallpass/sandbox"
)

// A program that signs nothing is believed by way of the relay only: what Ana types in the Playground is answered there.
func TestThePlaygroundPlaysAnaThroughTheRelay(t *testing.T) {
	said := make(chan string, 8)
	screen := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		if strings.Contains(r.URL.Path, "/members/") {
			_, _ = io.WriteString(w, `{"id":"29:ana","aadObjectId":"`+ana.Teams+`","name":"Ana Silva","email":"`+ana.Email+`","userPrincipalName":"`+ana.Email+
				`","tenantId":"`+sandbox.TenantID+`","userRole":"user"}`)
			return
		}
		said <- r.Method + " " + r.URL.Path + " " + string(raw)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"id":"m1"}`)
	}))
	t.Cleanup(screen.Close)
	var relay *playground.Relay
	w := settle(t, plan{teams: true,
		fill: func(c *sandbox.Company) {
			var err error
			if relay, err = playground.Start(c.Teams, "127.0.0.1:0"); err != nil {
				t.Fatal(err)
			}
		},
		edit: func(text string) string { return with("service_hosts: [", "service_hosts: ["+relay.Host()+", ")(text) }})
	t.Cleanup(func() { _ = relay.Close() })
	w.c.Teams.SetBotURL(w.app.TeamsURL())

	typed := `{"type":"message","id":"1","channelId":"msteams","text":"help","from":{"id":"29:ana","aadObjectId":"` + ana.Teams + `"},"recipient":{"id":"` + w.c.Teams.BotID() +
		`"},"conversation":{"id":"a:playground","conversationType":"personal"},"channelData":{"tenant":{"id":"` + sandbox.TenantID + `"}},"serviceUrl":"` + screen.URL + `/_connector"}`
	for address, status := range map[string]int{w.app.TeamsURL(): http.StatusForbidden, relay.Endpoint(): http.StatusOK} {
		resp, err := http.Post(address, "application/json", strings.NewReader(typed))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != status {
			t.Errorf("%s answers %d", address, resp.StatusCode)
		}
	}
	if answer := <-said; !has(answer, "POST /_connector/v3/conversations/a:playground/activities ", "Ask for access, and give it back") {
		t.Errorf("the Playground was told %s", answer)
	}
	w.done()
}
