package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// link is one open socket.
type link struct {
	conn  *websocket.Conn
	pace  pace
	write sync.Mutex // one writer at a time
	since time.Time

	once    sync.Once
	retire  chan struct{} // closed when Slack asks for a replacement
	reason  string        // why; set before retire is closed
	gone    chan struct{} // closed when nothing will be read from it any more
	goneFor sync.Once

	stopped  atomic.Bool
	handling sync.WaitGroup // frames that are not acknowledged yet
}

// errLost is a link that ended without a word.
var errLost = errors.New("the connection to Slack was lost")

// open asks for a ticket, dials and waits for hello. The ticket is a secret and stands in no error and no log.
func (s *Slack) open(ctx context.Context) (*link, error) {
	_, ticket, err := s.web.StartSocketModeContext(ctx)
	if err != nil {
		if fatal := asFatal("slack.app_token", err); fatal != nil {
			return nil, fatal
		}
		return nil, hidden(err)
	}
	s.links.dial(1)
	defer s.links.dial(-1)
	conn, resp, err := s.dialer.DialContext(ctx, ticket, nil)
	if err != nil {
		if resp != nil {
			return nil, fmt.Errorf("Slack refused the socket with status %d: %w", resp.StatusCode, websocket.ErrBadHandshake)
		}
		return nil, hidden(err)
	}
	conn.SetReadLimit(maxFrame)
	l := &link{conn: conn, pace: s.pace, since: s.cfg.Clock.Machine(), retire: make(chan struct{}), gone: make(chan struct{})}
	conn.SetPingHandler(l.pong)
	if err := s.greet(ctx, l); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// greet waits for hello, which alone makes a link ready.
func (s *Slack) greet(ctx context.Context, l *link) error {
	stop := context.AfterFunc(ctx, l.close)
	defer stop()
	_ = l.conn.SetReadDeadline(now().Add(s.pace.hello))
	for {
		f, err := l.read()
		if err != nil {
			return errors.Join(errLost, hidden(err))
		}
		switch f.Type {
		case "hello":
			if s.appMismatch(f.Info.AppID) {
				return errOtherApp
			}
			s.links.add(l)
			s.counted(ctx, f.Connections)
			return l.alive()
		case "disconnect":
			return s.refusedLink(ctx, f.Reason)
		}
	}
}

// refusedLink is what a disconnect before hello means.
func (s *Slack) refusedLink(ctx context.Context, reason string) error {
	switch reason {
	case "link_disabled":
		return errSocketModeOff
	case "too_many_websockets":
		s.alarm(ctx, "Slack refuses another connection of the app: ten are open. Is Hallpass, or somebody with its tokens, running elsewhere?")
	}
	return fmt.Errorf("Slack closed the new connection at once (%s)", reason)
}

// read takes the next frame.
func (l *link) read() (frame, error) {
	for {
		kind, raw, err := l.conn.ReadMessage()
		if err != nil {
			return frame{}, err
		}
		if kind != websocket.TextMessage {
			continue
		}
		return decodeFrame(raw), l.alive()
	}
}

// alive starts the timer of a dead link anew, unless reading was stopped.
func (l *link) alive() error {
	err := l.conn.SetReadDeadline(now().Add(l.pace.dead))
	if l.stopped.Load() {
		return l.conn.SetReadDeadline(now())
	}
	return err
}

// pong answers a ping of Slack; its pings are what tells that the link lives.
func (l *link) pong(data string) error {
	if err := l.alive(); err != nil {
		return err
	}
	err := l.conn.WriteControl(websocket.PongMessage, []byte(data), now().Add(l.pace.write))
	if errors.Is(err, websocket.ErrCloseSent) {
		return nil
	}
	return err
}

// ack acknowledges an envelope in a single frame on the link that brought it.
func (l *link) ack(envelope string, payload any) error {
	raw, err := json.Marshal(acknowledgement{Envelope: envelope, Payload: payload})
	if err != nil {
		return fmt.Errorf("an acknowledgement does not encode: %w", err)
	}
	if len(raw) >= ackBytes {
		return errTooLarge
	}
	l.write.Lock()
	defer l.write.Unlock()
	_ = l.conn.SetWriteDeadline(now().Add(l.pace.write))
	return l.conn.WriteMessage(websocket.TextMessage, raw)
}

// errTooLarge is an acknowledgement that Slack would drop without a word.
var errTooLarge = errors.New("the acknowledgement is too large for Slack")

type acknowledgement struct {
	Envelope string `json:"envelope_id"`
	Payload  any    `json:"payload,omitempty"`
}

// replace asks for a replacement of this link, once.
func (l *link) replace(reason string) {
	l.once.Do(func() {
		l.reason = reason
		close(l.retire)
	})
}

// stopReading lets what is under way still be acknowledged.
func (l *link) stopReading() {
	l.stopped.Store(true)
	_ = l.conn.SetReadDeadline(now())
}

// ended tells that nothing more will be read.
func (l *link) ended() { l.goneFor.Do(func() { close(l.gone) }) }

// closeWait bounds the farewell; Slack counts a link that left without one for a while.
const closeWait = time.Second

// close says goodbye and ends the connection. It may be called twice.
func (l *link) close() {
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = l.conn.WriteControl(websocket.CloseMessage, bye, now().Add(closeWait))
	_ = l.conn.Close()
}
