package display

import (
	"encoding/csv"
	"fmt"
	"strings"
)

// CSV is a table as text: comma-separated values, the names of the columns first. A table
// whose lines are separated by semicolons or tabs is understood too.
type CSV string

// MIMEBundle gives the table, shortened if it is long.
func (s CSV) MIMEBundle() map[string]any {
	rows, err := s.rows()
	switch {
	case err != nil:
		return map[string]any{MimeText: clip(string(s)) + "\n(no table: " + err.Error() + ")"}
	case len(rows) == 0:
		return map[string]any{MimeText: "(an empty table)"}
	}
	wide := 0
	for _, row := range rows {
		wide = max(wide, len(row))
	}
	body := rows[1:]
	t := &table{caption: fmt.Sprintf("%s of %s", plural(len(body), "row"), plural(wide, "column"))}
	cols := elide(wide, MaxCols)
	for _, c := range cols {
		t.header = append(t.header, at(rows[0], c))
	}
	for _, i := range elide(len(body), MaxRows) {
		t.add(i, cols, func(c int) string { return oneLine(at(body[i], c)) })
	}
	return map[string]any{MimeText: t.text(), MimeHTML: t.html()}
}

// at is a field of a row that may be too short; -1 stands for those left out.
func at(row []string, c int) string {
	switch {
	case c < 0:
		return "…"
	case c < len(row):
		return row[c]
	}
	return ""
}

// rows splits the text by the separator that its first line has most of.
func (s CSV) rows() ([][]string, error) {
	r := csv.NewReader(strings.NewReader(string(s)))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	first, _, _ := strings.Cut(string(s), "\n")
	most := strings.Count(first, ",")
	for _, comma := range ";\t" {
		if n := strings.Count(first, string(comma)); n > most {
			r.Comma, most = comma, n
		}
	}
	return r.ReadAll()
}
