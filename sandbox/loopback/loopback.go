// Package loopback serves a stand-in over HTTP on this machine only.
//
// An address outside loopback is refused: a stand-in believes its tokens are harmless, and says yes to everybody on the
// network who has read them in the source.
package loopback

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// Anywhere is the address that takes any free port.
const Anywhere = "127.0.0.1:0"

// headerTimeout bounds how long a client may take to send its headers.
const headerTimeout = 30 * time.Second

// Server is a running listener. One that was never started, nil, has no address and closes well.
type Server struct {
	url  string
	http *http.Server
}

// Serve listens on a loopback address ("" means Anywhere) and serves until Close.
func Serve(address string, h http.Handler) (*Server, error) {
	if address == "" {
		address = Anywhere
	}
	if err := check(address); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("the stand-in cannot listen on %s; free the port or choose another: %w", address, err)
	}
	s := &Server{
		url:  "http://" + l.Addr().String(),
		http: &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout, ErrorLog: log.New(io.Discard, "", 0)},
	}
	go func() { _ = s.http.Serve(l) }() // returns ErrServerClosed after Close, which is no news
	return s, nil
}

// URL is the base address, without a slash at its end.
func (s *Server) URL() string {
	if s == nil {
		return ""
	}
	return s.url
}

// Close stops listening and cuts every connection at once.
func (s *Server) Close() error {
	if s == nil {
		return nil
	}
	return s.http.Close()
}

// check refuses what is not loopback.
func check(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q is not an address; write it like 127.0.0.1:8081: %w", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("the sandbox listens on loopback only, not on %q; write 127.0.0.1", host)
	}
	return nil
}
