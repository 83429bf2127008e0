package display

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"net/http"
	"os"
	"strings"
)

// This file is what notebooks written for gophernotes expect of a package display.

// The mime types by the names that gophernotes has for them.
const (
	MIMETypeHTML       = MimeHTML
	MIMETypeJavaScript = "application/javascript"
	MIMETypeJPEG       = MimeJPEG
	MIMETypeJSON       = MimeJSON
	MIMETypeLatex      = MimeLatex
	MIMETypeMarkdown   = MimeMarkdown
	MIMETypePNG        = MimePNG
	MIMETypePDF        = "application/pdf"
	MIMETypeSVG        = MimeSVG
	MIMETypeText       = MimeText
)

// MIMEMap holds representations, or metadata of them, by mime type.
type MIMEMap = map[string]any

// Data is a value that shows itself as what it holds.
type Data struct {
	Data      MIMEMap
	Metadata  MIMEMap
	Transient MIMEMap
}

// MIMEBundle gives the representations.
func (d Data) MIMEBundle() map[string]any { return d.Data }

// MIMEMetadata gives their metadata.
func (d Data) MIMEMetadata() map[string]any { return d.Metadata }

// Any makes an output of v: of a string or bytes as they are, of what a reader gives, of a
// picture, or of what v tells about itself. An empty mime type is found out from the bytes.
func Any(mimeType string, v any) Data {
	switch x := v.(type) {
	case string:
		if mimeType == "" {
			mimeType = MimeText
		}
		return MakeData(mimeType, x)
	case []byte:
		return encoded(mimeType, x)
	case io.Reader:
		b, err := io.ReadAll(x)
		if err != nil {
			panic(fmt.Errorf("display: reading %T: %w", v, err))
		}
		return encoded(mimeType, b)
	}
	data, metadata, ok := tryBundle(v)
	if ok {
		return Data{Data: data, Metadata: metadata}
	}
	if x, ok := v.(io.WriterTo); ok {
		var b bytes.Buffer
		if _, err := x.WriteTo(&b); err != nil {
			panic(fmt.Errorf("display: writing %T: %w", v, err))
		}
		return encoded(mimeType, b.Bytes())
	}
	return MakeData(MimeText, Text(v))
}

// Auto is Any with the mime type found out.
func Auto(v any) Data { return Any("", v) }

// encoded holds text as a string and pictures as bytes, as front ends want them.
func encoded(mimeType string, b []byte) Data {
	if mimeType == "" {
		mimeType = http.DetectContentType(b)
	}
	mimeType, _, _ = strings.Cut(mimeType, ";")
	if strings.HasPrefix(mimeType, "text/") || mimeType == MimeSVG {
		return MakeData(mimeType, string(b))
	}
	return MakeData(mimeType, b)
}

// MakeData makes an output of one representation.
func MakeData(mimeType string, v any) Data {
	if mimeType == MimeText {
		return Data{Data: MIMEMap{MimeText: v}}
	}
	return MakeData3(mimeType, Text(v), v)
}

// MakeData3 makes an output of one representation, and a text for where it cannot be shown.
func MakeData3(mimeType, plaintext string, v any) Data {
	return Data{Data: MIMEMap{MimeText: plaintext, mimeType: v}}
}

// MIME makes an output of representations and their metadata.
func MIME(data, metadata MIMEMap) Data { return Data{Data: data, Metadata: metadata} }

// File makes an output of a file.
func File(mimeType, path string) Data {
	b, err := os.ReadFile(path)
	if err != nil {
		panic(fmt.Errorf("display: %w", err))
	}
	return encoded(mimeType, b)
}

// Image makes an output of a picture.
func Image(m image.Image) Data { return Auto(m) }

// JavaScript makes an output that the front end runs.
func JavaScript(code string) Data { return MakeData(MIMETypeJavaScript, code) }

// JSON makes an output that front ends show as a tree. The value is anything that
// encoding/json encodes.
func JSON(v any) Data {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		text = []byte(Text(v))
	}
	return MakeData3(MimeJSON, clip(string(text)), v)
}

// PDF makes an output of a document.
func PDF(pdf []byte) Data {
	return MakeData3(MIMETypePDF, plural(len(pdf), "byte")+" of PDF", pdf)
}

// The interfaces by which values showed themselves to gophernotes.
type (
	// Renderer tells all that is to be shown.
	Renderer = interface{ Render() Data }
	// SimpleRenderer tells representations by mime type.
	SimpleRenderer = interface{ SimpleRender() MIMEMap }
	// HTMLer shows itself as HTML.
	HTMLer = interface{ HTML() string }
	// JavaScripter shows itself by a script.
	JavaScripter = interface{ JavaScript() string }
	// JPEGer shows itself as a photograph.
	JPEGer = interface{ JPEG() []byte }
	// JSONer shows itself as a tree.
	JSONer = interface{ JSON() map[string]any }
	// Latexer shows itself as a formula.
	Latexer = interface{ Latex() string }
	// Markdowner shows itself as Markdown.
	Markdowner = interface{ Markdown() string }
	// PNGer shows itself as a picture.
	PNGer = interface{ PNG() []byte }
	// PDFer shows itself as a document.
	PDFer = interface{ PDF() []byte }
	// SVGer shows itself as a drawing.
	SVGer = interface{ SVG() string }
)

// rendered asks v what gophernotes would ask it, and is false if it knows nothing of that.
func rendered(v any) (data, metadata map[string]any, ok bool) {
	data = map[string]any{}
	if x, is := v.(Renderer); is {
		d := x.Render()
		for mime, content := range d.Data {
			data[mime] = content
		}
		metadata = d.Metadata
	}
	if x, is := v.(SimpleRenderer); is {
		for mime, content := range x.SimpleRender() {
			data[mime] = content
		}
	}
	for mime, content := range map[string]func() any{
		MimeHTML:           tells(v, HTMLer.HTML),
		MIMETypeJavaScript: tells(v, JavaScripter.JavaScript),
		MimeJPEG:           tells(v, JPEGer.JPEG),
		MimeJSON:           tells(v, JSONer.JSON),
		MimeLatex:          tells(v, Latexer.Latex),
		MimeMarkdown:       tells(v, Markdowner.Markdown),
		MimePNG:            tells(v, PNGer.PNG),
		MIMETypePDF:        tells(v, PDFer.PDF),
		MimeSVG:            tells(v, SVGer.SVG),
	} {
		if content != nil {
			data[mime] = content()
		}
	}
	if len(data) == 0 {
		return nil, nil, false
	}
	if data[MimeText] == nil {
		data[MimeText] = Text(v)
	}
	return data, metadata, true
}

// tells is the call of one method of v, nil if v does not have it.
func tells[I, T any](v any, method func(I) T) func() any {
	x, ok := v.(I)
	if !ok {
		return nil
	}
	return func() any { return method(x) }
}
