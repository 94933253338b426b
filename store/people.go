package store

import "hallpass/flows"

func (t *tx) Person(id flows.PersonID) (flows.Person, error) {
	p, err := oneDoc[flows.Person](t, "SELECT doc FROM people WHERE id = $1", string(id))
	if err != nil {
		return flows.Person{}, err
	}
	return *p, nil
}

// People are in the order of their ids.
func (t *tx) People() ([]flows.Person, error) {
	return values(allDocs[flows.Person](t, "SELECT doc FROM people ORDER BY id"))
}

func (t *tx) PutPerson(p flows.Person) error {
	doc, err := rewritten(t, &p, "people WHERE id = $1", string(p.ID))
	if err != nil {
		return err
	}
	return t.put("INSERT INTO people (id, doc) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc",
		string(p.ID), doc)
}
