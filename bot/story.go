package bot

import (
	"slices"
	"time"

	"hallpass/flows"
)

// Story is everything that a card is drawn from. Request is nil for a post that is a sentence of its own.
type Story struct {
	Post      flows.Post
	Now       time.Time // company time
	Request   *flows.Request
	Flow      *flows.Flow // as it was when asked, as it holds for the asker
	Decisions []flows.Decision
	Grant     *flows.Grant // what the request gave, or the grant that it would extend; nil when there is none
	Holding   *flows.Holding
	Leaning   *flows.Grant    // another grant that holds the access after this one
	Extending *flows.Request  // a pending request to extend Grant
	Earlier   []flows.Request // the same person asking for the same thing in the 30 days before; newest first
	People    map[flows.PersonID]flows.Person
	Resource  flows.Resource
	Target    string // the integration's title: "Okta"
	Residual  flows.Residual
	Entries   []flows.Entry
	HideTyped bool     // in the feed
	About     []*Story // what a digest tells of
}

// Times that "Before" looks back.
const (
	lookBack = 30 * 24 * time.Hour
	lookNo   = 24 * time.Hour
)

// load reads a post's story.
func (b *Bot) load(tx flows.Tx, id flows.PostID) (*Story, error) {
	p, err := tx.Post(id)
	if err != nil {
		return nil, err
	}
	s, err := b.read(tx, p.Request, p.Grant)
	if err != nil {
		return nil, err
	}
	s.Post = *p
	if p.Off != nil {
		err = b.readDigest(tx, s)
	}
	return s, err
}

// read collects what is stored about a request and its grant.
func (b *Bot) read(tx flows.Tx, request flows.RequestID, grant flows.GrantID) (*Story, error) {
	s := &Story{Now: tx.Now(), People: map[flows.PersonID]flows.Person{}, HideTyped: !b.FeedReason}
	if request == 0 && grant != 0 {
		g, err := tx.Grant(grant)
		if err != nil {
			return nil, err
		}
		request = g.Request
	}
	if request == 0 {
		return s, nil
	}
	for _, part := range []func() error{
		func() error { return s.readRequest(tx, request) },
		func() error { return s.readGrant(tx, grant) },
		func() error { return s.readEarlier(tx) },
		func() error { return s.readPeople(tx) },
	} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	s.Target = b.Titles(s.Request.Entitlement.Integration)
	s.Residual = b.Residuals(s.Request.Entitlement.Integration)
	return s, nil
}

func (s *Story) readRequest(tx flows.Tx, id flows.RequestID) (err error) {
	if s.Request, err = tx.Request(id); err != nil {
		return err
	}
	if s.Decisions, err = tx.Decisions(id); err != nil {
		return err
	}
	if s.Entries, err = tx.Entries(flows.EntryFilter{Request: id}); err != nil {
		return err
	}
	if s.Resource, err = tx.Resource(s.Request.Entitlement.ResourceKey); err != nil {
		s.Resource = flows.Resource{ResourceKey: s.Request.Entitlement.ResourceKey, Name: s.Request.Entitlement.ID}
		if missing(err) != nil {
			return err
		}
	}
	text, err := tx.FlowText(s.Request.FlowHash)
	if err != nil {
		return missing(err)
	}
	f, err := flows.ReadFlow(text)
	if err == nil {
		s.Flow = f.As(s.Request)
	}
	return err
}

// readGrant finds the grant that is meant: the one named, the one to extend, or the request's own.
func (s *Story) readGrant(tx flows.Tx, id flows.GrantID) (err error) {
	if id == 0 {
		id = s.Request.Extends
	}
	if id != 0 {
		if s.Grant, err = tx.Grant(id); err != nil {
			return err
		}
	} else {
		list, err := tx.Grants(flows.GrantFilter{Request: s.Request.ID})
		if err != nil || len(list) == 0 {
			return err
		}
		s.Grant = list[len(list)-1]
	}
	open, err := tx.Requests(flows.RequestFilter{Extends: s.Grant.ID, States: []flows.RequestState{flows.Pending}, Limit: 1})
	if err != nil {
		return err
	}
	if len(open) > 0 {
		s.Extending = open[0]
	}
	return s.readHolding(tx)
}

func (s *Story) readHolding(tx flows.Tx) (err error) {
	if s.Grant.Holding == 0 {
		return nil
	}
	if s.Holding, err = tx.Holding(s.Grant.Holding); err != nil {
		return err
	}
	others, err := tx.Grants(flows.GrantFilter{Holding: s.Grant.Holding})
	if err != nil {
		return err
	}
	for _, o := range others {
		if o.ID != s.Grant.ID && o.Request.String() == s.Grant.Released {
			s.Leaning = o
		}
	}
	return nil
}

func (s *Story) readEarlier(tx flows.Tx) error {
	r := s.Request
	list, err := tx.Requests(flows.RequestFilter{Asker: r.Asker, Entitlement: &r.Entitlement, MadeSince: r.Made.Add(-lookBack)})
	for _, e := range list {
		if e.ID < r.ID && e.Extends == 0 {
			s.Earlier = append(s.Earlier, *e)
		}
	}
	return err
}

// readPeople reads the copies of everybody whom a card may name.
func (s *Story) readPeople(tx flows.Tx) error {
	r := s.Request
	ids := []flows.PersonID{r.Asker, r.For, r.ClosedBy}
	for _, d := range s.Decisions {
		ids = append(ids, d.Person)
	}
	for _, a := range r.Asked {
		ids = append(ids, a.Person)
	}
	for _, o := range r.Open {
		for _, c := range o.Candidates {
			ids = append(ids, c.Person)
		}
	}
	for _, e := range s.Entries {
		ids = append(ids, e.Actor)
	}
	ids = append(ids, s.chosen()...)
	for _, e := range s.Earlier {
		ids = append(ids, e.ClosedBy)
	}
	if s.Grant != nil {
		ids = append(ids, s.Grant.Person, s.Grant.EndBy)
	}
	return readNames(tx, s.People, ids)
}

// chosen are the people whom the asker chose in the flow's own questions.
func (s *Story) chosen() (out []flows.PersonID) {
	if s.Flow == nil {
		return nil
	}
	for _, f := range s.Flow.Why.Fields {
		if f.Kind == flows.FieldPerson {
			out = append(out, flows.PersonID(s.Request.Fields[f.Name]))
		}
	}
	return out
}

// readNames adds the copies of people to a map. Somebody unknown goes by the id.
func readNames(tx flows.Tx, into map[flows.PersonID]flows.Person, ids []flows.PersonID) error {
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if _, known := into[id]; known || id == "" {
			continue
		}
		p, err := tx.Person(id)
		if missing(err) != nil {
			return err
		}
		if err != nil || p.Name == "" {
			p.ID, p.Name = id, string(id)
		}
		into[id] = p
	}
	return nil
}

// at shows a time as near or far from now.
func (s *Story) at(t time.Time) Span { return moment(t, s.Now) }

// when is "at 14:30", or the day and the time when it is further away.
func (s *Story) when(t time.Time) Line {
	if at := s.at(t); at.Form == Clock {
		return line("at ", at)
	}
	return line(s.day(t))
}

// name is somebody's name as foreign text.
func (s *Story) name(id flows.PersonID) Span {
	if p, ok := s.People[id]; ok && p.Name != "" {
		return typed(p.Name)
	}
	if id == "" {
		return Span{Text: "Hallpass"}
	}
	return typed(string(id))
}

// who is somebody's name, or "you" for the one who reads the card.
func (s *Story) who(id flows.PersonID) Line {
	if id != "" && id == s.Post.Person {
		return line("you")
	}
	return line(s.name(id))
}

// thing is the resource's name.
func (s *Story) thing() Span { return typed(s.Resource.Name) }

// what is the resource with the permission: "prod-db (member)".
func (s *Story) what() Line {
	return line(s.thing(), " (", typed(s.Request.Entitlement.Permission), ")")
}

// value is what this story's buttons carry.
func (s *Story) value() string {
	return value{Request: s.Request.ID, Revision: s.Request.Revision}.String()
}

func (s *Story) grantValue() string {
	return value{Grant: s.Grant.ID, Revision: s.Request.Revision}.String()
}

// extends reports whether this is about lengthening a grant.
func (s *Story) extends() bool { return s.Request.Extends != 0 }

// until is until when a grant lasts: " until 14:30", or " until revoked".
func (s *Story) until(g *flows.Grant) Line {
	if g.Endless() {
		return line(" " + flows.Span(flows.Indefinite))
	}
	return line(" until ", s.at(g.Ends))
}

// canExtend reports whether the flow leaves room for another extension and none is being asked for.
func (s *Story) canExtend() bool {
	return !s.Grant.Endless() && s.Flow != nil && s.Grant.Extended < s.Flow.HowLong.Extend.Times && s.Extending == nil
}

// sessions says how long sessions may outlive the end.
func (s *Story) sessions() string {
	switch {
	case !s.Residual.Known:
		return "how long open sessions go on after that is not known"
	case s.Residual.For > 0:
		return "sessions may go on up to " + flows.Span(s.Residual.For) + " more"
	}
	return ""
}
