package app_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hallpass/app"
)

// That a killed process loses nothing does not show that a lost power supply does not: what was written and not synced is still in the
// kernel's memory. So the system calls of the real program are traced, and between the last write of a change and its acknowledgement there
// must be a sync of the log. HALLPASS_TRACE names strace; .ci/run sets it. The judgement itself is tested on samples, always.

// call is one system call on a file or a socket, as strace tells it.
type call struct {
	name       string
	file       string // a path, or socket:[12345] or pipe:[12345]
	data       []byte
	begin, end int // numbers of lines: another call lies between two calls, or it does not
	failed     bool
}

// traced is the command that runs a program with its writes, reads and syncs told to a file.
func traced(strace, to string) []string {
	return []string{strace, "-f", "-y", "-xx", "-s", "16384", "-e", "trace=write,pwrite64,writev,pwritev,sendto,sendmsg,fsync,fdatasync,sync_file_range", "-e", "signal=none", "-o", to}
}

var (
	callLine    = regexp.MustCompile(`^(\d+) +(\w+)\(\d+<(.*?)>([,) ].*)$`)
	resumedLine = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>(.*)$`)
	hexText     = regexp.MustCompile(`"((?:\\x[0-9a-f]{2})*)"`)
)

// readTrace reads what strace wrote. A call that never ended has no end.
func readTrace(text []byte) (list []*call) {
	open := map[string]*call{} // by thread
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if m := resumedLine.FindStringSubmatch(line); m != nil {
			if c := open[m[1]]; c != nil && c.name == m[2] {
				c.end, c.failed = n, strings.Contains(m[3], ") = -1 ") || strings.HasSuffix(m[3], "= ?")
				delete(open, m[1])
			}
			continue
		}
		m := callLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		c := &call{name: m[2], file: unhex(m[3]), begin: n, end: n, failed: strings.Contains(m[4], ") = -1 ")}
		for _, piece := range hexText.FindAllStringSubmatch(m[4], -1) {
			c.data = append(c.data, unhex(piece[1])...)
		}
		if strings.HasSuffix(line, "<unfinished ...>") {
			c.end = 0
			open[m[1]] = c
		}
		list = append(list, c)
	}
	return list
}

// unhex reads \x68\x61 and leaves other text as it is.
func unhex(text string) string {
	b, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
	if err != nil || !strings.HasPrefix(text, `\x`) {
		return text
	}
	return string(b)
}

func (c *call) syncs() bool  { return c.name == "fsync" || c.name == "fdatasync" }
func (c *call) writes() bool { return !c.syncs() && c.name != "sync_file_range" && !c.failed }
func (c *call) ofLog() bool  { return strings.HasSuffix(c.file, "-wal") }

// acknowledgement is a call by which somebody outside learns that a change is kept. Marker are bytes that the change, and nothing before it,
// writes to the log; without one it is whatever was written since the acknowledgement before.
type acknowledgement struct {
	*call
	marker string
}

// unsynced judges a trace: it names the acknowledgements before which their change was not written, or not synced. The database has one
// writer, so the first sync that begins after a change was written is the one of its commit, and nothing of the change is written later.
func unsynced(list []*call, acks []acknowledgement) (wrong []string) {
	since := 0
	for n, a := range acks {
		var written, synced *call
		for _, c := range list {
			if !c.ofLog() || c.begin <= since && a.marker == "" || c.end == 0 {
				continue
			}
			switch {
			case c.writes() && c.end < a.begin && (a.marker == "" || written == nil && bytes.Contains(c.data, []byte(a.marker))):
				written, synced = c, nil
			case c.syncs() && !c.failed && synced == nil && written != nil && c.begin > written.end && c.end < a.begin:
				synced = c
			}
		}
		switch {
		case written == nil:
			wrong = append(wrong, fmt.Sprintf("acknowledgement %d in line %d: nothing was written to the log before it", n+1, a.begin))
		case synced == nil:
			wrong = append(wrong, fmt.Sprintf("acknowledgement %d in line %d: what was written in line %d was not synced before it", n+1, a.begin, written.begin))
		}
		since = a.begin
	}
	return wrong
}

// printed are the acknowledgements of a process that prints what it has committed.
func printed(list []*call) (out []acknowledgement) {
	for _, c := range list {
		if c.writes() && strings.HasPrefix(c.file, "pipe:") && bytes.HasSuffix(c.data, []byte("\n")) {
			out = append(out, acknowledgement{call: c})
		}
	}
	return out
}

// acknowledged are the acknowledgements of envelopes that were sent to Slack, as masked frames of a WebSocket.
func acknowledged(list []*call) (out []acknowledgement) {
	for _, c := range list {
		if c.writes() && strings.HasPrefix(c.file, "socket:") && bytes.HasPrefix(unmasked(c.data), []byte(`{"envelope_id":`)) {
			out = append(out, acknowledgement{call: c})
		}
	}
	return out
}

// unmasked is the text of a client's frame, nil when it is none. Source: RFC 6455, section 5.2.
func unmasked(b []byte) []byte {
	const finalText, masked = 0x81, 0x80
	if len(b) < 6 || b[0] != finalText || b[1]&masked == 0 {
		return nil
	}
	at, length := 2, int(b[1]&^masked)
	switch {
	case length == 126:
		length, at = int(binary.BigEndian.Uint16(b[2:])), 4
	case length == 127:
		return nil
	}
	if len(b) < at+4+length {
		return nil
	}
	key, text := b[at:at+4], bytes.Clone(b[at+4:at+4+length])
	for i := range text {
		text[i] ^= key[i%4]
	}
	return text
}

// told writes a line of a sample as strace does.
func told(thread int, name, file, data string) string {
	return fmt.Sprintf(`%d %s(7<%s>, "%s", %d) = %d`, thread, name, file, hexed(data), len(data), len(data))
}

func hexed(data string) (out string) {
	for _, b := range []byte(data) {
		out += fmt.Sprintf(`\x%02x`, b)
	}
	return out
}

// frame is an acknowledgement as a client of a WebSocket sends it.
func frame(text string) string {
	key := []byte{7, 99, 250, 16}
	out := append([]byte{0x81, 0x80 | byte(len(text))}, key...)
	for i := range len(text) {
		out = append(out, text[i]^key[i%4])
	}
	return string(out)
}

func TestATraceIsJudged(t *testing.T) {
	const log, pipe, socket = "/tmp/h.db-wal", "pipe:[12]", "socket:[99]"
	sync := `10 fdatasync(7<` + log + `>) = 0`
	ack := told(12, "write", socket, frame(`{"envelope_id":"e1"}`))
	for name, c := range map[string]struct {
		lines  []string
		marker string
		of     func([]*call) []acknowledgement
		want   string
	}{
		"synced":                     {[]string{told(10, "pwrite64", log, "a"), sync, told(11, "write", pipe, "1\n")}, "", printed, ""},
		"not synced":                 {[]string{told(10, "pwrite64", log, "a"), told(11, "write", pipe, "1\n"), sync}, "", printed, "what was written in line 1 was not synced"},
		"written after the sync":     {[]string{told(10, "pwrite64", log, "a"), sync, told(10, "pwrite64", log, "b"), told(11, "write", pipe, "1\n")}, "", printed, "line 3 was not synced"},
		"nothing written":            {[]string{sync, told(11, "write", pipe, "1\n")}, "", printed, "nothing was written"},
		"another file":               {[]string{told(10, "pwrite64", log, "a"), `10 fsync(8</tmp/h.db>) = 0`, told(11, "write", pipe, "1\n")}, "", printed, "not synced"},
		"a sync that fails":          {[]string{told(10, "pwrite64", log, "a"), `10 fsync(8<` + log + `>) = -1 EIO (Input/output error)`, told(11, "write", pipe, "1\n")}, "", printed, "not synced"},
		"a sync that is not over":    {[]string{told(10, "pwrite64", log, "a"), `10 fsync(8<` + log + `> <unfinished ...>`, told(11, "write", pipe, "1\n"), `10 <... fsync resumed>) = 0`}, "", printed, "not synced"},
		"a sync in two lines":        {[]string{told(10, "pwrite64", log, "a"), `10 fsync(8<` + log + `> <unfinished ...>`, `10 <... fsync resumed>) = 0`, told(11, "write", pipe, "1\n")}, "", printed, ""},
		"the second is not synced":   {[]string{told(10, "pwrite64", log, "a"), sync, told(11, "write", pipe, "1\n"), told(10, "pwrite64", log, "b"), told(11, "write", pipe, "2\n")}, "", printed, "acknowledgement 2"},
		"a press, synced":            {[]string{told(10, "pwrite64", log, "..load.1."), sync, told(10, "pwrite64", log, "others"), ack}, "load.1.", acknowledged, ""},
		"a press, not synced":        {[]string{told(10, "pwrite64", log, "others"), sync, told(10, "pwrite64", log, "..load.1."), ack, sync}, "load.1.", acknowledged, "line 3 was not synced"},
		"a press, before the commit": {[]string{ack, told(10, "pwrite64", log, "..load.1."), sync}, "load.1.", acknowledged, "nothing was written"},
	} {
		list := readTrace([]byte(strings.Join(c.lines, "\n")))
		acks := c.of(list)
		if len(acks) == 0 {
			t.Errorf("%s: no acknowledgement was found", name)
		}
		for i := range acks {
			acks[i].marker = c.marker
		}
		if got := strings.Join(unsynced(list, acks), "; "); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: it is judged %q, want %q", name, got, c.want)
		}
	}
}

// strace is where to find it; empty where nothing is traced.
func strace() string { return os.Getenv("HALLPASS_TRACE") }

// commitsTraced are as many as one trace of commits has at least.
const commitsTraced = 50

// Nothing is traced where strace is not named; the judgement is tested all the same.
func TestATraceOfCommitsShowsASyncBeforeEachAcknowledgement(t *testing.T) {
	if strace() == "" {
		return
	}
	for synchronous, synced := range map[string]bool{"": true, "NORMAL": false, "OFF": false} {
		list := traceCommits(t, synchronous)
		acks := printed(list)
		wrong := unsynced(list, acks)
		t.Logf("synchronous %q: %d acknowledgements, %d of them without a sync before", synchronous, len(acks), len(wrong))
		if len(acks) < commitsTraced || synced && len(wrong) > 0 || !synced && len(wrong) < len(acks)/2 {
			t.Errorf("synchronous %q: %d acknowledgements; %s", synchronous, len(acks), strings.Join(wrong, "\n"))
		}
	}
}

// traceCommits traces a process that commits, for a while.
func traceCommits(t *testing.T, synchronous string) []*call {
	t.Helper()
	dir := t.TempDir()
	cmd := committing(t, filepath.Join(dir, "hallpass.db"), synchronous, 1, traced(strace(), dir+"/trace")...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; n <= commitsTraced && lines.Scan(); n++ {
	}
	in.Close()
	for lines.Scan() {
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return traceIn(t, dir)
}

func traceIn(t *testing.T, dir string) []*call {
	t.Helper()
	text, err := os.ReadFile(dir + "/trace")
	if err != nil {
		t.Fatal(err)
	}
	return readTrace(text)
}

// pressesTraced are so many presses, one after the other.
const pressesTraced = 40

func TestATraceOfServingShowsASyncBeforeEachAcknowledgement(t *testing.T) {
	if strace() == "" {
		return // as above
	}
	clock := app.NewClock(monday)
	company := acme(t, clock, nil)
	dir := t.TempDir()
	m := boot(t, company, clock, point{}, traced(strace(), dir+"/trace")...)
	w := &crowd{survivors: &survivors{people: &people{T: t, c: company, clock: m}, m: m}}
	w.wants(ana, "prod-db for 1h because OPS-1: replay failed payments")
	card := w.gets(caro, "R1 ·", "Approve, 1 h")
	payload, err := company.Slack.Payload(caro.Slack, card.Channel, card.TS, "approve")
	if err != nil {
		t.Fatal(err)
	}
	var markers []string
	for n := range pressesTraced {
		payload["trigger_id"] = fmt.Sprintf("load.%d.", n)
		if err := company.Slack.PressForged(t.Context(), caro.Slack, payload); err != nil {
			t.Fatal(err)
		}
		markers = append(markers, fmt.Sprintf("trigger:load.%d.", n))
	}
	m.stop()
	list := traceIn(t, dir)
	acks := acknowledged(list)
	if len(acks) < len(markers) {
		t.Fatalf("the trace has %d acknowledgements, want %d and more", len(acks), len(markers))
	}
	acks = acks[len(acks)-len(markers):]
	for n := range acks {
		acks[n].marker = markers[n]
	}
	if wrong := unsynced(list, acks); len(wrong) > 0 {
		t.Error(strings.Join(wrong, "\n"))
	}
	t.Logf("%d presses were acknowledged, each after a sync of what it wrote", len(acks))
	for n := range acks { // the same acknowledgements, had they been sent before the commit
		acks[n].begin = 1
	}
	if wrong := unsynced(list, acks); len(wrong) != len(acks) {
		t.Errorf("acknowledged too early, %d of %d are found", len(wrong), len(acks))
	}
}
