package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"hallpass/flows"
)

// What is hashed. Format 1: the hash of an entry is SHA-256 over the line "hallpass entry 1", the line of the hash before it, and the
// entry's bytes; the bytes are JSON with the fields below in this order and times in UTC with milliseconds. Typed text is in it only
// as SHA-256 over 16 bytes of salt and the text. The bytes are kept as they were hashed and never made again.

const (
	chainFormat = 1
	saltBytes   = 16
	entryTime   = "2006-01-02T15:04:05.000Z"
)

// entryDoc is what an entry's bytes hold.
type entryDoc struct {
	Seq     int64             `json:"seq"`
	At      string            `json:"at"`
	Action  string            `json:"action"`
	Actor   string            `json:"actor,omitempty"`
	Via     string            `json:"via,omitempty"`
	Request int64             `json:"request,omitempty"`
	Grant   int64             `json:"grant,omitempty"`
	Holding int64             `json:"holding,omitempty"`
	Data    map[string]string `json:"data,omitempty"`
	Words   string            `json:"words,omitempty"` // the salted hash of the text, when there is one
}

func docOfEntry(e *flows.Entry, words string) entryDoc {
	return entryDoc{
		Seq: e.Seq, At: e.At.UTC().Format(entryTime), Action: string(e.Action), Actor: string(e.Actor), Via: e.Via,
		Request: int64(e.Request), Grant: int64(e.Grant), Holding: int64(e.Holding), Data: e.Data, Words: words,
	}
}

// bytes is one line of JSON with sorted keys in data, and with < and & as they are.
func (d entryDoc) bytes() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func readEntryDoc(b []byte) (entryDoc, error) {
	var d entryDoc
	err := json.Unmarshal(b, &d)
	return d, err
}

func (d entryDoc) entry() (flows.Entry, error) {
	at, err := time.Parse(entryTime, d.At)
	return flows.Entry{
		Seq: d.Seq, At: at, Action: flows.Action(d.Action), Actor: flows.PersonID(d.Actor), Via: d.Via,
		Request: flows.RequestID(d.Request), Grant: flows.GrantID(d.Grant), Holding: flows.HoldingID(d.Holding), Data: d.Data,
	}, err
}

func hashEntry(format int, prev string, b []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "hallpass entry %d\n%s\n", format, prev)
	h.Write(b)
	return hex.EncodeToString(h.Sum(nil))
}

func hashWords(salt []byte, text string) string {
	h := sha256.New()
	h.Write(salt)
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

// ChainError says where the chain is broken first, and how.
type ChainError struct {
	Seq int64
	Why string
}

func (e *ChainError) Error() string {
	return fmt.Sprintf("the audit log is broken at entry %d: %s", e.Seq, e.Why)
}

// link is one entry as it is checked: from the database or from an export.
type link struct {
	Format int    `json:"format"`
	Seq    int64  `json:"seq"`
	Prev   string `json:"prev"`
	Hash   string `json:"hash"`
	Bytes  string `json:"bytes"`
	// Salt and Text are absent where there was no text or where it was erased.
	Salt []byte  `json:"salt,omitempty"`
	Text *string `json:"text,omitempty"`
}

// chainCheck walks the chain from its first entry.
type chainCheck struct {
	count int64
	head  string
}

func (c *chainCheck) next(l link) error {
	if why := c.fault(l); why != "" {
		return &ChainError{Seq: c.count + 1, Why: why}
	}
	c.count, c.head = l.Seq, l.Hash
	return nil
}

func (c *chainCheck) fault(l link) string {
	if l.Seq != c.count+1 {
		return fmt.Sprintf("entry %d stands in its place", l.Seq)
	}
	if l.Format != chainFormat {
		return fmt.Sprintf("its format %d is not known to this program", l.Format)
	}
	if l.Prev != c.head {
		return "it does not follow the entry before it"
	}
	if l.Hash != hashEntry(l.Format, l.Prev, []byte(l.Bytes)) {
		return "its hash does not fit what it says"
	}
	d, err := readEntryDoc([]byte(l.Bytes))
	switch {
	case err != nil || d.Seq != l.Seq:
		return "what was hashed is not this entry"
	case l.Text != nil && d.Words != hashWords(l.Salt, *l.Text):
		return "its text was changed"
	case l.Seq == 1 && d.Action != string(flows.ActInstalled):
		return "it does not name the installation"
	}
	return ""
}
