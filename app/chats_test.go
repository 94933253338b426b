package app_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"hallpass/flows"
	"hallpass/sandbox"
)

// scenario is something that people do with Hallpass, in words that fit any chat.
type scenario struct {
	plan plan
	tell func(p *play)
}

// scenarios are played on every chat, each chat alone.
var scenarios = map[string]scenario{
	"ask, approve, have, give back":            {tell: givenBack},
	"deny with a comment":                      {tell: denied},
	"approve for less time":                    {tell: shortened},
	"extend":                                   {tell: extended},
	"revoke":                                   {tell: revoked},
	"nobody answers":                           {tell: lapsed},
	"two approvers at the same moment":         {plan: plan{edit: owners}, tell: raced},
	"the wrong person presses":                 {tell: wrongPerson},
	"a guest":                                  {tell: guest},
	"somebody of another company":              {tell: stranger},
	"a card that is out of date":               {tell: outOfDate},
	"a card that was taken away":               {tell: takenAway},
	"the same press, delivered three times":    {tell: repeated},
	"a form that is not right":                 {tell: corrected},
	"what people type besides":                 {tell: typed},
	"taken back when the time is over, warned": {tell: ended},
	"Hallpass is off over a weekend":           {tell: away},
}

func TestEveryScenarioOnEveryChat(t *testing.T) {
	t.Parallel()
	for name, c := range scenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for chat, begin := range chats {
				t.Run(chat, func(t *testing.T) {
					t.Parallel()
					p := begin(t, c.plan)
					c.tell(p)
					p.done()
				})
			}
		})
	}
}

const replay = "prod-db for 1h because OPS-1: replay failed payments"

func givenBack(p *play) {
	p.asks(ana, replay)
	p.shows(ana, p.gets(ana, "R1 ·", "Waiting for"),
		"R1 · prod-db (member), 1 h",
		"● asked 12:25 ○ your manager ○ somebody on call ○ access",
		"Waiting for Caro Lind (manager), asked at 12:25.",
		"Lapses tomorrow at 12:25 if nobody decides.",
		"[ Cancel ]")
	card := p.gets(caro, "R1 ·", "[ Approve, 1 h ]")
	p.shows(caro, card,
		"R1 · Ana Silva (ana.silva@acme.example, Software Engineer)",
		"asks for prod-db (member), 1 h: Read and write on production payments",
		"Why",
		"OPS-1: replay failed payments",
		"Your yes is the first of 2; then somebody on call is asked",
		"Why you manager",
		"Before not asked for in 30 days",
		"Silence lapses tomorrow at 13:25",
		"[ Approve, 1 h ] [ Shorter… ] [ Deny… ]")
	p.on.presses(caro, card, "Approve, 1 h")
	p.presses(ben, "Approve, 1 h", "R1 ·", "Your yes gives it at once, until about 14:25 (sessions may go on up to 1 h more)",
		"Why you on call, SRE primary, until 21:00. Caro Lind (manager) agreed at 13:25")
	have := p.gets(ana, "R1 · You have prod-db", "[ Give back ]")
	p.shows(ana, have, "R1 · You have prod-db (member) until 13:25", "1 h since 12:25 · sessions may go on up to 1 h more", "[ Extend… ] [ Give back ]")
	p.gets(ana, "You have prod-db (member) until 13:25 (1 h).")
	p.becomes(caro, card, "Approved by you at 13:25. Ana Silva has it until 14:25.")
	p.isMember(sandbox.ProdDBGroup, ana)
	p.on.presses(ana, have, "Give back")
	p.isNot(sandbox.ProdDBGroup, ana)
	p.gets(ana, "R1 is over. You gave prod-db back at 12:25. Checked in Okta at 12:25:", "you are no longer a member.")
	p.becomes(caro, card, "Approved by you at 13:25. Ana Silva had it until 13:25.")
	p.tells("R1", "given back at 12:25 · agreed by Caro Lind and Ben Okafor · SEC-1")
	p.tells("R1", "12:25 asked: “OPS-1: replay failed payments” (flow production)", "12:25 Caro Lind agreed as manager", "12:25 Ben Okafor agreed as on call, SRE primary",
		"12:25 given in Okta, read back", "12:25 given back by Ana Silva", "12:25 taken back, read twice, gone")
	p.quiet()
}

func denied(p *play) {
	p.asks(ana, replay)
	card := p.presses(caro, "Deny…", "R1 ·")
	if text := p.on.form(caro); !has(text, "Deny R1", "R1 · Ana Silva asks for prod-db (member), 1 h", "A word to the asker") {
		p.Errorf("Caro's form is\n%s", text)
	}
	p.on.fills(caro, "comment", "use the *replica*, <@U0BEN>, [now](https://evil.example)")
	p.sends(caro)
	p.becomes(caro, card, "Denied by you")
	p.gets(ana, "R1 · prod-db (member). Denied by Caro Lind at 12:25: “use the *replica*, <@U0BEN>, [now](https://evil.example)”.", "[ Ask for access ]")
	p.tells("R1", "denied by Caro Lind", "Caro Lind denied it as manager: “use the *replica*, <@U0BEN>, [now](https://evil.example)”")
	if _, asked := p.find(ben, "R1 ·"); asked {
		p.Error("Ben was asked, though the request had ended")
	}
	p.quiet()
}

func shortened(p *play) {
	p.asks(ana, "prod-db for 2h because OPS-1: replay failed payments")
	p.presses(caro, "Shorter…", "R1 ·")
	p.on.fills(caro, "duration", "30 min")
	p.on.fills(caro, "comment", "enough for one batch")
	p.sends(caro)
	p.presses(ben, "Approve, 30 min", "R1 ·")
	p.gets(ana, "You have prod-db (member) until 12:55 (30 min).")
	p.gets(caro, "asks for prod-db (member), 2 h", "Approved by you at 13:25, for 30 min. Ana Silva has it until 13:55.")
	p.tells("R1", "active until 12:55", "Caro Lind agreed as manager, for 30 min: “enough for one batch”")
	p.quiet()
}

func extended(p *play) {
	p.agreed("R1", "1h")
	p.later(50 * time.Minute)
	warning := p.presses(ana, "Extend…", "prod-db ends at 13:25, in", "[ Give back now ]")
	p.on.fills(ana, "duration", "30 min")
	p.on.fills(ana, "reason", "OPS-1: two batches are left")
	p.sends(ana)
	p.presses(caro, "Approve, 30 min", "R2 ·", "asks to extend prod-db (member) of R1 by 30 min")
	p.presses(ben, "Approve, 30 min", "R2 ·", "from 14:25 to 14:55")
	p.gets(ana, "You have prod-db (member) until 13:55 now, 30 min more.")
	p.becomes(ana, warning, "prod-db was extended: you have it until 13:55.")
	p.tells("R1", "active until 13:55", "extended by 30 min until 13:55")
	p.quiet()
}

func ended(p *play) {
	p.agreed("R1", "1h")
	p.later(50 * time.Minute)
	warning := p.gets(ana, "prod-db ends at 13:25, in", "[ Extend… ] [ Give back now ]")
	p.later(10 * time.Minute)
	p.isNot(sandbox.ProdDBGroup, ana)
	p.gets(ana, "R1 is over. prod-db was taken back at 13:25. Checked in Okta at 13:25:", "you are no longer a member.")
	p.becomes(ana, warning, "prod-db ended at 13:25.")
	p.tells("R1", "taken back at 13:25", "13:15 warned", "13:25 taken back, read twice, gone")
	p.quiet()
}

func away(p *play) {
	p.agreed("R1", "1h")
	p.gets(ana, "You have prod-db (member) until 13:25 (1 h).")
	p.stop()
	p.later(64 * time.Hour)
	p.start(plan{})
	if url := p.app.TeamsURL(); url != "" {
		p.c.Teams.SetBotURL(url)
	}
	p.isNot(sandbox.ProdDBGroup, ana)
	p.gets(ana, "Hallpass was off from", "R1 is over. prod-db was taken back at 04:25. Checked in Okta at 04:25:", "you are no longer a member.")
	p.tells("R1", "taken back at 04:25", "taken back, read twice, gone")
}

func revoked(p *play) {
	p.agreed("R1", "1h")
	if said := p.on.calls(eve, "active"); !has(said, "Everything active", "R1  Ana Silva → prod-db (member) · active until 14:25", "[ Revoke… ]") {
		p.Errorf("Eve reads: %s", said)
	}
	if said := p.on.calls(eve, "revoke R1 the laptop was lost"); said != "Taking prod-db away (R1). The feed tells when it is gone." {
		p.Errorf("Eve reads: %s", said)
	}
	p.isNot(sandbox.ProdDBGroup, ana)
	p.gets(ana, "R1 is over. Eve Moreau took prod-db away early, at 12:25: “the laptop was lost”. Checked in Okta at 12:25:")
	p.tells("R1", "taken away early at 12:25", "revoked by Eve Moreau: “the laptop was lost”", "taken back, read twice, gone")
}

func lapsed(p *play) {
	p.asks(ana, replay)
	card := p.gets(caro, "R1 ·", "[ Approve, 1 h ]")
	p.later(24 * time.Hour)
	p.gets(ana, "R1 ·", "Lapsed")
	p.tells("R1", "lapsed")
	p.gets(caro, "R1 ·", "Lapsed")
	if has(p.on.reads(caro, card), "[ Approve, 1 h ]") {
		p.Error("Caro can still press")
	}
	if p.member(sandbox.ProdDBGroup, ana) {
		p.Error("nobody's yes was taken for one")
	}
}

func raced(p *play) {
	p.asks(ana, replay)
	one, other := p.gets(caro, "R1 ·", "[ Approve, 1 h ]"), p.gets(dev, "R1 ·", "[ Approve, 1 h ]")
	var both sync.WaitGroup
	both.Go(func() { p.on.presses(caro, one, "Approve, 1 h") })
	both.Go(func() { p.on.presses(dev, other, "Approve, 1 h") })
	both.Wait()
	p.on.wait("the later one is told", func() bool {
		_, byDev := p.find(caro, "Dev Patel has already agreed, at 13:25. Ben Okafor can.")
		_, byCaro := p.find(dev, "Caro Lind has already agreed, at 17:55. Ben Okafor can.")
		return byDev || byCaro
	})
	if n := len(p.entries(flows.ActApproved)); n != 1 {
		p.Errorf("%d decisions counted", n)
	}
	p.presses(ben, "Approve, 1 h", "R1 ·", "on call, SRE primary")
	p.gets(ana, "R1 · You have prod-db")
}

func wrongPerson(p *play) {
	p.asks(ana, replay)
	card := p.gets(caro, "R1 ·", "[ Approve, 1 h ]")
	for who, reads := range map[sandbox.Person]string{
		ana:  "You asked for this yourself, so you can’t decide it. Caro Lind can.",
		finn: "That card was not made for you, so the press was not counted. Caro Lind can.",
	} {
		p.on.lends(caro, card, "Approve, 1 h", who)
		p.gets(who, reads)
		p.refused(p.on.account(who), reads)
	}
	if said := p.on.calls(ben, "active"); said != "Only admins of Hallpass can do that." {
		p.Errorf("Ben reads: %s", said)
	}
	if list := p.entries(flows.ActApproved); len(list) > 0 {
		p.Errorf("a press counted: %+v", list)
	}
	p.on.presses(caro, card, "Approve, 1 h") // her own does
	p.gets(ben, "R1 ·", "[ Approve, 1 h ]")
	p.quiet()
}

func guest(p *play) {
	said := p.on.calls(gus, "prod-db for 1h because I need it")
	if !has(said, "Guests of this ", " cannot use Hallpass.") {
		p.Errorf("Gus reads: %s", said)
	}
	p.refused(p.on.account(gus), said)
	p.asks(ana, replay)
	p.on.lends(caro, p.gets(caro, "R1 ·", "[ Approve, 1 h ]"), "Approve, 1 h", gus)
	p.holds("the refusal of Gus's press", func(tx flows.Tx) (bool, error) {
		list, err := tx.Entries(flows.EntryFilter{Actions: []flows.Action{flows.ActRefused}})
		return len(list) == 2 && has(list[1].Via, p.on.account(gus)) && has(list[1].Text, "Guests of this "), err
	})
	if list := p.entries(flows.ActApproved); len(list) > 0 {
		p.Errorf("a press counted: %+v", list)
	}
	p.quiet()
}

func stranger(p *play) {
	sam := sandbox.Person{Name: "Sam", Slack: sandbox.SamSlack, Teams: sandbox.SamTeams}
	p.asks(ana, replay)
	card := p.gets(caro, "R1 ·", "[ Approve, 1 h ]")
	p.on.lends(caro, card, "Approve, 1 h", sam)
	p.holds("the refusal of Sam's press", func(tx flows.Tx) (bool, error) {
		list, err := tx.Entries(flows.EntryFilter{Actions: []flows.Action{flows.ActRefused}})
		return len(list) == 1 && has(list[0].Via, p.on.account(sam)) && list[0].Text == "This chat is not set up for Hallpass.", err
	})
	if list := p.entries(flows.ActApproved); len(list) > 0 {
		p.Errorf("a press counted: %+v", list)
	}
	p.becomes(caro, card, "[ Approve, 1 h ]")
	p.quiet()
}

func outOfDate(p *play) {
	p.asks(ana, replay)
	card := p.gets(caro, "R1 ·", "[ Approve, 1 h ]")
	press := p.on.saw(caro, card, "Approve, 1 h")
	p.presses(ana, "Cancel", "R1 ·")
	p.becomes(caro, card, "Canceled at 13:25 by Ana Silva")
	press()
	p.gets(caro, "This was canceled at 13:25.")
	p.refused(p.on.account(caro), "This was canceled at 13:25.")
	if text := p.on.reads(caro, card); !has(text, "Canceled at 13:25 by Ana Silva") || strings.Contains(text, "Approve") {
		p.Errorf("Caro's card is\n%s", text)
	}
	p.quiet()
}

// takenAway presses a card that a reminder has replaced, on a screen that has not noticed.
func takenAway(p *play) {
	p.asks(ana, replay)
	card := p.gets(caro, "R1 ·", "[ Approve, 1 h ]")
	press := p.on.saw(caro, card, "Approve, 1 h")
	p.later(15 * time.Minute)
	anew := func(old string) (now string) {
		p.on.wait("a new card takes the place of the old one", func() (found bool) {
			now, found = p.find(caro, "R1 ·", "[ Approve, 1 h ]")
			return found && now != old && p.on.reads(caro, old) == ""
		})
		return now
	}
	card = anew(card)
	press()
	p.gets(caro, "This card was out of date. Here is how things stand now; press again if you still mean it.")
	anew(card)
	if list := p.entries(flows.ActApproved); len(list) > 0 {
		p.Errorf("the press counted: %+v", list)
	}
	p.presses(caro, "Approve, 1 h", "R1 ·")
	p.gets(ben, "R1 ·", "[ Approve, 1 h ]")
	p.quiet()
}

func repeated(p *play) {
	p.asks(ana, replay)
	p.on.repeats(3)
	p.presses(caro, "Approve, 1 h", "R1 ·")
	p.presses(ben, "Approve, 1 h", "R1 ·")
	p.presses(ana, "Give back", "R1 · You have prod-db")
	p.gets(ana, "R1 is over.", "you are no longer a member.")
	p.on.repeats(1)
	p.on.opens(ana, "prod-cache for 1h because OPS-1: replay failed payments")
	p.on.repeats(3)
	p.sends(ana)
	p.gets(caro, "R2 ·", "[ Approve, 1 h ]")
	if len(p.entries(flows.ActApproved)) != 2 || len(p.entries(flows.ActEnding)) != 1 || len(p.entries(flows.ActAsked)) != 2 || len(p.refusals()) > 0 {
		p.Errorf("a repeat was taken for another: %v", p.refusals())
	}
	p.quiet()
}

func corrected(p *play) {
	p.on.opens(ana, "")
	p.on.fills(ana, "resource", "prod-db")
	p.on.looks(ana)
	p.on.fills(ana, "duration", "other…")
	p.on.looks(ana)
	p.on.fills(ana, "custom", "9h")
	p.on.fills(ana, "reason", "OPS-1: replay failed payments")
	if form := p.on.sends(ana); !has(form, "At most 8 h here. Ask for 8 h and extend later.", "OPS-1: replay failed payments", "your manager (Caro Lind), and somebody on call for SRE primary (Ben Okafor)") {
		p.Errorf("Ana's form is\n%s", form)
	}
	p.on.fills(ana, "custom", "90m")
	p.sends(ana)
	p.gets(caro, "asks for prod-db (member), 1 h 30 min", "[ Approve, 1 h 30 min ]")
	p.quiet()
}

func typed(p *play) {
	for _, c := range []struct{ does, reads string }{
		{"cancel R7", "You have no request waiting called R7."},
		{"give back", "You have nothing."},
		{"mine", "Your access\nYou have nothing through Hallpass right now.\nYour requests\nNone is waiting.\n[ Ask for access ]"},
		{"pending", "Waiting for you\nNothing is waiting for you.\nYour requests\nNone is waiting."},
		{"why prod-db", "Ana Silva could ask for prod-db (member) for 1 h at Mon 2 Nov 2026 12:25 UTC; people would decide, in 2 steps."},
		{"help", p.on.begins()},
	} {
		if said := p.on.calls(ana, c.does); !has(said, c.reads) {
			p.Errorf("Ana types %q and reads %q, want %q", c.does, said, c.reads)
		}
	}
}
