package store

import "hallpass/flows"

// holdingRow is a holding as it stands in its table.
type holdingRow struct {
	person                                  string
	integration, kind, resource, permission string
	open, stuck                             bool
	doc                                     string
}

func rowOfHolding(h *flows.Holding) holdingRow {
	e := h.Entitlement
	return holdingRow{
		person:      string(h.Person),
		integration: e.Integration, kind: e.Type, resource: e.ID, permission: e.Permission,
		open: h.Open, stuck: h.Stuck != "",
		doc: toDoc(h),
	}
}

func (r holdingRow) columns() []any {
	return []any{r.person, r.integration, r.kind, r.resource, r.permission, r.open, r.stuck, r.doc}
}

func numberHolding(h *flows.Holding, id int64) { h.ID = flows.HoldingID(id) }

func (t *tx) Holding(id flows.HoldingID) (*flows.Holding, error) {
	return oneNumbered(t, "SELECT id, doc FROM holdings WHERE id = $1", []any{int64(id)}, numberHolding)
}

func (t *tx) OpenHolding(p flows.PersonID, e flows.Entitlement) (*flows.Holding, error) {
	return oneNumbered(t, "SELECT id, doc FROM holdings WHERE open = TRUE AND person = $1"+
		" AND integration = $2 AND type = $3 AND resource = $4 AND permission = $5",
		[]any{string(p), e.Integration, e.Type, e.ID, e.Permission}, numberHolding)
}

// Holdings come oldest first.
func (t *tx) Holdings(f flows.HoldingFilter) ([]*flows.Holding, error) {
	w := &where{}
	if f.OpenOnly {
		w.and("open = TRUE")
	}
	if f.StuckOnly {
		w.and("stuck = TRUE")
	}
	is(w, "person", string(f.Person))
	is(w, "integration", f.Integration)
	return allNumbered(t, "SELECT id, doc FROM holdings"+w.limited("id", f.Limit), w.args, numberHolding)
}

func (t *tx) PutHolding(h *flows.Holding) error {
	columns := rowOfHolding(h).columns()
	if h.ID == 0 {
		id, err := t.insert("INSERT INTO holdings (person, integration, type, resource, permission, open, stuck, doc)"+
			" VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id", columns...)
		if err == nil {
			h.ID = flows.HoldingID(id)
		}
		return err
	}
	doc, err := rewritten(t, h, "holdings WHERE id = $1", int64(h.ID))
	if err != nil {
		return err
	}
	columns[len(columns)-1] = doc
	return t.replace("UPDATE holdings SET person = $1, integration = $2, type = $3, resource = $4, permission = $5,"+
		" open = $6, stuck = $7, doc = $8 WHERE id = $9", append(columns, int64(h.ID))...)
}
