package display

import (
	"fmt"
	"html"
	"maps"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Tables longer or wider than this are elided in the middle, with a note of their true size.
const (
	MaxRows = 20
	MaxCols = 12
)

// maxCell bounds the text of one table cell, in characters.
const maxCell = 80

// table is a rectangle of text. A row whose index is -1 stands for what was left out.
type table struct {
	caption string
	header  []string
	rows    [][]string
	labels  []string // one per row, may be nil
}

// numeric says of a column whether it holds numbers, at least one and else only gaps. Such
// columns stand to the right, so that digits of one worth stand below each other; the others
// begin at the left.
func (t *table) numeric(column int) bool {
	found := false
	for _, row := range t.rows {
		switch cell := row[column]; cell {
		case "", "…", "nil":
		default:
			if _, err := strconv.ParseFloat(cell, 64); err != nil {
				return false
			}
			found = true
		}
	}
	return found
}

// elide returns the indices of n items that are shown: all, or head and tail round a -1.
func elide(n, most int) []int {
	var idx []int
	if n <= most {
		for i := range n {
			idx = append(idx, i)
		}
		return idx
	}
	tail := most / 4
	for i := range most - tail {
		idx = append(idx, i)
	}
	idx = append(idx, -1)
	for i := n - tail; i < n; i++ {
		idx = append(idx, i)
	}
	return idx
}

// tableBundle shows slices of structs, slices of slices, and maps; other values have no table.
func tableBundle(v any) (data, metadata map[string]any, ok bool) {
	rv := reflect.ValueOf(v)
	var t *table
	switch rv.Kind() {
	case reflect.Slice, reflect.Array:
		t = sliceTable(rv)
	case reflect.Map:
		t = mapTable(rv)
	}
	if t == nil {
		return nil, nil, false
	}
	// The text of a small map stays the one line that Go programmers know.
	text := t.text()
	if rv.Kind() == reflect.Map && rv.Len() <= 4 {
		text = Text(v)
	}
	return map[string]any{MimeText: text, MimeHTML: t.html()}, nil, true
}

// sliceTable is nil unless rv is a non-empty slice of structs (or pointers to structs) with
// exported fields, of maps by name, or of slices of numbers or strings.
func sliceTable(rv reflect.Value) *table {
	elem := rv.Type().Elem()
	if rv.Len() == 0 || printsItself(elem) {
		return nil
	}
	if elem.Kind() == reflect.Pointer {
		elem = elem.Elem()
	}
	switch elem.Kind() {
	case reflect.Struct:
		return structTable(rv.Len(), elem, rv.Index)
	case reflect.Map:
		if elem.Key().Kind() == reflect.String && rv.Type().Elem() == elem {
			return recordTable(rv)
		}
	case reflect.Slice, reflect.Array:
		if k := elem.Elem().Kind(); isNumber(k) || k == reflect.String || k == reflect.Bool {
			return nestedTable(rv)
		}
	}
	return nil
}

// structTable has a column for each exported field of elem, and n rows; nil if there is none.
func structTable(n int, elem reflect.Type, at func(i int) reflect.Value) *table {
	var fields []reflect.StructField
	for _, f := range reflect.VisibleFields(elem) {
		if f.IsExported() && !(f.Anonymous && f.Type.Kind() == reflect.Struct) {
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	t := &table{caption: plural(n, "row") + " of " + elem.String()}
	cols := elide(len(fields), MaxCols)
	for _, c := range cols {
		if c < 0 {
			t.header = append(t.header, "…")
			continue
		}
		t.header = append(t.header, fields[c].Name)
	}
	for _, i := range elide(n, MaxRows) {
		t.add(i, cols, func(c int) string {
			s := reflect.Indirect(at(i))
			if !s.IsValid() {
				return "nil"
			}
			f, err := s.FieldByIndexErr(fields[c].Index)
			if err != nil {
				return "nil"
			}
			return cellText(f)
		})
	}
	return t
}

// recordTable shows maps by name, such as JSON gives, with a column for each name that the
// shown ones have.
func recordTable(rv reflect.Value) *table {
	rows := elide(rv.Len(), MaxRows)
	names := map[string]reflect.Value{}
	for _, i := range rows {
		if i >= 0 {
			for _, k := range rv.Index(i).MapKeys() {
				names[k.String()] = k
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	sorted := slices.Sorted(maps.Keys(names))
	t := &table{caption: plural(rv.Len(), "row")}
	cols := elide(len(sorted), MaxCols)
	for _, c := range cols {
		t.header = append(t.header, at(sorted, c))
	}
	for _, i := range rows {
		t.add(i, cols, func(c int) string {
			if v := rv.Index(i).MapIndex(names[sorted[c]]); v.IsValid() {
				return cellText(v)
			}
			return ""
		})
	}
	return t
}

func nestedTable(rv reflect.Value) *table {
	wide, ragged := 0, false
	for i := range rv.Len() {
		n := reflect.Indirect(rv.Index(i)).Len()
		ragged = ragged || i > 0 && n != wide
		wide = max(wide, n)
	}
	if wide == 0 || rv.Type().Elem().Kind() == reflect.Pointer {
		return nil
	}
	t := &table{caption: fmt.Sprintf("%d × %d", rv.Len(), wide)}
	if ragged {
		t.caption = fmt.Sprintf("%s of up to %d", plural(rv.Len(), "row"), wide)
	}
	cols := elide(wide, MaxCols)
	t.header = indexHeader(cols)
	for _, i := range elide(rv.Len(), MaxRows) {
		t.add(i, cols, func(c int) string {
			if row := rv.Index(i); c < row.Len() {
				return cellText(row.Index(c))
			}
			return ""
		})
	}
	return t
}

func mapTable(rv reflect.Value) *table {
	if rv.Len() == 0 {
		return nil
	}
	keys := rv.MapKeys()
	sort.Slice(keys, func(i, j int) bool { return less(keys[i], keys[j]) })
	if elem := rv.Type().Elem(); elem.Kind() == reflect.Struct && !printsItself(elem) {
		t := structTable(len(keys), elem, func(i int) reflect.Value { return rv.MapIndex(keys[i]) })
		if t != nil {
			for row, i := range elide(len(keys), MaxRows) {
				if i >= 0 {
					t.labels[row] = cellText(keys[i])
				}
			}
			return t
		}
	}
	t := &table{caption: plural(rv.Len(), "entry"), header: []string{"key", "value"}}
	for _, i := range elide(len(keys), MaxRows) {
		if i < 0 {
			t.rows = append(t.rows, []string{"…", "…"})
			continue
		}
		t.rows = append(t.rows, []string{cellText(keys[i]), cellText(rv.MapIndex(keys[i]))})
	}
	return t
}

// add appends row i with the chosen columns; a row or column of index -1 becomes dots.
func (t *table) add(i int, cols []int, cell func(c int) string) {
	label := "…"
	if i >= 0 {
		label = fmt.Sprint(i)
	}
	t.labels = append(t.labels, label)
	row := make([]string, len(cols))
	for k, c := range cols {
		if i < 0 || c < 0 {
			row[k] = "…"
			continue
		}
		row[k] = cell(c)
	}
	t.rows = append(t.rows, row)
}

// html is the table with its caption; the class lets a report scroll it by itself.
func (t *table) html() string {
	var b strings.Builder
	side := make([]string, len(t.header)) // front ends put what says nothing to the right
	for c := range t.header {
		if !t.numeric(c) {
			side[c] = ` style="text-align:left"`
		}
	}
	fmt.Fprintf(&b, "<table class=\"cliplab-table\">\n<caption>%s</caption>\n<thead><tr>",
		html.EscapeString(t.caption))
	if t.labels != nil {
		b.WriteString("<th></th>")
	}
	for c, h := range t.header {
		fmt.Fprintf(&b, `<th scope="col"%s>%s</th>`, side[c], html.EscapeString(h))
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	for i, row := range t.rows {
		b.WriteString("<tr>")
		if t.labels != nil {
			fmt.Fprintf(&b, `<th scope="row">%s</th>`, html.EscapeString(t.labels[i]))
		}
		for c, text := range row {
			fmt.Fprintf(&b, "<td%s>%s</td>", side[c], html.EscapeString(text))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>\n</table>")
	return b.String()
}

// text is the table in aligned columns.
func (t *table) text() string {
	lines := append([][]string{t.header}, t.rows...)
	var right []bool // by column
	for c := range t.header {
		right = append(right, t.numeric(c))
	}
	if t.labels != nil {
		right = append([]bool{false}, right...)
		for i := range lines {
			label := ""
			if i > 0 {
				label = t.labels[i-1]
			}
			lines[i] = append([]string{label}, lines[i]...)
		}
	}
	width := make([]int, len(lines[0]))
	for _, l := range lines {
		for c, s := range l {
			width[c] = max(width[c], utf8.RuneCountInString(s))
		}
	}
	var b strings.Builder
	for _, l := range lines {
		var line strings.Builder
		for c, s := range l {
			pad := strings.Repeat(" ", width[c]-utf8.RuneCountInString(s))
			if right[c] {
				line.WriteString(pad + s + "  ")
			} else {
				line.WriteString(s + pad + "  ")
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	b.WriteString("(" + t.caption + ")")
	return b.String()
}
