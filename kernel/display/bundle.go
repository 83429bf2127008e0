package display

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"image"
	"image/png"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"cliplab/kernel/engine"
)

// The mime types that this package produces.
const (
	MimeText     = "text/plain"
	MimeHTML     = "text/html"
	MimeMarkdown = "text/markdown"
	MimeLatex    = "text/latex"
	MimePNG      = "image/png"
	MimeJPEG     = "image/jpeg"
	MimeSVG      = "image/svg+xml"
	MimeGIF      = "image/gif"
	MimeJSON     = "application/json"
)

// Bundler is what a value implements to choose its own representations. Text is held as
// string, binary content as []byte, JSON as any value that encoding/json encodes.
type Bundler interface {
	MIMEBundle() map[string]any
}

// MetadataBundler is what a Bundler may add: metadata of its representations,
// for instance {"image/png": {"width": 640}}.
type MetadataBundler interface {
	MIMEMetadata() map[string]any
}

// Bundle returns the representations of v by mime type, and their metadata, never nil.
// text/plain is always among them. A value whose methods panic is shown as such; one whose
// methods do not return can be stopped by an interrupt of the execution that calls Bundle.
func Bundle(v any) (data, metadata map[string]any) {
	onBehalf(func() { data, metadata = bundle(v) })
	if data == nil {
		data = map[string]any{MimeText: stopped(v)}
	}
	if metadata == nil {
		metadata = map[string]any{}
	}
	return data, metadata
}

// patience is how long methods of cells' types may take where nobody can interrupt them.
const patience = 20 * time.Second

// onBehalf calls f where methods of cells' types may be called: without an execution their
// panics would be told to some cell, and not to their caller, and nothing would stop them.
func onBehalf(f func()) {
	if engine.Current() != nil {
		f()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = engine.NewExec(ctx).Do(f)
}

func bundle(v any) (data, metadata map[string]any) {
	data, metadata, ok := tryBundle(v)
	if !ok {
		data, metadata = map[string]any{MimeText: Text(v)}, nil
	}
	if data[MimeText] == nil {
		data[MimeText] = fmt.Sprintf("%T", v)
	}
	for mime, content := range data {
		if s, ok := content.(string); ok && !utf8.ValidString(s) {
			data[mime] = strings.ToValidUTF8(s, "\ufffd")
		}
	}
	return data, metadata
}

// Values returns one bundle for the values of a cell's last expression: several plain values
// make one line of text, as fmt.Println would; if one of them is rich they are stacked as HTML.
func Values(vs []any) (data, metadata map[string]any) {
	if len(vs) == 1 {
		return Bundle(vs[0])
	}
	if n := len(vs) - 1; n > 0 && failed(vs[:n], vs[n]) {
		return Bundle(vs[n])
	}
	var text, stack []string
	rich := false
	for _, v := range vs {
		d, m := Bundle(v)
		t, _ := d[MimeText].(string)
		text = append(text, t)
		stack = append(stack, Still(d, m))
		rich = rich || len(d) > 1
	}
	if !rich {
		return map[string]any{MimeText: strings.Join(text, " ")}, map[string]any{}
	}
	return map[string]any{
		MimeText: strings.Join(text, "\n"),
		MimeHTML: "<div>" + strings.Join(stack, "</div>\n<div>") + "</div>",
	}, map[string]any{}
}

// failed tells whether what a call returns is an error and else nothing: the zero values beside
// it would only be taken for results.
func failed(others []any, last any) bool {
	if _, is := last.(error); !is {
		return false
	}
	for _, v := range others {
		if v != nil && !reflect.ValueOf(v).IsZero() {
			return false
		}
	}
	return true
}

// tryBundle is false when v has no representation but text, or when making one panicked.
func tryBundle(v any) (data, metadata map[string]any, ok bool) {
	defer func() {
		if r := recover(); r != nil {
			data = map[string]any{MimeText: panicText(v, r)}
			metadata, ok = nil, true
		}
	}()
	switch x := v.(type) {
	case nil:
		return nil, nil, false
	case Bundler:
		return ownBundle(x)
	case error:
		return errorBundle(x), nil, true
	case image.Image:
		data, metadata, err := imageBundle(x)
		if err != nil {
			return map[string]any{MimeText: err.Error()}, nil, true
		}
		return data, metadata, true
	}
	if data, metadata, ok := rendered(v); ok {
		return data, metadata, true
	}
	if data, metadata, ok := plotBundle(v); ok {
		return data, metadata, true
	}
	if m, ok := v.(matrix); ok {
		return matrixBundle(m), nil, true
	}
	if shape := shapeText(v); shape != "" {
		return map[string]any{MimeText: strings.TrimRight(Text(v), "\n") + "\n" + shape}, nil, true
	}
	if _, ok := v.(fmt.Stringer); ok {
		return nil, nil, false
	}
	return tableBundle(v)
}

// ownBundle copies what the value says about itself: we add text/plain, and the value
// may hand out the same map each time.
func ownBundle(x Bundler) (data, metadata map[string]any, ok bool) {
	own := x.MIMEBundle()
	if own == nil {
		return nil, nil, false
	}
	data = make(map[string]any, len(own)+1)
	var faults []string
	for _, mime := range slices.Sorted(maps.Keys(own)) {
		if err := sendable(own[mime]); err != nil {
			faults = append(faults, fmt.Sprintf("(%T: its %s cannot be shown: %v)", x, mime, err))
			continue
		}
		data[mime] = own[mime]
	}
	if m, ok := x.(MetadataBundler); ok {
		if metadata = m.MIMEMetadata(); sendable(metadata) != nil {
			metadata = nil
		}
	}
	if data[MimeText] == nil && len(faults) == 0 {
		data[MimeText] = Text(x)
	}
	if len(faults) > 0 {
		text, _ := data[MimeText].(string)
		data[MimeText] = strings.TrimSpace(text + "\n" + strings.Join(faults, "\n"))
	}
	return data, metadata, true
}

// sendable is an error for content that no message and no notebook can hold: it would take all
// else with it.
func sendable(content any) error {
	switch content.(type) {
	case string, []byte, nil:
		return nil
	}
	_, err := json.Marshal(content)
	return err
}

// errorBundle shows an error value calmly: it is a result here, not a failure of the cell.
func errorBundle(err error) map[string]any {
	msg := clip(err.Error())
	return map[string]any{
		MimeText: msg,
		MimeHTML: `<div class="cliplab-error" style="border-left:3px solid #c0392b;` +
			`padding:.25em .75em"><b>error</b> ` + html.EscapeString(msg) + `</div>`,
	}
}

// maxPixels bounds the pictures that are encoded: 64 megapixels, as lab/pixels does.
const maxPixels = 64 << 20

func imageBundle(m image.Image) (data, metadata map[string]any, err error) {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	switch {
	case b.Empty():
		return nil, nil, fmt.Errorf("%T is empty: %d×%d pixels", m, w, h)
	case w > maxPixels/h:
		return nil, nil, fmt.Errorf("%T of %d×%d pixels is too large to show", m, w, h)
	}
	var buf bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.DefaultCompression}
	if err := enc.Encode(&buf, m); err != nil {
		return nil, nil, errors.New("cannot encode the picture: " + err.Error())
	}
	data = map[string]any{
		MimePNG:  buf.Bytes(),
		MimeText: fmt.Sprintf("picture, %d×%d pixels", w, h),
	}
	metadata = map[string]any{MimePNG: map[string]any{"width": w, "height": h}}
	return data, metadata, nil
}
