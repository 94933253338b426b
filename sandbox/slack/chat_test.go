package slack

import (
	"strings"
	"testing"
)

// furnished is a workspace with one channel of every kind and a message in each it can be in.
func furnished(t *testing.T) (*Workspace, obj) {
	t.Helper()
	w := open(t, Options{})
	w.AddChannel(Channel{ID: "C0OTHER", Name: "other", Members: []string{"U0ANA"}})
	w.AddChannel(Channel{ID: "C0SECRET", Name: "secret", Private: true, Members: []string{"U0ANA"}})
	w.AddChannel(Channel{ID: "C0OLD", Name: "old", Archived: true, Members: []string{"U0BOT"}})
	w.AddUser(User{ID: "U0GONE", Name: "gone", RealName: "Gus Gone", Deleted: true})
	return w, post(t, w, "chat.postMessage", obj{"channel": "C0SEC", "text": "hi", "blocks": []any{obj{"type": "divider"}}})
}

func TestChatErrors(t *testing.T) {
	w, posted := furnished(t)
	ts := posted["ts"]
	typed, err := w.Say(t.Context(), "U0ANA", "hello")
	if err != nil {
		t.Fatal(err)
	}
	whispered := post(t, w, "chat.postEphemeral", obj{"channel": "C0SEC", "user": "U0ANA", "text": "psst"})["message_ts"]
	tests := []struct {
		method string
		args   obj
		want   string
	}{
		{"chat.postMessage", obj{"text": "x"}, "invalid_arguments"},
		{"chat.postMessage", obj{"channel": "C0NONE", "text": "x"}, "channel_not_found"},
		{"chat.postMessage", obj{"channel": "C0SECRET", "text": "x"}, "channel_not_found"},
		{"chat.postMessage", obj{"channel": "C0OTHER", "text": "x"}, "not_in_channel"},
		{"chat.postMessage", obj{"channel": "C0OLD", "text": "x"}, "is_archived"},
		{"chat.postMessage", obj{"channel": "C0SEC"}, "no_text"},
		{"chat.postMessage", obj{"channel": "C0SEC", "text": "x", "blocks": []any{obj{"type": "x"}}}, "invalid_blocks"},
		{"chat.postMessage", obj{"channel": "C0SEC", "text": "x", "blocks": "{"}, "invalid_blocks_format"},
		{"chat.postMessage", obj{"channel": "C0SEC", "text": "x", "markdown_text": "y"}, "markdown_text_conflict"},
		{"chat.postMessage", obj{"channel": "C0SEC", "markdown_text": strings.Repeat("y", MarkdownText+1)}, "msg_too_long"},
		{"chat.postMessage", obj{"channel": "C0SEC", "text": "x", "thread_ts": "1.2"}, "cannot_reply_to_message"},
		{"chat.postMessage", obj{"channel": "C0SEC", "text": "x", "metadata": obj{"event_payload": obj{}}}, "invalid_metadata_format"},
		{"chat.postMessage", obj{"channel": "C0SEC", "text": "x", "attachments": make([]any, MaxAttachments+1)}, "too_many_attachments"},
		{"chat.postMessage", obj{"channel": "C0SEC", "text": "x", "thread_ts": ts}, "ok"},
		{"chat.postMessage", obj{"channel": "U0ANA", "text": "x"}, "ok"},
		{"chat.update", obj{"channel": "C0SEC", "ts": "1.2", "text": "x"}, "message_not_found"},
		{"chat.update", obj{"channel": "U0ANA", "ts": ts, "text": "x"}, "channel_not_found"},
		{"chat.update", obj{"channel": w.DM("U0ANA"), "ts": typed, "text": "x"}, "cant_update_message"},
		{"chat.update", obj{"channel": "C0SEC", "ts": whispered, "text": "x"}, "message_not_found"},
		{"chat.update", obj{"channel": "C0SEC", "ts": ts}, "no_text"},
		{"chat.delete", obj{"channel": w.DM("U0ANA"), "ts": typed}, "cant_delete_message"},
		{"chat.delete", obj{"channel": "C0SEC", "ts": "1.2"}, "message_not_found"},
		{"chat.postEphemeral", obj{"channel": "C0SEC", "user": "U0GONE", "text": "x"}, "user_not_in_channel"},
		{"chat.getPermalink", obj{"channel": "C0SEC", "message_ts": "1.2"}, "message_not_found"},
		{"chat.getPermalink", obj{"channel": "C0SEC", "message_ts": ts}, "ok"},
		{"conversations.open", obj{"users": "U0GONE"}, "user_disabled"},
		{"conversations.open", obj{"users": "U0NOBODY"}, "user_not_found"},
		{"conversations.open", obj{"users": "U0BOT"}, "cannot_dm_bot"},
		{"conversations.open", obj{}, "users_list_not_supplied"},
		{"conversations.info", obj{"channel": "C0SECRET"}, "channel_not_found"},
		{"conversations.info", obj{"channel": "C0OTHER"}, "ok"},
		{"conversations.members", obj{"channel": "C0SEC", "cursor": "!"}, "invalid_cursor"},
		{"users.info", obj{"user": "U0NOBODY"}, "user_not_found"},
		{"team.info", obj{"team": "T0ELSE"}, "team_not_found"},
		{"chat.meMessage", obj{}, "unknown_method"},
	}
	for _, test := range tests {
		if got := refused(post(t, w, test.method, test.args)); got != test.want {
			t.Errorf("%s %v answers %s, want %s", test.method, test.args, got, test.want)
		}
	}
}

func TestUpdateOfAMessage(t *testing.T) {
	w := open(t, Options{})
	meta := obj{"event_type": "card", "event_payload": obj{"request": "R1"}}
	ts := post(t, w, "chat.postMessage", obj{"channel": "C0SEC", "text": "one", "metadata": meta,
		"blocks": `[{"type":"section","text":{"type":"plain_text","text":"one"}}]`})["ts"].(string)
	post(t, w, "chat.update", obj{"channel": "C0SEC", "ts": ts, "text": "two"})
	m, _ := w.Message("C0SEC", ts)
	if m.Blocks != nil || m.Text != "two" || !m.Edited || m.History != 1 || !strings.Contains(string(m.Metadata), "R1") {
		t.Errorf("text alone removes the blocks and keeps the metadata, but the message is %+v", m)
	}
	if len(m.Versions) != 2 || m.Versions[0].Text != "one" || m.Versions[0].Blocks == nil {
		t.Errorf("versions %+v", m.Versions)
	}
	post(t, w, "chat.delete", obj{"channel": "C0SEC", "ts": ts})
	if len(w.Messages("C0SEC")) != 0 || len(w.Deleted("C0SEC")) != 1 {
		t.Errorf("deleted: %v, left: %v", w.Deleted("C0SEC"), w.Messages("C0SEC"))
	}
	wantProblems(t, w)
}

func TestLongTextIsCut(t *testing.T) {
	w := open(t, Options{})
	post(t, w, "chat.postMessage", obj{"channel": "C0SEC", "text": strings.Repeat("ä", MessageText+1)})
	if got := []rune(w.Messages("C0SEC")[0].Text); len(got) != MessageText {
		t.Errorf("the text has %d characters", len(got))
	}
	wantProblems(t, w, "was cut to 40000")
}

// What people would suffer from goes through, and is noted.
func TestReview(t *testing.T) {
	tests := []struct {
		name string
		args obj
		want []string
	}{
		{"ping of everybody", obj{"text": "look <!channel>"}, []string{"pings everybody"}},
		{"ping in a block", obj{"text": "x", "blocks": `[{"type":"section","text":{"type":"mrkdwn","text":"<!here|here>"}}]`},
			[]string{"pings everybody"}},
		{"rich ping", obj{"text": "x", "blocks": `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"broadcast","range":"here"}]}]}]`},
			[]string{"rich text pings everybody"}},
		{"nobody", obj{"text": "ask <@U0NOBODY>"}, []string{"does not exist: U0NOBODY"}},
		{"no group", obj{"text": "ask <!subteam^S0NONE>"}, []string{"user group that does not exist"}},
		{"no link", obj{"text": "<javascript:alert(1)|Approve>"}, []string{"no web address"}},
		{"nothing to read aloud", obj{"blocks": `[{"type":"divider"}]`}, []string{"screen readers"}},
		{"an argument that is none", obj{"text": "x", "bloks": "[]"}, []string{"does not have: bloks"}},
		{"typed text in plain_text", obj{"text": "x", "blocks": `[{"type":"section","text":{"type":"plain_text","text":"<!channel>"}}]`}, nil},
		{"somebody", obj{"text": "ask <@U0BEN>"}, nil},
		{"escaped", obj{"text": "&lt;!channel&gt;"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := open(t, Options{})
			test.args["channel"] = "C0SEC"
			if got := refused(post(t, w, "chat.postMessage", test.args)); got != "ok" {
				t.Fatalf("it answers %s", got)
			}
			wantProblems(t, w, test.want...)
		})
	}
}

// answerURLOf types a command and gives its response_url.
func answerURLOf(t *testing.T, w *Workspace, a *line) string {
	t.Helper()
	done := slash(t, w)
	frame := a.read()
	a.ack(frame, nil)
	<-done
	return frame["payload"].(obj)["response_url"].(string)
}

// Five answers within thirty minutes, without a token.
func TestResponseURL(t *testing.T) {
	clock := &hands{at: morning}
	w := open(t, Options{Machine: clock.now})
	a, _ := dial(t, w)
	url := answerURLOf(t, w, a)
	for i := range answerUses {
		if got := refused(send(t, url, "", obj{"text": "later"})); got != "ok" {
			t.Fatalf("use %d answers %s", i+1, got)
		}
	}
	if got := refused(send(t, url, "", obj{"text": "once more"})); got != "used_url" {
		t.Errorf("a sixth use answers %s", got)
	}
	last := w.Messages("C0SEC")[answerUses-1]
	if !last.Ephemeral || last.For != "U0ANA" || last.Text != "later" {
		t.Errorf("shown: %+v", last)
	}
	url = answerURLOf(t, w, a)
	clock.turn(answerLife + 1)
	if got := refused(send(t, url, "", obj{"text": "x"})); got != "expired_url" {
		t.Errorf("after half an hour it answers %s", got)
	}
	if got := refused(send(t, w.base+"/answer/made-up", "", obj{"text": "x"})); got != "no_service" {
		t.Errorf("a made-up one answers %s", got)
	}
}

// An ephemeral message can be changed through the response_url of a press on it, and only so.
func TestResponseURLOfAPress(t *testing.T) {
	w := open(t, Options{})
	a, _ := dial(t, w)
	ts := post(t, w, "chat.postEphemeral", obj{"channel": "C0SEC", "user": "U0ANA", "text": "sure?",
		"blocks": inActionsBlock(oneButton)})["message_ts"].(string)
	press := func() string {
		done := make(chan error, 1)
		go func() { done <- w.Press(t.Context(), "U0ANA", "C0SEC", ts, "a#") }()
		frame := a.read()
		a.ack(frame, nil)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		payload := frame["payload"].(obj)
		if payload["container"].(obj)["is_ephemeral"] != true || payload["message"].(obj)["blocks"] != nil {
			t.Errorf("the app was told %v", payload)
		}
		return payload["response_url"].(string)
	}
	send(t, press(), "", obj{"text": "really?", "replace_original": true, "blocks": inActionsBlock(oneButton)})
	if m, _ := w.Message("C0SEC", ts); m.Text != "really?" || m.History != 1 {
		t.Errorf("replaced: %+v", m)
	}
	send(t, press(), "", obj{"delete_original": true})
	if _, stands := w.Message("C0SEC", ts); stands {
		t.Error("it was not deleted")
	}
	if err := w.Press(t.Context(), "U0BEN", "C0SEC", ts, "a#"); err == nil {
		t.Error("Ben pressed what only Ana saw")
	}
}
