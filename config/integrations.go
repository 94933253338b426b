package config

import (
	"fmt"
	"path"
	"time"

	"hallpass/flows"
)

// Kind is a kind of integration.
type Kind string

// The kinds of integrations.
const (
	KindOkta      Kind = "okta"
	KindPagerDuty Kind = "pagerduty"
	KindJira      Kind = "jira"
	KindFile      Kind = "file"
)

var kinds = []string{string(KindOkta), string(KindPagerDuty), string(KindJira), string(KindFile)}

// Integration is one, by the name that flows call it. Exactly the settings of its kind are there.
type Integration struct {
	Name      string
	Kind      Kind
	Okta      *Okta
	PagerDuty *PagerDuty
	Jira      *Jira
	File      *File
}

// Okta is an org: people, and groups that can be given. Either Token is named, or ClientID, PrivateKey (PEM or JWK) and KeyID.
type Okta struct {
	APIURL     string
	Token      Secret
	ClientID   string
	PrivateKey Secret
	KeyID      string
	Sync       time.Duration // between two full syncs
	// TagsFrom is the attribute of a group's profile that holds its tags; empty when groups have none.
	TagsFrom string
	// OwnerFrom is the attribute of a group's profile that names its owner; empty where none does. Owners are owners by the names of groups,
	// before that and before the tags. Both become the tag "owner".
	OwnerFrom string
	Owners    []Owner
	// Manager is the attribute of a person's profile that names the manager.
	Manager string
	// SessionsOutlive is how long sessions may go on after a removal.
	SessionsOutlive flows.Residual
}

// Owner is the owner of the things of some name (a glob): an address or a group.
type Owner struct{ Name, Owner string }

// PagerDuty is an account: who is on call.
type PagerDuty struct {
	APIURL string
	Token  Secret
}

// Jira is a site: tickets.
type Jira struct {
	APIURL  string
	User    string
	Token   Secret
	Project string
}

// The settings that hold when the file does not say. managerId is in Okta's default profile of a person; what it holds is each
// customer's own choice.
const (
	DefaultSync         = 10 * time.Minute
	DefaultManager      = "managerId"
	DefaultPagerDutyURL = "https://api.pagerduty.com"
)

func readIntegrations(v value) []Integration {
	o := v.open()
	if o.ok && len(o.order) == 0 {
		v.say("integrations is empty; name at least the directory of your people")
	}
	var out []Integration
	for _, name := range o.order {
		out = append(out, readIntegration(name, o.get(name)))
	}
	return out
}

// readIntegration reads one. The switch is the list of what exists.
func readIntegration(name string, v value) Integration {
	i := Integration{Name: name}
	o := v.open()
	field := o.need("kind", "write one of "+flows.Join(kinds, "or"))
	switch kind := Kind(field.text()); kind {
	case "":
		return i
	case KindOkta:
		i.Okta = readOkta(o)
	case KindPagerDuty:
		i.PagerDuty = readPagerDuty(o)
	case KindJira:
		i.Jira = readJira(o)
	case KindFile:
		i.File = readFile(o)
	default:
		field.say("no integration is of kind %q; the kinds are %s%s", clip(string(kind)), flows.Join(kinds, "and"), hint(string(kind)))
		return i
	}
	i.Kind = Kind(field.text())
	o.check(sectionIntegration + string(i.Kind))
	return i
}

func hint(kind string) string {
	if n := nearest(kind, kinds); n != "" {
		return fmt.Sprintf("; did you mean %q?", n)
	}
	return ""
}

func readOkta(o object) *Okta {
	k := &Okta{
		APIURL:   o.need("api_url", "write your org's address, such as https://acme.okta.com").url(""),
		Sync:     o.get("sync").span(DefaultSync),
		TagsFrom: o.profile("tags_from", ""), OwnerFrom: o.profile("owner_from", ""), Owners: o.get("owners").owners(),
		Manager: o.profile("manager", DefaultManager),
	}
	o.credentials(k)
	if v := o.get("sessions_outlive"); v.present() {
		k.SessionsOutlive = v.residual()
	}
	return k
}

// owners reads who owns the things of which name.
func (v value) owners() []Owner {
	var out []Owner
	for _, item := range v.list() {
		o := item.object(sectionOwned)
		name := o.need("name", "write the name of what is owned; * and ? match")
		x := Owner{Name: name.text(), Owner: o.need("owner", "write an address or the name of a group").text()}
		if _, err := path.Match(x.Name, ""); err != nil {
			name.say("%q is not a pattern of names", clip(x.Name))
		}
		out = append(out, x)
	}
	return out
}

// credentials reads an API token, or the three parts of a service app's key.
func (o object) credentials(k *Okta) {
	token, parts := o.get("token"), []string{"client_id", "private_key", "key_id"}
	k.Token = token.secret()
	k.ClientID = o.get("client_id").text()
	k.PrivateKey = o.get("private_key").secret()
	k.KeyID = o.get("key_id").text()
	var given int
	for _, p := range parts {
		if o.get(p).present() {
			given++
		}
	}
	switch {
	case given > 0 && token.present():
		token.say("token and %s contradict each other; keep the service app's", flows.Join(parts, "and"))
	case given > 0:
		for _, p := range parts {
			o.need(p, "a service app needs "+flows.Join(parts, "and"))
		}
	default:
		o.need("token", "write client_id, private_key and key_id of a service app, or an API token")
	}
}

// profile reads {profile: ATTRIBUTE}.
func (o object) profile(key, otherwise string) string {
	v := o.get(key)
	if !v.present() {
		return otherwise
	}
	return v.object(sectionProfile).need("profile", "write {profile: ATTRIBUTE}").attribute()
}

// residual reads a duration or the honest word unknown.
func (v value) residual() flows.Residual {
	if s, ok := v.plain(); ok && s == "unknown" {
		return flows.Residual{}
	}
	before := len(v.doc.problems)
	d := v.span(0)
	return flows.Residual{For: d, Known: len(v.doc.problems) == before}
}

func readPagerDuty(o object) *PagerDuty {
	return &PagerDuty{
		APIURL: o.get("api_url").url(DefaultPagerDutyURL),
		Token:  o.need("token", "write it as env:NAME or file:PATH").secret(),
	}
}

func readJira(o object) *Jira {
	return &Jira{
		APIURL:  o.need("api_url", "write your site's address, such as https://acme.atlassian.net").url(""),
		User:    o.need("user", "write the address of the account that the token belongs to").address(),
		Token:   o.need("token", "write it as env:NAME or file:PATH").secret(),
		Project: o.need("project", "write the project's key, such as SEC").text(),
	}
}
