package flows_test

import (
	"fmt"
	"testing"

	"hallpass/flows"
)

// largePolicy is two hundred flows by name, of which the asker is in a tenth.
func largePolicy() (list []flows.FlowSpec) {
	for i := range 200 {
		f := oneStep()
		f.Name, f.What[0].Names = fmt.Sprintf("flow%03d", i), []string{fmt.Sprintf("app%03d-*", i)}
		if i%10 != 0 {
			f.Who.Any = []flows.Selector{inGroup("security")}
		}
		list = append(list, f)
	}
	return list
}

// BenchmarkSearch is the list of what somebody may ask for, as the form shows it at a keystroke: 50 of 100,000 resources under 200 flows, with nothing
// typed, with the name of one thing, with what nothing is called, and with what is called so but is not theirs.
func BenchmarkSearch(b *testing.B) {
	w := newWorld(b, largePolicy()...)
	w.must(w.store.Change(b.Context(), func(tx flows.Tx) error {
		for i := range 100_000 {
			name := fmt.Sprintf("app%03d-%05d", i%200, i)
			r := flows.Resource{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: fmt.Sprintf("00g%06d", i)}, Name: name, Permissions: []string{"member"}}
			if err := tx.PutResource(r); err != nil {
				return err
			}
		}
		return nil
	}))
	for _, text := range []string{"", "app190-99990", "nothing-like-it", "app191"} {
		b.Run("“"+text+"”", func(b *testing.B) {
			for b.Loop() {
				if _, err := w.engine.Search(b.Context(), ana, text, 50); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
