package emoji

import (
	"embed"
	"fmt"
	"image"
	"image/draw"
	"sync"

	"golang.org/x/image/webp"
)

// Side is the width and height of a picture in pixels.
const Side = 64

const (
	columns = 16 // pictures in a row of a sheet
	perFile = columns * columns
)

//go:embed data
var files embed.FS

// sheet is a page of pictures, decoded when first asked for.
type sheet struct {
	once  sync.Once
	image *image.NRGBA
}

var (
	sheetsMu sync.Mutex
	sheets   = map[string]*sheet{}
)

// sheetOf is the page with that name, decoded once.
func sheetOf(name string) *image.NRGBA {
	sheetsMu.Lock()
	s := sheets[name]
	if s == nil {
		s = &sheet{}
		sheets[name] = s
	}
	sheetsMu.Unlock()
	s.once.Do(func() { s.image = decode(name) })
	return s.image
}

// view is the n-th picture of an artist, as a window on its sheet. The data is compiled in
// and tested, so a sheet that does not decode is a fault of the build.
func view(artist string, n int) *image.NRGBA {
	s := sheetOf(fmt.Sprintf("data/%s-%d.webp", artist, n/perFile))
	n %= perFile
	first := n/columns*Side*s.Stride + n%columns*Side*4
	last := first + (Side-1)*s.Stride + Side*4
	return &image.NRGBA{Pix: s.Pix[first:last:last], Stride: s.Stride,
		Rect: image.Rect(0, 0, Side, Side)}
}

// picture is a copy of view.
func picture(artist string, n int) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, Side, Side))
	draw.Draw(out, out.Rect, view(artist, n), image.Point{}, draw.Src)
	return out
}

// Decode reads all sheets of the artists at once, on all cores, so that later pictures are
// mere copies. Nobody has to call it.
func Decode(artists ...string) {
	var wg sync.WaitGroup
	for _, artist := range artists {
		for first := 0; first < len(Concepts()); first += perFile {
			wg.Go(func() { sheetOf(fmt.Sprintf("data/%s-%d.webp", artist, first/perFile)) })
		}
	}
	wg.Wait()
}

func decode(name string) *image.NRGBA {
	f, err := files.Open(name)
	if err != nil {
		panic(fmt.Sprintf("emoji: %v", err))
	}
	defer f.Close()
	img, err := webp.Decode(f)
	if err != nil {
		panic(fmt.Sprintf("emoji: %s: %v", name, err))
	}
	nrgba, ok := img.(*image.NRGBA)
	if !ok {
		nrgba = image.NewNRGBA(img.Bounds())
		draw.Draw(nrgba, nrgba.Rect, img, img.Bounds().Min, draw.Src)
	}
	return nrgba
}
