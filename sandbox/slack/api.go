package slack

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// apiError is an answer with ok:false.
type apiError struct {
	code     string
	messages []string // response_metadata.messages
	needed   string   // the scope that is missing
	provided string   // the scopes that are there
}

func (e apiError) Error() string { return strings.Join(append([]string{e.code}, e.messages...), "; ") }

// method is one method of the Web API.
type method struct {
	scope    string   // the bot scope it needs
	app      bool     // called with the app-level token
	args     []string // all arguments it knows, token aside
	required []string
	perMin   int // Slack's rate per minute: 20, 50 and 100 for tiers 2 to 4
	run      func(*Workspace, call) (obj, error)
}

// Rates of Slack's tiers, calls per minute. Source: docs.slack.dev/apis/web-api/rate-limits.
const (
	tier2 = 20
	tier3 = 50
	tier4 = 100
	// special stands for "hundreds per minute", which Slack does not number.
	special = 600
)

// methods are all methods served; any other answers unknown_method.
func methods() map[string]method {
	all := map[string]method{}
	for _, some := range []map[string]method{appMethods(), peopleMethods(), conversationMethods(), chatMethods(), viewMethods()} {
		maps.Copy(all, some)
	}
	return all
}

// call is one call of a method, its body decoded whichever way it came.
type call struct {
	method string
	args   map[string]any
}

func (c call) has(name string) bool { v, ok := c.args[name]; return ok && v != nil }

func (c call) text(name string) string {
	switch v := c.args[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func (c call) flag(name string) bool {
	switch v := c.args[name].(type) {
	case bool:
		return v
	case string:
		return v == "true" || v == "1"
	}
	return false
}

func (c call) number(name string) int {
	n, err := strconv.Atoi(c.text(name))
	if err != nil {
		return 0
	}
	return n
}

// json is an argument that holds JSON, as a value (JSON body) or as a string (form body).
func (c call) json(name string) (any, bool) {
	v := c.args[name]
	text, isText := v.(string)
	if !isText {
		return v, true
	}
	if text == "" {
		return nil, true
	}
	decoded, err := decode([]byte(text))
	return decoded, err == nil
}

// decode reads JSON keeping numbers as they were written.
func decode(raw []byte) (any, error) {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

func (w *Workspace) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", w.serveAPI)
	mux.HandleFunc("/link/", w.serveSocket)
	mux.HandleFunc("POST /answer/{secret}", w.serveAnswer)
	return mux
}

// maxBody is more than any call may carry; a view is 250 KB at most.
const maxBody = 2 << 20

func (w *Workspace) serveAPI(rw http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	w.change(func() { w.calls[name]++ })
	if !w.waitWhileHanging(r) {
		return
	}
	if seconds, limited := w.limited(name); limited {
		tooMany(rw, seconds)
		return
	}
	c, token, err := read(name, r)
	if err != nil {
		reply(rw, nil, err)
		return
	}
	m, served := w.served[name]
	if !served {
		reply(rw, nil, apiError{code: "unknown_method"})
		return
	}
	if name == "chat.postMessage" {
		if seconds, limited := w.channelLimited(c.text("channel")); limited {
			tooMany(rw, seconds)
			return
		}
	}
	body, err := w.carryOut(m, c, token, r)
	w.flush()
	if w.answerLost(name) {
		panic(http.ErrAbortHandler) // the connection breaks after the deed and before the answer
	}
	rw.Header().Set("X-OAuth-Scopes", strings.Join(w.scopes(), ","))
	rw.Header().Set("X-Accepted-OAuth-Scopes", m.scope)
	reply(rw, body, err)
}

// carryOut checks the caller and the arguments and runs the method under the lock.
func (w *Workspace) carryOut(m method, c call, token string, r *http.Request) (obj, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.touch()
	if err := w.authorize(m, c, token); err != nil {
		return nil, err
	}
	if m.app && r.Method != http.MethodPost {
		return nil, apiError{code: "insecure_request"}
	}
	if code := w.failing(c.method); code != "" {
		return nil, apiError{code: code}
	}
	for name := range c.args {
		if name != "token" && name != "team_id" && !slices.Contains(m.args, name) { // Bolt adds team_id to every call
			w.problem("%s was called with an argument that it does not have: %s", c.method, name)
		}
	}
	for _, name := range m.required {
		if !c.has(name) || c.args[name] == "" {
			return nil, apiError{code: "invalid_arguments", messages: []string{"[ERROR] missing required field: " + name}}
		}
	}
	body, err := m.run(w, c)
	var refused apiError
	if errors.As(err, &refused) && len(refused.messages) > 0 {
		w.problem("%s was refused: %s", c.method, refused.Error())
	}
	return body, err
}

// authorize decides whether the token may call the method.
func (w *Workspace) authorize(m method, c call, token string) error {
	right, other, revoked := w.opt.BotToken, w.opt.AppToken, w.botRevoked
	if m.app {
		right, other, revoked = w.opt.AppToken, w.opt.BotToken, w.appRevoked
	}
	bot := w.people[w.opt.BotUserID]
	switch {
	case token == "":
		return apiError{code: "not_authed"}
	case token == other:
		return apiError{code: "not_allowed_token_type"}
	case token != right:
		return apiError{code: "invalid_auth"}
	case revoked:
		return apiError{code: "token_revoked"}
	case w.uninstalled || (bot != nil && bot.Deleted):
		return apiError{code: "account_inactive"}
	case m.scope != "" && !w.granted(m.scope):
		return apiError{code: "missing_scope", needed: m.scope, provided: strings.Join(w.opt.Scopes, ",")}
	}
	return nil
}

// granted says whether the bot token has one of the scopes, written a,b when either will do.
func (w *Workspace) granted(scopes string) bool {
	if w.opt.Scopes == nil {
		return true
	}
	for scope := range strings.SplitSeq(scopes, ",") {
		if slices.Contains(w.opt.Scopes, scope) {
			return true
		}
	}
	return false
}

// scopes are those of the bot token: all that any method here needs, unless Options says otherwise.
func (w *Workspace) scopes() []string {
	if w.opt.Scopes != nil {
		return w.opt.Scopes
	}
	all := []string{"commands", "app_mentions:read", "im:history"}
	for _, m := range w.served {
		for scope := range strings.SplitSeq(m.scope, ",") {
			if scope != "" && !slices.Contains(all, scope) {
				all = append(all, scope)
			}
		}
	}
	slices.Sort(all)
	return all
}

// read decodes query, form or JSON; the token stands in the header or among the arguments.
func read(name string, r *http.Request) (call, string, error) {
	c := call{method: name, args: map[string]any{}}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return c, "", apiError{code: "request_timeout"}
	}
	switch {
	case kind == "application/json" && len(raw) > 0:
		body, err := decode(raw)
		fields, isObject := body.(obj)
		if err != nil || !isObject {
			return c, "", apiError{code: "json_not_object"}
		}
		c.args = fields
	default:
		r.Body = io.NopCloser(strings.NewReader(string(raw)))
		if err := r.ParseForm(); err != nil {
			return c, "", apiError{code: "invalid_form_data"}
		}
		for key, values := range r.Form {
			c.args[key] = values[0]
		}
	}
	token, inHeader := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !inHeader && name != "apps.connections.open" {
		token = c.text("token")
	}
	return c, token, nil
}

// reply writes an answer the way Slack does: status 200 even when ok is false.
func reply(rw http.ResponseWriter, body obj, err error) {
	out := obj{"ok": err == nil}
	maps.Copy(out, body)
	if err != nil {
		refused := apiError{code: "internal_error"}
		errors.As(err, &refused)
		out = obj{"ok": false, "error": refused.code}
		if len(refused.messages) > 0 {
			out["response_metadata"] = obj{"messages": refused.messages}
		}
		if refused.needed != "" {
			out["needed"], out["provided"] = refused.needed, refused.provided
		}
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(rw).Encode(out)
}

func tooMany(rw http.ResponseWriter, seconds int) {
	rw.Header().Set("Retry-After", strconv.Itoa(seconds))
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(http.StatusTooManyRequests)
	_ = json.NewEncoder(rw).Encode(obj{"ok": false, "error": "ratelimited"})
}
