// Package playground lets the Microsoft 365 Agents Playground play a person of the sandbox's company, although it signs nothing.
//
// The Playground is a web page and a server on this machine: it posts activities to a bot, without a token, and plays the connector that the bot
// answers to. Hallpass believes nothing without a token. So a Relay stands between them, on loopback: what the Playground sends it signs with the
// key of the sandbox's tenant, and what Hallpass sends to the connector it lets through only with a token that the tenant has given out. Every check of
// Hallpass stays on.
package playground

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"hallpass/sandbox"
	"hallpass/sandbox/teams"
)

// DefaultListen is where the Playground looks for a bot unless it is told otherwise.
const DefaultListen = "127.0.0.1:3978"

// Paths of a relay.
const (
	inPath  = "/api/messages" // the Playground's activities come in here
	outPath = "/playground"   // what Hallpass calls goes out below it

	membersPath = "/members/" // before whoever is asked for
)

// bodyBytes bounds an activity.
const bodyBytes = 1 << 20

// Relay stands between one Playground and the program that the tenant delivers to.
type Relay struct {
	tenant *teams.Tenant
	base   string // http://127.0.0.1:port
	server *http.Server
	gone   chan struct{}

	mu        sync.Mutex
	connector *url.URL // the Playground's, nil before its first activity
}

// Start opens a relay at host:port, which must be on loopback: whoever reaches it can play everybody.
func Start(tenant *teams.Tenant, listen string) (*Relay, error) {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be listened on for the Playground: %w", listen, err)
	}
	if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("%s is not on loopback; whoever reaches the relay of the Playground can play everybody", listen), l.Close())
	}
	r := &Relay{tenant: tenant, base: "http://" + l.Addr().String(), gone: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+inPath, r.in)
	mux.Handle(outPath+"/", http.StripPrefix(outPath, http.HandlerFunc(r.out)))
	r.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { defer close(r.gone); _ = r.server.Serve(l) }()
	return r, nil
}

// Close ends the relay, if there is one.
func (r *Relay) Close() error {
	if r == nil {
		return nil
	}
	err := r.server.Close()
	<-r.gone
	return err
}

// Endpoint is what the Playground is told as the bot's.
func (r *Relay) Endpoint() string { return r.base + inPath }

// Host is the connector's, as the program must allow it.
func (r *Relay) Host() string { return r.base }

// in signs an activity and hands it to the program, whose answer is the Playground's.
func (r *Relay) in(w http.ResponseWriter, req *http.Request) {
	if kind, _, err := mime.ParseMediaType(req.Header.Get("Content-Type")); err != nil || kind != "application/json" { // no page of another site can send that
		http.Error(w, "an activity is application/json", http.StatusUnsupportedMediaType)
		return
	}
	var activity map[string]any
	if err := json.NewDecoder(http.MaxBytesReader(w, req.Body, bodyBytes)).Decode(&activity); err != nil {
		http.Error(w, "this is no activity", http.StatusBadRequest)
		return
	}
	named, _ := activity["serviceUrl"].(string)
	if err := r.learn(named); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	activity["serviceUrl"] = r.base + outPath + "/"
	said, err := r.tenant.Deliver(req.Context(), activity, teams.Token{})
	if err != nil || said.Status == 0 {
		http.Error(w, "Hallpass does not answer", http.StatusBadGateway)
		return
	}
	if len(said.Body) > 0 {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(said.Status)
	_, _ = w.Write(said.Body) // the Playground has gone
}

// learn notes the connector of the Playground, which must be on this machine too.
func (r *Relay) learn(address string) error {
	u, err := url.Parse(strings.TrimSuffix(address, "/"))
	if err != nil || u.Scheme != "http" || !local(u.Hostname()) {
		return fmt.Errorf("the Playground must run on this machine, and names %q as its connector", address)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.connector = u
	return nil
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// gone stands in the place of a message that was deleted.
const gone = `{"type":"message","text":"(This message was taken away.)"}`

// out passes a call of the program on to the Playground's connector, without the token, which is nothing to it.
func (r *Relay) out(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	to := r.connector
	r.mu.Unlock()
	switch {
	case !r.tenant.Issued(req.Header.Get("Authorization")):
		refuse(w, http.StatusUnauthorized, "Unauthorized", "the token was not given out by this tenant")
	case to == nil:
		refuse(w, http.StatusNotFound, "ConversationNotFound", "nobody has opened the Playground")
	default:
		body, err := plain(http.MaxBytesReader(w, req.Body, bodyBytes))
		if err != nil {
			refuse(w, http.StatusBadRequest, "BadSyntax", "this is no activity")
			return
		}
		if req.Method == http.MethodDelete { // the Playground cannot, so the message is emptied
			req.Method, body = http.MethodPut, []byte(gone)
			req.Header.Set("Content-Type", "application/json; charset=utf-8")
		}
		passOn := httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Path, p.Out.URL.RawPath = r.member(p.In.URL), ""
			p.SetURL(to)
			p.Out.Header.Del("Authorization")
			p.Out.Body, p.Out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			refuse(w, http.StatusBadGateway, "BadGateway", "the Playground does not answer: "+err.Error())
		}}
		passOn.ServeHTTP(w, req)
	}
}

// plain is an activity without what only Teams itself knows. The Playground has no dialogs: a button that asks for one would do nothing there.
// Without "msteams" its press comes as a message, as from an old client, and Hallpass answers with the form as a card. It has no search in a field
// either: without "choices.data" it offers what is filled in. Nor has it views of single people, which "refresh" would ask for.
func plain(from io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(from)
	if err != nil || len(raw) == 0 {
		return raw, err
	}
	var activity any
	if err := json.Unmarshal(raw, &activity); err != nil {
		return nil, err
	}
	strip(activity)
	return json.Marshal(activity)
}

func strip(v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "msteams")
		delete(v, "choices.data")
		delete(v, "refresh")
		for _, inner := range v {
			strip(inner)
		}
	case []any:
		for _, inner := range v {
			strip(inner)
		}
	}
}

// member is the path of a call, in which somebody who is asked for by object id or principal name goes by the id that the Playground knows.
func (r *Relay) member(u *url.URL) string {
	at := strings.LastIndex(u.Path, membersPath)
	if at < 0 {
		return u.Path
	}
	at += len(membersPath)
	for _, p := range sandbox.People() {
		if strings.EqualFold(u.Path[at:], p.Teams) || strings.EqualFold(u.Path[at:], p.Email) {
			return u.Path[:at] + r.tenant.MRI(p.Teams)
		}
	}
	return u.Path
}

// refuse answers as a connector does.
func refuse(w http.ResponseWriter, status int, code, message string) {
	raw, err := json.Marshal(map[string]any{"error": map[string]string{"code": code, "message": message}})
	if err != nil {
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.Copy(w, strings.NewReader(string(raw))) // whoever asked has gone
}
