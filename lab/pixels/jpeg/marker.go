package jpeg

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// marker finds the next marker. Bytes before it are skipped, as libjpeg does.
func (d *decoder) marker() (byte, error) {
	for ; d.at+1 < len(d.data); d.at++ {
		if d.data[d.at] == 0xFF && d.data[d.at+1] != 0 && d.data[d.at+1] != 0xFF {
			d.at += 2
			return d.data[d.at-1], nil
		}
	}
	return 0, errCut
}

// body is what a segment holds behind its length.
func (d *decoder) body() ([]byte, error) {
	if d.at+2 > len(d.data) {
		return nil, errCut
	}
	length := int(binary.BigEndian.Uint16(d.data[d.at:]))
	if length < 2 {
		return nil, fmt.Errorf("jpeg: segment of length %d, want 2 or more", length)
	}
	if d.at+length > len(d.data) {
		return nil, errCut
	}
	body := d.data[d.at+2 : d.at+length]
	d.at += length
	return body, nil
}

// frame reads the picture's size and its components.
func (d *decoder) frame(body []byte) error {
	if d.comps != nil {
		return errors.New("jpeg: file holds two frames")
	}
	if len(body) < 6 {
		return errors.New("jpeg: frame header is too short")
	}
	n := int(body[5])
	d.height = int(binary.BigEndian.Uint16(body[1:]))
	d.width = int(binary.BigEndian.Uint16(body[3:]))
	switch {
	case body[0] != 8:
		return fmt.Errorf("jpeg: %d bits a sample are not supported, 8 are", body[0])
	case d.width == 0 || d.height == 0:
		return fmt.Errorf("jpeg: picture of %d×%d pixels is empty", d.width, d.height)
	case n != 1 && n != 3 && n != 4:
		return fmt.Errorf("jpeg: %d components, want 1, 3 or 4", n)
	case len(body) != 6+3*n:
		return fmt.Errorf("jpeg: frame header of %d bytes for %d components", len(body), n)
	}
	d.comps = make([]component, n)
	maxH, maxV := 1, 1
	for i := range d.comps {
		b := body[6+3*i:]
		c := component{id: b[0], h: int(b[1] >> 4), v: int(b[1] & 15), table: b[2]}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.table > 3 {
			return fmt.Errorf("jpeg: component %d: sampling %d×%d (want 1 to 4), table %d (to 3)",
				i, c.h, c.v, c.table)
		}
		d.comps[i] = c
		maxH, maxV = max(maxH, c.h), max(maxV, c.v)
	}
	d.mcusX, d.mcusY = ceil(d.width, 8*maxH), ceil(d.height, 8*maxV)
	for i := range d.comps {
		if err := d.comps[i].lay(d, maxH, maxV); err != nil {
			return err
		}
	}
	return nil
}

// lay works out how a component's samples lie, and takes memory for them.
func (c *component) lay(d *decoder, maxH, maxV int) error {
	if maxH%c.h != 0 || maxV%c.v != 0 {
		return fmt.Errorf("jpeg: sampling of %d×%d beside %d×%d is not supported",
			c.h, c.v, maxH, maxV)
	}
	c.across, c.down = maxH/c.h, maxV/c.v
	c.width, c.height = ceil(d.width, c.across), ceil(d.height, c.down)
	c.blocksX, c.blocksY = ceil(c.width, 8), ceil(c.height, 8)
	c.stride = 8 * d.mcusX * c.h
	rows := 8 * d.mcusY * c.v
	c.plane = make([]byte, c.stride*rows)
	if d.progressive {
		c.coefs = make([]block, c.stride/8*rows/8)
	}
	return nil
}

// ceil is a/b rounded up.
func ceil(a, b int) int { return (a + b - 1) / b }

// quantTables reads tables of 64 steps, in zigzag order.
func (d *decoder) quantTables(body []byte) error {
	for len(body) > 0 {
		wide, id := int(body[0]>>4), body[0]&15
		size := 64 << wide
		if wide > 1 || id > 3 || len(body) < 1+size {
			return fmt.Errorf("jpeg: quantisation table %d of %d-byte steps in %d bytes",
				id, wide+1, len(body)-1)
		}
		table := &[64]uint16{}
		for i := range table {
			if wide == 1 {
				table[i] = binary.BigEndian.Uint16(body[1+2*i:])
			} else {
				table[i] = uint16(body[1+i])
			}
		}
		d.quant[id] = table
		body = body[1+size:]
	}
	return nil
}

// huffmanTables reads tables of codes.
func (d *decoder) huffmanTables(body []byte) error {
	for len(body) > 0 {
		if len(body) < 17 {
			return errors.New("jpeg: table of codes is too short")
		}
		class, id, n := body[0]>>4, body[0]&15, 0
		for _, count := range body[1:17] {
			n += int(count)
		}
		if class > 1 || id > 3 || n > 256 || len(body) < 17+n {
			return fmt.Errorf("jpeg: table %d of class %d with %d codes in %d bytes",
				id, class, n, len(body)-17)
		}
		h := newHuffman(body[1:17], body[17:17+n])
		if h == nil {
			return fmt.Errorf("jpeg: table %d holds more codes than there are", id)
		}
		if class == 0 {
			d.dc[id] = h
		} else {
			d.ac[id] = h
		}
		body = body[17+n:]
	}
	return nil
}

// restartInterval reads how many groups of blocks lie between restart markers.
func (d *decoder) restartInterval(body []byte) error {
	if len(body) != 2 {
		return fmt.Errorf("jpeg: restart interval of %d bytes, want 2", len(body))
	}
	d.interval = int(binary.BigEndian.Uint16(body))
	return nil
}
