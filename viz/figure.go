package viz

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"sync"
)

// Figure is a finished picture with its words. It shows itself in a notebook; Row and Column
// put several into one. Figures are values one can keep: the With methods return changed
// copies.
type Figure struct {
	Title    string // written above; what one sees
	Subtitle string // a second, smaller line: how to read it
	Note     string // small print below
	Alt      string // the figure in a sentence, for those who cannot see it

	body body

	mu   sync.Mutex
	done *drawn
}

// drawn keeps the last rendering and the words that are in it.
type drawn struct {
	title, subtitle, note string
	img                   *image.RGBA
	png                   []byte
}

// body is what a figure draws below its title.
type body interface {
	// size is the natural size in CSS pixels; draw may be given a larger box.
	size() (w, h float64)
	draw(c *canvas, r rect)
}

func newFigure(title, subtitle, alt string, b body) *Figure {
	return &Figure{Title: title, Subtitle: subtitle, Alt: alt, body: b}
}

// WithTitle returns the figure under another title.
func (f *Figure) WithTitle(title string) *Figure {
	return &Figure{Title: title, Subtitle: f.Subtitle, Note: f.Note, Alt: f.Alt, body: f.body}
}

// WithSubtitle returns the figure with another line under the title.
func (f *Figure) WithSubtitle(subtitle string) *Figure {
	return &Figure{Title: f.Title, Subtitle: subtitle, Note: f.Note, Alt: f.Alt, body: f.body}
}

// WithNote returns the figure with small print below.
func (f *Figure) WithNote(note string) *Figure {
	return &Figure{Title: f.Title, Subtitle: f.Subtitle, Note: note, Alt: f.Alt, body: f.body}
}

// WithAlt returns the figure with another sentence for those who cannot see it.
func (f *Figure) WithAlt(alt string) *Figure {
	return &Figure{Title: f.Title, Subtitle: f.Subtitle, Note: f.Note, Alt: alt, body: f.body}
}

// String is the sentence that describes the figure.
func (f *Figure) String() string { return f.Alt }

// Size is the width and height in CSS pixels; the picture has twice as many each way.
func (f *Figure) Size() (width, height int) {
	b := &block{figure: f, title: sizeTitle}
	w, h := b.size()
	return int(math.Ceil(w + 2*margin)), int(math.Ceil(h + 2*margin))
}

// Image is the figure as pixels, two for each CSS pixel. Do not write to it.
func (f *Figure) Image() image.Image {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.render().img
}

// PNG is the encoded picture. Do not write to it.
func (f *Figure) PNG() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.render()
	if d.png == nil {
		var buf bytes.Buffer
		if err := png.Encode(&buf, d.img); err != nil {
			panicf("viz: encode figure %q: %v", f.Title, err) // a buffer never fails
		}
		d.png = buf.Bytes()
	}
	return d.png
}

// SavePNG writes the picture to a file.
func (f *Figure) SavePNG(path string) error {
	if err := os.WriteFile(path, f.PNG(), 0o644); err != nil {
		return fmt.Errorf("viz: save figure %q: %w", f.Title, err)
	}
	return nil
}

// MIMEBundle shows the figure in a notebook: the picture, and its sentence as text.
func (f *Figure) MIMEBundle() map[string]any {
	return map[string]any{"image/png": f.PNG(), "text/plain": f.Alt}
}

// MIMEMetadata is the width at which the picture is meant to be shown, half its pixels.
func (f *Figure) MIMEMetadata() map[string]any {
	w, _ := f.Size()
	return map[string]any{"image/png": map[string]any{"width": w}}
}

// canvas draws the figure; trace, when not nil, is told of every text.
func (f *Figure) canvas(trace func(textBox)) *canvas {
	w, h := f.Size()
	c := newCanvas(float64(w), float64(h))
	c.trace = trace
	b := &block{figure: f, title: sizeTitle}
	b.draw(c, rect{0, 0, float64(w), float64(h)}.inset(margin))
	return c
}

// render draws once, and again only after the words were changed; f.mu is held.
func (f *Figure) render() *drawn {
	d := f.done
	if d == nil || d.title != f.Title || d.subtitle != f.Subtitle || d.note != f.Note {
		f.done = &drawn{title: f.Title, subtitle: f.Subtitle, note: f.Note, img: f.canvas(nil).img}
	}
	return f.done
}
