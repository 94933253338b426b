package store

import "hallpass/flows"

// grantRow is a grant as it stands in its table.
type grantRow struct {
	state, person    string
	request, holding any
	doc              string
}

func rowOfGrant(g *flows.Grant) grantRow {
	return grantRow{
		state: string(g.State), person: string(g.Person),
		request: orNull(int64(g.Request)), holding: orNull(int64(g.Holding)),
		doc: toDoc(g),
	}
}

func (r grantRow) columns() []any { return []any{r.state, r.request, r.holding, r.person, r.doc} }

func numberGrant(g *flows.Grant, id int64) { g.ID = flows.GrantID(id) }

func (t *tx) Grant(id flows.GrantID) (*flows.Grant, error) {
	return oneNumbered(t, "SELECT id, doc FROM grants WHERE id = $1", []any{int64(id)}, numberGrant)
}

func (t *tx) Grants(f flows.GrantFilter) ([]*flows.Grant, error) {
	w := &where{}
	is(w, "request_id", int64(f.Request))
	is(w, "holding_id", int64(f.Holding))
	is(w, "person", string(f.Person))
	in(w, "state", f.States)
	return allNumbered(t, "SELECT id, doc FROM grants"+w.limited("id", f.Limit), w.args, numberGrant)
}

func (t *tx) PutGrant(g *flows.Grant) error {
	columns := rowOfGrant(g).columns()
	if g.ID == 0 {
		id, err := t.insert("INSERT INTO grants (state, request_id, holding_id, person, doc)"+
			" VALUES ($1, $2, $3, $4, $5) RETURNING id", columns...)
		if err == nil {
			g.ID = flows.GrantID(id)
			t.head.Grant = max(t.head.Grant, g.ID)
		}
		return err
	}
	doc, err := rewritten(t, g, "grants WHERE id = $1", int64(g.ID))
	if err != nil {
		return err
	}
	columns[len(columns)-1] = doc
	n, err := t.exec("UPDATE grants SET state = $1, request_id = $2, holding_id = $3, person = $4, doc = $5"+
		" WHERE id = $6 AND (state = $1 OR EXISTS"+
		" (SELECT 1 FROM grant_moves m WHERE m.from_state = grants.state AND m.to_state = $1))", append(columns, int64(g.ID))...)
	if err == nil && n == 0 {
		return t.refusedMove("grants", g.ID.String(), int64(g.ID), string(g.State))
	}
	return err
}
