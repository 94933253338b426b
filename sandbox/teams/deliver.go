package teams

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// What a person reads when the bot did not answer a press properly. Source: observed wordings, not documented.
const (
	SomethingWentWrong = "Something went wrong. Please try again."
	UnableToReach      = "Unable to reach app. Please try again."
)

// Delivered is what the bot answered to one activity.
type Delivered struct {
	Status   int // 0 when there was no answer
	Body     []byte
	Attempts int    // 2 when it was delivered again
	Err      string // what a person reads who waits for the answer; empty when all is well
	cause    error
}

// delivery is an activity that was posted, for those who repeat it.
type delivery struct {
	raw        []byte
	serviceURL string
}

// slowAnswer is where people begin to press twice; Teams' own limit lies between 5 and 15 seconds.
const slowAnswer = 5 * time.Second

// Deliver signs any activity as the Token says and posts it to the bot once. A test makes bad deliveries with it; people's own acts use the zero Token.
func (t *Tenant) Deliver(ctx context.Context, activity map[string]any, token Token) (Delivered, error) {
	raw, err := json.Marshal(activity)
	if err != nil {
		return Delivered{}, fmt.Errorf("the activity is no JSON: %w", err)
	}
	return t.post(ctx, raw, text(activity, "serviceUrl"), token)
}

// DeliverRaw posts any body, signed for this tenant's service URL.
func (t *Tenant) DeliverRaw(ctx context.Context, body []byte, token Token) (Delivered, error) {
	return t.post(ctx, body, t.ServiceURL(), token)
}

// Again delivers the last activity of a person once more, byte for byte with the same id, as the Bot service does after an answer that it did not get.
func (t *Tenant) Again(ctx context.Context) (Delivered, error) {
	t.mu.Lock()
	last := t.last
	t.mu.Unlock()
	if last == nil {
		return Delivered{}, errors.New("nothing was delivered yet")
	}
	return t.post(ctx, last.raw, last.serviceURL, Token{})
}

// Duplicate delivers every activity n times from now on, one after the other; the first answer counts.
func (t *Tenant) Duplicate(n int) { t.change(func() { t.duplicates = max(1, n) }) }

// Unanswered counts the activities that got no 2xx in time, not even when they were delivered again.
func (t *Tenant) Unanswered() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.unanswered
}

// deliver posts an activity of a person. After a timeout, a broken connection or a 5xx the same one is delivered once more; whoever waits for
// the answer has given up by then.
func (t *Tenant) deliver(ctx context.Context, activity obj) (Delivered, error) {
	raw, err := json.Marshal(activity)
	if err != nil {
		return Delivered{}, fmt.Errorf("the activity is no JSON: %w", err)
	}
	serviceURL := text(activity, "serviceUrl")
	t.mu.Lock()
	t.last = &delivery{raw, serviceURL}
	copies := t.duplicates
	t.mu.Unlock()
	first, err := t.post(ctx, raw, serviceURL, Token{})
	for i := 1; i < copies && err == nil; i++ {
		_, err = t.post(ctx, raw, serviceURL, Token{})
	}
	if err != nil || first.Status != 0 && first.Status < 500 {
		t.settle(activity, first)
		return first, err
	}
	second, err := t.post(ctx, raw, serviceURL, Token{})
	first.Attempts = 2
	t.settle(activity, second)
	return first, err
}

// settle notes what the Bot service thinks of the last attempt.
func (t *Tenant) settle(activity obj, d Delivered) {
	if d.Status/100 == 2 {
		return
	}
	t.change(func() {
		t.unanswered++
		about := text(activity, "type") + " " + text(activity, "name")
		if d.cause != nil {
			t.problem("the bot did not answer: %s: %v", about, d.cause)
			return
		}
		t.problem("the bot answered %d: %s", d.Status, about)
	})
}

// post delivers once. The error is for callers who gave up themselves, and for tenants without a bot.
func (t *Tenant) post(ctx context.Context, raw []byte, serviceURL string, token Token) (Delivered, error) {
	t.mu.Lock()
	url := t.botURL
	t.mu.Unlock()
	if url == "" {
		return Delivered{}, errors.New("nobody said where the bot listens: give Options.BotURL or call SetBotURL")
	}
	authorization, err := t.authorization(token, serviceURL)
	if err != nil {
		return Delivered{}, err
	}
	waiting, cancel := context.WithTimeout(ctx, t.opt.AnswerWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(waiting, http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		return Delivered{}, fmt.Errorf("the bot's address is wrong: %w", err)
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("User-Agent", "Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)")
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	began := time.Now()
	d := t.roundTrip(request)
	if took := time.Since(began); took > slowAnswer {
		t.change(func() {
			t.problem("the bot took %s to answer; people press again after %s", took.Round(time.Second), slowAnswer)
		})
	}
	if d.cause != nil && ctx.Err() != nil {
		return d, ctx.Err()
	}
	return d, nil
}

// maxAnswer is more than any answer to an invoke may carry.
const maxAnswer = 1 << 20

func (t *Tenant) roundTrip(request *http.Request) Delivered {
	response, err := t.client.Do(request)
	if err != nil {
		return Delivered{Attempts: 1, Err: UnableToReach, cause: err}
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return Delivered{Attempts: 1, Err: UnableToReach, cause: err}
	}
	d := Delivered{Status: response.StatusCode, Body: body, Attempts: 1}
	if d.Status/100 != 2 {
		d.Err = SomethingWentWrong
	}
	return d
}

// answerOf decodes an answer to an invoke. The caller holds no lock.
func (t *Tenant) answerOf(about string, d Delivered) (obj, bool) {
	if d.Err != "" {
		return nil, false
	}
	var body obj
	if len(bytes.TrimSpace(d.Body)) == 0 {
		return nil, true
	}
	if json.Unmarshal(d.Body, &body) != nil {
		t.change(func() { t.problem("the answer to %s is no JSON object: %.120q", about, d.Body) })
		return nil, false
	}
	return body, true
}

// oneLine names several things in a message for testers.
func oneLine(names []string) string {
	slices.Sort(names)
	return fmt.Sprintf("%q", slices.Compact(names))
}
