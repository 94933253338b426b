package page

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"
)

// stream sends the State of one person now and after each change, as
// server-sent events whose data is the JSON of the State. A State equal to
// the last one sent is left out. Company time is not a change: the page lets
// its clock run by itself between two states.
func stream(rw http.ResponseWriter, r *http.Request, w World) {
	changed, stop := w.Subscribe()
	defer stop()
	rw.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(rw)
	var last []byte
	for {
		state := w.State(r.FormValue("as"))
		now := state.Outside.Clock.Now
		state.Outside.Clock.Now = time.Time{}
		timeless, err := json.Marshal(state)
		if err != nil {
			return
		}
		if !bytes.Equal(timeless, last) {
			last = timeless
			state.Outside.Clock.Now = now
			if sendEvent(rw, out, state) != nil {
				return
			}
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

func sendEvent(rw http.ResponseWriter, out *http.ResponseController, state State) error {
	data, err := json.Marshal(state)
	if err != nil {
		return err
	}
	for _, part := range [][]byte{[]byte("data: "), data, []byte("\n\n")} {
		if _, err := rw.Write(part); err != nil {
			return err
		}
	}
	return out.Flush()
}
