package datasets

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestData asks of every sub-package's data that each file has its listed checksum, that none
// is unlisted, that licences stand beside what others made, and that all of it stays small.
func TestData(t *testing.T) {
	folders, err := filepath.Glob("*/data")
	if err != nil || len(folders) < 4 {
		t.Fatalf("folders %v, %v", folders, err)
	}
	total := int64(0)
	for _, folder := range folders {
		sums, err := os.ReadFile(filepath.Join(folder, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		listed := map[string]bool{"SHA256SUMS": true}
		for line := range strings.Lines(string(sums)) {
			want, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
			data, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%x", sha256.Sum256(data)); got != want {
				t.Errorf("%s/%s: sha256 %s, listed %s", folder, name, got, want)
			}
			listed[name] = true
			total += int64(len(data))
		}
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !listed[e.Name()] {
				t.Errorf("%s/%s has no checksum", folder, e.Name())
			}
		}
	}
	if total > 24<<20 {
		t.Errorf("the data has %d bytes, at most 24 MiB are wanted", total)
	}
	for _, licence := range []string{
		"emoji/LICENSE-noto", "emoji/LICENSE-fluent", "emoji/LICENSE-twemoji",
		"emoji/LICENSE-emojibase", "emoji/ATTRIBUTION.md",
		"unseen/ATTRIBUTION.md", "unseen/LICENSE-fashion-mnist",
		"redrawn/ATTRIBUTION.md", "redrawn/LICENSE-openmoji",
		"hats/data/LICENSE-openclipart", "photos/data/LICENSE-photos",
	} {
		if info, err := os.Stat(licence); err != nil || info.Size() < 200 {
			t.Errorf("%s is missing or empty: %v", licence, err)
		}
	}
}
