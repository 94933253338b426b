package page

import (
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestNothingComesFromElsewhere(t *testing.T) {
	_, at := start(t, Options{})
	status, header, said := send(t, "GET", at+"/", "", nil)
	if status != http.StatusOK || !strings.Contains(said, "<title>Hallpass demo</title>") {
		t.Fatalf("the page is %d %.80s", status, said)
	}
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(header.Get("Content-Security-Policy"), part) {
			t.Errorf("the policy lacks %s", part)
		}
	}
	if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers are %v", header)
	}
}

// What the page is made of keeps its own rules: no markup from text, nothing
// that a Content-Security-Policy would have to be opened for, and every file
// that is named is there.
func TestThePagesFiles(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\sstyle="|\son[a-z]+="|<style|https?://[a-z0-9]`)
	named := regexp.MustCompile(`(?:from '\./|href="|src="|src: ')([a-z.]+\.(?:js|css|svg))`)
	err := fs.WalkDir(static, "static", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(static, path)
		if err != nil {
			return err
		}
		allowed := strings.ReplaceAll(string(text), `xmlns="http://www.w3.org/2000/svg"`, "")
		if found := forbidden.FindString(allowed); found != "" {
			t.Errorf("%s has %q", path, found)
		}
		for _, name := range named.FindAllStringSubmatch(string(text), -1) {
			if _, err := fs.Stat(static, "static/"+name[1]); err != nil {
				t.Errorf("%s names %s, which is not there", path, name[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
