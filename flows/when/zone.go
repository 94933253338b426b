package when

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"hallpass/flows/near"
)

// The names of the tz database that this version of Go brings. Go keeps the data but not the list, so the list stands here; a test
// compares the two. "Factory" is left out: it stands for a machine that was never set up.
//
//go:generate sh -c "unzip -Z1 $(go env GOROOT)/lib/time/zoneinfo.zip | grep -v -e '/$' -e '^Factory$' | LC_ALL=C sort > zones.txt"
//go:embed zones.txt
var zonesText string

var zoneNames = sync.OnceValue(func() []string { return strings.Fields(zonesText) })

// Zones are the names of all zones, sorted.
func Zones() []string { return slices.Clone(zoneNames()) }

// loaded keeps the zones that were asked for, as reading one takes longer than deciding with it. There are no more than names.
var loaded sync.Map

// Zone is the zone of that name in the tz database, spelled exactly. Its error is a sentence that names the nearest known one. "Local"
// and "" are refused: what they mean depends on the machine.
func Zone(name string) (*time.Location, error) {
	if zone, ok := loaded.Load(name); ok {
		return zone.(*time.Location), nil
	}
	if _, known := slices.BinarySearch(zoneNames(), name); !known {
		return nil, unknownZone(name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("the data of the time zone %s cannot be read: %w", name, err)
	}
	loaded.Store(name, zone)
	return zone, nil
}

func unknownZone(name string) error {
	switch near := nearestZone(name); {
	case name == "" || strings.EqualFold(name, "local"):
		return fmt.Errorf("%s is a different time zone on each machine; write a name like Europe/Berlin or UTC", quote(name))
	case near != "":
		return fmt.Errorf("there is no time zone %s; did you mean %s?", quote(name), near)
	}
	return fmt.Errorf("there is no time zone %s; write a name like Europe/Berlin or UTC", quote(name))
}

// maxName is the longest text that is compared with the names; none of them is longer.
const maxName = 40

// nearestZone is the name that was probably meant, or "": the same but for upper case and spaces, or the city alone, or one with a typo.
// A name with an offset in it is never proposed: Etc/GMT+2 is two hours behind, which hardly anybody means.
func nearestZone(name string) (best string) {
	want := plain(name)
	if want == "" || len(want) > maxName {
		return ""
	}
	least := max(1, len(want)/4) + 1
	for _, known := range zoneNames() {
		if strings.ContainsAny(known, "+0123456789") {
			continue
		}
		full := plain(known)
		city := full[strings.LastIndexByte(full, '/')+1:]
		if d := min(near.Distance(want, full), near.Distance(want, city)); d < least {
			best, least = known, d
		}
	}
	return best
}

func plain(name string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimSpace(name), " ", "_"))
}
