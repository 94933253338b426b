package bot

import (
	"fmt"
	"strings"
	"time"
)

// plain shows a card as UX's sketches do, with all times in UTC. Typed text stands in guillemets, so that a golden file shows what is
// ours and what is not.
func plain(c Card) string {
	var b strings.Builder
	fmt.Fprintf(&b, "(%s)\n", plainLine(c.Preview))
	for _, block := range c.Blocks {
		b.WriteString(plainBlock(block))
	}
	if c.Final {
		b.WriteString("(final)\n")
	}
	return b.String()
}

func plainBlock(x Block) string {
	var b strings.Builder
	switch x.Kind {
	case Divider:
		return "────────\n"
	case Buttons:
		for _, y := range x.Buttons {
			fmt.Fprintf(&b, " [ %s ]%s", y.Label, plainStyle(y))
		}
		return b.String() + "\n"
	}
	for _, l := range x.Lines {
		b.WriteString(map[BlockKind]string{Title: "# ", Small: "  · ", Quote: "  ┃ "}[x.Kind] + plainLine(l) + "\n")
	}
	for _, p := range x.Pairs {
		fmt.Fprintf(&b, "%-10s ", p.Label)
		if p.Quote != "" {
			fmt.Fprintf(&b, "┃ ‹%s› ", p.Quote)
		}
		b.WriteString(strings.TrimRight(plainLine(p.Line), " ") + "\n")
	}
	return b.String()
}

func plainStyle(b Button) string {
	s := "(" + string(b.Action) + " " + b.Value
	if b.Style != Plain {
		s += " " + string(b.Style)
	}
	if b.Confirm != "" {
		s += " confirm"
	}
	return s + ")"
}

func plainLine(l Line) string {
	var b strings.Builder
	for _, s := range l {
		switch {
		case !s.Time.IsZero():
			b.WriteString(s.Time.UTC().Format(map[TimeForm]string{Clock: "15:04", DayClock: "2 Jan at 15:04", Seconds: "15:04:05"}[s.Form]))
		case s.Typed != "":
			b.WriteString("‹" + s.Typed + "›")
		case s.User.User != "":
			b.WriteString("@" + s.User.User)
		default:
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

func plainForm(f Form) string {
	var b strings.Builder
	fmt.Fprintf(&b, "┌ %s\n", f.Title)
	for _, x := range f.Fields {
		if x.Kind == Note {
			for _, l := range x.Lines {
				fmt.Fprintf(&b, "│ %-12s %s\n", x.Label, plainLine(l))
			}
			continue
		}
		fmt.Fprintf(&b, "│ %-12s %s\n", x.Label, plainField(x))
	}
	fmt.Fprintf(&b, "└ [%s] [%s]\n", f.Close, f.Submit)
	return b.String()
}

func plainField(x Field) string {
	s := fmt.Sprintf("[%s]", x.Value)
	if x.Chosen != nil {
		s = fmt.Sprintf("[%s: %s]", x.Chosen.Label, x.Chosen.Small)
	}
	for _, c := range x.Choices {
		mark := " "
		if c.Value == x.Value {
			mark = "•"
		}
		s += fmt.Sprintf(" (%s%s)", mark, c.Label)
	}
	if x.Hint != "" {
		s += " ‹hint: " + x.Hint + "›"
	}
	if x.Help != "" {
		s += " " + x.Help
	}
	if x.Optional {
		s += " (optional)"
	}
	return s
}

func plainHome(h Home) string {
	var b strings.Builder
	for _, x := range h.Blocks {
		if x.Search != nil {
			fmt.Fprintf(&b, "[search: %s]\n", x.Search.Value)
		}
		b.WriteString(plainBlock(x.Block))
	}
	return b.String()
}

// clockAt is a time on the day that UX's sketches tell of.
func clockAt(hm string) time.Time {
	layout := "15:04"
	if strings.Count(hm, ":") == 2 {
		layout = "15:04:05"
	}
	t, err := time.Parse(layout, hm)
	if err != nil {
		panic(err)
	}
	return time.Date(2026, 11, 22, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}
