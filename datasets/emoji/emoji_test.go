package emoji

import "testing"

func TestEveryPictureDecodes(t *testing.T) {
	if n := len(Concepts()); n != 1587 {
		t.Fatalf("%d concepts, want 1587", n)
	}
	for _, artist := range Artists {
		for _, p := range Of(artist) {
			b := p.Picture().Bounds()
			if b.Dx() != Side || b.Dy() != Side {
				t.Fatalf("%s %s: %v", artist, p.Label, b)
			}
		}
	}
}
