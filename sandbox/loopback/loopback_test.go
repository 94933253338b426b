package loopback

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestServeAndClose(t *testing.T) {
	s, err := Serve("", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") }))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(s.URL(), "http://127.0.0.1:") {
		t.Errorf("URL %q", s.URL())
	}
	res, err := http.Get(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := http.Get(s.URL()); err == nil {
		t.Error("still answers after Close")
	}
}

func TestOnlyLoopback(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "10.0.0.1:80", "nonsense", "example.com:80"} {
		if s, err := Serve(address, nil); err == nil {
			_ = s.Close()
			t.Errorf("%q was accepted", address)
		}
	}
}
