package jupyter

import (
	"encoding/json"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"cliplab/kernel/display"
)

// Printed text is collected into few messages, which leave after flushDelay, when flushSize is
// reached, or when anything else is published for the same cell.
const (
	flushDelay = 50 * time.Millisecond
	flushSize  = 256 << 10
)

// output is where one request prints and shows. It lives as long as goroutines of its cell do,
// and its methods are safe for concurrent use.
type output struct {
	pub    *publisher
	parent json.RawMessage
	silent bool // nothing is published

	mu     sync.Mutex
	stream string // what text belongs to: stdout or stderr
	text   []byte
	timer  *time.Timer
}

// writer is the stream of a name.
func (o *output) writer(name string) io.Writer { return streamWriter{o, name} }

type streamWriter struct {
	o    *output
	name string
}

// Write takes text to be published soon.
func (w streamWriter) Write(p []byte) (int, error) {
	o := w.o
	if o.silent || len(p) == 0 {
		return len(p), nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stream != w.name {
		o.flushText(true)
		o.stream = w.name
	}
	for rest := p; len(rest) > 0; {
		n := min(len(rest), flushSize)
		o.text = append(o.text, rest[:n]...)
		rest = rest[n:]
		if len(o.text) >= flushSize {
			o.flushText(false)
			o.pub.settle()
		}
	}
	if len(o.text) > 0 && o.timer == nil {
		o.timer = time.AfterFunc(flushDelay, o.tick)
	}
	return len(p), nil
}

func (o *output) tick() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.timer = nil
	o.flushText(false)
	if len(o.text) > 0 { // the beginning of a character
		o.timer = time.AfterFunc(flushDelay, o.tick)
	}
}

// flush publishes what was printed so far.
func (o *output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flushText(true)
}

// flushText publishes the text. Unless it is all that will come, it keeps the beginning of a
// character whose other bytes have not been printed yet.
func (o *output) flushText(all bool) {
	n := len(o.text)
	if !all {
		n -= partialRune(o.text)
	}
	if n == 0 {
		return
	}
	text := strings.ToValidUTF8(string(o.text[:n]), "\ufffd")
	o.text = append(o.text[:0], o.text[n:]...)
	if cap(o.text) > 4*flushSize {
		o.text = append([]byte(nil), o.text...)
	}
	o.pub.send("stream", o.parent, map[string]string{"name": o.stream, "text": text}, nil)
}

// partialRune is how many bytes at the end begin a character that is not complete.
func partialRune(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

// publish sends a message after what was printed before it.
func (o *output) publish(kind string, content, metadata any, buffers ...[]byte) {
	if o.silent {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flushText(true)
	o.pub.send(kind, o.parent, content, metadata, buffers...)
}

// clear takes away the outputs of the cell: now, or, which is the front end's business, when
// the next one comes.
func (o *output) clear(wait bool) { o.publish("clear_output", map[string]bool{"wait": wait}, nil) }

// display is the display.Sink of the cell.
func (o *output) display(d display.Output) {
	kind := "display_data"
	if d.Update {
		kind = "update_display_data"
	}
	transient := map[string]string{}
	if d.ID != "" {
		transient["display_id"] = d.ID
	}
	o.publish(kind, map[string]any{
		"data": encodable(d.Data), "metadata": orEmpty(d.Metadata), "transient": transient,
	}, nil)
}

// encodable writes a bundle as the protocol wants it: binary content in base64, which is what
// JSON makes of bytes, text as it is, and nothing that JSON cannot hold.
func encodable(bundle map[string]any) map[string]any {
	out := make(map[string]any, len(bundle))
	for mime, v := range bundle {
		switch v := v.(type) {
		case []byte:
			out[mime] = content(mime, v)
		case string:
			out[mime] = strings.ToValidUTF8(v, "\ufffd")
		default:
			if raw, err := json.Marshal(v); err == nil {
				out[mime] = json.RawMessage(raw)
			}
		}
	}
	return out
}

// content is bytes of a mime type: text where the type is one, else base64.
func content(mime string, b []byte) any {
	switch {
	case strings.HasPrefix(mime, "text/") || mime == display.MimeSVG:
		return strings.ToValidUTF8(string(b), "\ufffd")
	case mime == display.MimeJSON || strings.HasSuffix(mime, "+json"):
		if json.Valid(b) {
			return json.RawMessage(b)
		}
	}
	return b
}

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}
