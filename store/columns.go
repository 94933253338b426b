package store

import (
	"strconv"
	"strings"
	"time"
)

// How values stand in columns: times as Unix milliseconds, what is absent as NULL.

// moment is a time as a column; the zero time is NULL.
func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// dueMoment rounds up, so that nothing is due before its time.
func dueMoment(t time.Time) int64 {
	ms := t.UnixMilli()
	if t.After(time.UnixMilli(ms)) {
		ms++
	}
	return ms
}

func fromMoment(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// orNull makes the zero value NULL, so that it neither is a foreign key nor takes a unique one.
func orNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// where collects the conditions of a filter and numbers their parameters.
type where struct {
	conditions []string
	args       []any
}

// and adds a condition; each ? becomes the next parameter.
func (w *where) and(condition string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(w.args)), 1)
	}
	w.conditions = append(w.conditions, condition)
}

// is restricts a column unless the value is zero.
func is[T comparable](w *where, column string, v T) {
	if arg := orNull(v); arg != nil {
		w.and(column+" = ?", arg)
	}
}

// in restricts a column to a list, unless it is empty.
func in[T ~string](w *where, column string, list []T) {
	if len(list) == 0 {
		return
	}
	args := make([]any, len(list))
	for i, v := range list {
		args[i] = string(v)
	}
	w.and(column+" IN (?"+strings.Repeat(", ?", len(list)-1)+")", args...)
}

// String is the WHERE clause, or nothing.
func (w *where) String() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

// limited is the clause with an order and a limit; 0 is no limit.
func (w *where) limited(order string, limit int) string {
	text := w.String() + " ORDER BY " + order
	if limit > 0 {
		w.args = append(w.args, limit)
		text += " LIMIT $" + strconv.Itoa(len(w.args))
	}
	return text
}
