package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// hidden is what anybody is told about a thing that is unknown or not theirs; the same words for both.
func (e *Engine) hidden(name string, yours []Resource) *Error {
	s := fmt.Sprintf("Nothing called %s that you can ask for.", name) + yoursWords(yours)
	if e.set.Help != "" {
		s += " " + e.set.Help
	}
	return &Error{Kind: KindNotFound, Sentence: s, Field: "resource"}
}

// yoursWords name what can be asked for, as a sentence to follow another.
func yoursWords(yours []Resource) string {
	if len(yours) == 0 {
		return ""
	}
	var names []string
	for _, r := range yours {
		names = append(names, r.Name)
	}
	return " Yours: " + strings.Join(names, ", ") + "."
}

// couldAsk reports whether somebody could ask for something if no flow forbade it.
func (p *Policy) couldAsk(r Resource, permission string, f *Facts) bool {
	open := *p
	open.Flows = slices.DeleteFunc(slices.Clone(p.Flows), func(f *Flow) bool { return f.Deny })
	return open.Cover(r, permission, f).Flow != nil
}

// unseen is hidden for a thing that was chosen by its id.
func (e *Engine) unseen() *Error {
	s := "That is nothing that you can ask for."
	if e.set.Help != "" {
		s += " " + e.set.Help
	}
	return &Error{Kind: KindNotFound, Sentence: s, Field: "resource"}
}

// searchPage is how many resources are read from the catalog at a time.
const searchPage = 500

// Search finds what this person may ask for, by a part of the name, from the local catalog. Who the person is, is looked up afresh.
func (e *Engine) Search(ctx context.Context, who PersonID, text string, limit int) ([]Resource, error) {
	p, err := e.current(ctx)
	if err != nil {
		return nil, err
	}
	f := e.gather(ctx, p.allWho(who))
	if f.Asker.Trouble != "" {
		return nil, Errorf(KindUnknown, "%s.", f.Asker.Trouble)
	}
	return e.searchWith(ctx, p, f, ResourceFilter{Text: strings.ToLower(strings.TrimSpace(text))}, limit)
}

func (p *Policy) allWho(who PersonID) *needs {
	n := newNeeds(who)
	for _, f := range p.Flows {
		n.who(f.Who.Any)
		n.who(f.Who.Except)
		n.who(f.Who.Skip)
	}
	for _, g := range p.Guarded {
		n.groups[g] = true
	}
	n.owners = p.owners
	return n
}

func (e *Engine) searchWith(ctx context.Context, p *Policy, f *Facts, filter ResourceFilter, limit int) ([]Resource, error) {
	var out []Resource
	filter.Limit = searchPage
	err := e.store.View(ctx, func(tx Tx) error {
		out = nil
		for len(out) < limit {
			page, err := tx.Resources(filter)
			if err != nil {
				return err
			}
			for _, r := range page {
				if len(out) < limit && len(p.permissions(r, f)) > 0 {
					out = append(out, r)
				}
			}
			if len(page) < searchPage {
				return nil
			}
			filter.After = &page[len(page)-1]
		}
		return nil
	})
	return out, err
}

// permissions are those that this asker may ask for on a resource.
func (p *Policy) permissions(r Resource, f *Facts) []string {
	if r.Gone || r.Unfit != "" {
		return nil
	}
	var out []string
	for _, perm := range r.Permissions {
		if c := p.Cover(r, perm, f); c.Flow != nil {
			out = append(out, perm)
		}
	}
	return out
}

// FindResource finds the one thing with this name that the person may ask for.
func (e *Engine) FindResource(ctx context.Context, who PersonID, name string) (Resource, error) {
	p, err := e.current(ctx)
	if err != nil {
		return Resource{}, err
	}
	f := e.gather(ctx, p.allWho(who))
	if f.Asker.Trouble != "" {
		return Resource{}, Errorf(KindUnknown, "%s. Try again in a minute.", f.Asker.Trouble)
	}
	list, err := e.searchWith(ctx, p, f, ResourceFilter{Name: name}, 2)
	if err != nil || len(list) == 1 {
		return firstOf(list), err
	}
	if len(list) > 1 {
		return Resource{}, &Error{Kind: KindInvalid, Field: "resource", Sentence: fmt.Sprintf("More than one thing is called %s. Choose it in the form.", name)}
	}
	yours, err := e.yours(ctx, p, f, name)
	if err == nil {
		err = e.forbidden(ctx, p, f, name, yours)
	}
	if err != nil {
		return Resource{}, err
	}
	return Resource{}, e.hidden(name, yours)
}

// yoursShown is how many things a refusal names that can be asked for.
const yoursShown = 5

// yours are a few things that this person may ask for, the nearest to a name first.
func (e *Engine) yours(ctx context.Context, p *Policy, f *Facts, name string) ([]Resource, error) {
	out, err := e.near(ctx, p, f, name)
	if err != nil || len(out) >= yoursShown {
		return out[:min(yoursShown, len(out))], err
	}
	rest, err := e.searchWith(ctx, p, f, ResourceFilter{}, yoursShown)
	for _, r := range rest {
		if len(out) < yoursShown && !slices.ContainsFunc(out, func(x Resource) bool { return x.ResourceKey == r.ResourceKey }) {
			out = append(out, r)
		}
	}
	return out, err
}

// nearSearched is how many things that have a word of a name are compared with it.
const nearSearched = 50

// near are the things that this person may ask for and whose names have the first word of a name, those that begin most like it first. It looks
// at nothing else, so that it says the same of a name that is unknown and one that is not theirs to know.
func (e *Engine) near(ctx context.Context, p *Policy, f *Facts, name string) ([]Resource, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	word := name
	if i := strings.IndexAny(name, "-_./ "); i > 0 {
		word = name[:i]
	}
	if word == "" {
		return nil, nil
	}
	list, err := e.searchWith(ctx, p, f, ResourceFilter{Text: word}, nearSearched)
	slices.SortStableFunc(list, func(a, b Resource) int { return alike(b.Name, name) - alike(a.Name, name) })
	return list, err
}

// alike is how many letters two names have in common from the start.
func alike(a, b string) (n int) {
	a = strings.ToLower(a)
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// forbidden says when a deny flow covers what was named, to those who could ask for it otherwise: to others it stays unknown.
func (e *Engine) forbidden(ctx context.Context, p *Policy, f *Facts, name string, yours []Resource) error {
	return e.store.View(ctx, func(tx Tx) error {
		list, err := tx.Resources(ResourceFilter{Name: name, Limit: 5})
		if err != nil {
			return err
		}
		for _, r := range list {
			for _, perm := range r.Permissions {
				if c := p.Cover(r, perm, f); c.Denied != nil && p.couldAsk(r, perm, f) {
					no := denied(r, c.Denied)
					no.Sentence += yoursWords(yours)
					return no
				}
			}
		}
		return nil
	})
}

func firstOf[T any](list []T) (zero T) {
	if len(list) > 0 {
		return list[0]
	}
	return zero
}
