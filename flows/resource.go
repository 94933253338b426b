package flows

import (
	"strings"
	"time"
)

// ResourceKey names a thing in a target: integration ("okta"), type ("group") and the target's immutable id.
type ResourceKey struct {
	Integration string
	Type        string
	ID          string
}

// String is "okta/group/00g1".
func (k ResourceKey) String() string { return k.Integration + "/" + k.Type + "/" + k.ID }

// Resource is a thing that can be asked for, as the last sync saw it.
type Resource struct {
	ResourceKey
	Name        string
	Path        string // where it lives, for display
	Description string // the resource's own sentence, shown to approvers
	Tags        map[string]string
	Permissions []string // what it offers; a group offers "member"
	// Unfit says why this can never be a target ("assigned by the group rule all-engineers"); empty when it can.
	Unfit string
	Gone  bool   // no longer in the target
	Held  Became `json:",omitzero"` // what it has become, while the flows still go by what it was
}

// Where is the small print under the name: kind and tags.
func (r Resource) Where() string {
	words := []string{strings.TrimSpace(titled(r.Integration) + " " + r.Type)}
	for _, k := range sortedKeys(r.Tags) {
		words = append(words, k+"="+r.Tags[k])
	}
	return strings.Join(words, " · ")
}

// Entitlement is one permission on one resource.
type Entitlement struct {
	ResourceKey
	Permission string
}

// String is "okta/group/00g1#member".
func (e Entitlement) String() string { return e.ResourceKey.String() + "#" + e.Permission }

// Residual is how long sessions may outlive a removal. Known false is an answer too: "not known".
type Residual struct {
	For   time.Duration
	Known bool
}
