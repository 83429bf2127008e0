package hats

import "testing"

func TestCutouts(t *testing.T) {
	kinds, names := map[string]int{}, map[string]bool{}
	for _, c := range All() {
		kinds[c.Kind]++
		if names[c.Name] {
			t.Errorf("%s twice", c.Name)
		}
		names[c.Name] = true
		b := c.Picture().Bounds()
		if b.Dx() > 200 || b.Dy() > 200 || max(b.Dx(), b.Dy()) < 50 {
			t.Errorf("%s: %v", c.Name, b)
		}
		if c.Caption == "" || c.Author == "" || c.Source == "" || c.Fit <= 0 {
			t.Errorf("%+v", c)
		}
		if _, _, _, alpha := c.Picture().At(0, 0).RGBA(); alpha == 0xffff {
			t.Errorf("%s: its upper left corner is opaque: no cut-out", c.Name)
		}
	}
	if kinds["hat"] != 20 || kinds["crown"] != 3 || kinds["cup"] != 3 || kinds["boat"] != 3 {
		t.Errorf("%v", kinds)
	}
	if _, ok := Find("red-fedora"); !ok {
		t.Error("no red fedora")
	}
	if _, ok := Find("none"); ok {
		t.Error("found a hat of no name")
	}
	if _, err := parse([]string{"a", "hat", "a hat", "x", "0", "0", "", ""}); err == nil {
		t.Error("a fit of x is taken")
	}
}
