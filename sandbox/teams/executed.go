package teams

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// Types of answers to an Action.Execute. Source: Teams platform, "Universal Actions", response format.
const (
	messageType  = "application/vnd.microsoft.activity.message"
	errorType    = "application/vnd.microsoft.error"
	loginType    = "application/vnd.microsoft.activity.loginRequest"
	badCodeType  = "application/vnd.microsoft.error.incorrectAuthCode"
	preErrorType = "application/vnd.microsoft.error.preconditionFailed"
)

// executed puts the answer to an Action.Execute on the screen of the one who pressed. An edit of the message since then is newer and stays.
func (t *Tenant) executed(u *User, m *message, before int, d Delivered) Pressed {
	answer, ok := t.answerOf(invokeExecute, d)
	if !ok {
		return Pressed{Err: wentWrong(d)}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	status, isNumber := answer["statusCode"].(float64)
	kind := text(answer, "type")
	if d.Status != http.StatusOK || !isNumber {
		t.problem("the answer to %s is to be 200 with statusCode, type and value, and was %d: %.120q", invokeExecute, d.Status, d.Body)
		return Pressed{Err: SomethingWentWrong}
	}
	switch {
	case status == 200 && kind == CardType:
		return t.showCard(u, m, before, answer["value"])
	case status == 200 && kind == messageType:
		words, isText := answer["value"].(string)
		if !isText {
			t.problem("the answer of type %s has no text for its value", kind)
			return Pressed{Err: SomethingWentWrong}
		}
		return Pressed{Text: words}
	case (status == 400 || status == 500) && kind == errorType, status == 412 && kind == preErrorType:
		return Pressed{Text: text(object(answer, "value"), "message"), Err: SomethingWentWrong}
	case status == 401 && (kind == loginType || kind == badCodeType):
		t.problem("the bot asks for a sign-in, which is not done here")
	default:
		t.problem("the answer to %s has statusCode %v and type %q, which do not go together", invokeExecute, status, kind)
	}
	return Pressed{Err: SomethingWentWrong}
}

// showCard gives one person a card of their own. The caller holds the lock.
func (t *Tenant) showCard(u *User, m *message, before int, value any) Pressed {
	card, isCard := value.(obj)
	if !isCard {
		t.problem("the answer of type %s has no card for its value", CardType)
		return Pressed{Err: SomethingWentWrong}
	}
	t.reviewCard("the card answered to "+u.Name, card, t.conversations[m.Conversation])
	if m.History == before {
		t.viewOf(m, u.ID).card = card
		delete(t.desks, desk{u.ID, m.Conversation, m.ID})
	}
	t.touch()
	return Pressed{Card: encode(card)}
}

// fetched opens the dialog that a button asked for.
func (t *Tenant) fetched(u *User, c *conversation, m *message, d Delivered) Pressed {
	answer, ok := t.answerOf(invokeFetch, d)
	if !ok {
		return Pressed{Err: wentWrong(d)}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	task := object(answer, "task")
	switch text(task, "type") {
	case "continue":
		opened := t.open(u, c, m, task)
		if opened == nil {
			return Pressed{Err: SomethingWentWrong}
		}
		return Pressed{Dialog: opened}
	case "message":
		return Pressed{Text: text(task, "value")}
	}
	t.problem("the answer to %s opens nothing: %.120q", invokeFetch, d.Body)
	return Pressed{Err: SomethingWentWrong}
}

// wentWrong is what a client says about a delivery without a proper answer.
func wentWrong(d Delivered) string {
	if d.Err != "" {
		return d.Err
	}
	return SomethingWentWrong
}

// decodeCard reads a card from JSON, nil when it is none.
func decodeCard(raw json.RawMessage) obj {
	var card obj
	if len(bytes.TrimSpace(raw)) == 0 || json.Unmarshal(raw, &card) != nil {
		return nil
	}
	return card
}
