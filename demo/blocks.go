package demo

import (
	"encoding/json"
	"strings"

	"hallpass/sandbox/slack"
)

// blockOf is the id of the input block of a field in an open form; empty when the form has none.
func blockOf(v *slack.View, field string) string {
	var blocks []struct {
		Type    string `json:"type"`
		BlockID string `json:"block_id"`
	}
	if json.Unmarshal(v.Blocks, &blocks) != nil {
		return ""
	}
	for _, b := range blocks {
		if b.Type == "input" && (b.BlockID == field || strings.HasPrefix(b.BlockID, field+"@")) {
			return b.BlockID
		}
	}
	return ""
}
