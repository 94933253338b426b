package rest

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"hallpass/flows"
)

// maxPages ends a walk that a broken vendor would make endless.
const maxPages = 20_000

// Pages walks a list whose answers name the next page in a Link header (RFC 8288). each gets every page's items; the walk is complete
// or an error. A background walk waits when the vendor asks it to.
func Pages[T any](ctx context.Context, c *Client, call Call, each func([]T)) error {
	at, err := join(c.base, call.Path)
	if err != nil {
		return c.failed(flows.OutcomeRefused, false, c.vendor+" was not asked: the address would be wrong", err.Error())
	}
	at.RawQuery = call.Query.Encode()
	for range maxPages {
		items, next, err := page[T](ctx, c, call, at)
		if err != nil {
			return err
		}
		each(items)
		if next == nil {
			return nil
		}
		at = next
	}
	return c.failed(flows.OutcomeLater, false, c.vendor+"'s list does not come to an end", "")
}

func page[T any](ctx context.Context, c *Client, call Call, at *url.URL) (items []T, next *url.URL, err error) {
	var answer *http.Response
	read := func() error {
		items = nil
		call.Into = &items
		answer, err = c.send(ctx, call, at)
		return err
	}
	if call.Background {
		err = c.Patient(ctx, read)
	} else {
		err = read()
	}
	if err != nil {
		return nil, nil, err
	}
	next, err = c.next(answer.Header, at)
	return items, next, err
}

// next is the checked address of the next page, nil on the last one.
func (c *Client) next(h http.Header, at *url.URL) (*url.URL, error) {
	raw := linked(h.Values("Link"), "next")
	if raw == "" {
		return nil, nil
	}
	u, err := at.Parse(raw)
	if err != nil || !sameOrigin(u, c.base) || u.User != nil {
		return nil, c.failed(flows.OutcomeRefused, false, c.vendor+" names a next page on another host; an admin must check api_url", "")
	}
	if u.String() == at.String() {
		return nil, c.failed(flows.OutcomeLater, false, c.vendor+" names the same page as the next one", "")
	}
	return u, nil
}

// linked finds the address of a relation in Link headers.
func linked(headers []string, relation string) string {
	for _, line := range headers {
		for line != "" {
			_, after, ok := strings.Cut(line, "<")
			if !ok {
				break
			}
			address, rest, ok := strings.Cut(after, ">")
			if !ok {
				break
			}
			params, _, _ := strings.Cut(rest, "<")
			if hasRelation(params, relation) {
				return address
			}
			line = rest
		}
	}
	return ""
}

func hasRelation(params, relation string) bool {
	for p := range strings.SplitSeq(params, ";") {
		key, value, _ := strings.Cut(strings.Trim(p, " ,\t"), "=")
		if strings.EqualFold(strings.TrimSpace(key), "rel") {
			for word := range strings.FieldsSeq(strings.Trim(value, `" `)) {
				if strings.EqualFold(word, relation) {
					return true
				}
			}
		}
	}
	return false
}
