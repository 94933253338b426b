package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"hallpass/bot"
)

// frame is one message of Socket Mode.
type frame struct {
	Type        string          `json:"type"`
	Reason      string          `json:"reason"`          // of a disconnect
	Connections int             `json:"num_connections"` // of a hello
	Info        connectionInfo  `json:"connection_info"` // of a hello
	Envelope    string          `json:"envelope_id"`
	Accepts     bool            `json:"accepts_response_payload"`
	Payload     json.RawMessage `json:"payload"`
}

type connectionInfo struct {
	AppID string `json:"app_id"`
}

// envelopeID finds the id in a frame that is not even JSON, so that it can be acknowledged.
var envelopeID = regexp.MustCompile(`"envelope_id"\s*:\s*"([^"\\]+)"`)

func decodeFrame(raw []byte) frame {
	var f frame
	if json.Unmarshal(raw, &f) == nil {
		return f
	}
	f = frame{Type: "undecodable"}
	if id := envelopeID.FindSubmatch(raw); id != nil {
		f.Envelope = string(id[1])
	}
	return f
}

// errOdd is a frame that we do not understand.
var errOdd = errors.New("not understood")

// job is what a frame asks for. A nil job asks for nothing.
func (r *run) job(f frame) (*job, error) {
	switch f.Type {
	case "slash_commands":
		return r.command(f.Payload)
	case "interactive":
		return r.interaction(f.Payload)
	case "events_api":
		return r.event(f.Payload)
	}
	return nil, fmt.Errorf("a frame of type %q: %w", bot.ClampText(oneLine(f.Type), buttonLength), errOdd)
}
