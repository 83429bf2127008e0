package recipe

import (
	"fmt"
	"strings"

	"cliplab/datasets"
	"cliplab/datasets/unseen"
	"cliplab/lab"
)

// measureUnseen names pictures of two sets by others, none of which was trained on: photographs
// of clothes, and sketches, of the classes that the model has the words for, and of those among
// them that no caption of a training picture named.
func (c *Card) measureUnseen(m *lab.Model) error {
	known := unseen.QuickDraw().Only(func(class string) bool { return len(m.Unknown(class)) == 0 })
	named := captioned()
	fresh := known.Only(func(class string) bool { return !named[class] })
	sets := []struct {
		title string
		unseen.Set
	}{
		{"Fashion-MNIST, %d pictures of %d classes", unseen.Fashion()},
		{"Quick, Draw!, %d sketches of %d classes", known},
		{"  of them never named in training, %d of %d", fresh},
	}
	for _, set := range sets {
		classifier, err := m.Classifier(set.Classes, datasets.Templates...)
		if err != nil {
			return err
		}
		scores := lab.Similarity(lab.Normalize(encode(m, set.Pictures)), classifier.Weights)
		r := rate(best(scores, 1), set.Labels, len(set.Classes))
		r.Name = fmt.Sprintf(set.title, len(set.Pictures), len(set.Classes))
		c.Unseen = append(c.Unseen, r)
	}
	return nil
}

// captioned are all things that a caption of a training picture may name by themselves.
func captioned() map[string]bool {
	named := map[string]bool{}
	for _, caption := range NewMixed().Captions() {
		caption = strings.ToLower(caption)
		for _, article := range []string{"a ", "an ", "the "} {
			caption = strings.TrimPrefix(caption, article)
		}
		named[caption] = true
	}
	return named
}
