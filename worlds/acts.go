package worlds

import (
	"os"
	"time"

	"hallpass/bot"
	"hallpass/sandbox"
)

func (w *World) somebodyAsks() {
	who := one(w.chance, sandbox.People())
	if w.chance.IntN(3) > 0 {
		who = sandbox.Who(one(w.chance, []string{"Ana", "Finn", "Ben"}))
	}
	thing := one(w.chance, things)
	if w.chance.IntN(2) == 0 {
		thing = sandbox.ProdDBGroup // where several lean on one holding
	}
	w.ask(who, thing, one(w.chance, []time.Duration{20 * time.Minute, 20 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour}))
}

func (w *World) pressOne(actions ...bot.Action) {
	if list := w.buttons(actions...); len(list) > 0 {
		b := one(w.chance, list)
		w.press(b.Reader, b)
	}
}

// pressBoth has two people press at one moment.
func (w *World) pressBoth() {
	list := w.buttons(bot.ActApprove, bot.ActDeny, bot.ActCancel, bot.ActGiveBack)
	if len(list) < 2 {
		w.somebodyAsks()
		return
	}
	for range 2 {
		if b := one(w.chance, list); w.alive() {
			w.press(b.Reader, b)
		}
	}
}

// pressStranger has somebody press a card that was not made for them: a stranger, a guest, the asker's own other account.
func (w *World) pressStranger() {
	if list := w.buttons(bot.ActApprove, bot.ActDeny, bot.ActGiveBack, bot.ActRevoke, bot.ActCancel); len(list) > 0 {
		w.press(one(w.chance, append(sandbox.People(), sandbox.Person{Name: "Sam", Slack: sandbox.SamSlack})), one(w.chance, list))
	}
}

// pressStale has somebody press a card that showed something else.
func (w *World) pressStale() {
	list := w.buttons(bot.ActApprove, bot.ActDeny)
	if len(list) == 0 {
		return
	}
	b := one(w.chance, list)
	request, _, revision := about(b.Value)
	b.Value = valueOf(request, revision-1-w.chance.IntN(2))
	w.press(b.Reader, b)
}

// secondWriter has an administrator of Okta change a membership by hand.
func (w *World) secondWriter() {
	people := []sandbox.Person{sandbox.Who("Ana"), sandbox.Who("Finn"), sandbox.Who("Ben"), sandbox.Who("Dev")}
	who, thing := one(w.chance, people), one(w.chance, things)
	if held := w.Company.Okta.Members(thing); len(held) > 0 && w.chance.IntN(2) == 0 {
		id := one(w.chance, held)
		w.say("by hand: -%s %s", nameOf(id), thing)
		w.manually(func() { _ = w.Company.Okta.RemoveMember(thing, id) })
	} else {
		w.say("by hand: +%s %s", who.Name, thing)
		w.manually(func() { _ = w.Company.Okta.AddMember(thing, who.Okta) })
	}
}

// manually changes a group as somebody with Okta's own pages does, and notes that it was not Hallpass.
func (w *World) manually(change func()) {
	if w.free != nil {
		w.free.hands.Lock()
		defer w.free.hands.Unlock()
	}
	change()
	w.byHand()
}

func (w *World) byHand() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for n := len(w.heads); n < len(w.Company.Okta.History()); n++ {
		w.heads = append(w.heads, 0)
	}
}

func (w *World) changeShift() {
	if w.chance.IntN(4) == 0 {
		w.say("nobody is on call")
		_ = w.Company.PagerDuty.LeaveGap(sandbox.PrimarySchedule)
	} else {
		who := sandbox.Who(one(w.chance, []string{"Ben", "Dev", "Caro"}))
		w.say("%s is on call", who.Name)
		_ = w.Company.PagerDuty.Handover(sandbox.PrimarySchedule, who.PagerDuty)
	}
	w.seeShift()
}

func (w *World) changeManager() {
	who, boss := sandbox.Who(one(w.chance, []string{"Ana", "Ben", "Finn"})), sandbox.Who(one(w.chance, []string{"Caro", "Dev", "Eve"}))
	w.say("%s is the manager of %s", boss.Name, who.Name)
	_ = w.Company.Okta.SetProfile(who.Okta, map[string]any{"managerId": boss.Email})
	_ = w.Company.Okta.SetManager(who.Okta, boss.Okta)
	w.only("manager/"+who.Okta, boss.Okta)
}

func (w *World) changeStatus() {
	who := sandbox.Who(one(w.chance, []string{"Ana", "Ben", "Finn", "Dev", "Caro"}))
	if have := w.Company.Okta.Members(one(w.chance, things)); len(have) > 0 && w.chance.IntN(2) == 0 {
		who = personOf(one(w.chance, have)) // who has something to lose
	}
	if who.Name == "Eve" {
		return // or nobody would be left to help
	}
	if w.is("active", who.Okta) {
		w.say("%s is suspended", who.Name)
		_ = w.Company.Okta.Suspend(who.Okta)
		w.set("active", who.Okta, false)
		return
	}
	w.say("%s is active again", who.Name)
	_ = w.Company.Okta.Activate(who.Okta)
	w.set("active", who.Okta, true)
}

func (w *World) changeGroup() {
	name := one(w.chance, []string{"database-owners", "engineering", "security", "contractors"})
	who := sandbox.Who(one(w.chance, []string{"Ana", "Ben", "Finn", "Dev", "Caro", "Eve"}))
	if name == "security" && w.is("security", who.Okta) {
		who = sandbox.Who("Dev") // Eve stays, or nobody would be left to help
	}
	if w.is(name, who.Okta) {
		w.say("%s leaves %s", who.Name, name)
		w.manually(func() { _ = w.Company.Okta.RemoveMember(groupsByName[name], who.Okta) })
		w.set(name, who.Okta, false)
	} else {
		w.say("%s joins %s", who.Name, name)
		w.manually(func() { _ = w.Company.Okta.AddMember(groupsByName[name], who.Okta) })
		w.set(name, who.Okta, true)
	}
}

// reload has an administrator change the flows.
func (w *World) reload() {
	p := w.drawPolicy()
	c, err := p.Config(w.Dir)
	if err != nil {
		panic(err)
	}
	plain := p.plain(c)
	w.know(plain)
	w.offered = plain.Hash
	w.say("new flows: %v, deny %v, at most %d h", p.Steps, p.Deny, p.Longest)
	w.policy = p
	if err := os.WriteFile(w.Dir+"/config.yaml", []byte(p.YAML()), 0o600); err != nil {
		panic(err)
	}
	w.drive(func() { _ = w.app.Propose(w.life, c) }) // what it could not write it reads again at the next start
}

// release has Eve let held flows through.
func (w *World) release() {
	who := sandbox.Who("Eve")
	if w.offered == "" {
		w.reload()
	}
	w.press(who, button{Action: string(bot.ActFreePolicy), Value: w.offered, Reader: who})
}

func (w *World) rename() {
	id, name := one(w.chance, things), one(w.chance, []string{"prod-db", "prod-data", "prod-cache", "analytics-read", "analytics-all"})
	prefix := map[string]string{sandbox.ProdDBGroup: "prod-d", sandbox.ProdCacheGroup: "prod-c", sandbox.AnalyticsReadGroup: "analytics-"}[id]
	if len(name) > len(prefix) && name[:len(prefix)] == prefix {
		w.say("%s is called %s", id, name)
		_ = w.Company.Okta.RenameGroup(id, name)
	}
}
