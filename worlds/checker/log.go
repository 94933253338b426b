package checker

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Entry is one line of the log.
type Entry struct {
	Seq     int64             `json:"seq"`
	Time    string            `json:"at"`
	Action  string            `json:"action"`
	Actor   string            `json:"actor"`
	Via     string            `json:"via"`
	Request int64             `json:"request"`
	Grant   int64             `json:"grant"`
	Holding int64             `json:"holding"`
	Data    map[string]string `json:"data"`

	At   time.Time `json:"-"`
	Hash string    `json:"-"`
	Text string    `json:"-"`
}

// read reads an export and recomputes its chain by the rules that docs/audit.md states: each hash is SHA-256 over the line "hallpass entry 1", the
// hash before it, and the entry's bytes; a text is told by the hash of its salt and itself.
func read(export []byte) (list []Entry, err error) {
	prev := ""
	lines := bufio.NewScanner(bytes.NewReader(export))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var l struct {
			Format           int
			Seq              int64
			Prev, Hash, Text string
			Bytes            string
			Salt             []byte
		}
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return list, fmt.Errorf("line %d of the log is no JSON: %w", len(list)+1, err)
		}
		var e Entry
		if err := json.Unmarshal([]byte(l.Bytes), &e); err != nil {
			return list, fmt.Errorf("entry %d is no JSON: %w", l.Seq, err)
		}
		e.Hash, e.Text = l.Hash, l.Text
		e.At, err = time.Parse(time.RFC3339, e.Time)
		switch {
		case err != nil:
			return list, fmt.Errorf("entry %d has no time: %w", l.Seq, err)
		case l.Seq != int64(len(list)+1) || e.Seq != l.Seq:
			return list, fmt.Errorf("entry %d stands where %d should", l.Seq, len(list)+1)
		case l.Prev != prev:
			return list, fmt.Errorf("entry %d does not follow the one before", l.Seq)
		case l.Hash != sum("hallpass entry 1\n"+prev+"\n"+l.Bytes):
			return list, fmt.Errorf("the hash of entry %d does not fit what it says", l.Seq)
		case l.Text != "" && !bytes.Contains([]byte(l.Bytes), []byte(sum(string(l.Salt)+l.Text))):
			return list, fmt.Errorf("the text of entry %d is not the one that was hashed", l.Seq)
		}
		prev = l.Hash
		list = append(list, e)
	}
	return list, lines.Err()
}

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}
