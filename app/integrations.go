package app

import (
	"fmt"
	"net/http"
	"time"

	"hallpass/config"
	"hallpass/flows"
	"hallpass/integrations/file"
	"hallpass/integrations/jira"
	"hallpass/integrations/okta"
	"hallpass/integrations/pagerduty"
	"hallpass/integrations/rest"
)

// outside is every integration of a configuration, by the port it serves.
type outside struct {
	flows.Outside
	syncs    map[string]time.Duration // how often each is synced
	warnings []string
	over     http.RoundTripper // what carries all calls; nil is a transport of each one's own
	dates    *dates
}

// connect builds the integrations. The list is explicit: an unknown kind was refused when the file was checked.
func connect(c *config.Config, clock flows.Clock, over http.RoundTripper) (*outside, error) {
	o := &outside{over: over, dates: newDates(clock), syncs: map[string]time.Duration{}, Outside: flows.Outside{DirectoryName: c.People.Directory, OnCall: map[string]flows.OnCall{},
		Targets: map[string]flows.Target{}, Tickets: map[string]flows.Tickets{}, Accounts: map[string]flows.Accounts{}, Titles: map[string]string{flows.PolicyWork: "The flows"}}}
	for _, i := range c.Integrations {
		if err := o.add(c, i, clock); err != nil {
			return nil, fmt.Errorf("integrations.%s: %w", i.Name, err)
		}
	}
	return o, nil
}

func (o *outside) add(c *config.Config, i config.Integration, clock flows.Clock) error {
	switch i.Kind {
	case config.KindOkta:
		return o.okta(c, i, clock)
	case config.KindPagerDuty:
		p, err := pagerduty.New(pagerduty.Config{BaseURL: i.PagerDuty.APIURL, Token: rest.NewSecret(i.PagerDuty.Token.Reveal()), Transport: o.over, Timeout: c.Timing.CallTimeout,
			Observe: o.dates.of(i.Name, "PagerDuty")})
		if err != nil {
			return err
		}
		o.OnCall[i.Name], o.Titles[i.Name] = p, "PagerDuty"
	case config.KindJira:
		j, err := jira.New(jira.Config{BaseURL: i.Jira.APIURL, User: i.Jira.User, Token: rest.NewSecret(i.Jira.Token.Reveal()), Project: i.Jira.Project, Transport: o.over, Timeout: c.Timing.CallTimeout,
			Observe: o.dates.of(i.Name, "Jira")})
		if err != nil {
			return err
		}
		o.Tickets[i.Name], o.Titles[i.Name] = j, "Jira"
	case config.KindFile:
		return o.file(i)
	}
	return nil
}

func (o *outside) okta(c *config.Config, i config.Integration, clock flows.Clock) error {
	k := i.Okta
	org, err := okta.New(okta.Config{Name: i.Name, BaseURL: k.APIURL, Token: rest.NewSecret(k.Token.Reveal()), ClientID: k.ClientID, PrivateKey: rest.NewSecret(k.PrivateKey.Reveal()),
		KeyID: k.KeyID, TagsFrom: k.TagsFrom, OwnerFrom: k.OwnerFrom, Owners: ownersOf(k.Owners), ManagerAttribute: k.Manager, SessionsOutlive: k.SessionsOutlive.For, SessionsOutliveKnown: k.SessionsOutlive.Known,
		Transport: o.over, Timeout: c.Timing.CallTimeout, Now: clock.Machine, Observe: o.dates.of(i.Name, "Okta")})
	if err != nil {
		return err
	}
	if w := org.Warning(); w != "" {
		o.warnings = append(o.warnings, w)
	}
	o.Targets[i.Name], o.Titles[i.Name], o.syncs[i.Name] = org, org.Title(), k.Sync
	if c.People.Directory == i.Name {
		o.Directory = org
	}
	return nil
}

func ownersOf(list []config.Owner) (out []okta.Owner) {
	for _, o := range list {
		out = append(out, okta.Owner(o))
	}
	return out
}

// file is a directory only: it can be nobody's target.
func (o *outside) file(i config.Integration) error {
	list := make([]file.Person, 0, len(i.File.People))
	for _, p := range i.File.People {
		list = append(list, file.Person{ID: string(p.ID), Name: p.Name, Email: p.Email, Title: p.Title, Manager: string(p.Manager), Groups: p.Groups,
			Attributes: p.Attributes, Status: p.Status})
	}
	d, err := file.New(list)
	if err != nil {
		return err
	}
	o.Directory, o.Titles[i.Name], o.syncs[i.Name] = d, "the configuration", config.DefaultSync
	return nil
}
