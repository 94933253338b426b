package rest

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// ParseBase checks a vendor's base address: https, or plain http to loopback only; no user, no query, no fragment.
func ParseBase(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Host == "" || u.Opaque != "" {
		return nil, fmt.Errorf("the address is not one; write it like https://acme.example.com")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("the address of %s must have no user, query or fragment", u.Host)
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && loopback(u.Hostname()):
	case u.Scheme == "http":
		return nil, fmt.Errorf("the address of %s must be https; plain http is for loopback only", u.Host)
	default:
		return nil, fmt.Errorf("the address of %s must begin with https://", u.Host)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = ""
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}

// sameOrigin reports whether two addresses have the same scheme, host and port.
func sameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if strings.EqualFold(u.Scheme, "https") {
		return "443"
	}
	return "80"
}

// join puts a path below the base, each segment escaped. A segment that is empty or would climb is refused, so that an id that went
// missing can never turn a call on one thing into a call on all of them.
func join(base *url.URL, segments []string) (*url.URL, error) {
	var path, raw strings.Builder
	path.WriteString(base.Path)
	raw.WriteString(base.EscapedPath())
	for _, s := range segments {
		if s == "" || s == "." || s == ".." {
			return nil, fmt.Errorf("a part of the path is %q", s)
		}
		path.WriteString("/" + s)
		raw.WriteString("/" + url.PathEscape(s))
	}
	u := *base
	u.Path, u.RawPath = path.String(), raw.String()
	return &u, nil
}
