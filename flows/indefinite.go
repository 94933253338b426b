package flows

import (
	"math"
	"strings"
	"time"
)

// Indefinite is the time of access that ends only when it is revoked or given back, when its holder leaves, when the thing is gone, or when
// a deny flow forbids it. It is longer than any time, and can neither be typed nor added up as one: a zero or an overflow is never it.
//
// A human always decides about it. It can be asked for only where the flow offers it, and becomes a time with an end as soon as an approver
// shortens it, or the flow no longer offers it before it is given; nothing ever makes it of a time with an end.
const Indefinite time.Duration = math.MaxInt64

// untilRevoked is how Indefinite is said, and written to the log.
const untilRevoked = "until revoked"

// ForSpan words a time after what it is about: "for 2 h", "until revoked".
func ForSpan(d time.Duration) string {
	if d == Indefinite {
		return untilRevoked
	}
	return "for " + Span(d)
}

// ParseHowLong reads a duration like ParseSpan, and "indefinite" or "until revoked".
func ParseHowLong(s string) (time.Duration, error) {
	if text := strings.ToLower(strings.TrimSpace(s)); text == "indefinite" || text == untilRevoked {
		return Indefinite, nil
	}
	return ParseSpan(s)
}

// added adds times up; with Indefinite among them they are Indefinite.
func added(a, b time.Duration) time.Duration {
	if a > Indefinite-b {
		return Indefinite
	}
	return a + b
}

// Limit is the longest that can be asked for: Indefinite where that is offered.
func (h HowLong) Limit() time.Duration {
	if h.Indefinite {
		return Indefinite
	}
	return h.longest()
}

// usual is the time that a question which names none is about.
func (h HowLong) usual() time.Duration {
	if h.Max == 0 && h.Indefinite {
		return Indefinite
	}
	return h.Default
}

// atMost is what is given of a time that was asked for: all of it, or the longest that has an end.
func (h HowLong) atMost(d time.Duration) time.Duration {
	if h.Indefinite && (d == Indefinite || h.Max == 0) {
		return d
	}
	return min(d, h.Max)
}

// tooLong says why an approver cannot give a time with an end in place of access without one; empty when that is possible.
func (w *work) tooLong(d time.Duration) string {
	f, trouble := w.termsOf(w.asked)
	if trouble != "" {
		return trouble + ", so we can’t tell how long it may be. Try again in a minute."
	}
	if most := f.HowLong.atMost(d); d > most {
		return "At most " + Span(most) + " here, unless it is until revoked."
	}
	return ""
}

// termsNow are those of the flow that covers now.
func (w *work) termsNow() (*Flow, error) {
	f, trouble := w.termsOf(w.cover.Flow)
	if trouble != "" {
		return nil, Errorf(KindUnknown, "%s", trouble)
	}
	return f, nil
}

// Endless reports whether the grant has no end of its own.
func (g *Grant) Endless() bool { return g.Duration == Indefinite }

// endWords is a grant's end for the log.
func (g *Grant) endWords() string {
	if g.Endless() {
		return untilRevoked
	}
	return g.Ends.UTC().Format(time.RFC3339)
}

// outlasts reports whether a grant holds the access up for longer than another.
func (g *Grant) outlasts(other *Grant) bool {
	if g.Endless() != other.Endless() {
		return g.Endless()
	}
	return g.Ends.After(other.Ends)
}
