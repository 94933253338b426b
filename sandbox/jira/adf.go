package jira

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// longestText is how many characters a description or a comment may have.
const longestText = 32_767

// node is a piece of an Atlassian document.
type node struct {
	Type    string         `json:"type"`
	Version int            `json:"version,omitempty"`
	Text    *string        `json:"text,omitempty"`
	Content []node         `json:"content,omitempty"`
	Marks   []mark         `json:"marks,omitempty"`
	Attrs   map[string]any `json:"attrs,omitempty"`
}

type mark struct {
	Type  string         `json:"type"`
	Attrs map[string]any `json:"attrs,omitempty"`
}

// Which pieces may stand in which (Atlassian Document Format, version 1), and which marks a text may bear.
var (
	inline = []string{"text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status"}
	blocks = []string{"paragraph", "heading", "bulletList", "orderedList", "codeBlock", "blockquote", "rule", "panel", "table", "expand"}
	inside = map[string][]string{
		"doc": blocks, "paragraph": inline, "heading": inline, "codeBlock": {"text"},
		"bulletList": {"listItem"}, "orderedList": {"listItem"}, "listItem": {"paragraph", "bulletList", "orderedList", "codeBlock"},
		"blockquote": {"paragraph", "bulletList", "orderedList", "codeBlock"}, "panel": {"paragraph", "heading", "bulletList", "orderedList"},
		"expand": blocks, "table": {"tableRow"}, "tableRow": {"tableCell", "tableHeader"}, "tableCell": blocks, "tableHeader": blocks,
	}
	marks = []string{"strong", "em", "code", "link", "strike", "underline", "textColor", "subsup", "backgroundColor"}
)

// check says what is wrong with a document. A plain string is the usual mistake.
func checkDocument(raw json.RawMessage) error {
	var doc node
	if err := json.Unmarshal(raw, &doc); err != nil || doc.Type != "doc" || doc.Version != 1 || doc.Content == nil {
		return fmt.Errorf("it is no Atlassian document of version 1")
	}
	if n := len([]rune(textOf(raw))); n > longestText {
		return fmt.Errorf("the entered text is too long: %d characters of %d", n, longestText)
	}
	return checkContent(doc)
}

func checkContent(parent node) error {
	for _, n := range parent.Content {
		if !slices.Contains(inside[parent.Type], n.Type) {
			return fmt.Errorf("%q may not stand in %q", n.Type, parent.Type)
		}
		if (n.Type == "text") != (n.Text != nil) || n.Text != nil && *n.Text == "" {
			return fmt.Errorf("a %q with a text that is missing, empty or out of place", n.Type)
		}
		for _, m := range n.Marks {
			if n.Type != "text" || !slices.Contains(marks, m.Type) {
				return fmt.Errorf("the mark %q may not stand on %q", m.Type, n.Type)
			}
		}
		if err := checkContent(n); err != nil {
			return err
		}
	}
	return nil
}

// textOf is a document as plain text, a line for each paragraph.
func textOf(raw json.RawMessage) string {
	var doc node
	if json.Unmarshal(raw, &doc) != nil {
		return ""
	}
	var b strings.Builder
	write(&b, doc)
	return strings.TrimSuffix(b.String(), "\n")
}

func write(b *strings.Builder, n node) {
	switch n.Type {
	case "text":
		b.WriteString(*n.Text)
	case "hardBreak":
		b.WriteByte('\n')
	case "mention", "emoji", "status":
		fmt.Fprint(b, n.Attrs["text"])
	case "inlineCard":
		fmt.Fprint(b, n.Attrs["url"])
	}
	for _, c := range n.Content {
		write(b, c)
	}
	switch n.Type {
	case "paragraph", "heading", "codeBlock":
		b.WriteByte('\n')
	}
}

// document makes a document of what a person typed; nothing makes none.
func document(text string) json.RawMessage {
	if text == "" {
		return json.RawMessage("null")
	}
	doc := node{Type: "doc", Version: 1}
	for _, line := range strings.Split(text, "\n") {
		p := node{Type: "paragraph"}
		if line != "" {
			p.Content = []node{{Type: "text", Text: &line}}
		}
		doc.Content = append(doc.Content, p)
	}
	raw, _ := json.Marshal(doc) // of strings and lists only: it cannot fail
	return raw
}
