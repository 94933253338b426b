package when

import (
	"archive/zip"
	"go/build"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestEveryListedZoneIsThere(t *testing.T) {
	for _, name := range Zones() {
		if zone, err := Zone(name); err != nil || zone.String() != name {
			t.Errorf("%s: %v, %v", name, zone, err)
		}
	}
}

// The list must follow the data when Go is updated: go generate writes it anew.
func TestTheListIsThatOfTheToolchain(t *testing.T) {
	path := filepath.Join(build.Default.GOROOT, "lib", "time", "zoneinfo.zip")
	if _, err := os.Stat(path); err != nil {
		return // no toolchain beside the test
	}
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var names []string
	for _, f := range archive.File {
		if !strings.HasSuffix(f.Name, "/") && f.Name != "Factory" {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, Zones()) {
		t.Error("zones.txt is not the list of this Go version; run go generate in this folder")
	}
}

func TestAWrongZoneNamesTheNearest(t *testing.T) {
	for name, want := range map[string]string{
		"":              `"" is a different time zone on each machine; write a name like Europe/Berlin or UTC`,
		"Local":         `"Local" is a different time zone on each machine; write a name like Europe/Berlin or UTC`,
		"localtime":     `there is no time zone "localtime"; write a name like Europe/Berlin or UTC`,
		"europe/berlin": `there is no time zone "europe/berlin"; did you mean Europe/Berlin?`,
		"Europe/Berln":  `there is no time zone "Europe/Berln"; did you mean Europe/Berlin?`,
		"Berlin":        `there is no time zone "Berlin"; did you mean Europe/Berlin?`,
		"new york":      `there is no time zone "new york"; did you mean America/New_York?`,
		"Asia/Calcuta":  `there is no time zone "Asia/Calcuta"; did you mean Asia/Calcutta?`,
		"GMT+2":         `there is no time zone "GMT+2"; write a name like Europe/Berlin or UTC`,
		"../etc/passwd": `there is no time zone "../etc/passwd"; write a name like Europe/Berlin or UTC`,
		"right/UTC":     `there is no time zone "right/UTC"; write a name like Europe/Berlin or UTC`,
	} {
		if _, err := Zone(name); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", name, err, want)
		}
	}
}

func FuzzZone(f *testing.F) {
	f.Add("Europe/Berlin")
	f.Add("berlin\x00")
	f.Fuzz(func(t *testing.T, name string) {
		if zone, err := Zone(name); err == nil && (zone.String() != name || !slices.Contains(Zones(), name)) {
			t.Errorf("%q gave %v", name, zone)
		}
	})
}
