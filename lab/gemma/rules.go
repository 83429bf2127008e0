package gemma

import (
	"fmt"
	"slices"
	"strings"
)

// Bounds of what normalizers may add, so that no file makes a caption fill the memory.
const (
	mostGrowing = 2  // Replace and Prepend: Llama's kind has both
	mostGrown   = 16 // bytes
)

// readNormalizer makes the steps of Normalize.
func (t *Tokenizer) readNormalizer(s *jsonStep, lower bool) error {
	if lower {
		t.steps = append(t.steps, lowered)
	}
	if s == nil {
		return nil
	}
	list := []jsonStep{*s}
	if s.Type == "Sequence" {
		list = s.Steps
	}
	grow := 0
	for _, step := range list {
		if step.Type != "Lowercase" {
			grow++
		}
		if grow > mostGrowing || len(step.Content)+len(step.Prepend) > mostGrown {
			return fmt.Errorf("normalizers that make texts longer %d times, or by %.20q; %d times is read",
				grow, step.Content+step.Prepend, mostGrowing)
		}
		switch {
		case step.Type == "Lowercase":
			t.steps = append(t.steps, lowered)
		case step.Type == "Replace" && step.Pattern.String != nil && *step.Pattern.String != "":
			t.steps = append(t.steps, strings.NewReplacer(*step.Pattern.String, step.Content).Replace)
		case step.Type == "Prepend":
			t.steps = append(t.steps, func(text string) string {
				if text == "" {
					return ""
				}
				return step.Prepend + text
			})
		default:
			return fmt.Errorf("a normalizer of type %q; Lowercase, Replace and Prepend are read", step.Type)
		}
	}
	return nil
}

// readSplitter keeps what texts are split behind, if anything.
func (t *Tokenizer) readSplitter(s *jsonStep) error {
	if s == nil {
		return nil
	}
	if s.Type != "Split" || s.Pattern.String == nil || *s.Pattern.String == "" || s.Invert ||
		s.Behavior != "MergedWithPrevious" {
		return fmt.Errorf("a pre-tokenizer of type %q, %s; a Split at a string, merged with what is "+
			"before, is read", s.Type, s.Behavior)
	}
	t.split = *s.Pattern.String
	return nil
}

// readAdded keeps the added tokens, the longest first.
func (t *Tokenizer) readAdded(list []jsonAdded) error {
	for _, a := range list {
		id, ok := t.ids[a.Content]
		if !ok {
			id = a.ID
		}
		if id < 0 || id > mostIDs {
			return fmt.Errorf("token %q has the id %d", a.Content, id)
		}
		t.size = max(t.size, id+1)
		to, content := &t.raw, a.Content
		if a.Normalized {
			to, content = &t.normal, t.normalized(content)
		}
		if content != "" {
			*to = append(*to, added{content, id, a.Word, a.Left, a.Right})
		}
	}
	for _, list := range [][]added{t.raw, t.normal} {
		slices.SortStableFunc(list, func(a, b added) int { return len(b.content) - len(a.content) })
	}
	return nil
}
