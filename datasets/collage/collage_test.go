package collage

import (
	"crypto/sha256"
	"image"
	"math/rand/v2"
	"strings"
	"testing"

	"cliplab/datasets/emoji"
	"cliplab/datasets/photos"
)

// TestHeads asks that each head of the table is on its picture, and is of a picture there is.
func TestHeads(t *testing.T) {
	for artist, least := range map[string]int{"noto": 24, "fluent": 24, "fluent-flat": 24,
		"fluent-3d": 24, "noto-2015": 24, "openmoji": 24, "emojione": 14, "twemoji": 24,
		"photo": 2} {
		seen := map[string]bool{}
		for _, p := range Persons(artist) {
			if seen[p.ID] {
				t.Errorf("%s %s twice", artist, p.ID)
			}
			seen[p.ID] = true
			known := false
			if artist == "photo" {
				_, known = photos.Find(p.ID)
			} else {
				picture, _ := drawn(artist, p.ID)
				known = picture != nil
			}
			if !known {
				t.Errorf("%s: no picture %s", artist, p.ID)
				continue
			}
			h, b := p.Head, p.Picture().Bounds()
			inside := h.Top >= 0 && h.Top < h.Eyes && h.Eyes < h.Chin && h.Chin <= float64(b.Dy()) &&
				h.Middle-h.Width/2 >= -3 && h.Middle+h.Width/2 <= float64(b.Dx())+3
			if !inside {
				t.Errorf("%s %s: head %+v on a picture of %v", artist, p.ID, h, b.Size())
			}
		}
		if len(seen) < least {
			t.Errorf("%s: %d heads, want at least %d", artist, len(seen), least)
		}
	}
}

// TestHatPairs asks that a hat changes the picture around the brow, over the head and nowhere
// below the mouth, and that no person or hat is trained on.
func TestHatPairs(t *testing.T) {
	kinds := map[string]int{}
	hatsSeen := map[string]bool{}
	for i, pair := range HatPairs() {
		kinds[pair.Kind]++
		without, with := pair.Without.(*image.NRGBA), pair.With.(*image.NRGBA)
		if without.Rect != with.Rect {
			t.Fatalf("%s: %v without, %v with", pair.Name, without.Rect, with.Rect)
		}
		changed, pixels := difference(without, with)
		area := without.Rect.Dx() * without.Rect.Dy()
		if share := float64(pixels) / float64(area); share < 0.015 || share > 0.4 {
			t.Errorf("%s: the hat changes %.3f of the picture", pair.Name, share)
		}
		if pair.Kind != "emoji" {
			continue
		}
		hatsSeen[pair.Thing] = true
		p := Wearers()[i]
		if p.Artist != emoji.HeldOutArtist || p.ID == "" {
			t.Errorf("%s: drawn by %q", pair.Name, p.Artist)
		}
		_, head := p.Framed(scale)
		lowest := float64(changed.Max.Y)
		if lowest < head.Brow()-4 || lowest > (head.Eyes+head.Chin)/2 {
			t.Errorf("%s: the hat ends at %v, brow %v", pair.Name, lowest, head.Brow())
		}
		if middle := float64(changed.Min.X+changed.Max.X) / 2; middle < head.Middle-0.45*head.Width ||
			middle > head.Middle+0.45*head.Width {
			t.Errorf("%s: the hat's middle is at %v, the head's at %v", pair.Name, middle, head.Middle)
		}
	}
	if kinds["emoji"] != 20 || kinds["photo"] != 4 || len(hatsSeen) != 20 {
		t.Errorf("pairs %v, %d different hats", kinds, len(hatsSeen))
	}
}

// difference is the box around what differs, and how many pixels do.
func difference(a, b *image.NRGBA) (box image.Rectangle, pixels int) {
	for y := range a.Rect.Dy() {
		for x := range a.Rect.Dx() {
			if a.NRGBAAt(x, y) != b.NRGBAAt(x, y) {
				box = box.Union(image.Rect(x, y, x+1, y+1))
				pixels++
			}
		}
	}
	return box, pixels
}

func TestControlPairs(t *testing.T) {
	count := map[string]int{}
	for _, pair := range ControlPairs() {
		count[pair.Kind]++
		if pair.Thing == "" || pair.With.Bounds().Empty() {
			t.Errorf("%s: thing %q, %v", pair.Name, pair.Thing, pair.With.Bounds())
		}
		if a, b := pair.Without.(*image.NRGBA), pair.With.(*image.NRGBA); a.Rect == b.Rect {
			if _, pixels := difference(a, b); pixels == 0 {
				t.Errorf("%s changes nothing", pair.Name)
			}
		}
	}
	for _, kind := range ControlKinds {
		if count[kind] != len(Wearers()) {
			t.Errorf("%s: %d pairs, want %d", kind, count[kind], len(Wearers()))
		}
	}
	if n := len(ControlPairs("moustache")); n != 0 {
		t.Errorf("an unknown kind gives %d pairs", n)
	}
}

func TestTrainingIsDeterministic(t *testing.T) {
	sum := func(artist string) [32]byte {
		rng := rand.New(rand.NewPCG(3, 4))
		h := sha256.New()
		for range 200 {
			c := Training(artist, rng)
			h.Write(c.Picture.Pix)
			h.Write([]byte(c.Caption))
		}
		return [32]byte(h.Sum(nil))
	}
	for _, artist := range []string{"noto", "fluent"} {
		if first, second := sum(artist), sum(artist); first != second {
			t.Errorf("%s: the same seed gives two results", artist)
		}
	}
	if sum("noto") == sum("fluent") {
		t.Error("two artists draw the same")
	}
}

func TestTrainingRefusesTheHeldOut(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("composites of the held-out artist")
		}
	}()
	Training(emoji.HeldOutArtist, rand.New(rand.NewPCG(1, 1)))
}

func TestTrainingCaptions(t *testing.T) {
	listed := map[string]bool{}
	for _, c := range TrainingCaptions() {
		listed[c] = true
	}
	rng := rand.New(rand.NewPCG(5, 6))
	count := map[string]int{}
	const draws = 3000
	for i := range draws {
		c := Training(TrainingArtists[i%len(TrainingArtists)], rng)
		caption := c.Caption
		if c.Without != nil && !listed[c.Person] {
			t.Fatalf("caption %q is not listed", c.Person)
		}
		if !listed[caption] {
			t.Fatalf("caption %q is not listed", caption)
		}
		for _, w := range strings.Fields(caption) {
			count[w]++
		}
	}
	for _, w := range []string{"hat", "cup", "cat", "boat", "glasses", "scarf", "crown"} {
		if count[w] < draws/100 {
			t.Errorf("%q occurs %d times in %d captions", w, count[w], draws)
		}
	}
}

func TestWearKeepsItsInputs(t *testing.T) {
	p := Wearers()[0]
	framed, head := p.Framed(scale)
	before := sha256.Sum256(framed.Pix)
	hat := Thing{Picture: framed, Fit: 1, Centre: 0.5, Seat: 1}
	at := head.Hat(hat)
	at.Tilt, at.Flip, at.Stretch = 30, true, 0.5
	Wear(framed, framed, at)
	Behind(framed, framed, at)
	if sha256.Sum256(framed.Pix) != before {
		t.Error("Wear drew upon its input")
	}
	tiny := Wear(framed, framed, Placement{X: -50, Y: 500, Width: 0})
	if tiny.Rect != framed.Rect {
		t.Errorf("%v", tiny.Rect)
	}
}

func BenchmarkTraining(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	Training("noto", rng)
	for b.Loop() {
		Training("noto", rng)
	}
}
