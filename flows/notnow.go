package flows

// NotNow says why nothing new is given at the moment, in the words of a card ("Hallpass’s clock does not agree with Okta’s"), empty when there is
// nothing against it. Ends go on whatever it says. It is asked inside the transaction that would let a lease in or lengthen one.
type NotNow func(Tx) (why string, err error)

// notNow is the first reason for which nothing new is given, empty when there is none.
func (e *Engine) notNow(tx Tx) (string, error) {
	for _, ask := range e.set.NotNow {
		if why, err := ask(tx); err != nil || why != "" {
			return why, err
		}
	}
	return "", nil
}

// waits has a lease that is agreed to and not given yet say why.
func (e *Engine) waits(tx Tx, r *Request, g *Grant, why string) error {
	if g.Late == why {
		return nil
	}
	g.Late = why
	if err := tx.PutGrant(g); err != nil {
		return err
	}
	return e.touch(tx, r)
}
