package cli_test

import (
	"archive/zip"
	"path/filepath"
	"strings"
	"testing"
)

func TestTeamsPackage(t *testing.T) {
	t.Setenv("TEAMS_SECRET", "") // making a package takes no secret
	out := filepath.Join(t.TempDir(), "app.zip")
	status, said, errs := run(t, "teams", "package", "--config", "../config.example.yaml", "--website", "https://acme.example/hallpass", "--developer", "Acme IT", "--out", out)
	if status != 0 || !strings.Contains(said, "app.zip is version 1.0.0 of the app Hallpass") {
		t.Fatalf("status %d: %s%s", status, said, errs)
	}
	z, err := zip.OpenReader(out)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	if strings.Join(names, " ") != "manifest.json color.png outline.png" {
		t.Errorf("the package holds %v", names)
	}
}

func TestTeamsPackageSaysWhatIsMissing(t *testing.T) {
	file, out := filepath.Join("..", "config.example.yaml"), filepath.Join(t.TempDir(), "app.zip")
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no website":    {[]string{"--config", file}, "Name at least --website https://…"},
		"plain http":    {[]string{"--config", file, "--website", "http://acme.example"}, `the website page must be an address that begins with https://, not "http://acme.example"`},
		"a bad version": {[]string{"--config", file, "--website", "https://acme.example", "--app-version", "2"}, `the version must be three numbers such as 1.0.0, not "2"`},
		"no such file":  {[]string{"--config", file + ".not"}, "the file cannot be read"},
	} {
		status, said, errs := run(t, append([]string{"teams", "package", "--out", out}, c.args...)...)
		if status != 2 || said != "" || !strings.Contains(errs, c.says) {
			t.Errorf("%s: status %d: %s%s", name, status, said, errs)
		}
	}
	_, without := acme(t)
	if status, _, errs := run(t, "teams", "package", "--out", out, "--config", without, "--website", "https://acme.example"); status != 2 || !strings.Contains(errs, "has no Teams: write a section teams") {
		t.Errorf("a file without Teams: status %d: %s", status, errs)
	}
}
