package flows

import "fmt"

// Head is how far a log was seen: its newest entry, and the newest numbers that requests and grants had.
type Head struct {
	Seq     int64
	Hash    string
	Request RequestID
	Grant   GrantID
}

// Later is the newer of two heads of one log. Numbers never go back, whatever became of the log.
func (h Head) Later(next Head) Head {
	next.Request, next.Grant = max(h.Request, next.Request), max(h.Grant, next.Grant)
	return next
}

// Lost says how the log of a store differs from what was seen of it, empty when it goes on from there: then nothing of that is missing.
func (h Head) Lost(tx Tx) (string, error) {
	if h.Seq == 0 {
		return "", nil
	}
	newest, _, err := tx.Head()
	if err != nil {
		return "", err
	}
	if newest < h.Seq {
		return fmt.Sprintf("its log ends with entry %d, and entry %d was there before", newest, h.Seq), nil
	}
	list, err := tx.Entries(EntryFilter{After: h.Seq - 1, Limit: 1})
	if err != nil {
		return "", err
	}
	if len(list) == 0 || list[0].Seq != h.Seq || list[0].Hash != h.Hash {
		return fmt.Sprintf("entry %d of its log is not the one that was there before", h.Seq), nil
	}
	return "", nil
}
