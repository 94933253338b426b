package config

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"hallpass/flows"
)

// maxSecret is the longest secret read from a file, in bytes.
const maxSecret = 64 << 10

var (
	variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	word     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	schedule = regexp.MustCompile(`^[A-Za-z0-9]+$`)
	address  = regexp.MustCompile(`^[^\s@]+@[^\s@]+$`)
)

// secret reads a reference and resolves it. What stands there is never shown: it may be the secret itself.
func (v value) secret() Secret {
	if !v.present() {
		return Secret{}
	}
	written, _ := v.plain()
	scheme, rest, _ := strings.Cut(strings.TrimSpace(written), ":")
	switch {
	case scheme == "env" && variable.MatchString(rest):
		return v.fromEnvironment(rest)
	case scheme == "file" && rest != "" && !strings.ContainsAny(rest, "\n\x00"):
		return v.fromFile(rest)
	}
	v.say("%s: write it as env:NAME or file:PATH; secrets never stand in this file", v.name())
	return Secret{}
}

func (v value) fromEnvironment(name string) Secret {
	if v.doc.opts.WithoutSecrets {
		return Secret{from: "env:" + name}
	}
	text := strings.TrimSpace(v.doc.opts.Getenv(name))
	if text == "" {
		v.say("%s is not set", name)
	}
	return NewSecret(text, "env:"+name)
}

func (v value) fromFile(path string) Secret {
	if v.doc.opts.WithoutSecrets {
		return Secret{from: "file:" + path}
	}
	text, err := v.doc.opts.ReadFile(v.doc.resolve(path))
	switch {
	case err != nil:
		v.say("the file %s cannot be read: %s", path, reason(err))
	case len(text) > maxSecret:
		v.say("the file %s is too long for a secret", path)
	case strings.TrimSpace(string(text)) == "":
		v.say("the file %s is empty", path)
	}
	return NewSecret(strings.TrimSpace(string(text)), "file:"+path)
}

// url reads a base address: https, or http to this machine only. It comes back without a slash at its end.
func (v value) url(otherwise string) string {
	written := v.text()
	if written == "" {
		return otherwise
	}
	u, err := url.Parse(written)
	switch {
	case err != nil || u.Host == "":
		v.say("%s must be an address such as https://example.com", v.name())
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		v.say("%s must be a plain address, without user, query or fragment", v.name())
	case u.Scheme == "http" && !loopback(u.Hostname()):
		v.say("%s must begin with https://; plain http is for this machine only (127.0.0.1, ::1, localhost)", v.name())
	case u.Scheme != "https" && u.Scheme != "http":
		v.say("%s must begin with https://", v.name())
	default:
		return strings.TrimRight(u.String(), "/")
	}
	return otherwise
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// address reads a mail address, in lower case as addresses are compared.
func (v value) address() string {
	s := v.text()
	if s != "" && !address.MatchString(s) {
		v.say("%s must be an address such as ana@example.com", v.name())
		return ""
	}
	return strings.ToLower(s)
}

// attribute reads the name of an attribute of the directory.
func (v value) attribute() string {
	s := v.text()
	if s != "" && !word.MatchString(s) {
		v.say("%s must be the name of an attribute, such as slackId: letters, digits and _", v.name())
		return ""
	}
	return s
}

// clip keeps a sentence short when somebody wrote a novel where a word belongs.
func clip(s string) string { return flows.Cut(s, longestWord) }

// role is what an integration is wanted for.
type role struct {
	does  string
	kinds []Kind
}

var (
	asDirectory = role{"knows people", []Kind{KindOkta, KindFile}}
	asTarget    = role{"gives access", []Kind{KindOkta}}
	asOnCall    = role{"knows who is on call", []Kind{KindPagerDuty}}
	asTickets   = role{"keeps tickets", []Kind{KindJira}}
)

// named is one place that names an integration, looked at once all of them are read.
type named struct {
	value
	name string
	role role
}

// integration reads the name of one.
func (v value) integration(as role) string {
	name := v.text()
	if name != "" {
		v.doc.named = append(v.doc.named, named{v, name, as})
	}
	return name
}

// references checks that every integration that is named exists and can do what is asked of it.
func (r *reader) references(list []Integration) {
	kinds, names := map[string]Kind{}, []string(nil)
	for _, i := range list {
		kinds[i.Name] = i.Kind
		names = append(names, i.Name)
	}
	for _, n := range r.named {
		kind, ok := kinds[n.name]
		switch {
		case !ok:
			n.say("no integration is called %q; %s", clip(n.name), meant(n.name, names))
		case kind != "" && !slices.Contains(n.role.kinds, kind):
			n.say("%q is of kind %s; one that %s is wanted here (kind: %s)", clip(n.name), kind, n.role.does, alternatives(n.role.kinds))
		}
	}
}

func alternatives(kinds []Kind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	return flows.Join(words, "or")
}
