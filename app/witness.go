package app

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"hallpass/flows"
)

// witness keeps the newest head of the log in a file outside the database, with the newest numbers, and beside it who had what at the last sync of
// each target. The head may be a moment behind the database, never before it. A file is written whole under another name, synced and renamed: at
// any moment there is a whole one.
type witness struct {
	path   string
	failed func(error) // told of the first failure after a success

	mu   sync.Mutex
	next flows.Head
	name string // of the installation
	ring chan struct{}
	done chan struct{}
}

// newWitness is one that writes nothing until it is armed: what the file says is compared before.
func newWitness(path string, failed func(error)) *witness {
	return &witness{path: path, failed: failed}
}

// tell is called by the store's writer with each new head. It does not wait for the disk.
func (w *witness) tell(h flows.Head) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next = w.next.Later(h)
	if w.ring != nil {
		select {
		case w.ring <- struct{}{}:
		default: // it is being looked at anyway
		}
	}
}

// arm begins to keep heads, from one that is known to be in the database. That one is in the file when arm returns: a program that dies before it
// has written the first would find a log of some length at its next start, and no witness of it.
func (w *witness) arm(name string, h flows.Head) {
	if w.path == "" {
		return
	}
	w.mu.Lock()
	if h.Seq > w.next.Seq {
		w.next = w.next.Later(h)
	} else {
		w.next.Request, w.next.Grant = max(w.next.Request, h.Request), max(w.next.Grant, h.Grant)
	}
	w.name = name
	w.mu.Unlock()
	well := w.write(true)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ring, w.done = make(chan struct{}, 1), make(chan struct{})
	w.ring <- struct{}{} // for what was told meanwhile
	go w.keep(well, w.ring, w.done)
}

// keep writes the newest head whenever there is another.
func (w *witness) keep(well bool, ring <-chan struct{}, done chan<- struct{}) {
	defer close(done)
	for range ring {
		well = w.write(well)
	}
}

// write puts the newest head into the file, and reports whether that went well, as it did before.
func (w *witness) write(before bool) (well bool) {
	w.mu.Lock()
	h, name := w.next, w.name
	w.mu.Unlock()
	err := replaceFile(w.path, witnessText(name, h))
	if err != nil && before {
		w.failed(err)
	}
	return err == nil
}

// close writes what was told last.
func (w *witness) close() error {
	w.mu.Lock()
	ring, done := w.ring, w.done
	w.ring = nil
	w.mu.Unlock()
	if ring != nil {
		close(ring)
		<-done
	}
	return nil
}

// witnessText is the file: the head as `hallpass audit verify` counts it, then the numbers, then the sum of both lines.
func witnessText(name string, h flows.Head) []byte {
	text := fmt.Sprintf("%d %s\ninstallation %s request %d grant %d\n", h.Seq, h.Hash, name, int64(h.Request), int64(h.Grant))
	return fmt.Appendf(nil, "%ssum %s\n", text, sumOf(text))
}

func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// read is what the file says, and of which installation. False: there is none.
func (w *witness) read() (h flows.Head, name string, found bool, err error) {
	text, err := os.ReadFile(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return h, "", false, nil
	}
	if err != nil {
		return h, "", true, err
	}
	var request, grant int64
	var sum string
	if n, _ := fmt.Sscanf(string(text), "%d %s\ninstallation %s request %d grant %d\nsum %s\n", &h.Seq, &h.Hash, &name, &request, &grant, &sum); n == 6 {
		h.Request, h.Grant = flows.RequestID(request), flows.GrantID(grant)
		if bytes.Equal(text, witnessText(name, h)) {
			return h, name, true, nil
		}
		return flows.Head{}, "", true, errors.New("it is torn")
	}
	h = flows.Head{}
	if n, _ := fmt.Sscanf(string(text), "%d %s\n", &h.Seq, &h.Hash); n == 2 && string(text) == fmt.Sprintf("%d %s\n", h.Seq, h.Hash) && len(h.Hash) == 2*sha256.Size {
		return h, "", true, nil // as the release before wrote it
	}
	return flows.Head{}, "", true, errors.New("it is torn")
}

// replaceFile puts a text in the place of a file. At any moment, also of a power cut, the old or the new one is there.
func replaceFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.next") // a name of its own: a command may write it beside the bot
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// members is the file beside the witness of one target's members.
func (w *witness) members(integration string) string { return w.path + "." + integration + ".members" }

// KeepMembers is flows.Beside.
func (w *witness) KeepMembers(integration string, m flows.KeptMembers) error {
	if w.path == "" {
		return nil
	}
	var text bytes.Buffer
	zip := gzip.NewWriter(&text)
	if err := errors.Join(json.NewEncoder(zip).Encode(m), zip.Close()); err != nil {
		return err
	}
	return replaceFile(w.members(integration), text.Bytes())
}

// KeptMembers is flows.Beside. A file that cannot be read is as good as none: admins are asked more.
func (w *witness) KeptMembers(integration string) (m flows.KeptMembers, found bool, err error) {
	text, err := os.ReadFile(w.members(integration))
	if err != nil {
		return m, false, nil
	}
	zip, err := gzip.NewReader(bytes.NewReader(text))
	if err == nil {
		err = json.NewDecoder(zip).Decode(&m)
	}
	if err != nil {
		return flows.KeptMembers{}, false, nil
	}
	return m, true, nil
}
