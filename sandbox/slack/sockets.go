package slack

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Limits of Socket Mode. Source: docs.slack.dev/apis/events-api/using-socket-mode; the size was measured by slack-go's authors.
const (
	MaxSockets = 10
	// AckBytes is the size from which on an acknowledgement is silently dropped.
	AckBytes = 20 * 1024
	// ticketLife is how long the URL of apps.connections.open may be dialled; not documented.
	ticketLife = 30 * time.Second
	writeTime  = 5 * time.Second
	// connectionTime is what hello announces as the connection's expected life, in seconds.
	connectionTime = 18060
)

// socket is one open connection of the app.
type socket struct {
	conn     *websocket.Conn
	number   int
	write    sync.Mutex // one writer at a time
	gone     chan struct{}
	once     sync.Once
	ready    bool // hello was sent
	draining bool // told to disconnect; gets work only when no other socket is open
}

// send writes one text frame.
func (s *socket) send(frame obj) error {
	raw, err := json.Marshal(frame)
	if err != nil {
		return fmt.Errorf("a frame for the app does not encode: %w", err)
	}
	s.write.Lock()
	defer s.write.Unlock()
	_ = s.conn.SetWriteDeadline(soon(writeTime))
	return s.conn.WriteMessage(websocket.TextMessage, raw)
}

// soon is a deadline of the machine: for sockets and acknowledgements no other clock will do.
func soon(d time.Duration) time.Time { return time.Now().Add(d) }

// cut breaks the connection without a word, as a lost network does.
func (s *socket) cut() {
	s.once.Do(func() {
		close(s.gone)
		_ = s.conn.NetConn().Close()
	})
}

// openConnection answers apps.connections.open with a URL that can be dialled once. The caller holds the lock.
func (w *Workspace) openConnection() (obj, error) {
	if !w.socketModeOn {
		return nil, apiError{code: "forbidden_team"}
	}
	w.serial++
	ticket := fmt.Sprintf("ticket-%08d", w.serial)
	w.tickets[ticket] = w.opt.Machine().Add(ticketLife)
	q := url.Values{"ticket": {ticket}, "app_id": {w.opt.AppID}}
	return obj{"url": "ws" + strings.TrimPrefix(w.base, "http") + "/link/?" + q.Encode()}, nil
}

// takeTicket uses a ticket up.
func (w *Workspace) takeTicket(ticket string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	until, known := w.tickets[ticket]
	delete(w.tickets, ticket)
	if !known || w.opt.Machine().After(until) {
		w.problem("a socket was dialled with a ticket that was used, too old or never given")
		return false
	}
	return true
}

var upgrader = websocket.Upgrader{WriteBufferSize: 256 << 10, CheckOrigin: func(*http.Request) bool { return true }}

func (w *Workspace) serveSocket(rw http.ResponseWriter, r *http.Request) {
	if !w.takeTicket(r.URL.Query().Get("ticket")) {
		http.Error(rw, "invalid ticket", http.StatusForbidden)
		return
	}
	conn, err := upgrader.Upgrade(rw, r, nil)
	if err != nil {
		return // the client has its answer already
	}
	s := &socket{conn: conn, gone: make(chan struct{})}
	many, ok := w.admit(s)
	if !ok {
		_ = s.send(obj{"type": "disconnect", "reason": "too_many_websockets", "debug_info": obj{"host": hostName}})
		s.cut()
		return
	}
	defer w.leave(s)
	if s.send(w.hello(many)) != nil {
		return
	}
	w.spawn(func() { w.ping(s) })
	w.change(func() { s.ready, w.everSocketed = true, true })
	w.listen(s)
}

const hostName = "applink-sandbox"

// admit counts a new socket in, unless ten are open. It takes work only after its hello.
func (w *Workspace) admit(s *socket) (int, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.done:
		return 0, false
	default:
	}
	many := len(w.sockets) + 1
	if many > MaxSockets {
		w.problem("the app opened more than %d sockets", MaxSockets)
		return many, false
	}
	w.nextSocket++
	s.number = w.nextSocket
	w.sockets = append(w.sockets, s)
	w.tasks.Add(1)
	if w.reported > 0 {
		many = w.reported
	}
	return many, true
}

func (w *Workspace) leave(s *socket) {
	defer w.tasks.Done()
	s.cut()
	w.change(func() {
		for i, have := range w.sockets {
			if have == s {
				w.sockets = append(w.sockets[:i:i], w.sockets[i+1:]...)
				return
			}
		}
	})
}

func (w *Workspace) hello(many int) obj {
	return obj{"type": "hello", "num_connections": many, "connection_info": obj{"app_id": w.opt.AppID},
		"debug_info": obj{"host": hostName, "started": w.opt.Machine().UTC().Format("2006-01-02 15:04:05.000"), "build_number": 1,
			"approximate_connection_time": connectionTime}}
}

// ping sends WebSocket pings until the socket is gone; clients take silence for a dead link.
func (w *Workspace) ping(s *socket) {
	ticker := time.NewTicker(w.opt.PingEvery)
	defer ticker.Stop()
	for {
		err := s.conn.WriteControl(websocket.PingMessage, []byte("Ping from "+hostName), soon(writeTime))
		if err != nil {
			s.cut()
			return
		}
		select {
		case <-ticker.C:
		case <-s.gone:
			return
		case <-w.done:
			return
		}
	}
}

// listen reads acknowledgements until the socket is gone.
func (w *Workspace) listen(s *socket) {
	for {
		kind, raw, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		if kind == websocket.TextMessage {
			w.acknowledged(s, raw)
		}
	}
}

// Connections is the number of the app's sockets that take work: open, greeted with hello, and not told to disconnect.
func (w *Workspace) Connections() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	open := 0
	for _, s := range w.sockets {
		if s.ready && !s.draining {
			open++
		}
	}
	return open
}

// ReportConnections makes hello claim n connections, as if somebody else had the app's tokens too; 0 tells the truth again.
func (w *Workspace) ReportConnections(n int) { w.change(func() { w.reported = n }) }

// Disconnect reasons that Slack documents.
const (
	Warning          = "warning"           // this socket ends in about ten seconds
	RefreshRequested = "refresh_requested" // reconnect now
	LinkDisabled     = "link_disabled"     // Socket Mode was switched off
)

// DisconnectAll sends every socket a disconnect frame with this reason. The sockets end WarningTime later, and at once when Socket
// Mode was switched off; from then on apps.connections.open is refused until AllowSockets.
func (w *Workspace) DisconnectAll(reason string) {
	w.mu.Lock()
	sockets := append([]*socket(nil), w.sockets...)
	for _, s := range sockets {
		s.draining = true
	}
	if reason == LinkDisabled {
		w.socketModeOn = false
	}
	w.touch()
	w.mu.Unlock()
	for _, s := range sockets {
		_ = s.send(obj{"type": "disconnect", "reason": reason, "debug_info": obj{"host": hostName}})
		if reason == LinkDisabled {
			s.cut()
			continue
		}
		w.spawn(func() { w.cutLater(s) })
	}
}

// AllowSockets switches Socket Mode on again.
func (w *Workspace) AllowSockets() { w.change(func() { w.socketModeOn = true }) }

func (w *Workspace) cutLater(s *socket) {
	timer := time.NewTimer(w.opt.WarningTime)
	defer timer.Stop()
	select {
	case <-timer.C:
		s.cut()
	case <-s.gone:
	case <-w.done:
	}
}

// Drop breaks n sockets abruptly, the oldest first, or all of them when n is 0. It returns how many it broke.
func (w *Workspace) Drop(n int) int {
	w.mu.Lock()
	sockets := append([]*socket(nil), w.sockets...)
	if n > 0 && n < len(sockets) {
		sockets = sockets[:n]
	}
	for _, s := range sockets {
		s.ready = false
	}
	w.touch()
	w.mu.Unlock()
	for _, s := range sockets {
		s.cut()
	}
	return len(sockets)
}
