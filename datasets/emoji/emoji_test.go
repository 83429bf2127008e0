package emoji

import (
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEveryPictureDecodes(t *testing.T) {
	if n := len(Concepts()); n != 1587 {
		t.Fatalf("%d concepts, want 1587", n)
	}
	for _, artist := range Artists {
		for _, p := range Of(artist) {
			picture := p.NRGBA()
			if b := picture.Bounds(); b.Dx() != Side || b.Dy() != Side {
				t.Fatalf("%s %s: %v", artist, p.Label, b)
			}
			opaque := 0
			for i := 3; i < len(picture.Pix); i += 4 {
				if picture.Pix[i] > 127 {
					opaque++
				}
			}
			if opaque < 60 { // a dagger is thin, an empty cell is a fault
				t.Errorf("%s %s: only %d opaque pixels", artist, p.Label, opaque)
			}
		}
	}
}

func TestSplitsAreDisjoint(t *testing.T) {
	trained, held := map[string]bool{}, map[string]bool{}
	for _, artist := range Artists {
		for _, p := range Of(artist) {
			switch {
			case p.Trained() && (p.Artist == HeldOutArtist || p.HeldOut):
				t.Errorf("%s %s is trained on and held out", p.Artist, p.ID)
			case p.Trained():
				trained[p.ID] = true
			case p.HeldOut:
				held[p.ID] = true
			}
		}
	}
	for id := range held {
		if trained[id] {
			t.Errorf("%s is trained on by one artist and held out by another", id)
		}
	}
	if share := float64(len(held)) / float64(len(Concepts())); share < 0.03 || share > 0.07 {
		t.Errorf("%d of %d concepts are held out", len(held), len(Concepts()))
	}
}

func TestClassesAndWords(t *testing.T) {
	owner := map[string]string{}
	for class, ids := range classes() {
		if !slices.Contains(Classes, class) {
			t.Errorf("class %q is not among Classes", class)
		}
		for _, id := range ids {
			if byID()[id].Label == "" {
				t.Errorf("class %s names the unknown concept %s", class, id)
			}
			if owner[id] != "" {
				t.Errorf("%s is %s and %s", id, owner[id], class)
			}
			owner[id] = class
		}
	}
	for _, class := range Classes {
		if n := len(classes()[class]); n < 4 {
			t.Errorf("class %s has %d concepts", class, n)
		}
	}
	rows := 0
	for id, phrases := range words() {
		if byID()[id].Label == "" {
			t.Errorf("words.tsv names the unknown concept %s", id)
		}
		for _, p := range phrases {
			rows++
			if p.caption == "" || !utf8.ValidString(p.caption) {
				t.Errorf("%s: caption %q", id, p.caption)
			}
			for _, a := range p.artists {
				if !slices.Contains(Artists, a) {
					t.Errorf("%s: unknown artist %q", id, a)
				}
			}
		}
	}
	if rows < 200 {
		t.Errorf("%d hand-written captions, want at least 200", rows)
	}
}

// TestPlainWords asks that the words of the hat probe and of its controls occur in captions.
func TestPlainWords(t *testing.T) {
	count := map[string]int{}
	for _, p := range Of("noto") {
		for _, c := range p.Captions() {
			for _, w := range strings.Fields(c) {
				count[w]++
			}
		}
	}
	for _, w := range []string{"hat", "cup", "cat", "boat", "glasses", "scarf", "crown", "helmet"} {
		if count[w] < 3 {
			t.Errorf("%q occurs %d times in captions, want at least 3", w, count[w])
		}
	}
}

func TestFind(t *testing.T) {
	p, ok := Find("twemoji", "1f3a9")
	if !ok || p.Label != "top hat" || p.Class != "hat" || p.Trained() {
		t.Errorf("top hat: %+v %v", p, ok)
	}
	if _, ok := Find("nobody", "1f3a9"); ok {
		t.Error("found a picture of nobody")
	}
	if !slices.Equal(pixels(p.View()), pixels(p.NRGBA())) {
		t.Error("the view shows another picture than the copy")
	}
	want := []string{"top hat", "a hat", "a tall top hat", "a dark hat with a band"}
	if got := p.Captions(); !slices.Equal(got, want) {
		t.Errorf("captions %q, want %q", got, want)
	}
}

func pixels(n *image.NRGBA) (colours []color.NRGBA) {
	for y := range Side {
		for x := range Side {
			colours = append(colours, n.NRGBAAt(x, y))
		}
	}
	return colours
}

func BenchmarkDecode(b *testing.B) {
	for b.Loop() {
		clear(sheets)
		Decode("twemoji")
	}
}
