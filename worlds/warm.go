package worlds

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// warm keeps PostgreSQL's side of connections that were ended, for whoever connects in the same way next. What a process of PostgreSQL has to learn
// about tables and statements costs more than all that a world asks of it. A life that begins finds nothing of the one before: its transaction is
// rolled back, its settings and locks are gone, and so is what it listened to. Only statements stay prepared.
//
// Source for what is said on the line: postgresql.org/docs/15, "Message Formats".
type warm struct {
	mu   sync.Mutex
	idle map[string][]*backend // by how they were opened
	used map[*line]bool
	cuts int
}

// backend is a connection to PostgreSQL as it is.
type backend struct {
	net.Conn
	how      string          // it was opened
	greeting []byte          // what was answered then, with the key for cancelling
	prepared map[string]bool // statements that it knows; pgx calls them by what is in them
}

// line is a connection as the program sees it. Nobody calls at the other end before it is said how.
type line struct {
	pool      *warm
	reach     func() (net.Conn, error)
	out, in   sync.Mutex // held while PostgreSQL is spoken and listened to
	mu        sync.Mutex // over what follows
	real      *backend
	at        [2]time.Time // until when is read, and written
	strange   bool         // it cannot be anybody else's
	over      bool         // nothing will be said on it
	greeted   bool
	goodbye   bool
	severed   bool
	preparing string // a statement whose preparation is not answered yet
	first     []byte // what is read before anything else
}

func newWarm() *warm { return &warm{idle: map[string][]*backend{}, used: map[*line]bool{}} }

func (p *warm) dial(ctx context.Context, network, address string) (net.Conn, error) {
	l := &line{pool: p, reach: func() (net.Conn, error) { return new(net.Dialer).DialContext(ctx, network, address) }}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used[l] = true
	return l, nil
}

// take is a connection that was opened like this, if one is kept.
func (p *warm) take(how string) *backend {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.idle[how]
	if len(list) == 0 {
		return nil
	}
	p.idle[how] = list[:len(list)-1]
	return list[len(list)-1]
}

// sever has every line break that is in use, as a network does: PostgreSQL carries out what it was asked, and nobody hears the answer.
func (p *warm) sever() {
	p.mu.Lock()
	lines := slices.Collect(maps.Keys(p.used))
	p.mu.Unlock()
	for _, l := range lines {
		l.sever()
	}
}

// cut ends what is kept, since PostgreSQL has ended it.
func (p *warm) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, list := range p.idle {
		for _, b := range list {
			_ = b.Close()
		}
	}
	clear(p.idle)
	p.cuts++
}

// keep makes a connection one that nobody has used yet, and keeps it.
func (p *warm) keep(b *backend) {
	p.mu.Lock()
	cuts := p.cuts
	p.mu.Unlock()
	if err := b.forget(); err != nil {
		_ = b.Close()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cuts != cuts {
		_ = b.Close()
		return
	}
	p.idle[b.how] = append(p.idle[b.how], b)
}

const (
	startup   = 196608   // version 3.0, the only one that is spoken here
	cancel    = 80877102 // what somebody else is doing is to be canceled
	forgotten = "nobody was here"
	forgets   = "RESET ALL; UNLISTEN *; SELECT pg_advisory_unlock_all(); SELECT '" + forgotten + "'"
)

// forget has PostgreSQL end all that is under way. What was said before and not read yet is passed over.
func (b *backend) forget() error {
	if err := b.SetDeadline(now().Add(5 * time.Second)); err != nil {
		return err
	}
	if _, err := b.Write(slices.Concat(query("ROLLBACK"), query(forgets))); err != nil {
		return err
	}
	var heard []byte
	some := make([]byte, 4096)
	for {
		n, err := b.Read(some)
		if err != nil {
			return err
		}
		heard = append(heard, some[:n]...)
		if bytes.HasSuffix(heard, ready) && bytes.Contains(heard, []byte(forgotten)) {
			return b.SetDeadline(time.Time{})
		}
	}
}

// ready is what PostgreSQL says when it waits for the next query, outside a transaction; prepared, that it has prepared a statement.
var ready, prepared = []byte{'Z', 0, 0, 0, 5, 'I'}, []byte{'1', 0, 0, 0, 4}

func query(text string) []byte {
	b := binary.BigEndian.AppendUint32([]byte{'Q'}, uint32(4+len(text)+1))
	return append(append(b, text...), 0)
}

// howOf is how a connection is to be opened, with what is asked of it in a steady order; empty for what is not the start of one.
func howOf(b []byte) string {
	if len(b) < 8 || binary.BigEndian.Uint32(b[4:]) != startup {
		return ""
	}
	words := strings.Split(string(b[8:]), "\x00")
	var pairs []string
	for ; len(words) > 1; words = words[2:] {
		pairs = append(pairs, words[0]+"="+words[1])
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "\n")
}

// open is the first that is said. Whoever cancels is about to leave, and PostgreSQL might hear of it when somebody else has the line: it hears nothing.
func (l *line) open(b []byte) (n int, err error) {
	if len(b) == 16 && binary.BigEndian.Uint32(b[4:]) == cancel {
		l.over = true
		return len(b), nil
	}
	how := howOf(b)
	if how != "" {
		l.real = l.pool.take(how)
	}
	if l.real != nil {
		l.greeted, l.first = true, l.real.greeting
		return len(b), l.set()
	}
	conn, err := l.reach()
	if err != nil {
		return 0, err
	}
	l.real, l.strange = &backend{Conn: conn, how: how, prepared: map[string]bool{}}, how == ""
	if err := l.set(); err != nil {
		return 0, err
	}
	return conn.Write(b)
}

func (l *line) Write(b []byte) (int, error) {
	l.out.Lock()
	defer l.out.Unlock()
	l.mu.Lock()
	if l.severed {
		l.mu.Unlock()
		return 0, net.ErrClosed
	}
	if l.real == nil {
		defer l.mu.Unlock()
		return l.open(b)
	}
	send := b
	switch {
	case !l.greeted:
		l.strange = true // it is asked for a password
	case b[0] == 'X':
		l.goodbye = true
		send = nil
	case b[0] == 'P':
		send = l.prepare(b)
	case b[0] == 'C' && len(b) > 6 && b[5] == 'S':
		delete(l.real.prepared, upTo0(b[6:]))
	}
	real := l.real
	l.mu.Unlock()
	if len(send) > 0 {
		if n, err := real.Write(send); err != nil {
			return min(n, len(b)), err
		}
	}
	return len(b), nil
}

// prepare leaves out that a statement is to be prepared where it is, which its name tells.
func (l *line) prepare(b []byte) []byte {
	end := 1 + int(binary.BigEndian.Uint32(b[1:]))
	name := upTo0(b[5:])
	if name == "" || end > len(b) {
		return b
	}
	if l.real.prepared[name] {
		l.first = prepared
		return b[end:]
	}
	l.preparing = name
	return b
}

func upTo0(b []byte) string {
	text, _, _ := bytes.Cut(b, []byte{0})
	return string(text)
}

func (l *line) Read(b []byte) (int, error) {
	l.in.Lock()
	defer l.in.Unlock()
	l.mu.Lock()
	real := l.real
	if l.severed {
		l.mu.Unlock()
		return 0, io.ErrUnexpectedEOF
	}
	if len(l.first) > 0 {
		n := copy(b, l.first)
		l.first = l.first[n:]
		l.mu.Unlock()
		return n, nil
	}
	over := l.over
	l.mu.Unlock()
	switch {
	case over:
		return 0, io.EOF
	case real == nil:
		return 0, errors.New("nothing was said yet")
	}
	n, err := real.Read(b)
	if n > 0 {
		l.mu.Lock()
		l.heard(b[:n])
		l.mu.Unlock()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil && l.severed {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// heard notes what the next who uses the line will have to know.
func (l *line) heard(b []byte) {
	if !l.greeted {
		l.real.greeting = append(l.real.greeting, b...)
		l.greeted = bytes.HasSuffix(b, ready)
		return
	}
	if l.preparing == "" {
		return
	}
	switch b[0] {
	case prepared[0]:
		l.real.prepared[l.preparing] = true
	case 'E':
	default:
		l.strange = true
	}
	l.preparing = ""
}

// Close keeps what was taken leave of, and ends the rest.
func (l *line) Close() error {
	l.pool.mu.Lock()
	delete(l.pool.used, l)
	l.pool.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	real := l.real
	if l.real = nil; real == nil || l.severed {
		return nil
	}
	if l.goodbye && l.clear() {
		l.pool.keep(real)
		return nil
	}
	return real.Close()
}

// clear says that another may have the line: what its statements are is known.
func (l *line) clear() bool { return l.greeted && !l.strange && l.preparing == "" }

// sever breaks the line. PostgreSQL is told that nobody is there any more once whoever speaks or listens has let go.
func (l *line) sever() {
	l.mu.Lock()
	real := l.real
	if real == nil || l.severed {
		l.mu.Unlock()
		return
	}
	l.severed = true
	_ = real.SetDeadline(time.Unix(1, 0))
	l.mu.Unlock()
	go func() {
		l.in.Lock()
		defer l.in.Unlock()
		l.out.Lock()
		defer l.out.Unlock()
		l.mu.Lock()
		clear := l.clear()
		l.mu.Unlock()
		if clear {
			l.pool.keep(real)
		} else {
			_ = real.Close()
		}
	}()
}

func (l *line) set() error {
	return errors.Join(l.real.SetReadDeadline(l.at[0]), l.real.SetWriteDeadline(l.at[1]))
}

func (l *line) until(read, write *time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if read != nil {
		l.at[0] = *read
	}
	if write != nil {
		l.at[1] = *write
	}
	if l.real == nil || l.severed {
		return nil
	}
	return l.set()
}

func (l *line) SetDeadline(t time.Time) error      { return l.until(&t, &t) }
func (l *line) SetReadDeadline(t time.Time) error  { return l.until(&t, nil) }
func (l *line) SetWriteDeadline(t time.Time) error { return l.until(nil, &t) }

func (l *line) LocalAddr() net.Addr  { return l.addr(net.Conn.LocalAddr) }
func (l *line) RemoteAddr() net.Addr { return l.addr(net.Conn.RemoteAddr) }

func (l *line) addr(of func(net.Conn) net.Addr) net.Addr {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.real == nil {
		return &net.UnixAddr{}
	}
	return of(l.real)
}
