// Package when reads what people and policies write about time, and answers it for a given now.
//
// The vocabulary: an End is what somebody typed for "until when" ("90m", "until friday 17:00", "until revoked"). A Window is a
// recurring stretch of local time ("mon-fri", "09:00-18:00", Europe/Berlin); one stretch of it is an opening. A Total is a cap on a
// rolling stretch ("24h per 7d"). A Date and a TimeOfDay are what a calendar and a clock on a wall show; Local turns them into an instant.
//
// What is promised: everything is a pure function of its arguments, no clock is read. What is printed reads back as the same
// thing. No text makes a parser panic. A day of 23 or 25 hours never lengthens an access or opens a window by surprise: a local
// time that does not exist means the next that does, one that occurs twice means the earlier for an end and the later for a start.
// Whatever is unknown (a zone, a person's zone) is closed, not open.
//
// Zone data is compiled in (time/tzdata). Where the machine has its own copy of the tz database, Go prefers that one, as it may be
// newer; only the names listed in zones.txt are accepted either way, so that a file means the same on every machine.
//
// What is not done here: no calendars of holidays, no language but English, no wording of dates for a chat (that is the chat's).
// It imports the standard library only.
package when

import _ "time/tzdata" // a container image may come without zone data
