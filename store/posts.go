package store

import "hallpass/flows"

// postRow is a post as it stands in its table.
type postRow struct {
	kind, platform, workspace, channel, ts, person string
	key, request, grant                            any
	final                                          bool
	doc                                            string
}

func rowOfPost(p *flows.Post) postRow {
	return postRow{
		kind: string(p.Kind), platform: p.Platform, workspace: p.Workspace, channel: p.Channel, ts: p.TS, person: string(p.Person),
		key: orNull(p.Key), request: orNull(int64(p.Request)), grant: orNull(int64(p.Grant)),
		final: p.Final,
		doc:   toDoc(p),
	}
}

func (r postRow) columns() []any {
	return []any{r.kind, r.key, r.platform, r.workspace, r.channel, r.ts, r.person, r.request, r.grant, r.final, r.doc}
}

func numberPost(p *flows.Post, id int64) { p.ID = flows.PostID(id) }

func (t *tx) Post(id flows.PostID) (*flows.Post, error) {
	return oneNumbered(t, "SELECT id, doc FROM posts WHERE id = $1", []any{int64(id)}, numberPost)
}

func (t *tx) PostByKey(key string) (*flows.Post, error) {
	return oneNumbered(t, "SELECT id, doc FROM posts WHERE key = $1", []any{key}, numberPost)
}

func (t *tx) PostAt(platform, workspace, channel, ts string) (*flows.Post, error) {
	return oneNumbered(t, "SELECT id, doc FROM posts WHERE platform = $1 AND workspace = $2 AND channel = $3 AND ts = $4 AND ts <> ''",
		[]any{platform, workspace, channel, ts}, numberPost)
}

func (t *tx) Posts(f flows.PostFilter) ([]*flows.Post, error) {
	w := &where{}
	is(w, "request_id", int64(f.Request))
	is(w, "grant_id", int64(f.Grant))
	is(w, "person", string(f.Person))
	in(w, "kind", f.Kinds)
	if f.Unfinal {
		w.and("final = FALSE")
	}
	return allNumbered(t, "SELECT id, doc FROM posts"+w.limited("id", f.Limit), w.args, numberPost)
}

func (t *tx) PutPost(p *flows.Post) error {
	columns := rowOfPost(p).columns()
	if p.ID == 0 {
		id, err := t.insert("INSERT INTO posts (kind, key, platform, workspace, channel, ts, person, request_id, grant_id, final, doc)"+
			" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id", columns...)
		if err == nil {
			p.ID = flows.PostID(id)
		}
		return err
	}
	doc, err := rewritten(t, p, "posts WHERE id = $1", int64(p.ID))
	if err != nil {
		return err
	}
	columns[len(columns)-1] = doc
	return t.replace("UPDATE posts SET kind = $1, key = $2, platform = $3, workspace = $4, channel = $5, ts = $6, person = $7,"+
		" request_id = $8, grant_id = $9, final = $10, doc = $11 WHERE id = $12", append(columns, int64(p.ID))...)
}
