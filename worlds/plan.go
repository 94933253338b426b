package worlds

import (
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"hallpass/bot"
	"hallpass/flows"
	"hallpass/sandbox"
	"hallpass/worlds/checker"
)

// Tell tells the whole story of a world: it begins, things happen, everything heals and ends. What comes back is to be judged.
func (w *World) Tell() (*checker.Story, error) {
	w.beginFacts()
	if err := w.start(w.drawPolicy()); err != nil {
		return nil, err
	}
	if err := w.until(w.now().Add(5 * time.Second)); err != nil { // the first sync
		return nil, err
	}
	w.parks = []uint64{0, 0, 0, 300, 1000}[w.chance.IntN(5)]
	w.mood = moods[w.chance.IntN(len(moods))]
	for range 4 + w.chance.IntN(11) {
		w.act()
		if err := w.until(w.now().Add(w.pause())); err != nil {
			return nil, err
		}
	}
	if err := w.heal(); err != nil {
		return nil, err
	}
	return w.gathered()
}

func (w *World) pause() time.Duration {
	switch w.chance.IntN(12) {
	case 0:
		return time.Duration(w.chance.IntN(2000)) * time.Millisecond
	case 1, 2:
		return time.Duration(w.chance.IntN(30)) * time.Minute
	}
	return time.Duration(w.chance.IntN(90)) * time.Second
}

func (w *World) drawPolicy() Policy {
	p := Policy{Store: w.store, Longest: 2 + w.chance.IntN(3), Tickets: w.chance.IntN(3) == 0, Deny: w.chance.IntN(12) == 0}
	steps := [][][]Need{
		{{{From: "manager"}}},
		{{{From: "database-owners"}}},
		{{{From: "shift"}}},
		{{{From: "database-owners", Count: 2}}},
		{{{From: "manager"}}, {{From: "shift"}}},
		{{{From: "manager"}, {From: "database-owners"}}},
	}
	p.Steps = steps[w.chance.IntN(len(steps))]
	return p
}

// mood is what a world has more of than others: so many of each act, by its name.
type mood map[string]int

// usual is what every world has. The names are those of acts.
var usual = mood{"ask": 26, "press": 30, "approve": 30, "both": 6, "stranger": 4, "again": 4, "stale": 3, "second writer": 5, "shift": 2, "manager": 2, "leaver": 2, "group": 2,
	"reload": 3, "release": 1, "rename": 1, "drizzle": 6, "storm": 5, "doom": 8, "restart": 2, "lag": 2, "full": 2, "jump": 1, "meanwhile": 4}

var moods = []mood{
	{}, {},
	{"doom": 40},
	{"drizzle": 25, "storm": 15},
	{"second writer": 30, "lag": 10, "ask": 30},
	{"meanwhile": 25, "both": 30},
	{"shift": 15, "manager": 12, "group": 15, "leaver": 12},
	{"reload": 30, "release": 10, "meanwhile": 10},
}

// acts is what can happen, by name, in a steady order.
func acts() []named {
	return []named{
		{"ask", (*World).somebodyAsks},
		{"press", func(w *World) {
			w.pressOne(bot.ActApprove, bot.ActDeny, bot.ActCancel, bot.ActGiveBack, bot.ActExtend, bot.ActRevoke)
		}},
		{"approve", func(w *World) { w.pressOne(bot.ActApprove) }},
		{"both", (*World).pressBoth},
		{"stranger", (*World).pressStranger},
		{"again", (*World).pressAgain},
		{"stale", (*World).pressStale},
		{"second writer", (*World).secondWriter},
		{"shift", (*World).changeShift},
		{"manager", (*World).changeManager},
		{"leaver", (*World).changeStatus},
		{"group", (*World).changeGroup},
		{"reload", (*World).reload},
		{"release", (*World).release},
		{"rename", (*World).rename},
		{"drizzle", (*World).drizzle},
		{"storm", (*World).storm},
		{"doom", (*World).arm},
		{"restart", (*World).restart},
		{"lag", (*World).lag},
		{"full", (*World).fill},
		{"jump", (*World).jump},
		{"meanwhile", (*World).meanwhile},
		{"cut", (*World).cut},
		{"stall", (*World).stall},
	}
}

type named struct {
	name string
	do   func(*World)
}

// act has somebody do something, or something break.
func (w *World) act() {
	if !w.alive() {
		return
	}
	common := usual
	if w.free != nil {
		common = freely
		w.free.choose()
	}
	weight := func(name string) int { return max(common[name], w.mood[name]) }
	total := 0
	for _, a := range acts() {
		total += weight(a.name)
	}
	n := w.chance.IntN(total)
	for _, a := range acts() {
		if n -= weight(a.name); n < 0 {
			a.do(w)
			return
		}
	}
}

func one[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func (w *World) somebodyAsks() {
	who := one(w.chance, sandbox.People())
	if w.chance.IntN(3) > 0 {
		who = sandbox.Who(one(w.chance, []string{"Ana", "Finn", "Ben"}))
	}
	thing := one(w.chance, things)
	if w.chance.IntN(2) == 0 {
		thing = sandbox.ProdDBGroup // where several lean on one holding
	}
	w.ask(who, thing, one(w.chance, []time.Duration{20 * time.Minute, 20 * time.Minute, 30 * time.Minute, time.Hour}))
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

var systemNames = []string{"okta", "okta", "okta", "slack", "slack", "pagerduty", "jira"}

// drizzle makes calls of a system go wrong now and then.
func (w *World) drizzle() {
	s, often, d := one(w.chance, systemNames), []uint64{20, 80, 200}[w.chance.IntN(3)], time.Duration(1+w.chance.IntN(30))*time.Minute
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell("%s is shaky for %s (%d of 1000 calls)", s, d, often)
	w.weather.drizzle[s], w.weather.until[s] = often, w.now().Add(d)
}

// storm makes every call of a system go wrong for a while.
func (w *World) storm() {
	s, how := one(w.chance, systemNames), one(w.chance, []wrong{refused, broken, slowDown, hangs})
	d := time.Duration(10+w.chance.IntN(300)) * time.Second
	if w.free == nil && w.chance.IntN(5) == 0 {
		d = time.Duration(w.chance.IntN(150)) * time.Minute
	}
	only := ""
	if s == "okta" && w.chance.IntN(3) == 0 {
		only = "/" + one(w.chance, append([]string{"users/", "rules", sandbox.DatabaseOwnersGroup}, things...))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell("%s%s is %s for %s", s, only, how, d)
	w.weather.storms[s] = storm{how: how, till: w.now().Add(d), only: only}
	w.trouble(s, w.now(), w.now().Add(d))
}

// arm has Hallpass killed at one of the next commits or calls.
func (w *World) arm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.doom = doom{at: side(1 + w.chance.IntN(4)), left: 1 + w.chance.IntN(20)}
	if w.doom.at >= beforeCall {
		w.doom.left = 1 + w.chance.IntN(6)
	}
	w.tell("it will be killed %s, the %dth from now", w.doom.at, w.doom.left)
}

// restart stops Hallpass between two acts.
func (w *World) restart() {
	w.say("Hallpass is stopped")
	w.kill()
}

func (w *World) lag() {
	d := time.Duration(w.chance.IntN(12)) * time.Second
	w.say("Okta's reads lag %s behind", d)
	w.Company.Okta.SetReadDelay(d)
	w.lagged = max(w.lagged, d)
}

// fill fills the disk, or has another process lock the file.
func (w *World) fill() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.full = w.now().Add(time.Duration(w.chance.IntN(120)) * time.Second)
	w.tell("no commit goes through until %s", w.full.Format("15:04:05"))
	w.trouble("hallpass", w.now(), w.full)
}

// jump sets the machine's clock, and back again at the next start.
func (w *World) jump() {
	d := time.Duration(w.chance.IntN(7200)-3600) * time.Second
	w.say("the machine's clock jumps by %s", d)
	w.clock.Jump(d)
	w.mu.Lock()
	w.trouble("clock", w.now(), w.now().Add(3*time.Hour))
	w.mu.Unlock()
}

// meanwhile lets others act in the middle of what Hallpass does, from now on.
func (w *World) meanwhile() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parks = []uint64{200, 1000, 3000}[w.chance.IntN(3)]
	w.tell("from now on things happen in between (%d of 10000 calls)", w.parks)
}

// heal ends every trouble and lets everything come to its end.
func (w *World) heal() error {
	w.mu.Lock()
	at := w.now()
	w.weather.storms, w.weather.drizzle = map[string]storm{}, map[string]uint64{}
	for i := range w.troubles {
		if w.troubles[i].To.After(at) && w.troubles[i].System != "clock" {
			w.troubles[i].To = at
		}
	}
	w.doom, w.parks, w.full = doom{}, 0, time.Time{}
	w.tell("everything heals")
	w.mu.Unlock()
	w.Company.Okta.SetReadDelay(0)
	lapse := w.chance.IntN(10) == 0 // what nobody decides
	for range 60 {
		if err := w.until(w.now().Add(3 * time.Minute)); err != nil {
			return err
		}
		if b := w.buttons(bot.ActCancel); len(b) > 0 && !lapse {
			w.press(b[0].Reader, b[0])
			continue
		}
		if over, err := w.over(); err != nil || over {
			break
		}
	}
	return w.until(w.now().Add(time.Minute))
}

// over reports whether nobody has or waits for anything any more, and nothing is left to do but what always is.
func (w *World) over() (bool, error) {
	if w.free != nil {
		w.free.choose()
	}
	n := 0
	err := w.app.Store().View(w.life, func(tx flows.Tx) error {
		open, err := tx.Holdings(flows.HoldingFilter{OpenOnly: true})
		if err != nil {
			return err
		}
		pending, err := tx.CountRequests(flows.RequestFilter{States: []flows.RequestState{flows.Pending}})
		left, intentsErr := leftToDo(tx)
		n = len(open) + pending + len(left)
		return errors.Join(err, intentsErr)
	})
	return n == 0, err
}

// Close ends the world and all that runs in it.
func (w *World) Close() error {
	err := w.bury()
	_ = w.Company.Close()
	return err
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

// beginFacts notes who is what when a world begins.
func (w *World) beginFacts() {
	for name, id := range groupsByName {
		for _, who := range w.Company.Okta.Members(id) {
			w.set(name, who, true)
		}
	}
	for _, p := range sandbox.People() {
		w.set("active", p.Okta, true)
		if p.Manager != "" {
			w.set("manager/"+p.Okta, p.Manager, true)
		}
	}
	w.seeShift()
}

// seeShift notes who is on call now.
func (w *World) seeShift() {
	on := w.Company.PagerDuty.OnCall(sandbox.PrimarySchedule)
	for _, p := range sandbox.People() {
		if p.PagerDuty != "" {
			if is := slices.Contains(on, p.PagerDuty); is != w.is("shift", p.Okta) {
				w.set("shift", p.Okta, is)
			}
		}
	}
}

func (w *World) is(what, who string) bool {
	return slices.ContainsFunc(w.facts, func(f checker.Fact) bool { return f.What == what && f.Who == who && f.To.IsZero() })
}

// set notes that somebody is something from now on, or no longer.
func (w *World) set(what, who string, is bool) {
	if is {
		w.facts = append(w.facts, checker.Fact{What: what, Who: who, From: w.now()})
		return
	}
	for i := range w.facts {
		if f := &w.facts[i]; f.What == what && f.Who == who && f.To.IsZero() {
			f.To = w.now()
		}
	}
}

// only notes that one is something from now on, and nobody else.
func (w *World) only(what, who string) {
	for i := range w.facts {
		if f := &w.facts[i]; f.What == what && f.To.IsZero() {
			f.To = w.now()
		}
	}
	w.set(what, who, true)
}
