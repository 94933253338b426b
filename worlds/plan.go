package worlds

import (
	"math/rand/v2"
	"time"

	"hallpass/bot"
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
	for range 3 + w.chance.IntN(9) {
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
	"reload": 3, "release": 1, "rename": 1, "drizzle": 6, "storm": 5, "doom": 8, "restart": 2, "lag": 2, "full": 2, "jump": 3, "extend": 3, "meanwhile": 4}

var moods = []mood{
	{}, {},
	{"doom": 40},
	{"drizzle": 25, "storm": 15},
	{"second writer": 30, "lag": 10, "ask": 30},
	{"meanwhile": 25, "both": 30},
	{"shift": 15, "manager": 12, "group": 15, "leaver": 12},
	{"reload": 30, "release": 10, "meanwhile": 10},
	{"jump": 30, "ask": 50, "approve": 60, "storm": 10},
	{"leaver": 30, "ask": 40, "approve": 60, "extend": 10},
}

type named struct {
	name string
	do   func(*World)
}

// acts is what can happen, by name, in a steady order.
func acts() []named {
	return []named{
		{"ask", (*World).somebodyAsks},
		{"press", func(w *World) {
			w.pressOne(bot.ActApprove, bot.ActDeny, bot.ActCancel, bot.ActGiveBack, bot.ActExtend, bot.ActRevoke)
		}},
		{"approve", func(w *World) { w.pressOne(bot.ActApprove) }},
		{"extend", func(w *World) { w.pressOne(bot.ActExtend) }},
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
