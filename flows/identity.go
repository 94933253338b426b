package flows

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// Identify finds the active person behind an account, looked at afresh: what the chat says of the account, whether the link still
// holds, and what the directory says of the person. Everything that does not answer is a refusal to go on, never a yes.
func (e *Engine) Identify(ctx context.Context, a Account) (Actor, error) {
	chat := e.out.Accounts[a.Platform]
	platform, known := e.set.platform(a.Platform)
	if chat == nil || !known || !slices.Contains(platform.Workspaces, a.Workspace) {
		return Actor{}, Errorf(KindRefused, "This chat is not set up for Hallpass.")
	}
	profile, err := chat.Profile(ctx, a)
	if err != nil {
		return Actor{}, &Error{Kind: KindUnknown, Sentence: "We can’t tell who you are right now. Nothing was done. Try again in a minute.", Cause: err}
	}
	if profile.Refused != "" {
		return Actor{}, Errorf(KindRefused, "%s", profile.Refused)
	}
	person, err := e.personBehind(ctx, profile)
	if err != nil {
		return Actor{}, err
	}
	if !person.Active() {
		if err := e.confirmLeaver(ctx, person); err != nil { // the next sync notices as well
			e.noteTrouble(e.out.DirectoryName, err)
		}
		return Actor{}, Errorf(KindRefused, "Your account in %s is not active, so nothing can be done in your name.", e.out.title(e.out.DirectoryName))
	}
	if err := e.noteHuman(ctx, person); err != nil {
		return Actor{}, err
	}
	admin, err := e.isAdmin(ctx, person.ID)
	if err != nil {
		return Actor{}, err
	}
	return Actor{Person: person, Account: a, Admin: admin, Zone: profile.Zone}, nil
}

func (e *Engine) isAdmin(ctx context.Context, id PersonID) (bool, error) {
	n := newNeeds(id)
	n.who(e.set.Admins)
	in, _ := isAmong(e.set.Admins, e.gather(ctx, n)) // unknown is not an admin
	return in, nil
}

func (e *Engine) unlinked(a Account) *Error {
	chat, _ := e.set.platform(a.Platform)
	s := "Your " + chat.Title + " account is not linked to anybody in " + e.out.title(e.out.DirectoryName) + "."
	if ask, ok := strings.CutSuffix(e.set.Help, "."); ok {
		s += " " + ask + " to add it, then try again."
	}
	return Errorf(KindRefused, "%s", s)
}

var errDirectory = "%s does not answer, so we can’t tell who you are. Nothing was done. Try again in a minute."

// personBehind follows the pinned link, or makes it on first sight.
func (e *Engine) personBehind(ctx context.Context, p Profile) (Person, error) {
	var link *Identity
	err := e.store.View(ctx, func(tx Tx) (err error) {
		link, err = tx.Identity(p.Account)
		return ignoreMissing(err)
	})
	if err != nil {
		return Person{}, err
	}
	if link == nil {
		return e.link(ctx, p)
	}
	if link.Suspended != "" {
		return Person{}, Errorf(KindRefused, "Your link to the directory is suspended: %s. An admin has been told.", link.Suspended)
	}
	person, err := e.out.Directory.Person(ctx, link.Person)
	switch {
	case errors.Is(err, ErrNotFound):
		return Person{}, e.suspend(ctx, *link, "the person it was linked to no longer exists")
	case err != nil:
		return Person{}, &Error{Kind: KindUnknown, Sentence: Errorf(KindUnknown, errDirectory, e.out.title(e.out.DirectoryName)).Sentence, Cause: err}
	}
	if why := e.changed(link, p, person); why != "" {
		return Person{}, e.suspend(ctx, *link, why)
	}
	return person, nil
}

// changed says what no longer agrees with the evidence that the link was made by.
func (e *Engine) changed(link *Identity, p Profile, person Person) string {
	if attribute := e.linkOn(link.Platform).Attribute; attribute != "" {
		if person.Attributes[attribute] != p.User {
			return "the directory now names another chat account"
		}
		return ""
	}
	if !SameAddress(p.Email, link.Evidence) {
		return "the address of the chat account has changed"
	}
	return ""
}

// linkOn is the rule by which accounts of a chat are linked. An unknown chat has none, and links nobody.
func (e *Engine) linkOn(platform string) Link {
	p, _ := e.set.platform(platform)
	return p.Link
}

// suspend puts a link out of force, tells the admins, and returns the refusal.
func (e *Engine) suspend(ctx context.Context, link Identity, why string) error {
	err := e.store.Change(ctx, func(tx Tx) error {
		link.Suspended = why
		if err := tx.PutIdentity(&link); err != nil {
			return err
		}
		if err := e.log(tx, &Entry{Action: ActLinkSuspended, Actor: link.Person, Via: link.Account.String(), Data: map[string]string{"why": why}}); err != nil {
			return err
		}
		return e.alarm(tx, "link/"+link.Account.String()+"/"+tx.Now().UTC().Format("20060102150405"), "The link between "+link.Account.String()+" and "+nameOf(tx, link.Person)+" is suspended: "+why+".", Entry{Actor: link.Person})
	})
	if err != nil {
		return err
	}
	return Errorf(KindRefused, "Your link to the directory is suspended: %s. An admin has been told.", why)
}

// link makes a link by the configured rule, and pins it.
func (e *Engine) link(ctx context.Context, p Profile) (Person, error) {
	rule := e.linkOn(p.Platform)
	attribute, value, how := rule.Attribute, p.User, "attribute:"+rule.Attribute
	if attribute == "" {
		attribute, value, how = "email", p.Email, "address"
		if !rule.Address || !p.Confirmed || p.Email == "" {
			return Person{}, e.unlinked(p.Account)
		}
	}
	switch d := e.out.Doubt(ctx, rule.Attribute); {
	case d.Trouble != "" && !d.Settled:
		return Person{}, Errorf(KindUnknown, errDirectory, e.out.title(e.out.DirectoryName))
	case d.Settled:
		return Person{}, Errorf(KindUnknown, "Nobody new can be linked now: %s. An admin has been told. Nothing was done.", d.Trouble)
	}
	person, err := e.out.Directory.PersonBy(ctx, attribute, value)
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrAmbiguous):
		return Person{}, e.unlinked(p.Account)
	case err != nil:
		return Person{}, &Error{Kind: KindUnknown, Sentence: Errorf(KindUnknown, errDirectory, e.out.title(e.out.DirectoryName)).Sentence, Cause: err}
	}
	id := Identity{Account: p.Account, Person: person.ID, Link: how, Evidence: value}
	return person, e.pin(ctx, &id, person)
}

// pin keeps a new link, unless the person already has another account in the same workspace.
func (e *Engine) pin(ctx context.Context, id *Identity, person Person) error {
	return e.store.Change(ctx, func(tx Tx) error {
		if old, err := tx.Identity(id.Account); err == nil {
			if old.Person != id.Person || old.Suspended != "" {
				return e.unlinked(id.Account)
			}
			return nil
		}
		others, err := tx.IdentitiesOf(id.Person)
		if err != nil {
			return err
		}
		for _, o := range others {
			if o.Platform == id.Platform && o.Workspace == id.Workspace && o.User != id.User && o.Suspended == "" {
				return Errorf(KindRefused, "Another account is already linked to %s. Ask an admin.", person.Name)
			}
		}
		if err := tx.PutPerson(person); err != nil {
			return err
		}
		if err := tx.PutIdentity(id); err != nil {
			return err
		}
		return e.log(tx, &Entry{Action: ActLinked, Actor: id.Person, Via: id.Account.String(), Data: map[string]string{"how": id.Link}})
	})
}

// Reach finds the account under which a person is written to, linking it on first sight.
func (e *Engine) Reach(ctx context.Context, who PersonID, platform string) (Account, error) {
	var known []Identity
	if err := e.store.View(ctx, func(tx Tx) (err error) {
		known, err = tx.IdentitiesOf(who)
		return err
	}); err != nil {
		return Account{}, err
	}
	for _, id := range known {
		if id.Platform == platform && id.Suspended == "" {
			return id.Account, nil
		}
	}
	person, err := e.out.Directory.Person(ctx, who)
	if err != nil {
		return Account{}, err
	}
	chat, _ := e.set.platform(platform)
	for _, workspace := range chat.Workspaces {
		p, err := e.accountOf(ctx, platform, workspace, person)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return Account{}, err
		}
		linked, err := e.personBehind(ctx, p)
		if err != nil {
			return Account{}, err
		}
		if linked.ID == who {
			return p.Account, nil
		}
	}
	return Account{}, ErrNotFound
}

func (e *Engine) accountOf(ctx context.Context, platform, workspace string, person Person) (Profile, error) {
	chat := e.out.Accounts[platform]
	if chat == nil {
		return Profile{}, ErrNotFound
	}
	var p Profile
	var err error
	if a := e.linkOn(platform).Attribute; a != "" {
		user := person.Attributes[a]
		if user == "" {
			return Profile{}, ErrNotFound
		}
		p, err = chat.Profile(ctx, Account{Platform: platform, Workspace: workspace, User: user})
	} else {
		p, err = chat.Find(ctx, platform, workspace, person.Email)
	}
	if err == nil && p.Refused != "" {
		return Profile{}, ErrNotFound
	}
	return p, err
}

// AccountChanged looks at a link again after the chat says that the account has changed.
func (e *Engine) AccountChanged(ctx context.Context, a Account) error {
	err := e.store.View(ctx, func(tx Tx) error {
		_, err := tx.Identity(a)
		return err
	})
	if err != nil {
		return ignoreMissing(err)
	}
	if _, err = e.Identify(ctx, a); KindOf(err) == KindRefused {
		return nil // suspended, or refused from now on: Identify has told who needs to know
	}
	return err
}

// Refuse keeps in the audit log that somebody tried something they may not.
func (e *Engine) Refuse(ctx context.Context, a Account, what string, cause error) error {
	return e.store.Change(ctx, func(tx Tx) error {
		why := "something went wrong"
		var known *Error
		if errors.As(cause, &known) {
			why = known.Sentence
		}
		return e.log(tx, &Entry{Action: ActRefused, Via: a.String(), Data: map[string]string{"tried": what}, Text: why})
	})
}

// Receive commits a deed to the inbox with the intent to work it. A repeat gets the first back, and false.
func (e *Engine) Receive(ctx context.Context, d Deed) (*Deed, bool, error) {
	var kept *Deed
	var fresh bool
	err := e.store.Change(ctx, func(tx Tx) (err error) {
		d.Made, d.Real = tx.Now(), time0(tx.Real(), d.Real)
		kept, fresh, err = tx.AddDeed(&d)
		if err != nil || !fresh {
			return err
		}
		return tx.Want(Intent{Kind: IntentDeed, Subject: SubjectOf("deed", kept.ID), Lane: LaneInbox, Rank: RankGrant, Scale: ByMachine, Due: tx.Real()})
	})
	return kept, fresh, err
}
