package lab_test

import (
	"context"
	"fmt"

	"cliplab/datasets"
	"cliplab/lab"
)

// A classifier written by the text encoder: no example of a boat was needed, and the drawing
// is by an artist whom the model never saw.
func Example() {
	model, err := lab.Load(context.Background(), lab.Shipped)
	if err != nil {
		fmt.Println(err)
		return
	}
	classifier, err := model.Classifier([]string{"cat", "dog", "boat", "hat"}, "a photo of a {}.")
	if err != nil {
		fmt.Println(err)
		return
	}
	boat := datasets.Emoji().Artist("twemoji").Class("boat")[0]
	fmt.Println(classifier.Classify(boat.Image).Top(0, 1)[0].Class)
	// Output: boat
}

// The stages by hand, from pixels and words to the loss of a batch.
func Example_stages() {
	model, err := lab.Load(context.Background(), lab.Shipped)
	if err != nil {
		fmt.Println(err)
		return
	}
	pairs := datasets.LessonBatch(8)
	tokens, err := model.Tokenize(pairs.Captions()...)
	if err != nil {
		fmt.Println(err)
		return
	}
	image := lab.Normalize(model.EncodeImage(model.Preprocess(pairs.Images()...)))
	text := lab.Normalize(model.EncodeText(tokens))
	logits := lab.Logits(lab.Similarity(image, text), model.LogitScale())
	loss := lab.ContrastiveLoss(logits)
	fmt.Printf("%v, below chance: %v\n", logits.Shape, loss.Mean < loss.Chance/2)
	// Output: [8 8], below chance: true
}
