package main

import (
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	small       = 28  // pixels of a picture of package unseen
	acrossSmall = 40  // pictures in a row of its sheets
	fashionEach = 30  // test pictures of each class of Fashion-MNIST
	quickEach   = 4   // drawings of each class of Quick, Draw!
	white       = 255 // ground
)

// fashionClasses are the labels 0 to 9 of Fashion-MNIST.
var fashionClasses = []string{"t-shirt", "trousers", "pullover", "dress", "coat", "sandal",
	"shirt", "sneaker", "bag", "ankle boot"}

// packUnseen takes the first pictures of each class of two sets that others made, dark on white
// as drawings are.
func packUnseen(src, out string) error {
	fashion, err := readFashion(filepath.Join(src, "fashion-mnist"))
	if err != nil {
		return err
	}
	if err := writeUnseen(out, "fashion", fashionClasses, fashion); err != nil {
		return err
	}
	folder := filepath.Join(src, "quickdraw/package/src/drawings")
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var classes []string
	var drawings [][]image.Image
	for _, e := range entries {
		class, ok := strings.CutSuffix(e.Name(), ".ndjson.gz")
		if !ok {
			continue
		}
		some, err := readQuick(filepath.Join(folder, e.Name()))
		if err != nil {
			return fmt.Errorf("%s: %w", e.Name(), err)
		}
		classes, drawings = append(classes, class), append(drawings, some)
	}
	return writeUnseen(out, "quickdraw", classes, drawings)
}

// readFashion reads the test pictures from their two idx files.
func readFashion(folder string) ([][]image.Image, error) {
	pixels, err := unzip(filepath.Join(folder, "t10k-images-idx3-ubyte.gz"))
	if err != nil {
		return nil, err
	}
	labels, err := unzip(filepath.Join(folder, "t10k-labels-idx1-ubyte.gz"))
	if err != nil {
		return nil, err
	}
	if m, n := binary.BigEndian.Uint32(pixels), binary.BigEndian.Uint32(labels); m != 2051 ||
		n != 2049 {
		return nil, fmt.Errorf("idx files begin with %d and %d, want 2051 and 2049", m, n)
	}
	pixels, labels = pixels[16:], labels[8:]
	classes := make([][]image.Image, len(fashionClasses))
	for i, label := range labels {
		if len(classes[label]) == fashionEach {
			continue
		}
		picture := image.NewGray(image.Rect(0, 0, small, small))
		for k, v := range pixels[i*small*small : (i+1)*small*small] {
			picture.Pix[k] = white - v
		}
		classes[label] = append(classes[label], picture)
	}
	return classes, nil
}

// readQuick reads a class's first drawings, lines of 28 × 28 numbers from 0 to 1.
func readQuick(path string) ([]image.Image, error) {
	text, err := unzip(path)
	if err != nil {
		return nil, err
	}
	var drawings []image.Image
	for line := range strings.Lines(string(text)) {
		var ink []float64
		if err := json.Unmarshal([]byte(line), &ink); err != nil {
			return nil, err
		}
		if len(ink) != small*small {
			return nil, fmt.Errorf("%d numbers in a drawing, want %d", len(ink), small*small)
		}
		picture := image.NewGray(image.Rect(0, 0, small, small))
		for k, v := range ink {
			picture.Pix[k] = uint8(white*(1-min(1, max(0, v))) + 0.5)
		}
		if drawings = append(drawings, picture); len(drawings) == quickEach {
			break
		}
	}
	return drawings, nil
}

func unzip(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// writeUnseen lays all pictures on one gray sheet, class by class, and lists the classes.
func writeUnseen(out, name string, classes []string, pictures [][]image.Image) error {
	all := slices.Concat(pictures...)
	rows := (len(all) + acrossSmall - 1) / acrossSmall
	sheet := image.NewGray(image.Rect(0, 0, acrossSmall*small, rows*small))
	for i, p := range all {
		for y := range small {
			at := sheet.PixOffset(i%acrossSmall*small, i/acrossSmall*small+y)
			copy(sheet.Pix[at:at+small], p.(*image.Gray).Pix[y*small:(y+1)*small])
		}
	}
	var b strings.Builder
	b.WriteString("class\tpictures\n")
	for i, class := range classes {
		fmt.Fprintf(&b, "%s\t%d\n", class, len(pictures[i]))
	}
	if err := os.WriteFile(filepath.Join(out, name+".tsv"), []byte(b.String()), 0o644); err != nil {
		return err
	}
	fmt.Printf("%s: %d classes, %d pictures\n", name, len(classes), len(all))
	f, err := os.Create(filepath.Join(out, name+".png"))
	if err != nil {
		return err
	}
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(f, sheet); err != nil {
		return err
	}
	return f.Close()
}
