package slack

import (
	"context"
)

// alarm tells admins, on a goroutine of its own: what raised it must not wait for a chat.
func (s *Slack) alarm(ctx context.Context, sentence string) {
	s.cfg.Log.Error().Str("alarm", sentence).Msg("slack")
	if s.cfg.Alarm == nil || !s.alarms.Due(sentence, s.cfg.Clock.Machine(), s.pace.quiet) {
		return
	}
	go s.cfg.Alarm(context.WithoutCancel(ctx), sentence)
}
