package train

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"regexp"

	"cliplab/lab/pixels"
)

// Augment says how far a picture may be changed so that it still deserves its caption.
type Augment struct {
	Zoom       float64 // scale is drawn from 1/(1+Zoom) to 1+Zoom/3
	Shift      float64 // in shares of the picture's side
	Rotate     float64 // degrees to either side
	Flip       bool    // left and right swapped, unless the caption says left or right
	Light      float64 // brightness and contrast, each ± this share
	Tint       float64 // per-channel gain ± this share: small, since captions name colours
	Gray       float64 // probability of losing all colour
	Background float64 // probability of a coloured ground instead of white behind alpha
	Warp       float64 // smooth bending, in shares of the picture's side
	Flatten    float64 // probability of few colour levels, as flat drawings have
	Blur       float64 // probability of a blur
	Coarse     float64 // probability of a half to a quarter of the resolution
}

// DefaultAugment keeps colours and directions that captions speak of.
var DefaultAugment = Augment{
	Zoom: 0.35, Shift: 0.1, Rotate: 14, Flip: true, Light: 0.35, Tint: 0.15,
	Gray: 0.06, Background: 0.35, Warp: 0.05, Flatten: 0.15, Blur: 0.2, Coarse: 0.25,
}

// Times is the same changes, each so many times as far or as often.
func (a Augment) Times(strength float64) Augment {
	for _, x := range []*float64{&a.Zoom, &a.Shift, &a.Rotate, &a.Light, &a.Tint, &a.Gray,
		&a.Background, &a.Warp, &a.Flatten, &a.Blur, &a.Coarse} {
		*x *= strength
	}
	return a
}

var directional = regexp.MustCompile(`(?i)\b(left|right|leftwards|rightwards|clockwise|` +
	`counterclockwise|forward|backward|east|west|letter|letters|button|flag|sign|number|clock|` +
	`o’clock|input|reverse|fast-forward)\b`)

// CanFlip says whether a caption stays true in the mirror.
func CanFlip(caption string) bool { return !directional.MatchString(caption) }

// Apply writes one augmented picture into dst, normalised as CLIP wants it.
//
//	dst [3, size, size]  channel, row, column
//
// Transparent parts become white, or now and then a light colour of their own.
func (a Augment) Apply(
	dst []float32, picture image.Image, caption string, size int, rng *rand.Rand,
) {
	src := asNRGBA(picture)
	m := a.affine(src.Bounds(), caption, size, rng)
	ground := a.ground(rng)
	c := a.colour(rng)
	bend := a.bend(src.Bounds(), rng)
	plane := size * size
	for y := range size {
		for x := range size {
			dx, dy := bend.at(x, y, size)
			r, g, b := bilinear(src, m.x(x, y)+dx, m.y(x, y)+dy, ground)
			i := y*size + x
			dst[i], dst[plane+i], dst[2*plane+i] = c.apply(r, g, b)
		}
	}
	if rng.Float64() < a.Blur {
		blur(dst, size)
	}
	if rng.Float64() < a.Coarse {
		coarsen(dst, size, 2+rng.IntN(3))
	}
	for k := range 3 {
		channel := dst[k*plane : (k+1)*plane]
		for i, v := range channel {
			channel[i] = (v - pixels.Mean[k]) / pixels.Std[k]
		}
	}
}

// affine maps a pixel of the output to a place in the source.
type affine struct{ a, b, c, d, e, f float64 }

func (m affine) x(x, y int) float64 { return m.a*float64(x) + m.b*float64(y) + m.c }
func (m affine) y(x, y int) float64 { return m.d*float64(x) + m.e*float64(y) + m.f }

func (a Augment) affine(r image.Rectangle, caption string, size int, rng *rand.Rand) affine {
	uniform := func(spread float64) float64 { return (2*rng.Float64() - 1) * spread }
	zoom := 1/(1+a.Zoom) + rng.Float64()*(1+a.Zoom/3-1/(1+a.Zoom))
	stretch := 1 + uniform(a.Zoom/4)
	side := float64(max(r.Dx(), r.Dy()))
	s := side / float64(size) / zoom
	sin, cos := math.Sincos(uniform(a.Rotate) * math.Pi / 180)
	flip := 1.0
	if a.Flip && rng.IntN(2) == 0 && CanFlip(caption) {
		flip = -1
	}
	half := float64(size-1) / 2
	cx := float64(r.Dx()-1)/2 + uniform(a.Shift)*side
	cy := float64(r.Dy()-1)/2 + uniform(a.Shift)*side
	m := affine{a: s * cos * flip * stretch, b: -s * sin, d: s * sin * flip, e: s * cos / stretch}
	m.c = cx - m.a*half - m.b*half
	m.f = cy - m.d*half - m.e*half
	return m
}

func (a Augment) ground(rng *rand.Rand) [3]float32 {
	if rng.Float64() >= a.Background {
		return [3]float32{1, 1, 1}
	}
	base := float32(rng.Float64())
	var g [3]float32
	for i := range g {
		g[i] = min(1, max(0, base+0.35*(float32(rng.Float64())-0.5)))
	}
	return g
}

// colour is contrast, brightness and gain of one picture.
type colour struct {
	gain   [3]float32
	offset float32
	gray   bool
	levels float32 // of each channel; 0 keeps all
}

func (a Augment) colour(rng *rand.Rand) colour {
	uniform := func(spread float64) float32 { return float32((2*rng.Float64() - 1) * spread) }
	contrast := 1 + uniform(a.Light)
	c := colour{offset: 0.5 - 0.5*contrast + uniform(a.Light/2), gray: rng.Float64() < a.Gray}
	for i := range c.gain {
		c.gain[i] = contrast * (1 + uniform(a.Tint))
	}
	if rng.Float64() < a.Flatten {
		c.levels = float32(2 + rng.IntN(5))
	}
	return c
}

func (c colour) apply(r, g, b float32) (float32, float32, float32) {
	if c.gray {
		l := 0.299*r + 0.587*g + 0.114*b // Rec. 601 luma
		r, g, b = l, l, l
	}
	clip := func(v float32) float32 {
		v = min(1, max(0, v))
		if c.levels > 0 {
			v = float32(math.Round(float64(v*c.levels))) / c.levels
		}
		return v
	}
	return clip(r*c.gain[0] + c.offset), clip(g*c.gain[1] + c.offset), clip(b*c.gain[2] + c.offset)
}

// bilinear reads src at a place between pixels, over the ground where it is transparent.
func bilinear(src *image.NRGBA, x, y float64, ground [3]float32) (r, g, b float32) {
	x0, y0 := math.Floor(x), math.Floor(y)
	fx, fy := float32(x-x0), float32(y-y0)
	weights := [4]float32{(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy}
	bounds := src.Bounds()
	var alpha float32
	for k, w := range weights {
		px, py := int(x0)+k&1, int(y0)+k>>1
		if px < 0 || py < 0 || px >= bounds.Dx() || py >= bounds.Dy() {
			continue
		}
		p := src.Pix[py*src.Stride+px*4:]
		a := w * float32(p[3]) / 255
		r += a * float32(p[0]) / 255
		g += a * float32(p[1]) / 255
		b += a * float32(p[2]) / 255
		alpha += a
	}
	rest := 1 - alpha
	return r + rest*ground[0], g + rest*ground[1], b + rest*ground[2]
}

func asNRGBA(img image.Image) *image.NRGBA {
	if n, ok := img.(*image.NRGBA); ok && n.Rect.Min == (image.Point{}) {
		return n
	}
	r := img.Bounds()
	n := image.NewNRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Draw(n, n.Bounds(), image.NewUniform(color.Transparent), image.Point{}, draw.Src)
	draw.Draw(n, n.Bounds(), img, r.Min, draw.Src)
	return n
}
