package slack

import (
	"fmt"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A crowd uses the workspace at once, over several sockets, while messages are edited; nothing is lost or mixed up.
func TestCrowd(t *testing.T) {
	const people, rounds, sockets = 8, 10, 3
	w := open(t, Options{})
	var apps sync.WaitGroup
	for range sockets {
		a, _ := dial(t, w)
		apps.Go(func() {
			for {
				var frame obj
				if a.conn.ReadJSON(&frame) != nil {
					return
				}
				payload := frame["payload"].(obj)
				if frame["type"] != "slash_commands" {
					_ = a.conn.WriteJSON(obj{"envelope_id": frame["envelope_id"]})
					continue
				}
				_ = a.conn.WriteJSON(obj{"envelope_id": frame["envelope_id"], "payload": obj{"text": payload["text"]}})
			}
		})
	}
	var crowd sync.WaitGroup
	for i := range people {
		user := fmt.Sprintf("U1%02d", i)
		w.AddUser(User{ID: user, Name: user, RealName: user})
		crowd.Go(func() {
			for round := range rounds {
				text := fmt.Sprintf("%s in round %d", user, round)
				reply, err := w.Slash(t.Context(), user, "", "/access", text)
				if err != nil || reply.Text != text {
					t.Errorf("%s sees %+v, %v", user, reply, err)
				}
				ts := post(t, w, "chat.postMessage", obj{"channel": user, "text": "x", "blocks": inActionsBlock(oneButton)})["ts"].(string)
				if err := w.Press(t.Context(), user, w.DM(user), ts, "a#"); err != nil {
					t.Errorf("%s presses: %v", user, err)
				}
				post(t, w, "chat.update", obj{"channel": w.DM(user), "ts": ts, "text": "done"})
			}
		})
	}
	crowd.Wait()
	eventually(t, w, "all is answered", func() bool { return w.Unanswered() == 0 })
	for i := range people {
		if got := len(w.Messages(w.DM(fmt.Sprintf("U1%02d", i)))); got != 2*rounds {
			t.Errorf("person %d has %d messages", i, got)
		}
	}
	wantProblems(t, w)
	w.Close()
	apps.Wait()
}
