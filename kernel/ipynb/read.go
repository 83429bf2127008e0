package ipynb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// MaxSize bounds the notebooks that are read, in bytes.
const MaxSize = 512 << 20

// ReadFile reads the notebook in a file. Errors name the file, what is wrong with it, and
// what to do.
func ReadFile(name string) (*Notebook, error) {
	info, err := os.Stat(name)
	switch {
	case strings.Contains(name, "://"):
		return nil, fmt.Errorf("ipynb: %s is an address; download the notebook first", name)
	case strings.TrimSpace(name) == "":
		return nil, fmt.Errorf("ipynb: %q names no notebook;%s", name, nearby("."))
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("ipynb: %s does not exist; is the path right?%s", name, nearby(name))
	case err != nil:
		return nil, fmt.Errorf("ipynb: %w", err)
	case info.IsDir():
		return nil, fmt.Errorf("ipynb: %s is a directory; name the .ipynb file in it", name)
	case info.Size() > MaxSize:
		return nil, fmt.Errorf("ipynb: %s has %d bytes, more than the limit of %d; "+
			"clear its outputs first", name, info.Size(), MaxSize)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("ipynb: %w", err)
	}
	nb, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("ipynb: %s %w", name, err)
	}
	return nb, nil
}

// Read reads a notebook.
func Read(r io.Reader) (*Notebook, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("ipynb: %w", err)
	}
	nb, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("ipynb: the notebook %w", err)
	}
	return nb, nil
}

// Parse is Read of bytes. Its errors are predicates that want a subject before them, such as
// "is empty", so that callers can name the file.
func Parse(data []byte) (*Notebook, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("is empty; restore it from a copy or a checkpoint")
	}
	top, err := decode(data)
	if err != nil {
		return nil, err
	}
	if err := checkVersion(top); err != nil {
		return nil, err
	}
	d := &fields{m: top}
	nb := &Notebook{
		Major:    d.int("nbformat"),
		Minor:    d.int("nbformat_minor"),
		Metadata: d.object("metadata"),
	}
	cells := d.list("cells")
	for i, c := range cells {
		m, ok := c.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("has a cell %d that is no object but %s", i+1, kind(c))
		}
		cell, err := readCell(m)
		if err != nil {
			return nil, fmt.Errorf("has a faulty cell %d: %w", i+1, err)
		}
		nb.Cells = append(nb.Cells, cell)
	}
	if d.err != nil {
		return nil, fmt.Errorf("is faulty: %w", d.err)
	}
	nb.Rest = d.m
	return nb, nil
}

// asSaved is the remedy for what is no notebook.
const asSaved = "a notebook is a .ipynb file as Jupyter saves it"

// decode is one JSON object and nothing behind it; it tells a truncated file from another.
func decode(data []byte) (map[string]any, error) {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, errors.New("is text in UTF-16; save it as UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var top any
	err := dec.Decode(&top)
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF),
		errors.As(err, &syntax) && syntax.Offset >= int64(len(data)):
		return nil, fmt.Errorf("ends too early, after %d bytes; it was cut off: "+
			"restore it from a copy or a checkpoint", len(data))
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(data[:syntax.Offset], []byte("\n"))
		return nil, fmt.Errorf("is no JSON (line %d: %v); %s", line, err, asSaved)
	case err != nil:
		return nil, fmt.Errorf("is no JSON: %w", err)
	}
	m, ok := top.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("is no notebook but JSON with %s at its top; %s", kind(top), asSaved)
	}
	if rest := data[dec.InputOffset():]; len(
		bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("has text after its end; is it two files in one?")
	}
	return m, nil
}

func checkVersion(m map[string]any) error {
	v, ok := m["nbformat"]
	if !ok {
		return errors.New("is JSON but no notebook: it has no field nbformat; " + asSaved)
	}
	n, _ := v.(json.Number)
	major, err := strconv.Atoi(n.String())
	switch {
	case err != nil || major < 1:
		text, _ := json.Marshal(v)
		return fmt.Errorf("has nbformat %.40s, which is no version; this reads format 4", text)
	case major < 4:
		return fmt.Errorf("has the old format %d, this reads format 4; convert it with "+
			"`jupyter nbconvert --to notebook --nbformat 4`", major)
	case major > 4:
		return fmt.Errorf("has the newer format %d, this reads format 4; save it as format 4, "+
			"or take a newer cliplab", major)
	case m["cells"] == nil:
		return errors.New("has no cells field; it is damaged or no notebook")
	}
	return nil
}

func readCell(m map[string]any) (*Cell, error) {
	d := &fields{m: m}
	c := &Cell{
		Type:        d.string("cell_type"),
		ID:          d.string("id"),
		Source:      d.text("source"),
		Metadata:    d.object("metadata"),
		Attachments: d.optional("attachments"),
	}
	if c.Type == Code {
		c.ExecutionCount = d.int("execution_count")
		for i, o := range d.list("outputs") {
			om, ok := o.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("output %d is no object but %s", i+1, kind(o))
			}
			out, err := readOutput(om)
			if err != nil {
				return nil, fmt.Errorf("output %d: %w", i+1, err)
			}
			c.Outputs = append(c.Outputs, out)
		}
	}
	for _, bundle := range c.Attachments {
		if b, ok := bundle.(map[string]any); ok {
			joinBundle(b)
		}
	}
	switch {
	case d.err != nil:
		return nil, d.err
	case c.Type != Code && c.Type != Markdown && c.Type != Raw:
		return nil, fmt.Errorf("cell_type is %q, want code, markdown or raw", c.Type)
	}
	c.Rest = d.m
	return c, nil
}

func readOutput(m map[string]any) (*Output, error) {
	d := &fields{m: m}
	o := &Output{Type: d.string("output_type")}
	switch o.Type {
	case Stream:
		o.Name, o.Text = d.string("name"), d.text("text")
	case DisplayData, ExecuteResult:
		o.Data, o.Metadata = d.object("data"), d.object("metadata")
		joinBundle(o.Data)
		if o.Type == ExecuteResult {
			o.ExecutionCount = d.int("execution_count")
		}
	case Error:
		o.EName, o.EValue = d.string("ename"), d.string("evalue")
		for _, line := range d.list("traceback") {
			s, _ := line.(string)
			o.Traceback = append(o.Traceback, s)
		}
	}
	if d.err != nil {
		return nil, d.err
	}
	o.Rest = d.m
	return o, nil
}

// joinBundle makes one string of each list of lines; JSON content stays as it is.
func joinBundle(b map[string]any) {
	for mime, content := range b {
		if list, ok := content.([]any); ok && !isJSON(mime) {
			if s, ok := joined(list); ok {
				b[mime] = s
			}
		}
	}
}

func isJSON(mime string) bool {
	return strings.HasPrefix(mime, "application/") &&
		(mime == "application/json" || strings.HasSuffix(mime, "+json"))
}
