package datasets

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"
)

// Row is a line of a captions file.
type Row struct {
	Line    int // counted from 1
	File    string
	Caption string
	Tags    []string
}

// RowError is a line of a captions file that is no row.
type RowError struct {
	Line    int    // counted from 1
	Value   string // the offending value, shortened
	Problem string
	Err     error // what lies beneath, or nil
}

// Error names the row, the problem and the value.
func (e *RowError) Error() string {
	text := fmt.Sprintf("datasets: row %d: %s: %q", e.Line, e.Problem, e.Value)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap is what lies beneath.
func (e *RowError) Unwrap() error { return e.Err }

const (
	longestLine = 1 << 20 // bytes
	mostErrors  = 100     // listed one by one
)

// ReadCaptions reads a captions file: tab-separated columns file, caption and perhaps tags
// (joined by commas), with or without that heading; or JSON lines with "file", "caption" and
// perhaps "tags". Blank lines and lines that start with # are passed over.
//
// A bad row (a missing column, JSON that does not parse, bytes that are not UTF-8, an empty
// caption, an empty file name) does not lose the others: the good rows come back together with
// an error that joins one *RowError for each bad one, up to a hundred.
func ReadCaptions(r io.Reader) ([]Row, error) {
	var rows []Row
	problems := &problems{}
	jsonl, first := false, true
	err := eachLine(r, func(line int, text []byte, tooLong bool) {
		if line == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		trimmed := bytes.TrimSpace(text)
		if !tooLong && (len(trimmed) == 0 || trimmed[0] == '#') {
			return
		}
		if first {
			jsonl = bytes.HasPrefix(trimmed, []byte("{"))
		}
		heading := first && !jsonl && isHeading(trimmed)
		first = false
		switch {
		case heading:
		case tooLong:
			problems.add(&RowError{Line: line, Value: short(text), Problem: "longer than 1 MiB"})
		default:
			row, e := parseRow(line, text, jsonl)
			if e != nil {
				problems.add(e)
			} else {
				rows = append(rows, row)
			}
		}
	})
	return rows, errors.Join(problems.joined(), err)
}

// ReadCaptionsFS is ReadCaptions of a file, where a row whose picture is not in fsys is bad,
// too.
func ReadCaptionsFS(fsys fs.FS, name string) ([]Row, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	defer f.Close()
	all, err := ReadCaptions(f)
	missing := &problems{}
	var rows []Row
	for _, row := range all {
		if _, e := fs.Stat(fsys, row.File); e != nil {
			missing.add(&RowError{Line: row.Line, Value: row.File, Problem: "no such picture", Err: e})
			continue
		}
		rows = append(rows, row)
	}
	return rows, errors.Join(err, missing.joined())
}

// parseRow reads one row of either kind.
func parseRow(line int, text []byte, jsonl bool) (Row, *RowError) {
	bad := func(value []byte, problem string, err error) (Row, *RowError) {
		return Row{}, &RowError{Line: line, Value: short(value), Problem: problem, Err: err}
	}
	if !utf8.Valid(text) {
		return bad(text, "not UTF-8", nil)
	}
	row := Row{Line: line}
	if jsonl {
		var v struct {
			File, Caption *string
			Tags          []string
		}
		if err := json.Unmarshal(text, &v); err != nil {
			return bad(text, "bad JSON", err)
		}
		if v.File == nil || v.Caption == nil {
			return bad(text, `"file" or "caption" is missing`, nil)
		}
		row.File, row.Caption, row.Tags = *v.File, *v.Caption, v.Tags
	} else {
		columns := strings.Split(string(text), "\t")
		if len(columns) < 2 || len(columns) > 3 {
			return bad(text, fmt.Sprintf("%d columns, want 2 or 3", len(columns)), nil)
		}
		row.File, row.Caption = columns[0], columns[1]
		if len(columns) == 3 {
			for tag := range strings.SplitSeq(columns[2], ",") {
				if tag = strings.TrimSpace(tag); tag != "" {
					row.Tags = append(row.Tags, tag)
				}
			}
		}
	}
	row.File, row.Caption = strings.TrimSpace(row.File), strings.TrimSpace(row.Caption)
	switch {
	case row.File == "":
		return bad(text, "the file name is empty", nil)
	case row.Caption == "":
		return bad(text, "the caption is empty", nil)
	}
	return row, nil
}

// isHeading recognises "file<tab>caption", whatever its case.
func isHeading(line []byte) bool {
	columns := strings.Split(strings.ToLower(string(line)), "\t")
	return len(columns) >= 2 && strings.TrimSpace(columns[0]) == "file" &&
		strings.TrimSpace(columns[1]) == "caption"
}

// eachLine calls f with each line, without its end. Of a line over longestLine it gives the
// beginning, and says so.
func eachLine(r io.Reader, f func(line int, text []byte, tooLong bool)) error {
	in := bufio.NewReaderSize(r, longestLine)
	for line := 1; ; line++ {
		text, err := in.ReadSlice('\n')
		tooLong := err == bufio.ErrBufferFull
		if tooLong {
			text = bytes.Clone(text[:64])
			for err == bufio.ErrBufferFull {
				_, err = in.ReadSlice('\n')
			}
		}
		if len(text) > 0 {
			f(line, bytes.TrimRight(text, "\r\n"), tooLong)
		}
		switch err {
		case nil:
		case io.EOF:
			return nil
		default:
			return fmt.Errorf("datasets: row %d: %w", line, err)
		}
	}
}

// problems gathers errors and counts those that are too many to list.
type problems struct {
	listed []error
	more   int
}

func (p *problems) add(e *RowError) {
	if len(p.listed) < mostErrors {
		p.listed = append(p.listed, e)
	} else {
		p.more++
	}
}

func (p *problems) joined() error {
	if p.more > 0 {
		return errors.Join(append(p.listed, fmt.Errorf("datasets: %d more bad rows", p.more))...)
	}
	return errors.Join(p.listed...)
}

// short is a value cut to what an error message can hold.
func short(value []byte) string {
	const most = 60
	if len(value) <= most {
		return string(value)
	}
	return string(value[:most]) + "…"
}
