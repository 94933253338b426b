package okta

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hallpass/flows"
	"hallpass/integrations/rest"
)

// Okta's own limits (developer.okta.com, management API) and ours.
const (
	usersPage      = 200  // documented maximum for users
	groupsPage     = 200  // recommended
	membersPage    = 1000 // documented default and maximum
	rulesPage      = 200  // documented maximum
	concurrent     = 15   // of the org-wide 75 under way at one time
	syncConcurrent = 4    // members of so many groups are read at one time
)

// permission is the only one that a group offers.
const permission = "member"

// groupType is the type of our resources.
const groupType = "group"

// Config says which organisation and how to be let in: by Token, or by ClientID with PrivateKey.
type Config struct {
	Name    string // the integration's name in the configuration; "okta" where empty
	BaseURL string // https://acme.okta.com

	Token      rest.Secret // an SSWS token; works, see Warning
	ClientID   string      // a service app
	PrivateKey rest.Secret // its key in PEM, RSA or EC
	KeyID      string      // the key's id at the app

	TagsFrom  string // attribute of a group's profile that holds "env=prod,team=payments"; no tags where empty
	OwnerFrom string // attribute of a group's profile that names its owner, by address or group; it becomes the tag "owner"
	// Owners are owners by the names of groups, before what Okta says; the first that matches holds.
	Owners           []Owner
	ManagerAttribute string // attribute of a person's profile that names the manager by id, login or address; managerId where empty

	SessionsOutlive      time.Duration // how long sessions may outlive a removal
	SessionsOutliveKnown bool

	Transport http.RoundTripper
	Timeout   time.Duration                              // for one call
	Now       func() time.Time                           // machine time
	Sleep     func(context.Context, time.Duration) error // how a sync waits for a rate limit
	Observe   func() func(date time.Time)                // as rest.Config has it
}

// Owner is the owner of the groups of some name (a glob), by address or group.
type Owner struct{ Name, Owner string }

// Okta implements flows.Directory and flows.Target.
type Okta struct {
	name     string
	rest     *rest.Client
	token    *rest.Client // the service app's token endpoint, nil with an SSWS token
	meta     *rest.Client // reads the schema, by a token of its own
	roles    *rest.Client // reads the admin roles of groups, likewise
	logs     *rest.Client // reads the system log, likewise
	client   string       // the service app's id, empty with an SSWS token
	tags     string
	owner    string
	owners   []Owner
	manager  string
	residual flows.Residual
	rules    *book[filled]
	schema   *book[schema]
	now      func() time.Time
}

var (
	_ flows.Directory = (*Okta)(nil)
	_ flows.Target    = (*Okta)(nil)
	_ flows.Writes    = (*Okta)(nil)
)

// New checks the configuration; it makes no call.
func New(c Config) (*Okta, error) {
	residual := flows.Residual{For: c.SessionsOutlive, Known: c.SessionsOutliveKnown}
	o := &Okta{name: c.Name, tags: c.TagsFrom, owner: c.OwnerFrom, owners: c.Owners, manager: c.ManagerAttribute, residual: residual}
	if o.name == "" {
		o.name = "okta"
	}
	if o.manager == "" {
		o.manager = "managerId"
	}
	for _, name := range []string{o.manager, o.tags, o.owner} {
		if name != "" && !attributeName.MatchString(name) {
			return nil, errors.New("the names of Okta profile attributes have letters, digits and _ only")
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	o.now = c.Now
	settings := rest.Config{
		Vendor: "Okta", BaseURL: c.BaseURL, Transport: c.Transport, Timeout: c.Timeout, Now: c.Now, Sleep: c.Sleep, Observe: c.Observe,
		Concurrent: concurrent, Explain: explain, Limits: limits,
	}
	if err := o.letIn(c, settings); err != nil {
		return nil, err
	}
	o.rules = newBook(c.Now, func(ctx context.Context) (filled, error) { return o.readRules(ctx, false) })
	o.schema = newBook(c.Now, o.readSchemas)
	return o, nil
}

// letIn makes the client with the credential that was configured.
func (o *Okta) letIn(c Config, settings rest.Config) (err error) {
	switch {
	case !c.Token.IsZero() && c.ClientID != "":
		return errors.New("set either token or client_id with private_key for Okta, not both")
	case !c.Token.IsZero():
		settings.Conceal = []rest.Secret{c.Token}
		settings.Auth = func(r *http.Request) error {
			r.Header.Set("Authorization", "SSWS "+c.Token.Reveal())
			return nil
		}
	case c.ClientID != "" && !c.PrivateKey.IsZero():
		return o.byApp(c, settings)
	default:
		return errors.New("Okta needs a credential: client_id with private_key (a service app), or token")
	}
	o.rest, err = rest.New(settings)
	o.meta, o.roles, o.logs = o.rest, o.rest, o.rest
	return err
}

// byApp makes a client for each use: a service app that was not granted the scopes of the schema, of roles or of the log, must still be able to take access away.
func (o *Okta) byApp(c Config, settings rest.Config) (err error) {
	if o.rest, o.token, err = appClient(c, settings, scopes); err != nil {
		return err
	}
	if o.meta, _, err = appClient(c, settings, schemaScopes); err != nil {
		return err
	}
	if o.roles, _, err = appClient(c, settings, rolesScope); err != nil {
		return err
	}
	o.client = c.ClientID
	o.logs, _, err = appClient(c, settings, logsScope)
	return err
}

// Warning says what is less than good about the credential, empty when nothing is.
func (o *Okta) Warning() string {
	if o.token != nil {
		return ""
	}
	return "the Okta API token carries all rights of the admin who made it and ends with that admin; prefer a service app (client_id and private_key)"
}

// Title is the target's name for people.
func (o *Okta) Title() string { return "Okta" }

// Residual is how long sessions may outlive a removal, as configured: Okta cannot tell.
func (o *Okta) Residual() flows.Residual { return o.residual }

// CloseIdle lets go of connections that wait for reuse.
func (o *Okta) CloseIdle() {
	o.rest.CloseIdle()
	o.meta.CloseIdle()
	o.roles.CloseIdle()
	o.logs.CloseIdle()
	if o.token != nil {
		o.token.CloseIdle()
	}
}

// path is an address of the management API.
func path(segments ...string) []string { return append([]string{"api", "v1"}, segments...) }

// explain reads Okta's error body: {"errorCode":"E0000007","errorSummary":"Not found: …","errorCauses":[{"errorSummary":"…"}]}.
func explain(_ int, body []byte) (sentence, code string) {
	var e struct {
		ErrorCode, ErrorSummary string
		ErrorCauses             []struct{ ErrorSummary string }
	}
	if json.Unmarshal(body, &e) != nil {
		return "", "" // a proxy's page, not Okta's words
	}
	words := []string{e.ErrorSummary}
	for _, c := range e.ErrorCauses {
		words = append(words, c.ErrorSummary)
	}
	return strings.Join(words, " "), e.ErrorCode
}

// gone reports whether Okta itself says that something does not exist. A 404 without Okta's error code comes from somebody else on the
// way, and proves nothing.
func gone(err error) bool {
	r := rest.RefusalOf(err)
	return r != nil && r.Status == http.StatusNotFound && r.Code != ""
}

// limits reads X-Rate-Limit-*: Reset is in epoch seconds of Okta's clock. A limit of 0 is Okta's mark of its cap on calls under way,
// which is no budget of the bucket; its Reset is only a hint.
func limits(h http.Header, date time.Time) (rest.Budget, bool) {
	of, err1 := strconv.Atoi(h.Get("X-Rate-Limit-Limit"))
	left, err2 := strconv.Atoi(h.Get("X-Rate-Limit-Remaining"))
	reset, err3 := strconv.ParseInt(h.Get("X-Rate-Limit-Reset"), 10, 64)
	if err1 != nil || err2 != nil || err3 != nil {
		return rest.Budget{}, false
	}
	renews := max(time.Unix(reset, 0).Sub(date), time.Second)
	return rest.Budget{Left: left, Of: of, Renews: renews}, of > 0
}
