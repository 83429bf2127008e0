package datasets

import (
	"fmt"
	"image"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestEmojiSplits(t *testing.T) {
	all := Emoji()
	if len(all) != 3*1587 {
		t.Fatalf("%d pairs, want %d", len(all), 3*1587)
	}
	trained := map[string]bool{}
	for _, p := range all.Split(Train) {
		trained[p.ID] = true
		if p.Artist == "twemoji" {
			t.Fatalf("%s of the held-out artist is trained on", p.ID)
		}
	}
	sum := 0
	for _, split := range []string{Train, NewConcept, NewArtist, NewBoth} {
		n := len(all.Split(split))
		t.Logf("%-24s %4d pairs", split, n)
		sum += n
	}
	if sum != len(all) {
		t.Errorf("splits hold %d pairs of %d", sum, len(all))
	}
	for _, p := range all.Split(NewConcept, NewBoth) {
		if trained[p.ID] {
			t.Errorf("held-out concept %s (%s) is trained on", p.ID, p.Caption)
		}
	}
}

func TestFilters(t *testing.T) {
	cats := Emoji().Artist("twemoji").Class("cat")
	if len(cats) != 7 {
		t.Errorf("%d cats, want 7", len(cats))
	}
	one := Emoji().Artist("noto").Search("hat").Sample(3, 1)
	two := Emoji().Artist("noto").Search("hat").Sample(3, 1)
	if !slices.Equal(one.Captions(), two.Captions()) || len(one) != 3 {
		t.Errorf("the same seed drew %q and %q", one.Captions(), two.Captions())
	}
	food := Emoji().Pairs(func(p Pair) bool { return p.Group == "food-drink" })
	if len(food) != len(Emoji().Group("food-drink")) || len(food) == 0 {
		t.Errorf("%d pairs of food", len(food))
	}
	if got := Emoji().Sample(1<<20, 0); len(got) != len(Emoji()) {
		t.Errorf("a sample of more than all holds %d", len(got))
	}
}

func TestClasses10(t *testing.T) {
	classes := Classes10()
	if len(classes) != 10 {
		t.Fatalf("%d classes", len(classes))
	}
	for _, c := range classes {
		if len(c.Pairs) < 4 {
			t.Errorf("class %s has %d pictures", c.Name, len(c.Pairs))
		}
		for _, p := range c.Pairs {
			if p.Split != NewArtist {
				t.Errorf("%s: %s is of split %q", c.Name, p.Caption, p.Split)
			}
			want := Prompt("a {}", c.Name)
			if !slices.Contains(p.Captions, want) {
				t.Errorf("%s: %q lacks %q", c.Name, p.Captions, want)
			}
		}
	}
}

func TestLessonBatch(t *testing.T) {
	for _, artist := range []string{"noto", "fluent", "twemoji"} {
		batch := LessonBatch(99, artist)
		if len(batch) != 16 {
			t.Fatalf("%s: %d pairs, want 16", artist, len(batch))
		}
		seen := map[string]bool{}
		for _, p := range batch {
			if seen[p.Caption] {
				t.Errorf("caption %q twice", p.Caption)
			}
			seen[p.Caption] = true
			if p.Split != Train && p.Split != NewArtist {
				t.Errorf("%s is a held-out concept", p.Caption)
			}
		}
	}
	if n := len(LessonBatch(8)); n != 8 {
		t.Errorf("%d pairs, want 8", n)
	}
	if n := len(LessonBatch(-1)); n != 0 {
		t.Errorf("%d pairs, want none", n)
	}
}

func TestPrompt(t *testing.T) {
	for _, c := range []struct{ template, noun, want string }{
		{"a photo of a {}", "cat", "a photo of a cat"},
		{"a photo of a {}", "apple", "a photo of an apple"},
		{"a small {}", "apple", "a small apple"},
		{"a {}", "owl", "an owl"},
		{"a photo of a {}.", "a boat with two sails", "a photo of a boat with two sails."},
		{"a photo of a {}.", "an apple", "a photo of an apple."},
		{"this is a {}.", "the sun", "this is the sun."},
	} {
		if got := Prompt(c.template, c.noun); got != c.want {
			t.Errorf("Prompt(%q, %q) = %q, want %q", c.template, c.noun, got, c.want)
		}
	}
	for _, template := range Templates {
		if strings.Count(template, "{}") != 1 {
			t.Errorf("template %q", template)
		}
	}
}

func TestPhotosAndHats(t *testing.T) {
	if n := len(Photos()); n != 6 {
		t.Errorf("%d photographs, want 6", n)
	}
	if n := len(Hats()); n != 20 {
		t.Errorf("%d hats, want 20", n)
	}
	for _, p := range slices.Concat(Photos(), Hats()) {
		if b := p.Image.Bounds(); b.Empty() || p.Caption == "" {
			t.Errorf("%s: %v %q", p.ID, b, p.Caption)
		}
	}
}

// TestLazyPictures asks that the lazy picture is the decoded one.
func TestLazyPictures(t *testing.T) {
	p := Emoji().Artist("fluent")[100]
	pixels := p.Image.(interface{ NRGBA() *image.NRGBA }).NRGBA()
	for _, at := range []image.Point{{0, 0}, {32, 32}, {63, 63}, {20, 40}} {
		if p.Image.At(at.X, at.Y) != pixels.At(at.X, at.Y) {
			t.Errorf("pixel %v differs", at)
		}
	}
}

func TestTrainingComposites(t *testing.T) {
	draw := func() (captions []string) {
		for picture, caption := range TrainingComposites("noto", rand.New(rand.NewPCG(7, 7))) {
			if picture.Bounds().Empty() {
				t.Fatalf("%q has no picture", caption)
			}
			if captions = append(captions, caption); len(captions) == 20 {
				break
			}
		}
		return captions
	}
	if a, b := draw(), draw(); !slices.Equal(a, b) {
		t.Errorf("the same seed gives %q and %q", a, b)
	}
}

func ExampleSet() {
	for _, p := range Emoji().Artist("twemoji").Class("cup") {
		fmt.Println(p.ID, p.Captions[:2], p.Split)
	}
	// Output:
	// 2615 [hot beverage a cup] new artist
	// 1f375 [teacup without handle a cup] new artist
	// 1f964 [cup with straw a cup] new artist
	// 1f9cb [bubble tea a cup] new artist
}

func TestWords(t *testing.T) {
	list := Words()
	for _, w := range []string{"hat", "cup", "cat", "boat", "scarf", "glasses", "crown", "rocket"} {
		if !slices.Contains(list, w) {
			t.Errorf("%q is not among the words", w)
		}
	}
	if len(list) < 500 || !slices.IsSorted(list) {
		t.Errorf("%d words", len(list))
	}
	t.Logf("%d words", len(list))
}
