package store

// FreeClaims drops every claim: the intents are free again, due when they were.
func (t *tx) FreeClaims() error {
	if err := t.writable(); err != nil {
		return err
	}
	return t.put("UPDATE intents SET owner = '', claimed_to = NULL WHERE owner <> ''")
}

// OpenLanes are the lanes of all queues, few however many intents wait in them.
func (t *tx) OpenLanes() ([]string, error) {
	var all []string
	err := t.rows("SELECT DISTINCT lane FROM queues ORDER BY lane", nil, func(scan scan) error {
		var lane string
		err := scan(&lane)
		all = append(all, lane)
		return err
	})
	return all, err
}
