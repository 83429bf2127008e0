package unseen

import (
	"bytes"
	"embed"
	"fmt"
	"image"
	"image/png"
	"strconv"
	"strings"
	"sync"
)

// Side is the width and height of a picture in pixels.
const Side = 28

const columns = 40 // pictures in a row of a sheet

//go:embed data
var files embed.FS

// Set is labelled pictures.
type Set struct {
	Name     string   // "Fashion-MNIST"
	Classes  []string // "ankle boot"
	Pictures []image.Image
	Labels   []int // of each picture, a place in Classes
}

// Fashion is thirty test pictures of each class of Fashion-MNIST, inverted: dark on white.
var Fashion = sync.OnceValue(func() Set { return open("Fashion-MNIST", "fashion") })

// QuickDraw is four sketches of each class of Quick, Draw!
var QuickDraw = sync.OnceValue(func() Set { return open("Quick, Draw!", "quickdraw") })

// Only keeps the classes for which keep is true, and numbers them anew.
func (s Set) Only(keep func(class string) bool) Set {
	kept := Set{Name: s.Name}
	number := map[int]int{}
	for i, class := range s.Classes {
		if keep(class) {
			number[i] = len(kept.Classes)
			kept.Classes = append(kept.Classes, class)
		}
	}
	for i, label := range s.Labels {
		if n, ok := number[label]; ok {
			kept.Pictures = append(kept.Pictures, s.Pictures[i])
			kept.Labels = append(kept.Labels, n)
		}
	}
	return kept
}

// open reads a set. The data is compiled in and tested, so that what does not read is a fault of
// the build.
func open(name, file string) Set {
	s := Set{Name: name}
	picture, err := files.ReadFile("data/" + file + ".png")
	if err != nil {
		panic("unseen: " + err.Error())
	}
	decoded, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		panic(fmt.Sprintf("unseen: %s: %v", file, err))
	}
	sheet := decoded.(*image.Gray)
	table, err := files.ReadFile("data/" + file + ".tsv")
	if err != nil {
		panic("unseen: " + err.Error())
	}
	lines := strings.Split(strings.TrimSpace(string(table)), "\n")
	for i, line := range lines[1:] {
		class, count, _ := strings.Cut(line, "\t")
		n, err := strconv.Atoi(count)
		if err != nil {
			panic(fmt.Sprintf("unseen: %s.tsv:%d: %v", file, i+2, err))
		}
		for range n {
			k := len(s.Pictures)
			cell := image.Rect(0, 0, Side, Side).Add(image.Pt(k%columns*Side, k/columns*Side))
			s.Pictures = append(s.Pictures, sheet.SubImage(cell))
			s.Labels = append(s.Labels, i)
		}
		s.Classes = append(s.Classes, class)
	}
	return s
}
