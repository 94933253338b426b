package store

import (
	"fmt"

	"hallpass/flows"
)

// requestRow is a request as it stands in its table.
type requestRow struct {
	state, asker                              string
	integration, kind, resource, permission   string
	extends, nonce, madeAt, ticketKey, ticket any
	doc                                       string
}

func rowOfRequest(r *flows.Request) requestRow {
	e := r.Entitlement
	return requestRow{
		state: string(r.State), asker: string(r.Asker),
		integration: e.Integration, kind: e.Type, resource: e.ID, permission: e.Permission,
		extends: orNull(int64(r.Extends)), nonce: orNull(r.Nonce), madeAt: moment(r.Made),
		ticketKey: orNull(r.TicketKey), ticket: orNull(r.Ticket),
		doc: toDoc(r),
	}
}

func (r requestRow) columns() []any {
	return []any{r.state, r.asker, r.integration, r.kind, r.resource, r.permission, r.extends, r.nonce, r.madeAt, r.ticketKey, r.ticket, r.doc}
}

func (t *tx) Request(id flows.RequestID) (*flows.Request, error) {
	return request(t, "id = $1", int64(id))
}

func (t *tx) RequestByNonce(nonce string) (*flows.Request, error) {
	return request(t, "nonce = $1", nonce)
}

func request(t *tx, condition string, arg any) (*flows.Request, error) {
	return oneNumbered(t, "SELECT id, doc FROM requests WHERE "+condition, []any{arg}, numberRequest)
}

func numberRequest(r *flows.Request, id int64) { r.ID = flows.RequestID(id) }

func (t *tx) Requests(f flows.RequestFilter) ([]*flows.Request, error) {
	w := requestsWhere(f)
	return allNumbered(t, "SELECT id, doc FROM requests"+w.limited("id DESC", f.Limit), w.args, numberRequest)
}

func (t *tx) CountRequests(f flows.RequestFilter) (int, error) {
	w := requestsWhere(f)
	var n int
	err := t.row("SELECT COUNT(*) FROM requests"+w.String(), w.args, &n)
	if f.Limit > 0 {
		n = min(n, f.Limit)
	}
	return n, err
}

func requestsWhere(f flows.RequestFilter) *where {
	w := &where{}
	is(w, "asker", string(f.Asker))
	in(w, "state", f.States)
	is(w, "extends", int64(f.Extends))
	is(w, "ticket_key", f.TicketKey)
	is(w, "ticket", f.Ticket)
	if !f.MadeSince.IsZero() {
		w.and("made_at >= ?", dueMoment(f.MadeSince))
	}
	if e := f.Entitlement; e != nil {
		w.and("integration = ? AND type = ? AND resource = ? AND permission = ?", e.Integration, e.Type, e.ID, e.Permission)
	}
	if f.Naming != "" { // open ones are few, so their text may be read through
		w.and("state = ? AND doc LIKE ?", string(flows.Pending), `%"Person":`+toDoc(f.Naming)+`%`)
	}
	if f.AskedOf != "" {
		w.and("state = ? AND id IN (SELECT request_id FROM request_asked WHERE person = ?)", string(flows.Pending), string(f.AskedOf))
	}
	return w
}

func (t *tx) PutRequest(r *flows.Request) error {
	if err := t.writable(); err != nil {
		return err
	}
	columns := rowOfRequest(r).columns()
	if r.ID == 0 {
		id, err := t.insert("INSERT INTO requests (state, asker, integration, type, resource, permission, extends, nonce, made_at, ticket_key, ticket, doc)"+
			" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id", columns...)
		if err != nil {
			return err
		}
		r.ID = flows.RequestID(id)
		t.head.Request = max(t.head.Request, r.ID)
		return t.putAsked(r)
	}
	doc, err := rewritten(t, r, "requests WHERE id = $1", int64(r.ID))
	if err != nil {
		return err
	}
	columns[len(columns)-1] = doc
	n, err := t.exec("UPDATE requests SET state = $1, asker = $2, integration = $3, type = $4, resource = $5, permission = $6,"+
		" extends = $7, nonce = $8, made_at = $9, ticket_key = $10, ticket = $11, doc = $12 WHERE id = $13 AND (state = $1 OR EXISTS"+
		" (SELECT 1 FROM request_moves m WHERE m.from_state = requests.state AND m.to_state = $1))", append(columns, int64(r.ID))...)
	if err != nil {
		return err
	}
	if n == 0 {
		return t.refusedMove("requests", r.ID.String(), int64(r.ID), string(r.State))
	}
	if err := t.put("DELETE FROM request_asked WHERE request_id = $1", int64(r.ID)); err != nil {
		return err
	}
	return t.putAsked(r)
}

// refusedMove says why an update touched no row: it is absent, or its state may not become that one.
func (t *tx) refusedMove(table, name string, id int64, to string) error {
	var from string
	if err := t.row("SELECT state FROM "+table+" WHERE id = $1", []any{id}, &from); err != nil {
		return err
	}
	cause := fmt.Errorf("%s cannot go from %q to %q", name, from, to)
	return &flows.Error{Kind: flows.KindConflict, Sentence: name + " has moved on; look at it again", Cause: cause}
}

// putAsked keeps who is asked now, for "what waits for me". Those handed over or gone are not.
func (t *tx) putAsked(r *flows.Request) error {
	for _, a := range r.Asked {
		if a.Gone {
			continue
		}
		err := t.put("INSERT INTO request_asked (request_id, person) VALUES ($1, $2) ON CONFLICT DO NOTHING", int64(r.ID), string(a.Person))
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) AddDecision(d *flows.Decision) error {
	id, err := t.insert("INSERT INTO decisions (request_id, doc) VALUES ($1, $2) RETURNING id", int64(d.Request), toDoc(d))
	if err == nil {
		d.ID = id
	}
	return err
}

func (t *tx) Decisions(id flows.RequestID) ([]flows.Decision, error) {
	return values(allNumbered(t, "SELECT id, doc FROM decisions WHERE request_id = $1 ORDER BY id", []any{int64(id)},
		func(d *flows.Decision, id int64) { d.ID = id }))
}
