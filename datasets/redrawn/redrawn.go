package redrawn

import (
	"embed"
	"fmt"
	"image"
	"strings"
	"sync"

	"cliplab/datasets/sheet"
)

//go:embed data
var files embed.FS

// Drawing is one artist's picture of a concept.
type Drawing struct {
	Artist  string
	Concept string       // code points in lower case hex, joined by -, as emoji.Concept.ID
	Picture *image.NRGBA // 64 × 64, a window on the artist's sheet: do not draw upon it
}

// All lists the drawings of all artists, in the order of the table: artist by artist, and within
// one in Unicode's order. It decodes every sheet, on all cores, which takes about a second, and
// they stay in memory, 180 MB.
var All = sync.OnceValue(func() []Drawing {
	artists, concepts := table()
	sheets := make([]*image.NRGBA, len(artists))
	var wg sync.WaitGroup
	for i, artist := range artists {
		wg.Go(func() { sheets[i] = sheet.Decode(files, "data/"+artist+".webp") })
	}
	wg.Wait()
	var all []Drawing
	for i, artist := range artists {
		for n, id := range concepts[i] {
			all = append(all, Drawing{artist, id, sheet.Cell(sheets[i], n)})
		}
	}
	return all
})

// Artists lists who drew, in the order of the table.
func Artists() []string {
	artists, _ := table()
	return artists
}

// table reads which concepts each artist drew, in the order of his sheet.
func table() (artists []string, concepts [][]string) {
	text, err := files.ReadFile("data/artists.tsv")
	if err != nil {
		panic("redrawn: " + err.Error())
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	for i, line := range lines[1:] {
		artist, ids, found := strings.Cut(line, "\t")
		if !found {
			panic(fmt.Sprintf("redrawn: artists.tsv:%d: no concepts", i+2))
		}
		artists = append(artists, artist)
		concepts = append(concepts, strings.Fields(ids))
	}
	return artists, concepts
}
