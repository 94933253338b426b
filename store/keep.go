package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"

	"hallpass/flows"
)

// While the next release works beside this one, docs hold fields that this one does not know. Reading a doc into a value and writing it back
// would drop them, so then the row's doc is read again and what is unknown in it is kept.

// rewritten is the doc of a value for a row that may be there; condition says which.
func rewritten[T any](t *tx, v *T, condition string, key ...any) (string, error) {
	fresh := toDoc(v)
	if !t.store.beside || t.writable() != nil {
		return fresh, nil
	}
	var old string
	err := t.row("SELECT doc FROM "+condition, key, &old)
	if errors.Is(err, flows.ErrNotFound) {
		return fresh, nil
	}
	if err != nil {
		return "", err
	}
	return string(keepUnknown([]byte(old), []byte(fresh), reflect.TypeFor[T]())), nil
}

// keepUnknown adds to fresh, the JSON of a t, what stood in old and is no part of a t. An element of a list keeps what it had when its known part
// is as before; one that this program changed is a new one.
func keepUnknown(old, fresh json.RawMessage, t reflect.Type) json.RawMessage {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler):
		return fresh
	case t.Kind() == reflect.Struct:
		return keepFields(old, fresh, fieldsOf(t))
	case t.Kind() == reflect.Map:
		return keepValues(old, fresh, t.Elem())
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		return keepElements(old, fresh, t.Elem())
	}
	return fresh
}

var marshaler = reflect.TypeFor[json.Marshaler]()

// fieldsOf are the fields that encoding/json writes of a struct, by their names in JSON. Types with other names keep no fields.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	known := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		if f.IsExported() && !f.Anonymous {
			name, _, _ := bytes.Cut([]byte(f.Tag.Get("json")), []byte(","))
			if len(name) == 0 {
				name = []byte(f.Name)
			}
			known[string(name)] = f.Type
		}
	}
	return known
}

func keepFields(old, fresh json.RawMessage, known map[string]reflect.Type) json.RawMessage {
	was, is, ok := objects(old, fresh)
	if !ok {
		return fresh
	}
	for name, value := range was {
		t, ours := known[name]
		switch now, there := is[name]; {
		case !ours:
			is[name] = value
		case there:
			is[name] = keepUnknown(value, now, t)
		}
	}
	return toRaw(is)
}

func keepValues(old, fresh json.RawMessage, t reflect.Type) json.RawMessage {
	was, is, ok := objects(old, fresh)
	if !ok {
		return fresh
	}
	for name, now := range is {
		if value, there := was[name]; there {
			is[name] = keepUnknown(value, now, t)
		}
	}
	return toRaw(is)
}

func keepElements(old, fresh json.RawMessage, t reflect.Type) json.RawMessage {
	var was, is []json.RawMessage
	if json.Unmarshal(old, &was) != nil || json.Unmarshal(fresh, &is) != nil || is == nil {
		return fresh
	}
	for n := range is {
		for m, value := range was {
			if bytes.Equal(knownPart(value, t), is[n]) {
				is[n], was = value, append(was[:m:m], was[m+1:]...)
				break
			}
		}
	}
	return toRaw(is)
}

// knownPart is what this program would write of a value that it has read.
func knownPart(value json.RawMessage, t reflect.Type) json.RawMessage {
	v := reflect.New(t)
	if json.Unmarshal(value, v.Interface()) != nil {
		return nil
	}
	return toRaw(v.Interface())
}

func objects(old, fresh json.RawMessage) (was, is map[string]json.RawMessage, ok bool) {
	ok = json.Unmarshal(old, &was) == nil && json.Unmarshal(fresh, &is) == nil && is != nil
	return was, is, ok
}

func toRaw(v any) json.RawMessage { return json.RawMessage(toDoc(v)) }
