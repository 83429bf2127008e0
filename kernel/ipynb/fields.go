package ipynb

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// fields takes known fields out of a JSON object, so that what is left is what the format
// does not know. The first field of a wrong type is remembered in err.
type fields struct {
	m   map[string]any
	err error
}

func (d *fields) take(name string) any {
	v := d.m[name]
	delete(d.m, name)
	return v
}

func (d *fields) wrong(name, want string, v any) {
	if d.err == nil {
		d.err = fmt.Errorf("%s is %s, want %s", name, kind(v), want)
	}
}

func (d *fields) string(name string) string {
	v := d.take(name)
	s, ok := v.(string)
	if !ok && v != nil {
		d.wrong(name, "a string", v)
	}
	return s
}

// text is a string that may be written as a list of its lines.
func (d *fields) text(name string) string {
	v := d.take(name)
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case []any:
		s, ok := joined(x)
		if !ok && d.err == nil {
			i := slices.IndexFunc(x, func(line any) bool { _, is := line.(string); return !is })
			d.err = fmt.Errorf("line %d of %s is %s, want a string", i+1, name, kind(x[i]))
		}
		return s
	}
	d.wrong(name, "a string or a list of strings", v)
	return ""
}

func (d *fields) int(name string) int {
	v := d.take(name)
	if v == nil {
		return 0
	}
	n, ok := v.(json.Number)
	i, err := strconv.Atoi(n.String())
	if !ok || err != nil {
		d.wrong(name, "a whole number", v)
	}
	return i
}

func (d *fields) list(name string) []any {
	v := d.take(name)
	l, ok := v.([]any)
	if !ok && v != nil {
		d.wrong(name, "a list", v)
	}
	return l
}

// object is never nil; optional may be.
func (d *fields) object(name string) map[string]any {
	if m := d.optional(name); m != nil {
		return m
	}
	return map[string]any{}
}

func (d *fields) optional(name string) map[string]any {
	v := d.take(name)
	m, ok := v.(map[string]any)
	if !ok && v != nil {
		d.wrong(name, "an object", v)
	}
	return m
}

func joined(list []any) (string, bool) {
	var b strings.Builder
	for _, line := range list {
		s, ok := line.(string)
		if !ok {
			return "", false
		}
		b.WriteString(s)
	}
	return b.String(), true
}

// kind names a JSON value in an error.
func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "a boolean"
	case []any:
		return "a list"
	}
	return "an object"
}

// nearby lists the notebooks beside a missing one, as a remedy.
func nearby(name string) string {
	all, _ := filepath.Glob(filepath.Join(filepath.Dir(name), "*.ipynb"))
	if len(all) == 0 {
		if _, err := os.Stat(filepath.Dir(name)); err != nil {
			return " (nor does its directory)"
		}
		return ""
	}
	const most = 5
	more := ""
	if len(all) > most {
		all, more = all[:most], " …"
	}
	return " There are: " + strings.Join(all, ", ") + more
}
