package recipe

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"cliplab/datasets"
	"cliplab/lab"
)

// shipped is the score card of the model that ships, measured once for all tests.
var shipped = sync.OnceValues(func() (*Score, error) {
	model, err := lab.Load(context.Background(), lab.Shipped)
	if err != nil {
		return nil, err
	}
	return Measure(model)
})

// The model that ships must do what the lessons say of it.
func TestShippedModelIsGoodEnough(t *testing.T) {
	s, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", s)
	if s.Everyday <= 0.80 {
		t.Errorf("%.1f %% of the held-out artist's everyday pictures are named, want over 80 %%",
			100*s.Everyday)
	}
	if s.Hat.Pairs < 10 || 10*s.Hat.First < 8*s.Hat.Pairs {
		t.Errorf("hat comes first on %d of %d pairs, want 8 of 10", s.Hat.First, s.Hat.Pairs)
	}
	if 10*s.Hat.ByWord < 8*s.Hat.Pairs {
		t.Errorf("by the bare words hat comes first on %d of %d pairs, want 8 of 10",
			s.Hat.ByWord, s.Hat.Pairs)
	}
	if s.Hat.P >= 0.01 {
		t.Errorf("the hat probe has p = %.4f, want below 0.01", s.Hat.P)
	}
	brighter := s.Controls[slices.Index(datasets.ControlKinds(), "brighter")]
	if brighter.First >= s.Hat.First || brighter.ByWord >= s.Hat.ByWord {
		t.Errorf("brightness alone gives hat on %d pairs, by word %d; hats on %d and %d",
			brighter.First, brighter.ByWord, s.Hat.First, s.Hat.ByWord)
	}
}

// What the README and the model card say of the model is what is measured.
func TestDocumentsTellTheScore(t *testing.T) {
	s, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join("..", "..", "..")
	for _, name := range []string{"lab/weights/MODEL_CARD.md", "README.md"} {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(s.String()), "\n")
		if name == "README.md" {
			lines = lines[:1]
		}
		for _, line := range lines {
			if !strings.Contains(string(text), strings.TrimSpace(line)) {
				t.Errorf("%s does not hold the line\n%s", name, line)
			}
		}
	}
}

func TestSourcesKeepTheSplit(t *testing.T) {
	e := NewEmoji()
	for id, pairs := range e.drawings {
		for _, p := range pairs {
			if !p.Trained() {
				t.Errorf("%s by %s is held out and would be trained on", id, p.Artist)
			}
		}
	}
	if len(e.concepts) < 1400 {
		t.Errorf("only %d concepts", len(e.concepts))
	}
}
