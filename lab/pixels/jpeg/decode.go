package jpeg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
)

// decoder is one file on its way.
type decoder struct {
	data          []byte
	at            int
	width, height int
	mcusX, mcusY  int // how many groups of blocks cover the picture
	progressive   bool
	comps         []component
	quant         [4]*[64]uint16 // in zigzag order
	dc, ac        [4]*huffman
	interval      int // groups between restart markers, 0 for none
	jfif          bool
	adobe         int // the colour transform that Adobe's marker states, −1 for none
	scans         int
}

// component is one of the planes: gray, or Y, Cb, Cr, or inks.
type component struct {
	id           byte
	h, v         int // samples per group of blocks, in blocks
	across, down int // how many pixels a sample covers
	table        byte
	width        int // of its samples that lie in the picture
	height       int
	blocksX      int // blocks that cover width
	blocksY      int
	stride       int         // of plane: whole groups
	plane        []byte      // samples
	coefs        []block     // progressive: raw coefficients in zigzag order, stride/8 blocks a row
	quant        *[64]uint16 // the table as it was at the first scan
	mean         int         // the last mean, from which the next differs
	dc, ac       *huffman    // of the scan that is read
}

// maxScans bounds the time that a small file can take: each scan goes through all blocks. What
// programs write has about ten.
const maxScans = 500

// errCut is returned when the file ends too early.
var errCut = fmt.Errorf("jpeg: file is cut off: %w", io.ErrUnexpectedEOF)

// Decode gives the picture of a file: *image.Gray, *image.RGBA or, with four inks, *image.CMYK
// with 0 for no ink.
//
// A file that ends early gives an error that wraps io.ErrUnexpectedEOF. The caller is to have
// looked at the picture's size: memory for it is taken on the file's word.
func Decode(data []byte) (image.Image, error) {
	d := &decoder{data: data, adobe: -1}
	if len(data) < 2 || data[0] != 0xFF || data[1] != 0xD8 {
		return nil, errors.New("jpeg: file does not begin with the marker FF D8")
	}
	d.at = 2
	if err := d.segments(); err != nil {
		return nil, err
	}
	if !d.complete() {
		return nil, errors.New("jpeg: file holds no scan of some component")
	}
	if d.progressive {
		for i := range d.comps {
			d.comps[i].transform()
		}
	}
	return d.picture(), nil
}

// Size gives the width and height that a file's header states.
func Size(data []byte) (width, height int, err error) {
	d := &decoder{data: data}
	for {
		marker, err := d.marker()
		if err != nil {
			return 0, 0, err
		}
		switch {
		case 0xD0 <= marker && marker <= 0xD8, marker == 0x01:
			continue // a marker without a body
		case marker == 0xD9, marker == 0xDA:
			return 0, 0, errors.New("jpeg: picture or scan before the frame")
		}
		body, err := d.body()
		if err != nil {
			return 0, 0, err
		}
		isFrame := 0xC0 <= marker && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 &&
			marker != 0xCC
		if isFrame && len(body) >= 5 {
			return int(binary.BigEndian.Uint16(body[3:])), int(binary.BigEndian.Uint16(body[1:])), nil
		}
	}
}

// segments reads all markers up to the end of the picture.
func (d *decoder) segments() error {
	for {
		marker, err := d.marker()
		if err != nil {
			if !d.progressive && d.complete() { // nothing but the end marker lacks
				return nil
			}
			return err
		}
		switch {
		case marker == 0xD9: // end of image
			return nil
		case 0xD0 <= marker && marker <= 0xD7, marker == 0x01:
			continue // a marker without a body
		}
		body, err := d.body()
		if err != nil {
			return err
		}
		switch marker {
		case 0xC0, 0xC1, 0xC2:
			d.progressive = marker == 0xC2
			err = d.frame(body)
		case 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF:
			err = fmt.Errorf("jpeg: lossless, hierarchical or arithmetic coding (FF %X) "+
				"is not supported; save it as baseline", marker)
		case 0xC4:
			err = d.huffmanTables(body)
		case 0xDB:
			err = d.quantTables(body)
		case 0xDD:
			err = d.restartInterval(body)
		case 0xDA:
			err = d.scan(body)
		case 0xE0:
			d.jfif = d.jfif || len(body) >= 5 && string(body[:5]) == "JFIF\x00"
		case 0xEE:
			if len(body) >= 12 && string(body[:5]) == "Adobe" {
				d.adobe = int(body[11])
			}
		}
		if err != nil {
			return err
		}
	}
}

// complete tells whether each component was in a scan.
func (d *decoder) complete() bool {
	for _, c := range d.comps {
		if c.quant == nil {
			return false
		}
	}
	return d.comps != nil
}

// picture puts the planes together.
func (d *decoder) picture() image.Image {
	r := image.Rect(0, 0, d.width, d.height)
	switch len(d.comps) {
	case 1:
		c := &d.comps[0]
		return &image.Gray{Pix: c.plane, Stride: c.stride, Rect: r}
	case 3:
		m := image.NewRGBA(r)
		d.colors(m.Pix, m.Stride)
		return m
	}
	m := image.NewCMYK(r)
	d.colors(m.Pix, m.Stride)
	return m
}

// colors writes all lines of a picture of three or four components, four bytes a pixel.
func (d *decoder) colors(dst []byte, stride int) {
	var room [4][]byte
	for i, c := range d.comps {
		room[i] = make([]byte, c.width*c.across)
	}
	table := newChroma()
	var lines [4][]byte
	for y := range d.height {
		for i := range d.comps {
			lines[i] = d.comps[i].row(room[i], y)
		}
		row := dst[y*stride : y*stride+4*d.width]
		if d.ycc() {
			table.rgb(row, lines[0], lines[1], lines[2])
		} else {
			interleave(row, lines[:3])
		}
		if len(d.comps) == 4 {
			inks(row, lines[3], d.ycc())
		}
	}
}

// ycc tells whether the components are Y, Cb, Cr, by the rules of libjpeg.
func (d *decoder) ycc() bool {
	switch {
	case len(d.comps) == 4:
		return d.adobe == 2
	case d.jfif:
		return true
	case d.adobe >= 0:
		return d.adobe != 0
	}
	return !(d.comps[0].id == 'R' && d.comps[1].id == 'G' && d.comps[2].id == 'B')
}
