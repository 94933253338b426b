package teams

import (
	"context"
)

// alarm tells admins, on a goroutine of its own: what raised it must not wait for a chat.
func (t *Teams) alarm(ctx context.Context, sentence string) {
	t.cfg.Log.Error().Str("alarm", sentence).Msg("teams")
	if t.cfg.Alarm == nil || !t.alarms.Due(sentence, t.cfg.Clock.Machine(), quiet) {
		return
	}
	go t.cfg.Alarm(context.WithoutCancel(ctx), sentence)
}
