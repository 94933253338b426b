package okta

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"hallpass/integrations/rest"
)

type rule struct {
	Name    string
	Status  string
	Actions struct {
		AssignUserToGroups struct{ GroupIDs []string }
	}
}

// filled names the active rule that assigns each group, by the group's id.
type filled map[string]string

// readRules reads all group rules. A rule that is not active assigns nobody.
func (o *Okta) readRules(ctx context.Context, background bool) (filled, error) {
	out := filled{}
	call := rest.Call{
		Method: http.MethodGet, Path: path("groups", "rules"), Query: url.Values{"limit": {fmt.Sprint(rulesPage)}}, Bucket: "rules", Background: background,
	}
	err := rest.Pages(ctx, o.rest, call, func(page []rule) {
		for _, r := range page {
			if r.Status != "ACTIVE" {
				continue
			}
			for _, group := range r.Actions.AssignUserToGroups.GroupIDs {
				out[group] = r.Name
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
