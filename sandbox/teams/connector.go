package teams

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Operations, as Calls counts them and as faults name them.
const (
	OpMetadata = "metadata"
	OpKeys     = "keys"
	OpToken    = "token"
	OpCreate   = "create conversation"
	OpSend     = "send"
	OpReply    = "reply"
	OpUpdate   = "update"
	OpDelete   = "delete"
	OpMember   = "get member"
	OpMembers  = "get members"
	OpTeam     = "get team"
	OpChannels = "get channels"
)

// apiError is an answer of the connector that is not good.
type apiError struct {
	status  int
	code    string
	message string
	body    any // in place of {"error":{code,message}}
}

func (e apiError) Error() string { return strconv.Itoa(e.status) + " " + e.code + ": " + e.message }

// call is one call of the connector, decoded.
type call struct {
	op     string
	where  string // the conversation without its thread
	thread string
	about  string // the activity, member or team in the path
	body   obj
	raw    []byte
	query  func(string) string
}

// targeted says that a call is about a message for one person alone.
func (c call) targeted() bool { return c.query != nil && c.query("isTargetedActivity") == "true" }

// operation is one route of the connector.
type operation struct {
	op, pattern string
	group       string // of rates
	created     bool   // answers 201
	run         func(*Tenant, call) (any, error)
}

func operations() []operation {
	return []operation{
		{OpCreate, "POST /{region}/v3/conversations", writes, true, (*Tenant).create},
		{OpSend, "POST /{region}/v3/conversations/{where}/activities", writes, true, (*Tenant).send},
		{OpReply, "POST /{region}/v3/conversations/{where}/activities/{about}", writes, true, (*Tenant).send},
		{OpUpdate, "PUT /{region}/v3/conversations/{where}/activities/{about}", writes, false, (*Tenant).update},
		{OpDelete, "DELETE /{region}/v3/conversations/{where}/activities/{about}", writes, false, (*Tenant).remove},
		{OpMember, "GET /{region}/v3/conversations/{where}/members/{about}", reads, false, (*Tenant).member},
		{OpMembers, "GET /{region}/v3/conversations/{where}/pagedmembers", reads, false, (*Tenant).members},
		{OpTeam, "GET /{region}/v3/teams/{about}", reads, false, (*Tenant).team},
		{OpChannels, "GET /{region}/v3/teams/{about}/conversations", reads, false, (*Tenant).channels},
	}
}

func (t *Tenant) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/.well-known/openidconfiguration", t.faulty(OpMetadata, t.serveMetadata))
	mux.HandleFunc("GET /v1/.well-known/keys", t.faulty(OpKeys, t.serveKeys))
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", t.faulty(OpToken, t.serveToken))
	for _, o := range operations() {
		mux.HandleFunc(o.pattern, t.faulty(o.op, t.connector(o)))
	}
	return mux
}

// maxBody is more than any call may carry: a message is 100 KB of UTF-16 at most.
const maxBody = 1 << 20

// connector serves one operation: the token, the rates, the body, then what is asked for.
func (t *Tenant) connector(o operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			refuse(w, tooBig("the body is larger than any message may be"))
			return
		}
		t.mu.Lock()
		answer, err := t.carryOut(o, r, raw)
		t.mu.Unlock()
		if err != nil {
			refuse(w, err)
			return
		}
		status := http.StatusOK
		if o.created {
			status = http.StatusCreated
		}
		reply(w, status, answer)
	}
}

// carryOut does what a call asks for. The caller holds the lock.
func (t *Tenant) carryOut(o operation, r *http.Request, raw []byte) (any, error) {
	if !t.authorized(r) {
		t.problem("%s: the token is missing, unknown or expired", o.op)
		return nil, apiError{status: http.StatusUnauthorized, code: "Unauthorized", body: obj{"message": "Authorization has been denied for this request."}}
	}
	if strings.ContainsAny(r.URL.EscapedPath(), ";, ") {
		t.problem("%s: an id in the path is not escaped: %s", o.op, r.URL.EscapedPath())
	}
	c := call{op: o.op, about: r.PathValue("about"), raw: raw, query: r.URL.Query().Get}
	c.where, c.thread = split(r.PathValue("where"))
	if err := t.limited(o, c); err != nil {
		return nil, err
	}
	if r.Method == http.MethodPost || r.Method == http.MethodPut {
		if json.Unmarshal(raw, &c.body) != nil || c.body == nil {
			return nil, badSyntax("the body is no JSON object")
		}
	}
	answer, err := o.run(t, c)
	if e, bad := err.(apiError); bad && e.status == http.StatusBadRequest {
		t.problem("%s: %s", o.op, e.message)
	}
	return answer, err
}

// reply writes JSON; nothing at all for nil.
func reply(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a bot that is gone does not read it
}

func refuse(w http.ResponseWriter, err error) {
	e, known := err.(apiError)
	if !known {
		e = apiError{status: http.StatusInternalServerError, code: "ServiceError", message: err.Error()}
	}
	if e.body == nil {
		e.body = obj{"error": obj{"code": e.code, "message": e.message}}
	}
	reply(w, e.status, e.body)
}

func badSyntax(why string) error {
	return apiError{status: http.StatusBadRequest, code: "BadSyntax", message: why}
}

func badArgument(why string) error {
	return apiError{status: http.StatusBadRequest, code: "BadArgument", message: why}
}

func tooBig(why string) error {
	return apiError{status: http.StatusRequestEntityTooLarge, code: "MessageSizeTooBig", message: "Message size too large: " + why}
}

func notFound(code, why string) error {
	return apiError{status: http.StatusNotFound, code: code, message: why}
}
