package store

import "hallpass/flows"

func (t *tx) Identity(a flows.Account) (*flows.Identity, error) {
	return oneDoc[flows.Identity](t, "SELECT doc FROM identities WHERE platform = $1 AND workspace = $2 AND account = $3",
		a.Platform, a.Workspace, a.User)
}

// IdentitiesOf are in the order of their accounts.
func (t *tx) IdentitiesOf(p flows.PersonID) ([]flows.Identity, error) {
	return values(allDocs[flows.Identity](t,
		"SELECT doc FROM identities WHERE person = $1 ORDER BY platform, workspace, account", string(p)))
}

func (t *tx) PutIdentity(i *flows.Identity) error {
	doc, err := rewritten(t, i, "identities WHERE platform = $1 AND workspace = $2 AND account = $3", i.Platform, i.Workspace, i.User)
	if err != nil {
		return err
	}
	return t.put("INSERT INTO identities (platform, workspace, account, person, doc) VALUES ($1, $2, $3, $4, $5)"+
		" ON CONFLICT (platform, workspace, account) DO UPDATE SET person = excluded.person, doc = excluded.doc",
		i.Platform, i.Workspace, i.User, string(i.Person), doc)
}
