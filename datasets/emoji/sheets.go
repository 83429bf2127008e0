package emoji

import (
	"embed"
	"fmt"
	"image"
	"image/draw"
	"sync"

	"cliplab/datasets/sheet"
)

// Side is the width and height of a picture in pixels.
const Side = sheet.Side

const perFile = 256 // pictures on a sheet

//go:embed data
var files embed.FS

// page is a sheet, decoded when first asked for.
type page struct {
	once  sync.Once
	image *image.NRGBA
}

var (
	sheetsMu sync.Mutex
	sheets   = map[string]*page{}
)

// sheetOf is the page with that name, decoded once.
func sheetOf(name string) *image.NRGBA {
	sheetsMu.Lock()
	s := sheets[name]
	if s == nil {
		s = &page{}
		sheets[name] = s
	}
	sheetsMu.Unlock()
	s.once.Do(func() { s.image = sheet.Decode(files, name) })
	return s.image
}

// view is the n-th picture of an artist, as a window on its sheet.
func view(artist string, n int) *image.NRGBA {
	return sheet.Cell(sheetOf(fmt.Sprintf("data/%s-%d.webp", artist, n/perFile)), n%perFile)
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
