package slack

import (
	"strconv"
	"strings"
	"sync"

	"hallpass/bot"
	"hallpass/flows"
)

// drawings knows the newest change of each open form. Two quick changes start from the same hash; the newer one must win, whichever
// is drawn first.
type drawings struct {
	mu     sync.Mutex
	serial int
	newest map[string]int // by view
}

// maxDrawings bounds the memory; a form forgotten here only loses that rule.
const maxDrawings = 4096

// numberMark stands between Slack's hash and our number of the change.
const numberMark = "#"

// seen numbers a change and names the form as it stands.
func (d *drawings) seen(who flows.Account, v view) bot.FormRef {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.newest == nil || len(d.newest) >= maxDrawings {
		d.newest = map[string]int{}
	}
	d.serial++
	d.newest[v.ID] = d.serial
	return bot.FormRef{Account: who, ID: v.ID, Hash: v.Hash + numberMark + strconv.Itoa(d.serial)}
}

// split is Slack's hash in a reference, and whether its change is still the newest.
func (d *drawings) split(ref bot.FormRef) (hash string, newest bool) {
	hash, number, numbered := strings.Cut(ref.Hash, numberMark)
	d.mu.Lock()
	defer d.mu.Unlock()
	latest, known := d.newest[ref.ID]
	return hash, !numbered || !known || strconv.Itoa(latest) == number
}
