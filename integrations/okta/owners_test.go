package okta

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	stand "hallpass/sandbox/okta"
)

// An owner is known from the list of the configuration, else from the group's own field, else from its tags.
func TestWhoOwnsAGroup(t *testing.T) {
	org := acme(t, nil)
	for id, profile := range map[string]map[string]any{
		"listed":     {"managedBy": "carol@acme.example", "jitTags": "owner=dev"},
		"of a field": {"managedBy": " carol@acme.example ", "jitTags": "owner=dev,env=prod"},
		"of a tag":   {"jitTags": "owner=dev"},
		"of nobody":  {},
	} {
		ok(t, org.AddGroup(stand.Group{ID: "00g" + id, Name: id, Profile: profile}))
	}
	o := client(t, org, nil, func(c *Config) {
		c.OwnerFrom, c.Owners = "managedBy", []Owner{{"lis*", "first"}, {"listed", "second"}}
	})
	snapshot, err := o.Sync(t.Context())
	ok(t, err)
	owners := map[string]string{}
	for _, r := range snapshot.Resources {
		if owner, named := r.Tags["owner"]; named {
			owners[r.Name] = owner
		}
	}
	if diff := cmp.Diff(map[string]string{"listed": "first", "of a field": "carol@acme.example", "of a tag": "dev"}, owners); diff != "" {
		t.Error(diff)
	}
}
