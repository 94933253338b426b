package okta

import (
	"fmt"
	"net"
	"net/http"
)

// headerRequest names the call in answers, errors and the log.
const headerRequest = "X-Okta-Request-Id"

// The scopes that the endpoints ask for.
const (
	readUsers    = "okta.users.read"
	readGroups   = "okta.groups.read"
	manageGroups = "okta.groups.manage"
	readLogs     = "okta.logs.read"
	readSchemas  = "okta.schemas.read"
	readTypes    = "okta.userTypes.read"
	readRoles    = "okta.roles.read"
)

// routes is the table of endpoints, each with the scope that it asks for.
func (o *Org) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth2/v1/token", o.issueToken)
	for _, e := range []struct {
		pattern, scope string
		serve          func(*Org, *call)
	}{
		{"GET /api/v1/users", readUsers, (*Org).listUsers},
		{"GET /api/v1/users/{id}", readUsers, (*Org).readUser},
		{"GET /api/v1/users/{id}/groups", readUsers, (*Org).listGroupsOfUser},
		{"GET /api/v1/users/{id}/linkedObjects/{relationship}", readUsers, (*Org).listLinked},
		{"GET /api/v1/groups", readGroups, (*Org).listGroups},
		{"GET /api/v1/groups/rules", readGroups, (*Org).listRules},
		{"GET /api/v1/groups/{id}", readGroups, (*Org).readGroup},
		{"GET /api/v1/groups/{id}/users", readGroups, (*Org).listMembers},
		{"GET /api/v1/groups/{id}/roles", readRoles, (*Org).listRoles},
		{"PUT /api/v1/groups/{id}/users/{user}", manageGroups, (*Org).putMember},
		{"DELETE /api/v1/groups/{id}/users/{user}", manageGroups, (*Org).deleteMember},
		{"GET /api/v1/meta/types/user", readTypes, (*Org).listTypes},
		{"GET /api/v1/meta/schemas/user/{id}", readSchemas, (*Org).readSchema},
		{"GET /api/v1/logs", readLogs, (*Org).listEvents},
	} {
		mux.HandleFunc(e.pattern, o.authorised(e.scope, e.serve))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { o.refuse(w, errNoEndpoint) })
	return mux
}

// guard numbers each call and holds it against the rate limit.
func (o *Org) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.serial++
		w.Header().Set(headerRequest, fmt.Sprintf("req%011d", o.serial))
		ok := o.limit.Take(o.now())
		writeLimit(w, o.limit.Allowed, o.limit.Left(), o.limit.Until())
		o.mu.Unlock()
		if !ok {
			o.refuse(w, errRateLimit)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// authorised runs an endpoint alone, for a caller whose token carries the scope, and wakes waiters after a change.
func (o *Org) authorised(scope string, serve func(*Org, *call)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		by, scopes, ok := o.authenticate(r.Header.Get("Authorization"))
		if !ok {
			o.refuse(w, errInvalidToken)
			return
		}
		if !allows(scopes, scope) {
			w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="`+r.Host+`/oauth2/v1/authorize", error="insufficient_scope", scope="`+scope+`"`)
			o.refuse(w, errForbidden)
			return
		}
		by.request = w.Header().Get(headerRequest)
		by.agent = r.UserAgent()
		by.address, _, _ = net.SplitHostPort(r.RemoteAddr)
		serve(o, &call{w, r, by})
		if r.Method != http.MethodGet {
			o.bell.Ring()
		}
	}
}

// allows tells whether the scopes of a token let it call an endpoint; managing includes reading.
func allows(scopes map[string]bool, scope string) bool {
	return scopes[scope] || scope == readGroups && scopes[manageGroups]
}
