package unseen

import (
	"image"
	"image/color"
	"testing"
)

func TestSets(t *testing.T) {
	for _, want := range []struct {
		set               Set
		classes, pictures int
	}{{Fashion(), 10, 300}, {QuickDraw(), 345, 1380}} {
		s := want.set
		if len(s.Classes) != want.classes || len(s.Pictures) != want.pictures ||
			len(s.Labels) != want.pictures {
			t.Errorf("%s: %d classes, %d pictures, %d labels", s.Name, len(s.Classes),
				len(s.Pictures), len(s.Labels))
		}
		for i, p := range s.Pictures {
			if b := p.Bounds(); b.Dx() != Side || b.Dy() != Side {
				t.Fatalf("%s %d: %v", s.Name, i, b)
			}
			if dark := darkness(p); dark < 0.01 || dark > 0.9 {
				t.Errorf("%s %d, %s: %.2f of it is dark", s.Name, i, s.Classes[s.Labels[i]], dark)
			}
		}
	}
}

func darkness(p image.Image) float64 {
	sum, b := 0.0, p.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			sum += 1 - float64(p.At(x, y).(color.Gray).Y)/255
		}
	}
	return sum / float64(Side*Side)
}

func TestOnly(t *testing.T) {
	s := QuickDraw().Only(func(class string) bool { return class == "cat" || class == "hat" })
	if len(s.Classes) != 2 || len(s.Pictures) != 8 {
		t.Fatalf("%d classes and %d pictures", len(s.Classes), len(s.Pictures))
	}
	for i, label := range s.Labels {
		if label != i/4 {
			t.Errorf("picture %d has label %d", i, label)
		}
	}
}
