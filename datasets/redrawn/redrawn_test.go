package redrawn

import (
	"slices"
	"testing"

	"cliplab/datasets/emoji"
)

// Every drawing is of a known concept, once for each artist, and shows something.
func TestDrawings(t *testing.T) {
	known := map[string]string{}
	for _, c := range emoji.Concepts() {
		known[c.ID] = c.Label
	}
	seen := map[[2]string]bool{}
	of := map[string]int{}
	for _, d := range All() {
		if known[d.Concept] == "" {
			t.Errorf("%s drew %s, which is no concept", d.Artist, d.Concept)
		}
		if key := [2]string{d.Artist, d.Concept}; seen[key] {
			t.Errorf("%s drew %s twice", d.Artist, d.Concept)
		} else {
			seen[key] = true
		}
		of[d.Artist]++
		if b := d.Picture.Bounds(); b.Dx() != emoji.Side || b.Dy() != emoji.Side {
			t.Fatalf("%s %s: %v", d.Artist, known[d.Concept], b)
		}
		if n := opaque(d); n < 40 {
			t.Errorf("%s %s: only %d opaque pixels", d.Artist, known[d.Concept], n)
		}
	}
	for _, artist := range Artists() {
		if of[artist] < 300 {
			t.Errorf("%s drew %d concepts", artist, of[artist])
		}
	}
}

func opaque(d Drawing) int {
	n := 0
	for y := range emoji.Side {
		for x := range emoji.Side {
			if d.Picture.NRGBAAt(x, y).A > 127 {
				n++
			}
		}
	}
	return n
}

// The held-out artist must not come in by another door.
func TestHeldOutArtistIsNotHere(t *testing.T) {
	if artists := Artists(); slices.Contains(artists, emoji.HeldOutArtist) {
		t.Errorf("the held-out artist is among %v", artists)
	}
	for _, d := range All() {
		p, _ := emoji.Find(emoji.HeldOutArtist, d.Concept)
		held := p.View()
		different := 0
		for y := range emoji.Side {
			for x := range emoji.Side {
				a, b := d.Picture.NRGBAAt(x, y), held.NRGBAAt(x, y)
				if far(a.A, b.A) || a.A > 127 && (far(a.R, b.R) || far(a.G, b.G) || far(a.B, b.B)) {
					different++
				}
			}
		}
		if different < emoji.Side*emoji.Side/100 {
			t.Errorf("%s drew %s as the held-out artist did: %d pixels differ", d.Artist, d.Concept,
				different)
		}
	}
}

func far(a, b uint8) bool { return max(a, b)-min(a, b) > 24 }
