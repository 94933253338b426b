package bot

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"hallpass/flows"
	"hallpass/flows/near"
)

// Verb is what a typed command is about.
type Verb string

// The verbs. VerbForm is an empty command; VerbAsk is anything that names a thing.
const (
	VerbForm     Verb = ""
	VerbAsk      Verb = "ask"
	VerbMine     Verb = "mine"
	VerbPending  Verb = "pending"
	VerbActive   Verb = "active"
	VerbRevoke   Verb = "revoke"
	VerbCancel   Verb = "cancel"
	VerbGiveBack Verb = "give back"
	VerbWhy      Verb = "why"
	VerbHelp     Verb = "help"
)

// Words is a typed command, taken apart. The same grammar serves the slash command, direct messages and mentions.
type Words struct {
	Verb     Verb
	Name     string        // the thing, "R142" or "G17", as typed
	Quoted   bool          // the name stood in quotes, so it is the whole name
	Tail     string        // after a quoted name: the permission
	Duration time.Duration // zero when none was named
	Span     string        // as typed, where it is no plain duration: "until 18:00", or what was meant as one and is none
	Reason   string
	Near     Verb // for one unknown word: the verb that it is nearly
}

// verbs by their first words. Longer ones come first.
var verbs = []struct {
	words string
	verb  Verb
}{
	{"give back", VerbGiveBack}, {"giveback", VerbGiveBack}, {"return", VerbGiveBack}, {"mine", VerbMine}, {"pending", VerbPending},
	{"active", VerbActive}, {"revoke", VerbRevoke}, {"cancel", VerbCancel}, {"why", VerbWhy}, {"why?", VerbWhy}, {"help", VerbHelp},
}

// fillers are what people say before the name of a thing.
var fillers = []string{"ask for", "ask", "access to", "get", "i need access to", "i need"}

// commandWord begins a command where it is not a command of the chat's own, as in a message to Hallpass.
const commandWord = "access"

// ReadWords takes a command apart: `prod-db member for 2h because OPS-1`, `revoke R142 laptop lost`, `mine`.
func ReadWords(text string) Words {
	text = begun(strings.TrimSpace(text))
	if text == "" {
		return Words{Verb: VerbForm}
	}
	for _, v := range verbs {
		if rest, ok := cutWords(text, v.words); ok {
			return readVerb(v.verb, rest)
		}
	}
	for _, f := range fillers {
		rest, ok := cutWords(text, f)
		if ok && rest == "" {
			return Words{Verb: VerbForm}
		}
		if ok {
			text = rest
			break
		}
	}
	return readAsk(text)
}

// begun is a command without the word that begins it; "access to prod-db" is a sentence.
func begun(text string) string {
	rest, ok := cutWords(text, "/"+commandWord)
	if !ok {
		rest, ok = cutWords(text, commandWord)
	}
	if _, sentence := cutWords(rest, "to"); !ok || sentence {
		return text
	}
	return rest
}

// cutWords cuts whole words from the start, whatever their case and spacing.
func cutWords(text, words string) (string, bool) {
	rest := text
	for _, w := range strings.Fields(words) {
		if len(rest) < len(w) || !strings.EqualFold(rest[:len(w)], w) {
			return text, false
		}
		rest = rest[len(w):]
		if rest != "" && !isSpace(rest[0]) {
			return text, false // the word goes on
		}
		rest = strings.TrimSpace(rest)
	}
	return rest, true
}

func readVerb(v Verb, rest string) Words {
	w := Words{Verb: v}
	switch v {
	case VerbWhy:
		w = readAsk(strings.TrimRight(rest, "? "))
		w.Verb, w.Near = VerbWhy, ""
	case VerbRevoke:
		w.Name, w.Quoted, w.Reason = readName(rest)
		w.Reason = strings.TrimSpace(w.Reason)
		if r, ok := cutWords(w.Reason, "because"); ok {
			w.Reason = r
		}
	case VerbCancel, VerbGiveBack:
		w.Name, w.Quoted, _ = readName(rest)
		if !w.Quoted {
			w.Name = rest
		}
	}
	return w
}

// readName reads a name at the start: quoted, or one word.
func readName(text string) (name string, quoted bool, rest string) {
	if inner, after, ok := cutQuoted(text); ok {
		return inner, true, strings.TrimSpace(after)
	}
	name, rest, _ = strings.Cut(text, " ")
	return name, false, strings.TrimSpace(rest)
}

// closers by opening quote. Phones type the curly ones.
var closers = map[rune]string{'"': "\"”", '“': "”\"", '\'': "'’", '‘': "’'", '`': "`", '«': "»"}

// cutQuoted cuts a quoted text from the start.
func cutQuoted(text string) (inner, after string, ok bool) {
	open, n := utf8.DecodeRuneInString(text)
	end := strings.IndexAny(text[n:], closers[open])
	if closers[open] == "" || end <= 0 {
		return "", text, false
	}
	_, width := utf8.DecodeRuneInString(text[n+end:])
	inner = strings.TrimSpace(text[n : n+end])
	return inner, text[n+end+width:], inner != ""
}

// readAsk reads `NAME [PERMISSION] [[for] DURATION | until MOMENT] [because REASON]`.
func readAsk(text string) Words {
	w := Words{Verb: VerbAsk}
	inner, after, quoted := cutQuoted(text)
	head := text
	if quoted {
		w.Name, w.Quoted, head = inner, true, after
	}
	head, w.Reason = cutReason(head)
	head, w.Duration, w.Span = cutSpan(head, quoted)
	if quoted {
		w.Tail = strings.TrimSpace(head)
		return w
	}
	w.Name = strings.TrimSpace(head)
	w.Near = nearVerb(w.Name)
	return w
}

// cutReason cuts `because …`, to the end and as typed, but for quotes around all of it.
func cutReason(text string) (head, reason string) {
	at := indexWord(text, "because")
	if at < 0 {
		return text, ""
	}
	head, reason = text[:at], strings.TrimSpace(text[at+len("because"):])
	if inner, after, ok := cutQuoted(reason); ok && after == "" {
		reason = inner
	}
	return head, reason
}

// indexWord finds a whole word with something before it, whatever its case.
func indexWord(text, word string) int {
	for i := 0; i+len(word) <= len(text); i++ {
		end := i + len(word)
		before := i == 0 || isSpace(text[i-1])
		after := end == len(text) || isSpace(text[end])
		if before && after && strings.EqualFold(text[i:end], word) {
			return i
		}
	}
	return -1
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// cutSpan cuts a time from the end: `for 2h`, `2h`, `2 h`, `until tomorrow 09:00`. What follows `until`, or follows `for` and begins with a
// digit, was meant as one, and is read where it is known on whose clock.
func cutSpan(text string, named bool) (head string, d time.Duration, typed string) {
	if at := lastWord(text, "until"); at > 0 || at == 0 && named {
		return text[:at], 0, strings.Join(strings.Fields(text[at:]), " ")
	}
	if at := lastWord(text, "for"); at >= 0 {
		span := strings.TrimSpace(text[at+len("for"):])
		d, err := flows.ParseSpan(span)
		switch {
		case err == nil:
			return text[:at], d, ""
		case span != "" && span[0] >= '0' && span[0] <= '9':
			return text[:at], 0, span
		case span == "":
			return text[:at], 0, ""
		}
	}
	words := strings.Fields(text)
	for _, n := range []int{2, 1} {
		if len(words) < n || (len(words) == n && !named) {
			continue
		}
		if d, err := flows.ParseSpan(strings.Join(words[len(words)-n:], " ")); err == nil {
			return strings.Join(words[:len(words)-n], " "), d, ""
		}
	}
	return text, 0, ""
}

func lastWord(text, word string) int {
	last := -1
	for from := 0; ; {
		at := indexWord(text[from:], word)
		if at < 0 {
			return last
		}
		last = from + at
		from = last + len(word)
	}
}

// nearVerb is the verb that one word nearly is, by at most two letters.
func nearVerb(word string) Verb {
	word = strings.ToLower(word)
	best, at := Verb(""), nearEnough+1
	for _, v := range verbs {
		if d := near.Distance(word, v.words); d < at && d < len(v.words)/2 {
			best, at = v.verb, d
		}
	}
	return best
}

const nearEnough = 2

// readRequestID reads "R142", "r142".
func readRequestID(s string) (flows.RequestID, bool) {
	n, ok := numbered(s, 'R')
	return flows.RequestID(n), ok
}

// readGrantID reads "G17".
func readGrantID(s string) (flows.GrantID, bool) {
	n, ok := numbered(s, 'G')
	return flows.GrantID(n), ok
}

func numbered(s string, letter byte) (int64, bool) {
	if len(s) < 2 || (s[0] != letter && s[0] != letter+'a'-'A') || !slices.Contains([]byte("123456789"), s[1]) {
		return 0, false
	}
	n, err := strconv.ParseInt(s[1:], 10, 64)
	return n, err == nil
}
