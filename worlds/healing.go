package worlds

import (
	"errors"
	"time"

	"hallpass/bot"
	"hallpass/flows"
)

// heal ends every trouble and lets everything come to its end.
func (w *World) heal() error {
	w.mu.Lock()
	at := w.now()
	w.weather.storms, w.weather.drizzle = map[string]storm{}, map[string]uint64{}
	for i := range w.troubles {
		if w.troubles[i].To.After(at) {
			w.troubles[i].To = at
		}
	}
	w.doom, w.parks, w.full = doom{}, 0, time.Time{}
	w.tell("everything heals")
	w.mu.Unlock()
	w.Company.Okta.SetReadDelay(0)
	if w.clockOff != 0 {
		w.say("the machine's clock is right again")
		w.clockOff = 0
		w.kill()
	}
	lapse := w.chance.IntN(10) == 0 // what nobody decides
	for range 60 {
		if err := w.until(w.now().Add(3 * time.Minute)); err != nil {
			return err
		}
		if !w.alive() { // of two replicas both may still be away
			continue
		}
		if b := w.buttons(bot.ActCancel); len(b) > 0 && !lapse {
			w.press(b[0].Reader, b[0])
			continue
		}
		if over, err := w.over(); err != nil {
			return err
		} else if over {
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
