package flows_test

import (
	"fmt"
	"testing"

	"hallpass/flows"
)

// BenchmarkSearch is a keystroke in the form over 100,000 resources, of which the asker may ask for a tenth, for one, and for none.
func BenchmarkSearch(b *testing.B) {
	w := newWorld(b, oneStep())
	w.must(w.store.Change(b.Context(), func(tx flows.Tx) error {
		for i := range 100_000 {
			name := fmt.Sprintf("thing-%05d", i)
			if i%10 == 0 {
				name = fmt.Sprintf("prod-%05d", i)
			}
			r := flows.Resource{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: fmt.Sprintf("00g%06d", i)}, Name: name, Permissions: []string{"member"}}
			if err := tx.PutResource(r); err != nil {
				return err
			}
		}
		return nil
	}))
	for _, text := range []string{"", "prod-99990", "nothing-like-it", "thing"} {
		b.Run("“"+text+"”", func(b *testing.B) {
			for b.Loop() {
				if _, err := w.engine.Search(b.Context(), ana, text, 50); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
