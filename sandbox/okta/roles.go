package okta

import (
	"fmt"
	"net/http"
)

// role is an admin role that a group was assigned.
type role struct{ id, kind, label string }

// AssignRole gives a group's members an admin role, such as USER_ADMIN, whose label is "Group Administrator".
func (o *Org) AssignRole(groupID, kind, label string) error {
	return o.change(func() error {
		if _, ok := o.groups.get(groupID); !ok {
			return fmt.Errorf("the organisation has no group %s", groupID)
		}
		if o.roles == nil {
			o.roles = map[string][]role{}
		}
		o.roles[groupID] = append(o.roles[groupID], role{o.newID("grp"), kind, label})
		return nil
	})
}

func (o *Org) listRoles(c *call) {
	id := c.r.PathValue("id")
	if _, ok := o.groups.get(id); !ok {
		o.refuse(c.w, errNotFound("UserGroup", id))
		return
	}
	out := []any{}
	for _, r := range o.roles[id] {
		out = append(out, map[string]any{"id": r.id, "label": r.label, "type": r.kind, "status": "ACTIVE", "assignmentType": "GROUP"})
	}
	writeJSON(c.w, http.StatusOK, out)
}
