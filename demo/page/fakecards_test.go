package page

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Block Kit as the playroom's app would send it.

type kit = map[string]any

func blocks(b ...kit) json.RawMessage {
	raw, err := json.Marshal(b)
	if err != nil {
		panic(err)
	}
	return raw
}

func plain(text string) kit  { return kit{"type": "plain_text", "text": text} }
func mrkdwn(text string) kit { return kit{"type": "mrkdwn", "text": text} }

func section(text string) kit { return kit{"type": "section", "text": mrkdwn(text)} }

func option(text, value string) kit { return kit{"text": plain(text), "value": value} }

func button(text, action, style string) kit {
	b := kit{"type": "button", "text": plain(text), "action_id": action, "value": "R142"}
	if style != "" {
		b["style"] = style
	}
	return b
}

func row(id string, elements ...kit) kit {
	return kit{"type": "actions", "block_id": id, "elements": elements}
}

func quote(text string) kit {
	return kit{"type": "rich_text", "elements": []kit{{"type": "rich_text_quote", "elements": []kit{{"type": "text", "text": text}}}}}
}

func small(text string) kit { return kit{"type": "context", "elements": []kit{mrkdwn(text)}} }

func (p *playroom) at(minutes int) string {
	t := p.started.Unix() + int64(minutes)*60
	return fmt.Sprintf("<!date^%d^{time}|soon>", t)
}

func (p *playroom) openForm(as, rest string) {
	clear(p.filled)
	p.filled["length"] = "1h"
	if rest != "" {
		p.filled["what"], p.filled["why"] = "prod-db", "OPS-1"
	}
	p.drawForm(as)
}

func (p *playroom) drawForm(as string) {
	what := kit{
		"type": "external_select", "action_id": "what", "min_query_length": 0,
		"placeholder": plain("Search by name"), "focus_on_load": true,
	}
	if p.filled["what"] != "" {
		what["initial_option"] = option(p.filled["what"], p.filled["what"])
	}
	why := kit{
		"type": "plain_text_input", "action_id": "why", "multiline": true,
		"placeholder": plain("OPS-123: what you will do with it"),
	}
	if p.filled["why"] != "" {
		why["initial_value"] = p.filled["why"]
	}
	lengths := []kit{option("1 h", "1h"), option("2 h", "2h"), option("4 h", "4h"), option("other…", "other")}
	form := []kit{
		{"type": "input", "block_id": "what", "label": plain("What"), "element": what, "dispatch_action": true},
		{
			"type": "input", "block_id": "length", "label": plain("How long"), "dispatch_action": true,
			"hint":    plain("up to 8 h"),
			"element": kit{"type": "static_select", "action_id": "length", "options": lengths, "initial_option": lengths[0]},
		},
		{"type": "input", "block_id": "why", "label": plain("Why"), "element": why},
	}
	if p.filled["what"] != "" {
		form = append(form, kit{"type": "divider"},
			small("*Who decides* your manager (<@U0CARO>), and one of database-owners (3, <@U0BEN> is on call)\nusually answered in 6 min"))
	}
	body, err := json.Marshal(kit{
		"type": "modal", "title": plain("Ask for access"), "submit": plain("Ask"), "close": plain("Cancel"), "blocks": form,
	})
	if err != nil {
		panic(err)
	}
	p.modal[as] = &View{ID: "V1", Body: body}
}

func (p *playroom) ask() {
	p.stage = asked
	for _, where := range []string{feedID, "D" + ana, "D" + ben, "D" + caro} {
		delete(p.posts, where)
	}
	why := p.filled["why"]
	p.post("D", ana, Message{From: hallpass, App: true, Text: "R142 waits for Caro Lind", Blocks: p.askerCard()})
	p.post("D", caro, Message{From: hallpass, App: true, Text: "Ana Silva asks for prod-db, 2 h", Blocks: p.approverCard("", why, "is the first of 2; then one of database-owners is asked", "you are Ana's manager")})
	feed := p.post(feedID, ana, Message{From: hallpass, App: true, Text: "R142", Blocks: p.feedLine("waiting for Caro Lind")})
	p.post(feedID, ana, Message{From: hallpass, App: true, Thread: feed, Text: p.at(0) + " asked (flow production-databases)", Blocks: blocks(small(p.at(0)+" asked (flow production-databases)"), quote(why))})
	p.tickets = []Ticket{{Key: "SEC-101", Status: "To Do", Summary: "prod-db (member) for Ana Silva, 2 h", Comments: []string{"Asked by Ana Silva. " + why}}}
}

func (p *playroom) approve(as string) {
	why := p.filled["why"]
	feed := p.posts[feedID][0].TS
	switch p.stage {
	case asked:
		p.stage = agreed
		p.replace(caro, p.approverCard("Approved by you at "+p.at(1)+". One of database-owners is asked now.", why, "", "you are Ana's manager"))
		p.post("D", ben, Message{From: hallpass, App: true, Text: "Ana Silva asks for prod-db, 2 h", Blocks: p.approverCard("", why, "gives it at once, until about "+p.at(124)+" (sessions up to 1 h more)", "on call, SRE primary, until "+p.at(360)+". Caro (manager) agreed at "+p.at(1))})
		p.replace(feedID, p.feedLine("waiting for Ben Okafor"))
		p.post(feedID, ana, Message{From: hallpass, App: true, Thread: feed, Text: p.at(1) + " <@U0CARO> agreed as manager"})
	case agreed:
		p.stage = active
		p.members = append(p.members, "Ana Silva")
		p.replace(ben, p.approverCard("Approved by you at "+p.at(2)+". Ana has it until "+p.at(124)+".", why, "", "on call, SRE primary"))
		p.post("D", ana, Message{From: hallpass, App: true, Text: "You have prod-db until 14:30", Blocks: blocks(section("You have *prod-db* (member) until " + p.at(124) + ", 2 h"))})
		p.replace(feedID, p.feedLine("active until "+p.at(124)+" · agreed by Caro Lind, Ben Okafor"))
		p.post(feedID, ana, Message{From: hallpass, App: true, Thread: feed, Text: p.at(2) + " <@U0BEN> agreed as on-call of SRE primary"})
		p.post(feedID, ana, Message{From: hallpass, App: true, Thread: feed, Text: p.at(2) + " given in Okta, read back"})
		p.tickets[0].Status = "In Progress"
	default:
		return
	}
	p.replace("D"+ana, p.askerCard())
	_ = as
}

func (p *playroom) end() {
	p.stage = over
	p.members = slices.DeleteFunc(p.members, func(n string) bool { return n == "Ana Silva" })
	p.replace("D"+ana, p.askerCard())
	p.replace(feedID, p.feedLine("over, given back"))
	p.post(feedID, ana, Message{From: hallpass, App: true, Thread: p.posts[feedID][0].TS, Text: p.at(9) + " taken back, read twice, gone"})
	p.tickets[0].Status = "Done"
	p.tickets[0].Comments = append(p.tickets[0].Comments, "Taken back at 12:34. Read twice: gone.")
}

// replace edits the first message of a channel, or of a person's messages.
func (p *playroom) replace(where string, with json.RawMessage) {
	if where[0] == 'U' {
		where = "D" + where
	}
	p.posts[where][0].Blocks, p.posts[where][0].Edited = with, true
}

func (p *playroom) askerCard() json.RawMessage {
	head := section("*R142* · *prod-db* (member), 2 h")
	switch p.stage {
	case asked:
		return blocks(head, small("● asked "+p.at(0)+"   ○ your manager   ○ one of database-owners   ○ access"),
			section("Waiting for <@U0CARO>, asked at "+p.at(0)+"."), row("do", button("Cancel", "cancel", "")))
	case agreed:
		return blocks(head, small("● asked "+p.at(0)+"   ● Caro agreed "+p.at(1)+"   ○ one of database-owners   ○ access"),
			section("Waiting for <@U0BEN> (on call) or one of 2 others, asked at "+p.at(1)+". At "+p.at(61)+" security is asked."), row("do", button("Cancel", "cancel", "")))
	case active:
		back := button("Give back", "give_back", "danger")
		back["confirm"] = kit{"title": plain("Give back prod-db?"), "text": plain("You lose it now. You can ask again."), "confirm": plain("Give back"), "deny": plain("Keep it"), "style": "danger"}
		return blocks(section("*R142* · You have *prod-db* (member) until "+p.at(124)), row("do", button("Extend…", "extend", ""), back))
	default:
		return blocks(section("*R142* is over. prod-db was taken back at " + p.at(9) + ". Checked in Okta at " + p.at(9) + " and " + p.at(10) + ": you are no longer a member."))
	}
}

func (p *playroom) approverCard(done, why, yes, because string) json.RawMessage {
	fields := []kit{mrkdwn("*Why you*\n" + because)}
	if yes != "" {
		fields = append(fields, mrkdwn("*Your yes*\n"+yes))
	}
	b := []kit{
		section("*R142* · *Ana Silva* (ana.silva@acme.com, Payments)\nasks for *prod-db* (member), 2 h: read and write on production payments"),
		quote(why),
		{"type": "section", "fields": fields},
	}
	if done != "" {
		return blocks(append(b, kit{"type": "divider"}, section(done))...)
	}
	b = append(b, small("*Before* 4 times in 30 days   *Silence* at "+p.at(60)+" security is asked · lapses tomorrow at "+p.at(0)),
		row("decide", button("Approve, 2 h", "approve", "primary"), button("Shorter…", "shorter", ""), button("Deny…", "deny", "danger")))
	return blocks(b...)
}

func (p *playroom) feedLine(state string) json.RawMessage {
	return blocks(section("*R142*  Ana Silva → *prod-db* (member), 2 h · "+state+" · SEC-101"), small("`7f3a91`"))
}

func (p *playroom) home(string) *View {
	body, err := json.Marshal(kit{"type": "home", "blocks": []kit{
		{"type": "header", "text": plain("My access")},
		section("Nothing right now."),
		row("go", button("Ask for access", "ask", "primary")),
	}})
	if err != nil {
		panic(err)
	}
	return &View{ID: "VHOME", Body: body}
}

func (p *playroom) story(as string) Story {
	s := Story{Steps: []Step{
		{Title: "Ana asks", Done: p.stage >= asked},
		{Title: "Two people agree", Done: p.stage >= active},
		{Title: "Ana has access", Done: p.stage >= over},
		{Title: "It is taken back", Done: p.stage >= over},
	}}
	become := func(id, who, what string) *Hint {
		return &Hint{Text: what, Do: DoBecome, Button: "Be " + who, As: id}
	}
	switch {
	case p.stage == nothing && as == ana:
		s.Hint = &Hint{Text: "You are Ana. Ask for access to the production database.", Do: DoAsk, Button: "Ask for access"}
	case p.stage == nothing:
		s.Hint = become(ana, "Ana", "The story begins with Ana, who needs the production database.")
	case p.stage == asked && as == caro, p.stage == agreed && as == ben:
		s.Hint = &Hint{Text: "Somebody asks you for something: read the card and press Approve."}
	case p.stage == asked:
		s.Hint = become(caro, "Caro", "Now be Caro, Ana’s manager: she has a message.")
	case p.stage == agreed:
		s.Hint = become(ben, "Ben", "Now be Ben, who is on call: he has a message.")
	case p.stage == active && as != ana:
		s.Hint = become(ana, "Ana", "Ana has it: look at the group. Be Ana and give it back.")
	case p.stage == active:
		s.Hint = &Hint{Text: "You have it: look at the group. Press Give back, or let time run.", Do: DoFaster, Button: "Time ×60"}
	default:
		s.Hint = &Hint{Text: "It is over, and proved: Ana is no longer in the group. The whole story stands in the feed.", Do: DoGo, Button: "See the feed", Channel: feedID}
	}
	return s
}
