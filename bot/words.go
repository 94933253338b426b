package bot

import (
	"fmt"
	"strings"
	"time"

	"hallpass/flows"
)

// line puts a line together: strings are our own words, Spans and Lines stay as they are.
func line(parts ...any) Line {
	var l Line
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			if p != "" {
				l = append(l, Span{Text: p})
			}
		case Span:
			l = append(l, p)
		case Line:
			l = append(l, p...)
		default:
			l = append(l, typed(fmt.Sprint(p)))
		}
	}
	return l
}

func bold(s string) Span  { return Span{Text: s, Bold: true} }
func typed(s string) Span { return Span{Typed: s} }

// quoted is typed text inside a line, cut to what a line bears.
func quoted(s string) Line {
	return line("“", typed(flows.Cut(strings.Join(strings.Fields(s), " "), quoteInLine)), "”")
}

const quoteInLine = 200

// join lists lines: "a", "a and b", "a, b and c".
func join(parts []Line, and string) Line {
	var out Line
	for i, p := range parts {
		switch {
		case i > 0 && i == len(parts)-1:
			out = append(out, Span{Text: " " + and + " "})
		case i > 0:
			out = append(out, Span{Text: ", "})
		}
		out = append(out, p...)
	}
	return out
}

// moment shows a time: the clock alone when it is near, with the day otherwise.
func moment(t, now time.Time) Span {
	if d := t.Sub(now); d > nearby || d < -nearby {
		return Span{Time: t, Form: DayClock}
	}
	return Span{Time: t, Form: Clock}
}

// nearby is how far from now a time may be to be clear without its day.
const nearby = 12 * time.Hour

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func paragraph(lines ...Line) Block { return Block{Kind: Paragraph, Lines: lines} }
func title(l Line) Block            { return Block{Kind: Title, Lines: []Line{l}} }
func small(l Line) Block            { return Block{Kind: Small, Lines: []Line{l}} }
func buttons(b ...Button) Block     { return Block{Kind: Buttons, Buttons: b} }
