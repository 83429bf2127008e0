package ipynb

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Write writes the notebook as Jupyter does. Cells of a 4.5 notebook that have no id get one;
// []byte content is written in base64.
func (nb *Notebook) Write(w io.Writer) error {
	if nb.Major != 4 {
		return fmt.Errorf("ipynb: cannot write format %d, only format 4", nb.Major)
	}
	top := clone(nb.Rest)
	top["nbformat"], top["nbformat_minor"] = nb.Major, nb.Minor
	top["metadata"] = orEmpty(nb.Metadata)
	cells := make([]any, 0, len(nb.Cells))
	for _, c := range nb.Cells {
		if c.ID == "" && nb.Minor >= 5 {
			c.ID = NewID()
		}
		cells = append(cells, c.object())
	}
	top["cells"] = cells
	e := &encoder{w: bufio.NewWriter(w)}
	e.value(top, 0)
	e.w.WriteByte('\n')
	if e.err != nil {
		return fmt.Errorf("ipynb: %w", e.err)
	}
	if err := e.w.Flush(); err != nil {
		return fmt.Errorf("ipynb: %w", err)
	}
	return nil
}

// Bytes is the notebook as Write writes it.
func (nb *Notebook) Bytes() ([]byte, error) {
	var buf bytes.Buffer
	err := nb.Write(&buf)
	return buf.Bytes(), err
}

// NewID returns a new cell id: eight hexadecimal digits, as Jupyter makes them.
func NewID() string {
	b := make([]byte, 4)
	if _, err := rand.Read(b); err != nil {
		panic(err) // never happens: the Go runtime ends the process itself
	}
	return hex.EncodeToString(b)
}

func (c *Cell) object() map[string]any {
	m := clone(c.Rest)
	m["cell_type"] = c.Type
	m["metadata"] = orEmpty(c.Metadata)
	m["source"] = lines(c.Source)
	if c.ID != "" {
		m["id"] = c.ID
	}
	if c.Attachments != nil {
		all := map[string]any{}
		for name, bundle := range c.Attachments {
			all[name] = bundle
			if b, ok := bundle.(map[string]any); ok {
				all[name] = splitBundle(b)
			}
		}
		m["attachments"] = all
	}
	if c.Type == Code {
		m["execution_count"] = count(c.ExecutionCount)
		outputs := make([]any, 0, len(c.Outputs))
		for _, o := range c.Outputs {
			outputs = append(outputs, o.object())
		}
		m["outputs"] = outputs
	}
	return m
}

func (o *Output) object() map[string]any {
	m := clone(o.Rest)
	m["output_type"] = o.Type
	switch o.Type {
	case Stream:
		m["name"], m["text"] = o.Name, lines(o.Text)
	case DisplayData, ExecuteResult:
		m["data"], m["metadata"] = splitBundle(o.Data), orEmpty(o.Metadata)
		if o.Type == ExecuteResult {
			m["execution_count"] = count(o.ExecutionCount)
		}
	case Error:
		m["ename"], m["evalue"] = o.EName, o.EValue
		tb := make([]any, len(o.Traceback))
		for i, line := range o.Traceback {
			tb[i] = line
		}
		m["traceback"] = tb
	}
	return m
}

// splitBundle writes text as lists of lines, as nbformat does, and bytes in base64.
func splitBundle(b map[string]any) map[string]any {
	m := make(map[string]any, len(b))
	for mime, content := range b {
		switch x := content.(type) {
		case []byte:
			m[mime] = base64.StdEncoding.EncodeToString(x)
		case string:
			m[mime] = x
			if strings.HasPrefix(mime, "text/") || mime == "image/svg+xml" ||
				mime == "application/javascript" {
				m[mime] = lines(x)
			}
		default:
			m[mime] = content
		}
	}
	return m
}

// lines splits where Python's str.splitlines does, because nbformat uses that.
func lines(s string) []any {
	list := []any{}
	start := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch r {
		case '\r':
			if i < len(s) && s[i] == '\n' {
				continue
			}
		case '\n', '\v', '\f', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
		default:
			continue
		}
		list = append(list, s[start:i])
		start = i
	}
	if start < len(s) {
		list = append(list, s[start:])
	}
	return list
}

func count(n int) any {
	if n == 0 {
		return nil
	}
	return n
}

func clone(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return maps.Clone(m)
}

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// encoder writes JSON as Python's json.dumps(indent=1, sort_keys=True, ensure_ascii=False):
// encoding/json would escape other characters.
type encoder struct {
	w   *bufio.Writer
	err error
}

func (e *encoder) value(v any, depth int) {
	switch x := v.(type) {
	case map[string]any:
		e.sequence('{', '}', len(x), depth, slices.Sorted(maps.Keys(x)), func(key string, _ int) {
			e.string(key)
			e.w.WriteString(": ")
			e.value(x[key], depth+1)
		})
	case []any:
		e.sequence('[', ']', len(x), depth, nil, func(_ string, i int) {
			e.value(x[i], depth+1)
		})
	case string:
		e.string(x)
	case json.Number:
		e.w.WriteString(x.String())
	case []byte:
		e.string(base64.StdEncoding.EncodeToString(x))
	default:
		e.foreign(x, depth)
	}
}

// foreign encodes a Go value, as a cell's JSON output may hold, by way of encoding/json.
func (e *encoder) foreign(v any, depth int) {
	b, err := json.Marshal(v)
	if err != nil {
		e.err = err
		return
	}
	if len(b) > 0 && b[0] != '{' && b[0] != '[' && b[0] != '"' {
		e.w.Write(b)
		return
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var plain any
	if err := dec.Decode(&plain); err != nil {
		e.err = err
		return
	}
	e.value(plain, depth)
}

func (e *encoder) sequence(open, end byte, n, depth int, keys []string, each func(string, int)) {
	e.w.WriteByte(open)
	for i := range n {
		if i > 0 {
			e.w.WriteByte(',')
		}
		e.newline(depth + 1)
		key := ""
		if keys != nil {
			key = keys[i]
		}
		each(key, i)
	}
	if n > 0 {
		e.newline(depth)
	}
	e.w.WriteByte(end)
}

func (e *encoder) newline(depth int) {
	e.w.WriteByte('\n')
	for range depth {
		e.w.WriteByte(' ')
	}
}

var short = map[rune]string{'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`,
	'\b': `\b`, '\f': `\f`}

func (e *encoder) string(s string) {
	e.w.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch esc, ok := short[r]; {
		case ok:
			e.w.WriteString(esc)
		case r < 0x20:
			fmt.Fprintf(e.w, `\u%04x`, r)
		default:
			e.w.WriteRune(r)
		}
	}
	e.w.WriteByte('"')
}
