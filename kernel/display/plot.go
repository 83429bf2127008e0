package display

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Size of a gonum plot that is the value of a cell, in points (1/72 inch).
// The picture has twice as many pixels as it is wide on the page, for sharp screens.
const (
	plotWidth  = 480
	plotHeight = 320
)

// maxDrawing bounds the drawings that are sent as SVG: a plot of a hundred thousand points is
// smaller, and faster to show, as pixels.
const maxDrawing = 256 << 10

// plotBundle draws a *plot.Plot of gonum, as PNG and as SVG within HTML. It is recognised by
// its method
//
//	WriterTo(width, height vg.Length, format string) (io.WriterTo, error)
//
// where vg.Length is a float64, so that this package need not link gonum/plot.
func plotBundle(v any) (data, metadata map[string]any, ok bool) {
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Pointer && rv.IsNil() {
		return nil, nil, false
	}
	m := rv.MethodByName("WriterTo")
	if !m.IsValid() || !isPlotWriter(m.Type()) {
		return nil, nil, false
	}
	title := plotTitle(rv)
	data = map[string]any{MimeText: title}
	// vgimg draws 96 dots per inch: 1.5 times the points make twice the CSS pixels.
	const sharp = 1.5
	pixels, err := drawPlot(m, sharp, "png")
	if err != nil {
		data[MimeText] = title + ": " + err.Error()
		return data, nil, true
	}
	data[MimePNG] = pixels
	if svg, err := drawPlot(m, 1, "svg"); err == nil && len(svg) <= maxDrawing {
		data[MimeHTML] = inlineSVG(string(svg), title)
	}
	return data, map[string]any{MimePNG: map[string]any{"width": plotWidth}}, true
}

// drawPlot calls WriterTo with a size that is scaled.
func drawPlot(m reflect.Value, scale float64, format string) ([]byte, error) {
	length := m.Type().In(0)
	size := func(pt float64) reflect.Value { return reflect.ValueOf(pt * scale).Convert(length) }
	out := m.Call([]reflect.Value{size(plotWidth), size(plotHeight), reflect.ValueOf(format)})
	if err, _ := out[1].Interface().(error); err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	if _, err := out[0].Interface().(io.WriterTo).WriteTo(&buf); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

var writerTo = reflect.TypeFor[io.WriterTo]()

func isPlotWriter(t reflect.Type) bool {
	return t.NumIn() == 3 && t.NumOut() == 2 && !t.IsVariadic() &&
		t.In(0).Kind() == reflect.Float64 && t.In(1) == t.In(0) &&
		t.In(2).Kind() == reflect.String && t.Out(0) == writerTo &&
		t.Out(1) == reflect.TypeFor[error]()
}

// plotTitle reads Title.Text, X.Label.Text and Y.Label.Text: the alternative text.
func plotTitle(rv reflect.Value) string {
	field := func(path ...string) string {
		f := reflect.Indirect(rv)
		for _, name := range path {
			if f.Kind() != reflect.Struct {
				return ""
			}
			if f = f.FieldByName(name); !f.IsValid() {
				return ""
			}
		}
		if f.Kind() != reflect.String {
			return ""
		}
		return f.String()
	}
	text := "plot"
	if t := field("Title", "Text"); t != "" {
		text += ": " + t
	}
	x, y := field("X", "Label", "Text"), field("Y", "Label", "Text")
	if x != "" || y != "" {
		text += fmt.Sprintf(" (%s)", strings.Join(nonEmpty(y, x), " over "))
	}
	return text
}

func nonEmpty(ss ...string) (out []string) {
	for _, s := range ss {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}
