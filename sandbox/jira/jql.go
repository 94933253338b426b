package jira

import (
	"fmt"
	"slices"
	"strings"
)

// jqlError is what Jira says of a query that it does not take.
type jqlError string

func (e jqlError) Error() string { return string(e) }

// clause is one comparison of a search.
type clause struct {
	field  string
	not    bool
	values []string
}

// fieldsOf are what an issue has under each field that a search may name.
var fieldsOf = map[string]func(*issue) []string{
	"project":   func(i *issue) []string { return []string{i.Project, i.project.id, i.project.Name} },
	"key":       func(i *issue) []string { return []string{i.Key, i.ID} },
	"issuekey":  func(i *issue) []string { return []string{i.Key, i.ID} },
	"id":        func(i *issue) []string { return []string{i.Key, i.ID} },
	"labels":    func(i *issue) []string { return i.Labels },
	"status":    func(i *issue) []string { return []string{i.Status} },
	"issuetype": func(i *issue) []string { return []string{i.Type} },
	"type":      func(i *issue) []string { return []string{i.Type} },
	"assignee":  func(i *issue) []string { return []string{i.Assignee} },
	"reporter":  func(i *issue) []string { return []string{i.Reporter} },
}

// parseJQL understands comparisons with =, !=, in and not in, joined by AND. What follows ORDER BY is ignored.
func parseJQL(jql string) ([]clause, error) {
	words, err := cutJQL(jql)
	if err != nil {
		return nil, err
	}
	for i := range words {
		if strings.EqualFold(words[i], "order") && i+1 < len(words) && strings.EqualFold(words[i+1], "by") {
			words = words[:i]
			break
		}
	}
	if len(words) == 0 {
		return nil, jqlError("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
	}
	var out []clause
	for {
		c, rest, err := parseClause(words)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
		if len(rest) == 0 {
			return out, nil
		}
		if !strings.EqualFold(rest[0], "and") {
			return nil, jqlError(fmt.Sprintf("Error in the JQL Query: Expecting either 'AND' but got '%s'.", rest[0]))
		}
		words = rest[1:]
	}
}

// parseClause reads one comparison and returns what follows it.
func parseClause(words []string) (c clause, rest []string, err error) {
	bad := jqlError("Error in the JQL Query: a field, an operator and a value are expected.")
	if len(words) < 3 {
		return c, nil, bad
	}
	c.field = strings.ToLower(words[0])
	if fieldsOf[c.field] == nil {
		return c, nil, jqlError(fmt.Sprintf("Field '%s' does not exist or you do not have permission to view it.", words[0]))
	}
	op, rest := strings.ToLower(words[1]), words[2:]
	if op == "not" {
		op, rest = "not "+strings.ToLower(rest[0]), rest[1:]
	}
	c.not = op == "!=" || op == "not in"
	switch op {
	case "=", "!=":
		if len(rest) == 0 {
			return c, nil, bad
		}
		c.values, rest = []string{unquote(rest[0])}, rest[1:]
		return c, rest, nil
	case "in", "not in":
		end := slices.Index(rest, ")")
		if len(rest) == 0 || rest[0] != "(" || end < 0 {
			return c, nil, bad
		}
		for _, w := range rest[1:end] {
			if w != "," {
				c.values = append(c.values, unquote(w))
			}
		}
		return c, rest[end+1:], nil
	}
	return c, nil, bad
}

// matches tells whether an issue is what a clause asks for; values are compared in any case.
func (c clause) matches(i *issue) bool {
	has := slices.ContainsFunc(fieldsOf[c.field](i), func(got string) bool {
		return slices.ContainsFunc(c.values, func(want string) bool { return strings.EqualFold(got, want) })
	})
	return has != c.not
}

// cutJQL cuts a query into words, signs and quoted texts.
func cutJQL(s string) ([]string, error) {
	var words []string
	for {
		s = strings.TrimLeft(s, " \t\n")
		if s == "" {
			return words, nil
		}
		n := 1
		switch {
		case strings.HasPrefix(s, "!="):
			n = 2
		case strings.ContainsRune("=(),", rune(s[0])):
		case s[0] == '"' || s[0] == '\'':
			if n = quoted(s); n == 0 {
				return nil, jqlError(fmt.Sprintf("Error in the JQL Query: The quoted string '%s' has not been completed.", s[1:]))
			}
		default:
			if n = strings.IndexAny(s, " \t\n=!(),"); n < 0 {
				n = len(s)
			}
		}
		if n == 0 {
			return nil, jqlError(fmt.Sprintf("Error in the JQL Query: The character '%c' is a reserved JQL character.", s[0]))
		}
		words, s = append(words, s[:n]), s[n:]
	}
}

// quoted finds the end of the quoted text at the beginning of s, 0 where there is none.
func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return i + 1
		}
	}
	return 0
}

// unquote takes the quotes and backslashes from a value.
func unquote(w string) string {
	if len(w) < 2 || w[0] != '"' && w[0] != '\'' {
		return w
	}
	var b strings.Builder
	for i := 1; i < len(w)-1; i++ {
		if w[i] == '\\' && i+1 < len(w)-1 {
			i++
		}
		b.WriteByte(w[i])
	}
	return b.String()
}
