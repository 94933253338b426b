package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hallpass/bot"
	sandbox "hallpass/sandbox/slack"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"
)

// script is a Slack whose frames the test writes itself.
type script struct {
	*testing.T
	server  *httptest.Server
	sockets chan *websocket.Conn
	s       *Slack
	in      *inbound
	log     *bytes.Buffer
	alarms  chan string
	ended   chan error
}

func newScript(t *testing.T, configure func(*Slack)) *script {
	t.Helper()
	sc := &script{T: t, sockets: make(chan *websocket.Conn, 10), in: &inbound{}, log: &bytes.Buffer{}, alarms: make(chan string, 10), ended: make(chan error, 1)}
	pipes := pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	sc.server = httptest.NewUnstartedServer(http.HandlerFunc(sc.serve))
	sc.server.Listener = &pipes
	sc.server.Start()
	sc.s = New(Config{AppToken: "xapp-secret", BotToken: "xoxb-secret", APIURL: sc.server.URL, Connections: 1, Clock: machineClock{}, Dial: pipes.dial,
		Log: zerolog.New(zerolog.SyncWriter(sc.log)), Alarm: func(_ context.Context, s string) { sc.alarms <- s }})
	sc.s.pace.first = 5 * time.Millisecond
	if configure != nil {
		configure(sc.s)
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() { sc.ended <- sc.s.Run(ctx, sc.in) }()
	t.Cleanup(func() {
		stop()
		<-sc.ended
		sc.s.http.CloseIdleConnections()
		sc.server.Close()
	})
	return sc
}

// pipeListener connects without a network, so that a test may run in virtual time.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipeListener) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipeListener) Addr() net.Addr { return pipeAddr{} }

func (p *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "127.0.0.1:80" }

func (sc *script) serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/auth.test":
		fmt.Fprint(w, `{"ok":true,"team_id":"T01ACME","user_id":"U0BOT"}`)
	case "/users.info":
		fmt.Fprint(w, `{"ok":true,"user":{"id":"U0BOT","team_id":"T01ACME","profile":{"api_app_id":"A01APP"}}}`)
	case "/apps.connections.open":
		fmt.Fprintf(w, `{"ok":true,"url":"ws%s/link?ticket=very-secret"}`, strings.TrimPrefix(sc.server.URL, "http"))
	case "/link":
		up := websocket.Upgrader{}
		conn, err := up.Upgrade(w, r, nil)
		if err == nil {
			sc.sockets <- conn
		}
	}
}

// socket is the next socket that is dialled.
func (sc *script) socket() *websocket.Conn {
	sc.Helper()
	select {
	case conn := <-sc.sockets:
		sc.Cleanup(func() { _ = conn.Close() })
		return conn
	case <-time.After(2 * patience): // longer than a dead link takes in virtual time
		sc.Fatal("no socket was dialled")
		return nil
	}
}

func (sc *script) send(conn *websocket.Conn, frame string) {
	sc.Helper()
	if err := conn.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		sc.Fatal(err)
	}
}

// acked is the envelope that is acknowledged next, with its payload.
func (sc *script) acked(conn *websocket.Conn) string {
	sc.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	_, raw, err := conn.ReadMessage()
	if err != nil {
		sc.Fatal(err)
	}
	return string(raw)
}

func (sc *script) until(what string, predicate func() bool) {
	sc.Helper()
	late := time.After(patience)
	for {
		changed := sc.s.Changed()
		if predicate() {
			return
		}
		select {
		case <-changed:
		case <-late:
			sc.Fatalf("never came true: %s", what)
		}
	}
}

const hello = `{"type":"hello","num_connections":1,"connection_info":{"app_id":"A01APP"}}`

func TestReadyMeansHello(t *testing.T) {
	sc := newScript(t, nil)
	conn := sc.socket()
	if sc.s.Ready() {
		t.Error("it is ready before hello")
	}
	sc.send(conn, hello)
	sc.until("it is ready", sc.s.Ready)
	_ = conn.Close()
	sc.until("it is not ready any more", func() bool { return !sc.s.Ready() })
	sc.send(sc.socket(), hello)
	sc.until("it is ready again", sc.s.Ready)
}

// What we do not understand is acknowledged with nothing and counted: Slack must not show an error, nor repeat it.
func TestOddFrames(t *testing.T) {
	sc := newScript(t, nil)
	conn := sc.socket()
	sc.send(conn, hello)
	odd := []string{
		`{"type":"of_tomorrow","envelope_id":"e%d","payload":{},"accepts_response_payload":true}`,
		`{"type":"slash_commands","envelope_id":"e%d","payload":{"text":["no"]},"accepts_response_payload":true}`,
		`{"type":"slash_commands","envelope_id":"e%d","payload":{}}`,
		`{"type":"interactive","envelope_id":"e%d","payload":{"type":"block_actions","actions":"?"}}`,
		`{"type":"interactive","envelope_id":"e%d","payload":{"type":"block_actions","actions":[{"action_id":"approve"}],"user":{"id":"U0ANA"}}}`,
		`{"type":"interactive","envelope_id":"e%d","payload":{"type":"message_action","user":{"id":"U0ANA","team_id":"T01ACME"}}}`,
		`{"type":"interactive","envelope_id":"e%d","payload":{"type":"view_submission","user":{"id":"U0ANA","team_id":"T01ACME"},"view":{"private_metadata":"{"}}}`,
		`{"type":"events_api","envelope_id":"e%d","payload":{"event":{"type":7}}}`,
		`{"type":"events_api","envelope_id":"e%d","payload":7}`,
		`{"type":"interactive" "envelope_id":"e%d",,,`,
		`{"type":7,"envelope_id":"e%d"}`,
	}
	for i, frame := range odd {
		sc.send(conn, fmt.Sprintf(frame, i))
		if got, want := sc.acked(conn), fmt.Sprintf(`{"envelope_id":"e%d"}`, i); got != want {
			t.Errorf("%s was acknowledged with %s", frame, got)
		}
	}
	if got := sc.s.Odd(); got != int64(len(odd)) {
		t.Errorf("%d odd frames were counted, want %d", got, len(odd))
	}
	for i, frame := range []string{
		`{"type":"events_api","envelope_id":"n%d","payload":{"event":{"type":"reaction_added"}}}`,
		`{"type":"events_api","envelope_id":"n%d","payload":{"event":{"type":"app_home_opened","tab":"messages","user":"U0ANA"}}}`,
		`{"type":"events_api","envelope_id":"n%d","payload":{"event":{"type":"message","channel_type":"im","bot_id":"B1","user":"U0ANA","text":"x"}}}`,
		`{"type":"events_api","envelope_id":"n%d","payload":{"event":{"type":"message","channel_type":"im","subtype":"message_changed"}}}`,
		`{"type":"events_api","envelope_id":"n%d","payload":{"event":{"type":"message","channel_type":"im","user":"U0BOT","text":"x"}}}`,
		`{"type":"events_api","envelope_id":"n%d","payload":{"event":{"type":"message","channel_type":"channel","user":"U0ANA","text":"x"}}}`,
		`{"type":"events_api","envelope_id":"n%d","payload":{"event":{"type":"message","channel_type":"im","user":"USLACKBOT","text":"x"}}}`,
		`{"type":"events_api","envelope_id":"n%d","payload":{"event":{"type":"tokens_revoked","tokens":{"oauth":["U0ANA"]}}}}`,
		`{"type":"interactive","envelope_id":"n%d","payload":{"type":"view_closed","user":{"id":"U0ANA","team_id":"T01ACME"}}}`,
	} {
		sc.send(conn, `{"type":"hello"}`)
		sc.send(conn, fmt.Sprintf(frame, i))
		if got, want := sc.acked(conn), fmt.Sprintf(`{"envelope_id":"n%d"}`, i); got != want {
			t.Errorf("%s was acknowledged with %s", frame, got)
		}
	}
	if got := sc.s.Odd(); got != int64(len(odd)) || len(sc.in.calls)+len(sc.in.homes) > 0 {
		t.Errorf("what is of no use was counted (%d) or heard (%v)", got, sc.in.calls)
	}
}

// A link without a ping for 30 s is dead, even if nothing closes it; one with pings lives. In virtual time.
func TestDeadLinkIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sc := newScript(t, nil)
		conn := sc.socket()
		sc.send(conn, hello)
		sc.until("it is ready", sc.s.Ready)
		go func() {
			for {
				if _, _, err := conn.ReadMessage(); err != nil {
					return // takes the pongs until the link is closed
				}
			}
		}()
		for range 10 {
			time.Sleep(25 * time.Second)
			if err := conn.WriteControl(websocket.PingMessage, []byte("1"), time.Now().Add(time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		if !sc.s.Ready() {
			t.Error("a link with pings was given up")
		}
		silent := time.Now()
		sc.send(sc.socket(), hello)
		sc.until("it is ready again", sc.s.Ready)
		if waited := time.Since(silent); waited < 29*time.Second || waited > 31*time.Second {
			t.Errorf("the dead link was given up after %s", waited)
		}
	})
}

func TestRefusedLinks(t *testing.T) {
	sc := newScript(t, nil)
	sc.send(sc.socket(), `{"type":"disconnect","reason":"too_many_websockets"}`)
	if got := <-sc.alarms; !strings.HasPrefix(got, "Slack refuses another connection of the app: ten are open.") {
		t.Errorf("the alarm says %q", got)
	}
	_ = sc.socket().Close()
	conn := sc.socket()
	sc.send(conn, hello)
	sc.until("it is ready", sc.s.Ready)
	sc.send(conn, `{"type":"disconnect","reason":"of_tomorrow"}`)
	sc.send(sc.socket(), hello)
	sc.until("the replacement is up beside it", func() bool { return sc.s.Connections() == 2 })
	sc.send(conn, `{"type":"interactive","envelope_id":"old","payload":{"type":"view_closed","user":{"id":"U0ANA","team_id":"T01ACME"}}}`)
	if got := sc.acked(conn); got != `{"envelope_id":"old"}` {
		t.Errorf("the old link answered %s", got)
	}
	for _, secret := range []string{"very-secret", "xapp-secret", "xoxb-secret"} {
		if strings.Contains(sc.log.String(), secret) {
			t.Errorf("the log holds %s", secret)
		}
	}
}

// watched counts how an acknowledgement leaves: whole frames have the final bit, 0x81.
type watched struct {
	net.Conn
	mu     sync.Mutex
	frames []byte
}

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	if len(b) > 10_000 {
		w.frames = append(w.frames, b[0])
	}
	w.mu.Unlock()
	return w.Conn.Write(b)
}

func TestLargeAcknowledgementIsOneFrame(t *testing.T) {
	var conns []*watched
	d := newDesk(t, sandbox.Options{}, func(c *Config) {
		c.Connections = 1
		c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			w := &watched{Conn: conn}
			conns = append(conns, w)
			return w, err
		}
	}).run()
	card := bot.Card{Preview: words("Much"), Blocks: []bot.Block{{Lines: []bot.Line{words(strings.Repeat("x", 3000))}}}}
	for range 5 {
		card.Blocks = append(card.Blocks, card.Blocks[0])
	}
	d.in.onCommand = func(context.Context, bot.Call) bot.Reply { return bot.Reply{Card: &card} }
	reply, err := d.w.Slash(d.ctx, "U0ANA", "C0FEED", "/access", "")
	if err != nil || reply.Text != "Much" {
		t.Fatalf("answered %+v, %v", reply, err)
	}
	var frames []byte
	for _, c := range conns {
		frames = append(frames, c.frames...)
	}
	if !bytes.Equal(frames, []byte{0x81}) {
		t.Errorf("the acknowledgement left in frames that begin with % x", frames)
	}
}

func TestOwnTypesReadSlacks(t *testing.T) {
	var c slash
	if err := json.Unmarshal([]byte(`{"team_id":"T1","user_id":"U1","is_enterprise_install":"false","text":"x"}`), &c); err != nil {
		t.Errorf("a slash command as Slack sends it does not decode: %v", err)
	}
}
