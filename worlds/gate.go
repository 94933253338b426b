package worlds

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"hallpass/sandbox"
	"hallpass/worlds/checker"
)

// The systems outside, by where they are.
var systems = map[string]string{host(sandbox.SlackBase): "slack", host(sandbox.OktaBase): "okta", host(sandbox.PagerDutyBase): "pagerduty", host(sandbox.JiraBase): "jira"}

func host(base string) string {
	_, h, _ := strings.Cut(base, "//")
	return h
}

// How a call goes wrong.
type wrong int

func (x wrong) String() string {
	return []string{"fine", "refused", "503", "429", "hanging", "losing answers", "landing late"}[x]
}

const (
	fine        wrong = iota
	refused           // nobody is there
	broken            // 503; nothing took effect
	slowDown          // 429; nothing took effect
	hangs             // no answer, and it never arrived
	lostAnswer        // took effect, and the connection broke before the answer
	lateLanding       // no answer in time, and it takes effect after the caller gave up
)

// landsAfter is how long after its deadline a call that lands late takes effect: within what Hallpass allows for.
const landsAfter = 1500 * time.Millisecond

// gate carries every call of one life of Hallpass to the stand-ins. When it is shut nothing goes through any more, and who waits is let go.
type gate struct {
	w    *World
	ctx  context.Context // of this life
	kill context.CancelFunc
}

// call is one call at the gate.
type call struct {
	system string
	r      *http.Request
	body   []byte
	writes bool
	what   string
	gone   chan struct{} // closed when it may go
	within bool          // it is made in the middle of something else, and must not take time: two at work at one moment race
	draw   uint64        // what chance says of it
	head   int64         // how many entries of the log were committed when it went
	leave  func()        // it has left the gate
}

// RoundTrip is http.RoundTripper's.
func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	c, err := g.read(r)
	if err != nil {
		return nil, err
	}
	if err := g.queue(c); err != nil {
		return nil, err
	}
	defer c.leave()
	if c.writes && g.w.strike(beforeCall, g.kill) {
		return nil, context.Canceled
	}
	how := g.w.weather.of(c)
	if c.within && (how == hangs || how == lateLanding) {
		how = refused
	}
	switch how {
	case refused:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case broken:
		return g.w.answer(c, http.StatusServiceUnavailable, "<html>unavailable</html>", nil), nil
	case slowDown:
		return g.w.answer(c, http.StatusTooManyRequests, `{"ok":false,"error":"ratelimited"}`, http.Header{"Retry-After": {strconv.Itoa(int(g.w.comeBack() / time.Second))},
			"X-Rate-Limit-Limit": {"600"}, "X-Rate-Limit-Remaining": {"0"}, "X-Rate-Limit-Reset": {unix(g.w.now().Add(g.w.comeBack()))}}), nil
	case hangs:
		return nil, g.hang(r)
	case lateLanding:
		err := g.hang(r)
		g.w.landLate(c)
		return nil, err
	case lostAnswer:
		g.w.serve(c)
		if c.writes && g.w.strike(afterCall, g.kill) {
			return nil, context.Canceled
		}
		return nil, io.ErrUnexpectedEOF
	}
	res := g.w.serve(c)
	if c.writes && g.w.strike(afterCall, g.kill) {
		return nil, context.Canceled
	}
	return res, nil
}

func (g *gate) hang(r *http.Request) error {
	if g.w.free != nil {
		return g.w.free.hang(r, g.ctx)
	}
	select {
	case <-r.Context().Done():
		return r.Context().Err()
	case <-g.ctx.Done():
		return g.ctx.Err()
	}
}

// landLate has a call take effect when nobody waits for it any more.
func (w *World) landLate(c *call) {
	if w.free != nil {
		w.free.landLate(c)
		return
	}
	time.AfterFunc(landsAfter, func() { w.serve(c) })
}

// comeBack is after how long a 429 asks to.
func (w *World) comeBack() time.Duration {
	if w.free != nil {
		return time.Second // who waits for it waits in earnest
	}
	return 20 * time.Second
}

// queue waits until the world lets the call go. Of calls that are under way together one goes at a time, in the order of what they are, so that
// chance and the program's own share of a rate meet them alike in every telling.
func (g *gate) queue(c *call) error {
	if g.w.free != nil {
		return g.w.free.pass(g, c)
	}
	if err := cmp.Or(g.ctx.Err(), c.r.Context().Err()); err != nil {
		return err
	}
	c.gone = make(chan struct{})
	g.w.mu.Lock()
	g.w.waiting = append(g.w.waiting, c)
	g.w.mu.Unlock()
	select {
	case g.w.arrived <- struct{}{}:
	default:
	}
	select {
	case <-c.gone:
		c.head = g.w.head()
		return g.ctx.Err()
	case <-c.r.Context().Done():
		return c.r.Context().Err()
	case <-g.ctx.Done():
		return g.ctx.Err()
	}
}

// read takes a call in.
func (g *gate) read(r *http.Request) (*call, error) {
	c := &call{system: systems[r.URL.Host], r: r, leave: func() {}}
	if c.system == "" {
		return nil, errors.New("there is no such host: " + r.URL.Host)
	}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil {
			return nil, err
		}
		c.body = body
	}
	c.writes = r.Method != http.MethodGet
	if c.system == "slack" {
		c.writes = strings.Contains(r.URL.Path, "/chat.")
	}
	c.what = r.Method + " " + r.URL.Host + r.URL.RequestURI() + " " + string(c.body)
	return c, nil
}

// mix spreads bits (splitmix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// serve has the stand-in answer, and notes what it did.
func (w *World) serve(c *call) *http.Response {
	if w.free != nil && c.system == "okta" && c.writes {
		w.free.hands.Lock()
		defer w.free.hands.Unlock()
	}
	in := c.r.Clone(context.WithoutCancel(c.r.Context()))
	in.Host, in.RequestURI, in.RemoteAddr = c.r.URL.Host, c.r.URL.RequestURI(), "127.0.0.1:1"
	in.Body = io.NopCloser(bytes.NewReader(c.body))
	out := &recorder{header: http.Header{}}
	w.handlers["http://"+c.r.URL.Host].ServeHTTP(out, in)
	w.note(c, out)
	return w.answer(c, out.code(), out.body.String(), out.header)
}

func (w *World) answer(c *call, status int, body string, header http.Header) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	if header.Get("Date") == "" {
		header.Set("Date", w.now().UTC().Format(http.TimeFormat))
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: c.r}
}

// recorder keeps what a handler answers.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }
func (r *recorder) WriteHeader(s int) {
	if r.status == 0 {
		r.status = s
	}
}
func (r *recorder) Write(b []byte) (int, error) { r.WriteHeader(http.StatusOK); return r.body.Write(b) }
func (r *recorder) code() int                   { return max(r.status, http.StatusOK) }

// note keeps for the checker what a served call did or showed.
func (w *World) note(c *call, out *recorder) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case c.system == "okta" && c.writes:
		history := w.Company.Okta.History()
		for n := len(w.heads); n < len(history); n++ {
			w.heads = append(w.heads, c.head)
			if history[n].ByAPI {
				w.tell("  Okta: %s", told(history[n]))
			}
		}
	case c.system == "okta" && out.code() == http.StatusOK && strings.HasPrefix(c.r.URL.Path, "/api/v1/users/") && strings.HasSuffix(c.r.URL.Path, "/groups"):
		read := checker.Read{At: w.now(), Head: c.head, Who: strings.Split(c.r.URL.Path, "/")[4]}
		for _, id := range things {
			if strings.Contains(out.body.String(), `"`+id+`"`) {
				read.Has = append(read.Has, id)
			}
		}
		w.reads = append(w.reads, read)
	case c.system == "slack" && strings.HasSuffix(c.r.URL.Path, "/chat.postMessage") && strings.Contains(out.body.String(), `"ok":true`):
		w.sends = append(w.sends, checker.Send{At: w.now(), Head: c.head, Key: postKeyOf(c.body)})
	case c.system == "jira" && c.r.Method == http.MethodPost && strings.HasSuffix(c.r.URL.Path, "/issue") && out.code()/100 == 2:
		w.sends = append(w.sends, checker.Send{At: w.now(), Head: c.head, Key: "ticket/" + labelOf(c.body)})
	}
}

// labelOf is the label by which a ticket is found again.
func labelOf(body []byte) string {
	var draft struct {
		Fields struct {
			Labels []string `json:"labels"`
		} `json:"fields"`
	}
	if json.Unmarshal(body, &draft) != nil || len(draft.Fields.Labels) == 0 {
		return ""
	}
	return draft.Fields.Labels[0]
}

// postKeyOf is the key that a message carries in its metadata.
func postKeyOf(body []byte) string {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return ""
	}
	return keyIn(form.Get("metadata"))
}

func keyIn(metadata string) string {
	const before = `"key":"`
	_, rest, ok := strings.Cut(strings.ReplaceAll(metadata, `": "`, `":"`), before)
	if !ok {
		return ""
	}
	key, _, _ := strings.Cut(rest, `"`)
	return key
}

// weather is what is wrong outside, by system.
type weather struct {
	w       *World
	storms  map[string]storm
	drizzle map[string]uint64 // of a thousand calls, so many go wrong one way or another
	until   map[string]time.Time
}

// storm is a time in which every call of a system goes wrong.
type storm struct {
	how  wrong
	till time.Time
	// only, when not empty, is the part of a path that is hit, so that what has several calls is cut short in the middle.
	only string
}

func (x *weather) of(c *call) wrong {
	at := x.w.now()
	x.w.mu.Lock()
	s, d := x.storms[c.system], x.drizzle[c.system]
	if !at.Before(x.until[c.system]) {
		d = 0
	}
	x.w.mu.Unlock()
	if at.Before(s.till) && strings.Contains(c.r.URL.Path, s.only) {
		return s.how
	}
	if c.draw%1000 >= d {
		return fine
	}
	list := []wrong{refused, broken, slowDown, hangs, lostAnswer, lostAnswer}
	if c.writes && c.system == "okta" {
		list = append(list, lateLanding, lateLanding)
	}
	how := list[(c.draw>>20)%uint64(len(list))]
	x.w.mu.Lock()
	x.w.tell("  %s %s goes wrong: %s", c.r.Method, c.r.URL.Path, how)
	x.w.trouble(c.system, at, at.Add(time.Minute))
	x.w.mu.Unlock()
	return how
}

var things = []string{sandbox.ProdDBGroup, sandbox.ProdCacheGroup, sandbox.AnalyticsReadGroup}

func isThing(id string) bool { return slices.Contains(things, id) }
