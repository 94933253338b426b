package manifest_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"flag"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"hallpass/bot"
	"hallpass/bot/teams/manifest"
)

var update = flag.Bool("update", false, "write the golden file anew")

func acme() manifest.App {
	return manifest.App{BotID: "11111111-2222-3333-4444-55555555555A", Version: manifest.DefaultVersion, Name: "Hallpass", Developer: "Acme IT",
		Website: "https://it.acme.example/hallpass", Privacy: "https://acme.example/privacy", Terms: "https://acme.example/terms?for=apps&lang=en"}
}

// unzipped are the files of a package.
func unzipped(t *testing.T, a manifest.App) map[string][]byte {
	t.Helper()
	raw, err := a.Package()
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func TestThePackageHoldsTheManifestAndTwoIcons(t *testing.T) {
	files := unzipped(t, acme())
	if len(files) != 3 {
		t.Errorf("there are %d files in it", len(files))
	}
	if *update {
		if err := os.WriteFile("testdata/manifest.json", files["manifest.json"], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile("testdata/manifest.json")
	if err != nil || !bytes.Equal(golden, files["manifest.json"]) {
		t.Errorf("the manifest is not the golden one (go test ./bot/teams/manifest -update): %v\n%s", err, files["manifest.json"])
	}
	one, _ := acme().Package()
	two, _ := acme().Package()
	if !bytes.Equal(one, two) {
		t.Error("two packages of the same app differ")
	}
}

// The colour icon is 192 × 192 and opaque; the outline is 32 × 32, white on nothing, as Teams asks.
func TestIcons(t *testing.T) {
	files := unzipped(t, acme())
	tint, line := picture(t, files["color.png"], 192), picture(t, files["outline.png"], 32)
	each(tint, func(c color.NRGBA) {
		if c.A != 255 {
			t.Fatal("the colour icon can be looked through")
		}
	})
	clear, white := 0, 0
	each(line, func(c color.NRGBA) {
		switch {
		case c.R != 255 || c.G != 255 || c.B != 255:
			t.Fatal("the outline has another colour than white")
		case c.A == 0:
			clear++
		case c.A == 255:
			white++
		}
	})
	if clear < 300 || white < 100 {
		t.Errorf("the outline has %d clear and %d white pixels of 1024", clear, white)
	}
}

func picture(t *testing.T, raw []byte, size int) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil || img.Bounds().Dx() != size || img.Bounds().Dy() != size {
		t.Fatalf("no PNG of %d × %d: %v", size, size, err)
	}
	return img
}

func each(img image.Image, look func(color.NRGBA)) {
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			look(color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA))
		}
	}
}

// written is what the rules of schema 1.19 are about.
type written struct {
	Schema      string `json:"$schema"`
	Manifest    string `json:"manifestVersion"`
	ID          string `json:"id"`
	Name        struct{ Short, Full string }
	Description struct{ Short, Full string }
	Accent      string `json:"accentColor"`
	Bots        []struct {
		ID           string `json:"botId"`
		Scopes       []string
		CommandLists []struct {
			Scopes   []string
			Commands []struct{ Title, Description string }
		}
	}
	ValidDomains, Permissions []string
}

// Source of the numbers: learn.microsoft.com/microsoftteams/platform/resources/schema/manifest-schema.
func TestTheManifestKeepsToTheSchema(t *testing.T) {
	var m written
	if err := json.Unmarshal(unzipped(t, acme())["manifest.json"], &m); err != nil {
		t.Fatal(err)
	}
	within := func(what, text string, most int) {
		if n := utf8.RuneCountInString(text); n == 0 || n > most {
			t.Errorf("%s has %d characters, %d are allowed: %s", what, n, most, text)
		}
	}
	within("name.short", m.Name.Short, 30)
	within("name.full", m.Name.Full, 100)
	within("description.short", m.Description.Short, 80)
	within("description.full", m.Description.Full, 4000)
	if m.Schema != "https://developer.microsoft.com/json-schemas/teams/v"+m.Manifest+"/MicrosoftTeams.schema.json" || m.Accent != "#1f2937" || len(m.Bots) != 1 ||
		m.ValidDomains == nil || !slices.Equal(m.Permissions, []string{"identity", "messageTeamMembers"}) {
		t.Fatalf("%+v", m)
	}
	b := m.Bots[0]
	if b.ID != m.ID || b.ID != "11111111-2222-3333-4444-55555555555a" || !slices.Equal(b.Scopes, []string{"personal", "team", "groupChat"}) || len(b.CommandLists) > 3 {
		t.Errorf("%+v", b)
	}
	seen := map[string]bool{}
	for _, list := range b.CommandLists {
		if len(list.Commands) > 10 {
			t.Errorf("%v has %d commands, 10 are allowed", list.Scopes, len(list.Commands))
		}
		for _, scope := range list.Scopes {
			if seen[scope] || !slices.Contains(b.Scopes, scope) {
				t.Errorf("the commands of %s stand twice, or the bot has no such scope", scope)
			}
			seen[scope] = true
		}
		for _, c := range list.Commands {
			within("a command", c.Title, 32)
			within("what a command does", c.Description, 128)
		}
	}
}

// What Teams offers to be typed is what Hallpass understands.
func TestEveryCommandIsUnderstood(t *testing.T) {
	var m written
	if err := json.Unmarshal(unzipped(t, acme())["manifest.json"], &m); err != nil {
		t.Fatal(err)
	}
	for _, list := range m.Bots[0].CommandLists {
		for _, c := range list.Commands {
			verb := bot.ReadWords(c.Title).Verb
			switch {
			case c.Title == "access" && verb == bot.VerbForm: // opens the form
			case c.Title == "home" && slices.Equal(list.Scopes, []string{"personal"}): // a page of its own, in the personal chat
			case string(verb) != c.Title:
				t.Errorf("%s is read as %q", c.Title, verb)
			}
			if _, example, ok := strings.Cut(c.Description, ": "); ok && bot.ReadWords(example).Verb == bot.VerbForm {
				t.Errorf("the example %q says nothing", example)
			}
		}
	}
}

func TestEveryMistakeIsNamed(t *testing.T) {
	_, err := manifest.App{BotID: "hallpass", Version: "1.0", Name: strings.Repeat("é", 31), Website: "http://acme.example", Privacy: "https://acme.example"}.Package()
	if err == nil {
		t.Fatal("it made a package")
	}
	const want = `the bot's id must be the client id of its app registration
the version must be three numbers such as 1.0.0, not "1.0"
the app's name has 31 characters, Teams takes 30
the name of who runs it is missing
the website page must be an address that begins with https://, not "http://acme.example"
the terms page must be an address that begins with https://, not ""`
	if err.Error() != want {
		t.Errorf("it says:\n%v", err)
	}
}
