package okta

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// compileSearch understands the SCIM expressions of search and filter: attribute, operator, value; joined by and, or and
// brackets. Names of attributes are case-sensitive, values are not. Operators are eq, sw, co, gt, ge, lt, le and pr; ne is
// refused, as Okta does. With attributes given, others are refused. The empty expression says yes to everything.
func compileSearch(expression string, attributes []string) (func(map[string]any) bool, error) {
	if expression == "" {
		return func(map[string]any) bool { return true }, nil
	}
	words, err := cutWords(expression)
	if err != nil {
		return nil, err
	}
	p := &parser{words: words, attributes: attributes}
	test, err := p.either()
	if err != nil {
		return nil, err
	}
	if len(p.words) > 0 {
		return nil, fmt.Errorf("%q is too much", p.words[0])
	}
	return test, nil
}

type test = func(map[string]any) bool

// parser reads words from the left.
type parser struct {
	words      []string
	attributes []string
}

// next takes the next word, "" at the end.
func (p *parser) next() string {
	if len(p.words) == 0 {
		return ""
	}
	w := p.words[0]
	p.words = p.words[1:]
	return w
}

// take takes the next word if it is the given one.
func (p *parser) take(word string) bool {
	if len(p.words) == 0 || !strings.EqualFold(p.words[0], word) {
		return false
	}
	p.words = p.words[1:]
	return true
}

// either reads alternatives joined by or.
func (p *parser) either() (test, error) {
	return p.joined("or", p.both, func(a, b bool) bool { return a || b })
}

// both reads conditions joined by and.
func (p *parser) both() (test, error) {
	return p.joined("and", p.one, func(a, b bool) bool { return a && b })
}

func (p *parser) joined(word string, part func() (test, error), combine func(a, b bool) bool) (test, error) {
	left, err := part()
	for err == nil && p.take(word) {
		var right test
		if right, err = part(); err == nil {
			first := left
			left = func(v map[string]any) bool { return combine(first(v), right(v)) }
		}
	}
	return left, err
}

// one reads a bracket or a comparison.
func (p *parser) one() (test, error) {
	if p.take("(") {
		inner, err := p.either()
		if err == nil && !p.take(")") {
			err = fmt.Errorf("a bracket is not closed")
		}
		return inner, err
	}
	name, op := p.next(), strings.ToLower(p.next())
	if p.attributes != nil && !slices.Contains(p.attributes, name) {
		return nil, fmt.Errorf("%q cannot be filtered by", name)
	}
	if op == "pr" {
		return func(v map[string]any) bool { return len(valuesAt(v, name)) > 0 }, nil
	}
	compare, known := operators[op]
	value, err := literal(p.next())
	if !known || err != nil {
		return nil, fmt.Errorf("%q is not a comparison", op)
	}
	return func(v map[string]any) bool {
		return slices.ContainsFunc(valuesAt(v, name), func(s string) bool { return compare(strings.ToLower(s), value) })
	}, nil
}

// operators compare small letters; times are written so that they compare as text.
var operators = map[string]func(got, want string) bool{
	"eq": func(got, want string) bool { return got == want },
	"sw": strings.HasPrefix,
	"co": strings.Contains,
	"gt": func(got, want string) bool { return got > want },
	"ge": func(got, want string) bool { return got >= want },
	"lt": func(got, want string) bool { return got < want },
	"le": func(got, want string) bool { return got <= want },
}

// literal reads a quoted text, a number, true or false.
func literal(word string) (string, error) {
	var v any
	if err := json.Unmarshal([]byte(word), &v); err != nil {
		return "", fmt.Errorf("%q is not a value: texts stand in double quotes", word)
	}
	return strings.ToLower(fmt.Sprint(v)), nil
}

// cutWords cuts an expression into words, brackets and quoted texts.
func cutWords(s string) ([]string, error) {
	var words []string
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" {
			return words, nil
		}
		n := 1
		switch {
		case s[0] == '(' || s[0] == ')':
		case s[0] == '"':
			if n = closing(s); n == 0 {
				return nil, fmt.Errorf("a quote is not closed")
			}
		default:
			if n = strings.IndexAny(s, " \t()"); n < 0 {
				n = len(s)
			}
		}
		words, s = append(words, s[:n]), s[n:]
	}
}

// closing finds the end of the quoted text at the beginning of s, 0 where there is none.
func closing(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// valuesAt returns what stands at a dotted path, through lists; nothing where it is absent or null.
func valuesAt(v any, path string) []string {
	switch at := v.(type) {
	case nil:
		return nil
	case map[string]any:
		name, rest, _ := strings.Cut(path, ".")
		return valuesAt(at[name], rest)
	case []any:
		var out []string
		for _, each := range at {
			out = append(out, valuesAt(each, path)...)
		}
		return out
	default:
		return []string{fmt.Sprint(at)}
	}
}
