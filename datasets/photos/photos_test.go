package photos

import "testing"

func TestPhotos(t *testing.T) {
	if len(All()) != 6 {
		t.Fatalf("%d photographs, want 6", len(All()))
	}
	for _, p := range All() {
		b := p.Picture().Bounds()
		if min(b.Dx(), b.Dy()) != 256 {
			t.Errorf("%s: %v", p.Name, b)
		}
		if p.Licence != "CC0" && p.Licence != "public domain" {
			t.Errorf("%s: licence %q", p.Name, p.Licence)
		}
		if p.Caption == "" || p.Author == "" || len(p.Tags) == 0 {
			t.Errorf("%+v", p)
		}
	}
	if _, ok := Find("cat"); !ok {
		t.Error("no cat")
	}
}
