package bpe

import (
	"strings"
	"testing"
)

// TestNames: each merge rule joins two names to the name of its id, as Python's reader of
// vocab.json and merges.txt puts them together.
func TestNames(t *testing.T) {
	names, merges := Names(), Merges()
	if len(names) != VocabSize || len(merges) != numMerges {
		t.Fatalf("%d names, %d rules", len(names), len(merges))
	}
	seen := make(map[string]int, len(names))
	for id, name := range names {
		if other, ok := seen[name]; ok {
			t.Errorf("ids %d and %d are both %q", other, id, name)
		}
		seen[name] = id
	}
	for n, rule := range merges {
		if joined := strings.ReplaceAll(rule, " ", ""); joined != names[firstMerge+n] {
			t.Fatalf("rule %d, %q, makes %q, want %q", n, rule, names[firstMerge+n], joined)
		}
	}
	for id, want := range map[int]string{0: "!", 256: "!</w>", SOT: "<|startoftext|>",
		EOT: "<|endoftext|>", 320: "a</w>"} {
		if names[id] != want {
			t.Errorf("id %d is %q, want %q", id, names[id], want)
		}
	}
}
