package flows_test

import (
	"testing"
	"time"

	"hallpass/flows"
)

func slackUser(user string) flows.Account {
	return flows.Account{Platform: "slack", Workspace: "T01", User: user}
}

// refusedAs expects that nobody is found behind an account, in these words.
func (w *world) refusedAs(t *testing.T, user string, kind flows.Kind, sentence string) {
	t.Helper()
	_, err := w.engine.Identify(w.ctx, slackUser(user))
	if err == nil {
		t.Fatalf("%s is somebody", user)
	}
	is(t, "kind", flows.KindOf(err), kind)
	is(t, "said", err.(*flows.Error).Sentence, sentence)
}

func (w *world) change(id flows.PersonID, f func(p *flows.Person)) {
	w.people.mu.Lock()
	defer w.people.mu.Unlock()
	p := w.people.all[id]
	f(&p)
	w.people.all[id] = p
}

func (w *world) actions(act flows.Action) (n int) {
	w.t.Helper()
	w.view(func(tx flows.Tx) error {
		list, err := tx.Entries(flows.EntryFilter{Actions: []flows.Action{act}})
		n = len(list)
		return err
	})
	return n
}

func TestALinkByAttributeIsPinned(t *testing.T) {
	w := newWorld(t, oneStep())
	is(t, "Ana", w.actor(ana).Person.ID, ana)
	w.actor(ana)
	is(t, "linked once", w.actions(flows.ActLinked), 1)
	is(t, "no admin", w.actor(ana).Admin, false)
	is(t, "Eve is one", w.actor(eve).Admin, true)
}

func TestAChangedAttributeSuspendsTheLink(t *testing.T) {
	w := newWorld(t, oneStep())
	w.actor(ana)
	w.change(ana, func(p *flows.Person) { p.Attributes = map[string]string{"slackId": "Uother"} })
	const words = "Your link to the directory is suspended: the directory now names another chat account. An admin has been told."
	w.refusedAs(t, "Uana", flows.KindRefused, words)
	w.refusedAs(t, "Uana", flows.KindRefused, words)
	same(t, "admins are told once", w.alarms(), []string{"The link between slack:T01/Uana and Ana Silva is suspended: the directory now names another chat account."})
	w.change(ana, func(p *flows.Person) { p.Attributes = map[string]string{"slackId": "Uana"} })
	w.refusedAs(t, "Uana", flows.KindRefused, words)
}

// Whoever writes an account's id into their own profile does not become the one behind it.
func TestAnAttributeThatTwoPeopleHave(t *testing.T) {
	w := newWorld(t, oneStep())
	w.change(dev, func(p *flows.Person) { p.Attributes = map[string]string{"slackId": "Uana"} })
	w.refusedAs(t, "Uana", flows.KindRefused, "Your Slack account is not linked to anybody in Okta. Ask #access-help to add it, then try again.")
	is(t, "nobody is linked", w.actions(flows.ActLinked), 0)
}

func TestAnAttributeThatMovesToAnotherPerson(t *testing.T) {
	w := newWorld(t, oneStep())
	w.actor(ana)
	w.change(ana, func(p *flows.Person) { p.Attributes = nil })
	w.change(dev, func(p *flows.Person) { p.Attributes = map[string]string{"slackId": "Uana"} })
	_, err := w.engine.Identify(w.ctx, slackUser("Uana"))
	is(t, "it does not become Dev", flows.KindOf(err), flows.KindRefused)
	_, err = w.engine.Identify(w.ctx, slackUser("Uana"))
	is(t, "nor the second time", flows.KindOf(err), flows.KindRefused)
}

func TestASecondAccountOfOnePerson(t *testing.T) {
	w := newWorld(t, oneStep())
	w.actor(ana)
	w.change(ana, func(p *flows.Person) { p.Attributes = map[string]string{"slackId": "Usecond"} })
	w.refusedAs(t, "Usecond", flows.KindRefused, "Another account is already linked to Ana Silva. Ask an admin.")
}

func TestALinkByAddressOnlyWhereItIsSet(t *testing.T) {
	for _, c := range []struct {
		name    string
		link    flows.Link
		profile flows.Profile
		linked  bool
	}{
		{"where the file says so", flows.Link{Address: true}, flows.Profile{Email: "Ana@acme.example", Confirmed: true}, true},
		{"not without", flows.Link{}, flows.Profile{Email: "ana@acme.example", Confirmed: true}, false},
		{"not where an attribute links", flows.Link{Attribute: "slackId", Address: true}, flows.Profile{Email: "ana@acme.example", Confirmed: true}, false},
		{"not when nobody confirmed it", flows.Link{Address: true}, flows.Profile{Email: "ana@acme.example"}, false},
		{"not an address of nobody", flows.Link{Address: true}, flows.Profile{Email: "mallory@acme.example", Confirmed: true}, false},
		{"not an empty one", flows.Link{Address: true}, flows.Profile{Confirmed: true}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := emptyWorld(t)
			w.set.Platforms[0].Link = c.link
			w.begin(oneStep())
			w.chat.profiles["U77"] = c.profile
			a, err := w.engine.Identify(w.ctx, slackUser("U77"))
			if c.linked {
				w.must(err)
				is(t, "who", a.Person.ID, ana)
				return
			}
			is(t, "refused", err.Error(), "Your Slack account is not linked to anybody in Okta. Ask #access-help to add it, then try again.")
		})
	}
}

func TestAChangedAddressSuspendsTheLink(t *testing.T) {
	w := emptyWorld(t)
	w.set.Platforms[0].Link = flows.Link{Address: true}
	w.begin(oneStep())
	w.chat.profiles["U77"] = flows.Profile{Email: "ana@acme.example", Confirmed: true}
	_, err := w.engine.Identify(w.ctx, slackUser("U77"))
	w.must(err)
	w.chat.profiles["U77"] = flows.Profile{Email: "caro@acme.example", Confirmed: true}
	w.refusedAs(t, "U77", flows.KindRefused, "Your link to the directory is suspended: the address of the chat account has changed. An admin has been told.")
	is(t, "Caro is not the one", w.actions(flows.ActLinked), 1)
}

func TestAPersonWhoNoLongerExists(t *testing.T) {
	w := newWorld(t, oneStep())
	w.actor(ana)
	w.people.mu.Lock()
	delete(w.people.all, ana)
	w.people.mu.Unlock()
	w.refusedAs(t, "Uana", flows.KindRefused, "Your link to the directory is suspended: the person it was linked to no longer exists. An admin has been told.")
}

func TestAChatThatDoesNotSayWhoItIs(t *testing.T) {
	w := newWorld(t, oneStep())
	w.chat.down = true
	w.refusedAs(t, "Uana", flows.KindUnknown, "We can’t tell who you are right now. Nothing was done. Try again in a minute.")
}

func TestAnAccountThatHasChangedIsLookedAtAgain(t *testing.T) {
	w := newWorld(t, oneStep())
	w.actor(ana)
	w.must(w.engine.AccountChanged(w.ctx, slackUser("Uunknown")))
	w.change(ana, func(p *flows.Person) { p.Attributes = nil })
	w.must(w.engine.AccountChanged(w.ctx, slackUser("Uana")))
	is(t, "suspended without a press", w.actions(flows.ActLinkSuspended), 1)
}

func TestReach(t *testing.T) {
	w := newWorld(t, oneStep())
	a, err := w.engine.Reach(w.ctx, ben, "slack")
	w.must(err)
	is(t, "Ben", a, slackUser("Uben"))
	w.change(caro, func(p *flows.Person) { p.Attributes = nil })
	_, err = w.engine.Reach(w.ctx, caro, "slack")
	is(t, "somebody without an account", flows.KindOf(err), flows.KindNotFound)
	w.chat.profiles["Udev"] = flows.Profile{Refused: "Guests cannot use Hallpass."}
	_, err = w.engine.Reach(w.ctx, dev, "slack")
	is(t, "nor to an account that may not act", flows.KindOf(err), flows.KindNotFound)
}

func TestANameThatComesToMeanAnotherGroup(t *testing.T) {
	w := newWorld(t, oneStep())
	w.ask(ana, time.Hour)
	w.people.ids = map[string]string{"database-owners": "id-impostors"}
	w.people.groups["impostors"] = []flows.PersonID{eve}
	w.sync()
	w.sync()
	same(t, "admins are told once", w.alarms(), []string{"The group database-owners of the configuration now names somebody or something else in Okta (id-impostors, it was id-database-owners). The first one stays in force. If the new one is meant, give it another name."})
	r := w.ask(dev, time.Hour)
	same(t, "the first stays in force", w.asked(r.ID), []flows.PersonID{ben, caro})
}

func TestANameThatComesToMeanAnotherPerson(t *testing.T) {
	w := newWorld(t, inSteps(step(flows.Selector{Kind: flows.SelectUser, User: "ben@acme.example"})))
	w.ask(ana, time.Hour)
	w.change(ben, func(p *flows.Person) { p.Email = "benjamin@acme.example" })
	w.change(eve, func(p *flows.Person) { p.Email = "ben@acme.example" })
	w.sync()
	is(t, "admins are told", len(w.alarms()), 1)
	r := w.ask(dev, time.Hour)
	same(t, "Ben stays the one", w.asked(r.ID), []flows.PersonID{ben})
}

// Whoever may make groups can make one of the same name; it has no power, and it does not stop Hallpass from looking at the directory.
func TestAGroupOfTheSameNameHasNoPower(t *testing.T) {
	w := newWorld(t, oneStep())
	r := w.ask(ana, time.Hour)
	w.people.twins = []string{"database-owners"}
	w.sync()
	w.sync()
	same(t, "admins are told once", w.alarms(), []string{
		"Okta has more than one group database-owners now. The one that the configuration has always meant (id-database-owners) stays in force. Give the other one another name."})
	w.press(ben, r.ID, true)
	is(t, "the first one decides on", w.target.has(prodKey, ana), true)
}

// Where people write their own addresses, somebody can take that of whoever is on call. Then it is not known who that is.
func TestAnAddressThatSomebodyElseTakes(t *testing.T) {
	w := newWorld(t, inSteps(step(onCall())))
	w.change(ana, func(p *flows.Person) { p.Email = "ben@acme.example" })
	r := w.ask(ana, time.Hour)
	is(t, "why it waits", r.Trouble, "Okta has more than one person with the address ben@acme.example")
	is(t, "nobody is asked", len(w.asked(r.ID)), 0)
	w.change(ana, func(p *flows.Person) { p.Email = "ana@acme.example" })
	w.pass(time.Minute)
	same(t, "asked", w.asked(r.ID), []flows.PersonID{ben})
}
