package flows_test

import (
	"testing"
	"time"

	"hallpass/flows"
)

// The same channel may be lost again months later, for the same reason: that is told again, and each time only once.
func TestAChannelThatIsLostAgainIsToldAgain(t *testing.T) {
	w := newWorld(t, automatic())
	feed := flows.Place{Platform: "slack", Workspace: "T01", Channel: "C0FEED"}
	lost := "The channel C0FEED cannot carry messages: it is archived. They wait until it can."
	back := "The channel C0FEED carries messages again, after 2 h. What waited for it comes now."
	for range 2 {
		for range 3 {
			w.must(w.engine.Channel(w.ctx, feed, "it is archived"))
		}
		w.pass(2 * time.Hour)
		for range 3 {
			w.must(w.engine.Channel(w.ctx, feed, ""))
		}
	}
	same(t, "told", w.alarms(), []string{lost, back, lost, back})
}

// The audit channel is lost before anybody knows who the admins are: they are told once the directory has said it.
func TestAdminsWhoAreKnownLaterAreToldOfTheirChannel(t *testing.T) {
	w := newWorld(t, automatic())
	w.must(w.store.Change(w.ctx, func(tx flows.Tx) error { return tx.PutMeta("admins", "") }))
	say := func() { w.must(w.engine.Channel(w.ctx, w.set.Audit, "it is archived")) }
	say()
	w.run()
	is(t, "nobody is known", len(w.alarms()), 0)
	w.sync()
	say()
	say()
	w.run()
	same(t, "told once", w.alarms(), []string{"The channel C0AUDIT cannot carry messages: it is archived. They wait until it can. Until then Hallpass writes to its admins directly."})
}
