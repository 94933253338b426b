package slack

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// dateToken renders <!date^unix^format^link|fallback>; Slack shows the fallback when it cannot read the rest.
func (r reader) dateToken(target, fallback string) string {
	parts := strings.SplitN(strings.TrimPrefix(target, "!date^"), "^", 3)
	unix, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || len(parts) < 2 {
		return fallback
	}
	return r.date(unix, unescape.Replace(parts[1]))
}

// date renders a moment by Slack's tokens, on the 24-hour clock, in the reader's zone.
// Source: docs.slack.dev/messaging/formatting-message-text, date formatting.
func (r reader) date(unix int64, format string) string {
	place := zone(r.zone)
	t, now := time.Unix(unix, 0).In(place), r.w.opt.Now().In(place)
	pretty := func(otherwise string) string { return prettyDay(t, now, otherwise) }
	full := fmt.Sprintf("%s %s, %d", t.Month(), ordinal(t.Day()), t.Year())
	return strings.NewReplacer(
		"{date_num}", t.Format(time.DateOnly),
		"{date_short_pretty}", pretty(t.Format("Jan 2, 2006")),
		"{date_long_pretty}", pretty(t.Weekday().String()+", "+full),
		"{date_short}", t.Format("Jan 2, 2006"),
		"{date_long}", t.Weekday().String()+", "+full,
		"{date_pretty}", pretty(full),
		"{date_slash}", t.Format("02/01/2006"),
		"{day_divider_pretty}", pretty(t.Weekday().String()+", "+full),
		"{date}", full,
		"{time_secs}", t.Format("15:04:05"),
		"{time}", t.Format("15:04"),
		"{ago}", ago(now.Sub(t)),
	).Replace(format)
}

// prettyDay says yesterday, today and tomorrow.
func prettyDay(t, now time.Time, otherwise string) string {
	for days, word := range map[int]string{-1: "yesterday", 0: "today", 1: "tomorrow"} {
		if now.AddDate(0, 0, days).Format(time.DateOnly) == t.Format(time.DateOnly) {
			return word
		}
	}
	return otherwise
}

func ordinal(day int) string {
	suffix := "th"
	switch {
	case day/10 == 1:
	case day%10 == 1:
		suffix = "st"
	case day%10 == 2:
		suffix = "nd"
	case day%10 == 3:
		suffix = "rd"
	}
	return strconv.Itoa(day) + suffix
}

func ago(d time.Duration) string {
	form := "%s ago"
	if d < 0 {
		d, form = -d, "in %s"
	}
	switch {
	case d < time.Minute:
		return fmt.Sprintf(form, plural(int(d.Seconds()), "second"))
	case d < time.Hour:
		return fmt.Sprintf(form, plural(int(d.Minutes()), "minute"))
	case d < 24*time.Hour:
		return fmt.Sprintf(form, plural(int(d.Hours()), "hour"))
	}
	return fmt.Sprintf(form, plural(int(d.Hours()/24), "day"))
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
