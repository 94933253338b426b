package bot

import (
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

func TestTheCardsSayWhyBeingOnCallWasNotEnough(t *testing.T) {
	for name, c := range map[string]struct {
		why             flows.NotAtOnce
		asker, approver string
	}{
		"known since this morning": {flows.NotAtOnce{Since: clockAt("11:50")},
			"Not given at once: we have known only since 11:50 that you are on call now (SRE primary), and 12 h are wanted.",
			"we have known only since 11:50 that Ana Silva is on call now (SRE primary), and 12 h are wanted."},
		"not in the plan": {flows.NotAtOnce{},
			"Not given at once: the plan of SRE primary, as we read it last, did not have you on call now.",
			"the plan of SRE primary, as we read it last, did not have Ana Silva on call now."},
		"the plan was not read": {flows.NotAtOnce{Unread: true},
			"Not given at once: the plan of SRE primary has not been read lately, so we can’t tell for how long you have been on it.",
			"the plan of SRE primary has not been read lately, so we can’t tell for how long Ana Silva has been on it."},
	} {
		s := told(t)
		c.why.Shift, c.why.Wanted = "SRE primary", 12*time.Hour
		s.Request.NotAtOnce = &c.why
		if got := bare.Replace(plain(askerCard(s))); !strings.Contains(got, c.asker) {
			t.Errorf("%s: the asker reads\n%s", name, got)
		}
		s.Post.Person = "caro"
		if got := bare.Replace(plain(approverCard(s))); !strings.Contains(got, "Not at once") || !strings.Contains(got, c.approver) {
			t.Errorf("%s: the approver reads\n%s", name, got)
		}
	}
}

// bare takes off the marks of what is typed or foreign.
var bare = strings.NewReplacer("‹", "", "›", "")
