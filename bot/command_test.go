package bot

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"hallpass/flows"
)

func TestReadWords(t *testing.T) {
	for text, want := range map[string]Words{
		"":                                     {},
		"  ":                                   {},
		"ask":                                  {},
		"prod-db":                              {Verb: VerbAsk, Name: "prod-db"},
		"prod-db for 2h because OPS-1":         {Verb: VerbAsk, Name: "prod-db", Duration: 2 * time.Hour, Reason: "OPS-1"},
		"access prod-db for 2h":                {Verb: VerbAsk, Name: "prod-db", Duration: 2 * time.Hour},
		"/Access mine":                         {Verb: VerbMine},
		"access":                               {Verb: VerbForm},
		"access to prod-db":                    {Verb: VerbAsk, Name: "prod-db"},
		"access-log":                           {Verb: VerbAsk, Name: "access-log"},
		"prod-db because OPS-1 for 2h":         {Verb: VerbAsk, Name: "prod-db", Reason: "OPS-1 for 2h"},
		"prod-db member for 90m because …":     {Verb: VerbAsk, Name: "prod-db member", Duration: 90 * time.Minute, Reason: "…"},
		"prod-db 2h":                           {Verb: VerbAsk, Name: "prod-db", Duration: 2 * time.Hour},
		"prod-db 2 h because x":                {Verb: VerbAsk, Name: "prod-db", Duration: 2 * time.Hour, Reason: "x"},
		"prod-db for 1h30m":                    {Verb: VerbAsk, Name: "prod-db", Duration: 90 * time.Minute},
		"prod-db for 2hh because x":            {Verb: VerbAsk, Name: "prod-db", Span: "2hh", Reason: "x"},
		"prod-db until 18:00 because OPS-1":    {Verb: VerbAsk, Name: "prod-db", Span: "until 18:00", Reason: "OPS-1"},
		"prod-db member Until  tomorrow 09:00": {Verb: VerbAsk, Name: "prod-db member", Span: "Until tomorrow 09:00"},
		"prod-db until friday 17:00":           {Verb: VerbAsk, Name: "prod-db", Span: "until friday 17:00"},
		"prod-db until it is over":             {Verb: VerbAsk, Name: "prod-db", Span: "until it is over"},
		"\"prod until db\" admin until 18:00":  {Verb: VerbAsk, Name: "prod until db", Quoted: true, Tail: "admin", Span: "until 18:00"},
		"until 18:00":                          {Verb: VerbAsk, Name: "until 18:00"},
		"prod-db because I can’t wait until 18:00": {Verb: VerbAsk, Name: "prod-db", Reason: "I can’t wait until 18:00"},
		"prod-db for":                   {Verb: VerbAsk, Name: "prod-db"},
		"prod-db BECAUSE \"x y\"":       {Verb: VerbAsk, Name: "prod-db", Reason: "x y"},
		"because I must":                {Verb: VerbAsk, Reason: "I must"},
		"2h":                            {Verb: VerbAsk, Name: "2h"},
		"tools for data":                {Verb: VerbAsk, Name: "tools for data"},
		"\"tools for 2h\" admin for 1h": {Verb: VerbAsk, Name: "tools for 2h", Quoted: true, Tail: "admin", Duration: time.Hour},
		"“prod db” 2h because it’s on fire":  {Verb: VerbAsk, Name: "prod db", Quoted: true, Duration: 2 * time.Hour, Reason: "it’s on fire"},
		"ask for prod-db for 2h":             {Verb: VerbAsk, Name: "prod-db", Duration: 2 * time.Hour},
		"I need access to prod-db":           {Verb: VerbAsk, Name: "prod-db"},
		"asking-group":                       {Verb: VerbAsk, Name: "asking-group"},
		"helpdesk":                           {Verb: VerbAsk, Name: "helpdesk"},
		"'unclosed":                          {Verb: VerbAsk, Name: "'unclosed"},
		"mine":                               {Verb: VerbMine},
		"Mine ":                              {Verb: VerbMine},
		"mien":                               {Verb: VerbAsk, Name: "mien", Near: VerbMine},
		"pendng":                             {Verb: VerbAsk, Name: "pendng", Near: VerbPending},
		"give back prod-db":                  {Verb: VerbGiveBack, Name: "prod-db"},
		"give   back \"prod db\"":            {Verb: VerbGiveBack, Name: "prod db", Quoted: true},
		"return prod db":                     {Verb: VerbGiveBack, Name: "prod db"},
		"cancel R12":                         {Verb: VerbCancel, Name: "R12"},
		"revoke":                             {Verb: VerbRevoke},
		"revoke R142 because laptop is lost": {Verb: VerbRevoke, Name: "R142", Reason: "laptop is lost"},
		"revoke 'prod db' gone":              {Verb: VerbRevoke, Name: "prod db", Quoted: true, Reason: "gone"},
		"why prod-db":                        {Verb: VerbWhy, Name: "prod-db"},
		"Why R142?":                          {Verb: VerbWhy, Name: "R142"},
		"why? prod-db member for 4h":         {Verb: VerbWhy, Name: "prod-db member", Duration: 4 * time.Hour},
		"why":                                {Verb: VerbWhy},
		"why-not":                            {Verb: VerbAsk, Name: "why-not"},
		"active":                             {Verb: VerbActive},
		"help":                               {Verb: VerbHelp},
		"hlep":                               {Verb: VerbAsk, Name: "hlep", Near: VerbHelp},
	} {
		if got := ReadWords(text); got != want {
			t.Errorf("%q\n got %+v\nwant %+v", text, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]int64{"R142": 142, "r7": 7, "R": 0, "R0": 0, "R-1": 0, "G1": 0, "Rx": 0, "R99999999999999999999": 0} {
		if got, _ := readRequestID(text); int64(got) != want {
			if _, ok := readRequestID(text); ok || want != 0 {
				t.Errorf("%q: got %d, want %d", text, got, want)
			}
		}
	}
}

func TestValuesComeBack(t *testing.T) {
	for _, v := range []value{{Request: 142, Revision: 7}, {Grant: 17, Revision: 0}} {
		if got, ok := readValue(v.String()); !ok || got != v {
			t.Errorf("%v came back as %v, %v", v, got, ok)
		}
	}
	for _, bad := range []string{"", "142", ".7", "g.7", "142.x", "-1.7", "142.-1", "gg1.1"} {
		if got, ok := readValue(bad); ok {
			t.Errorf("%q was read as %v", bad, got)
		}
	}
}

// Whatever is typed, taking it apart neither fails nor makes words up.
func FuzzReadWords(f *testing.F) {
	for _, s := range []string{"prod-db for 2h because OPS-1", "revoke “x", "'a' b for 9m", "give back", "because because", "for for 1h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w := ReadWords(text)
		for _, part := range []string{w.Name, w.Reason, w.Tail, w.Span} {
			if part != strings.TrimSpace(part) {
				t.Errorf("%q: %q is not trimmed", text, part)
			}
			if utf8.ValidString(text) && !strings.Contains(strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(part), " ")) {
				t.Errorf("%q: %q was not typed", text, part)
			}
		}
		if w.Duration < 0 {
			t.Errorf("%q: duration %v", text, w.Duration)
		}
		if clear, ok := typedClearly(w); ok {
			again := ReadWords(clear)
			again.Quoted, again.Near, w.Quoted, w.Near = false, "", false, ""
			if again != w {
				t.Errorf("%q is %#v, which is written %q and reads back as %#v", text, w, clear, again)
			}
		}
	})
}

// typedClearly is a command as somebody would type it who leaves nothing to guess. Not ok: its name cannot stand in quotes, or its time is no
// whole number of minutes.
func typedClearly(w Words) (text string, ok bool) {
	if w.Verb != VerbAsk && w.Verb != VerbWhy || w.Name == "" || strings.ContainsAny(w.Name, "\"”") || w.Duration%time.Minute != 0 {
		return "", false
	}
	text = strings.TrimSpace(`"` + w.Name + `" ` + w.Tail)
	if w.Verb == VerbWhy {
		text = "why " + text
	}
	switch {
	case w.Duration > 0:
		text += " for " + flows.Span(w.Duration)
	case strings.HasPrefix(strings.ToLower(w.Span), "until"):
		text += " " + w.Span
	case w.Span != "":
		text += " for " + w.Span
	}
	if w.Reason != "" {
		text += " because " + w.Reason
	}
	return text, true
}
