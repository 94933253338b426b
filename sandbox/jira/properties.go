package jira

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
)

func (s *Site) listProperties(w http.ResponseWriter, r *http.Request) {
	i := s.found(w, r)
	if i == nil {
		return
	}
	keys := []any{}
	for _, name := range slices.Sorted(maps.Keys(i.properties)) {
		keys = append(keys, map[string]any{"key": name, "self": issueURL(r, i) + "/properties/" + name})
	}
	writeJSON(w, http.StatusOK, map[string]any{"keys": keys})
}

func (s *Site) readProperty(w http.ResponseWriter, r *http.Request) {
	i := s.found(w, r)
	if i == nil {
		return
	}
	value, ok := i.properties[r.PathValue("name")]
	if !ok {
		refuseProperty(w, r)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"key": r.PathValue("name"), "value": value})
}

// putProperty sets a property: 201 where it is new, 200 where it was there.
func (s *Site) putProperty(w http.ResponseWriter, r *http.Request) {
	i := s.foundToWrite(w, r)
	if i == nil {
		return
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil || !json.Valid(raw) {
		refuse(w, http.StatusBadRequest, "The property value must be a valid, non-empty JSON.")
		return
	}
	_, was := i.properties[r.PathValue("name")]
	i.properties[r.PathValue("name")] = raw
	status := http.StatusCreated
	if was {
		status = http.StatusOK
	}
	writeJSON(w, status, map[string]any{})
}

func (s *Site) deleteProperty(w http.ResponseWriter, r *http.Request) {
	i := s.foundToWrite(w, r)
	if i == nil {
		return
	}
	if _, ok := i.properties[r.PathValue("name")]; !ok {
		refuseProperty(w, r)
		return
	}
	delete(i.properties, r.PathValue("name"))
	w.WriteHeader(http.StatusNoContent)
}

func refuseProperty(w http.ResponseWriter, r *http.Request) {
	refuse(w, http.StatusNotFound, "The property with key '"+r.PathValue("name")+"' does not exist.")
}
