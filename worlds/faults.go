package worlds

import (
	"time"

	"hallpass/sandbox"
)

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

// jump sets the machine's clock wrong, or right again, and starts Hallpass anew: a running one takes no notice.
func (w *World) jump() {
	if w.clockOff != 0 && w.chance.IntN(2) == 0 {
		w.clockOff = 0
	} else {
		w.clockOff = time.Duration(w.chance.IntN(7200)-3600) * time.Second
	}
	w.say("Hallpass is stopped, and the machine's clock set: it is off by %s", w.clockOff)
	w.kill()
}

// meanwhile lets others act in the middle of what Hallpass does, from now on.
func (w *World) meanwhile() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parks = []uint64{200, 1000, 3000}[w.chance.IntN(3)]
	w.tell("from now on things happen in between (%d of 10000 calls)", w.parks)
}
