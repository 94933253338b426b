package config

import (
	"slices"
	"strings"
	"testing"

	"hallpass/flows"
)

// again reads back what Print wrote.
func again(t interface{ Fatalf(string, ...any) }, text string) *flows.Flow {
	r := &reader{opts: Options{WithoutSecrets: true}}
	doc := "flows:\n  - " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ") + "\n"
	root, ok := r.parse("printed.yaml", []byte(doc))
	if !ok {
		t.Fatalf("%v\n%s", r.problems, doc)
	}
	list := readFlowList(root.object(sectionFlowsFile).get("flows"))
	if len(r.problems) > 0 || len(list) != 1 || list[0].flow == nil {
		t.Fatalf("%v\n%s", r.problems, doc)
	}
	return list[0].flow
}

func TestWhatIsPrintedReadsBackTheSame(t *testing.T) {
	_, c := example(t)
	for _, f := range slices.Concat(c.Flows, good(t).Flows, flowsOf(t, fullFlows).Flows) {
		text := string(Print(f))
		if back := again(t, text); back.Hash() != f.Hash() {
			t.Errorf("%s\nread back as %s\nwas %s", text, back.Text(), f.Text())
		}
	}
}
