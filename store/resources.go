package store

import (
	"strings"

	"hallpass/flows"
)

// resourceRow is a resource as it stands in its table. Hidden are those gone or unfit.
type resourceRow struct {
	integration, kind, id, lowerName string
	hidden                           bool
}

func rowOfResource(r flows.Resource) resourceRow {
	return resourceRow{
		integration: r.Integration, kind: r.Type, id: r.ID, lowerName: strings.ToLower(r.Name),
		hidden: r.Gone || r.Unfit != "",
	}
}

func (t *tx) Resource(k flows.ResourceKey) (flows.Resource, error) {
	r, err := oneDoc[flows.Resource](t, "SELECT doc FROM resources WHERE integration = $1 AND type = $2 AND id = $3",
		k.Integration, k.Type, k.ID)
	if err != nil {
		return flows.Resource{}, err
	}
	return *r, nil
}

// Resources looks through the index of names first and reads only the rows it returns. The order is that of lower-cased names.
func (t *tx) Resources(f flows.ResourceFilter) ([]flows.Resource, error) {
	w := resourcesWhere(f)
	return values(allDocs[flows.Resource](t,
		"SELECT doc FROM resources"+w.limited("lower_name, integration, type, id", f.Limit), w.args...))
}

func resourcesWhere(f flows.ResourceFilter) *where {
	w := &where{}
	is(w, "integration", f.Integration)
	is(w, "type", f.Type)
	is(w, "lower_name", strings.ToLower(f.Name))
	if f.Text != "" {
		w.and(`lower_name LIKE ? ESCAPE '\'`, "%"+literally.Replace(strings.ToLower(f.Text))+"%")
	}
	if !f.All {
		w.and("hidden = FALSE")
	}
	if a := f.After; a != nil {
		w.and("(lower_name, integration, type, id) > (?, ?, ?, ?)", strings.ToLower(a.Name), a.Integration, a.Type, a.ID)
	}
	return w
}

// literally takes their meaning from the characters that LIKE knows.
var literally = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func (t *tx) PutResource(r flows.Resource) error {
	row := rowOfResource(r)
	doc, err := rewritten(t, &r, "resources WHERE integration = $1 AND type = $2 AND id = $3", row.integration, row.kind, row.id)
	if err != nil {
		return err
	}
	return t.put("INSERT INTO resources (integration, type, id, lower_name, hidden, doc) VALUES ($1, $2, $3, $4, $5, $6)"+
		" ON CONFLICT (integration, type, id) DO UPDATE SET lower_name = excluded.lower_name, hidden = excluded.hidden, doc = excluded.doc",
		row.integration, row.kind, row.id, row.lowerName, row.hidden, doc)
}
