package jira

import (
	"strings"
	"unicode"

	"hallpass/flows"
)

// node is a piece of a document in the Atlassian Document Format. What people typed only ever becomes the text of a text node, so
// neither wiki markup nor a mention in it means anything.
type node struct {
	Type    string `json:"type"`
	Version int    `json:"version,omitempty"`
	Text    string `json:"text,omitempty"`
	Content []node `json:"content,omitempty"`
	Marks   []mark `json:"marks,omitempty"`
}

type mark struct {
	Type  string            `json:"type"`
	Attrs map[string]string `json:"attrs,omitempty"`
}

// document makes paragraphs of texts; a line break inside one stays one.
func document(paragraphs []string) node {
	doc := node{Type: "doc", Version: 1}
	left := longestBody
	for _, p := range paragraphs {
		if p = strings.TrimSpace(p); p == "" || left <= 0 {
			continue
		}
		p = flows.Cut(p, left)
		left -= len([]rune(p))
		doc.Content = append(doc.Content, paragraph(p))
	}
	return doc
}

func paragraph(text string) node {
	p := node{Type: "paragraph"}
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			p.Content = append(p.Content, node{Type: "hardBreak"})
		}
		if line = printable(line); line != "" { // an empty text node is refused
			p.Content = append(p.Content, node{Type: "text", Text: line})
		}
	}
	return p
}

// printable leaves out control characters.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' {
			return -1
		}
		return r
	}, s)
}

// signed is a document that ends with a mark in small letters.
func signed(paragraphs []string, by string) node {
	doc := document(paragraphs)
	small := []mark{{Type: "subsup", Attrs: map[string]string{"type": "sub"}}}
	doc.Content = append(doc.Content, node{Type: "paragraph", Content: []node{{Type: "text", Text: sign(by), Marks: small}}})
	return doc
}

func sign(mark string) string { return "(" + mark + ")" }

// bears reports whether the last paragraph of a document is exactly this mark.
func (n node) bears(mark string) bool {
	if len(n.Content) == 0 {
		return false
	}
	return strings.TrimSpace(n.Content[len(n.Content)-1].plain()) == sign(mark)
}

// plain is the text in a piece.
func (n node) plain() string {
	text := n.Text
	for _, c := range n.Content {
		text += c.plain()
	}
	return text
}
