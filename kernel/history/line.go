package history

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// Entry is one input of one session.
type Entry struct {
	Session int    `json:"session"` // from 1; 0 in a range of the current session
	Line    int    `json:"line"`    // the execution count, from 1
	Input   string `json:"input"`
	Output  string `json:"output,omitempty"`
}

const (
	maxInput  = 1 << 20 // bytes of an input that are remembered; a person types less
	maxOutput = 1 << 16 // bytes of an output
	cutMark   = "\n// … cut by the history"

	// topSession bounds session numbers: a larger one is corrupt, and counting on from it
	// would leave the integers that JavaScript has.
	topSession = 1 << 31
)

// key begins every line. Lines that begin otherwise are not ours.
var key = []byte(`{"session":`)

// appendLine writes an entry as a line; an entry without line number says that a session began.
func appendLine(dst []byte, e Entry) []byte {
	if e.Line == 0 {
		dst = strconv.AppendInt(append(dst, key...), int64(e.Session), 10)
		return append(dst, "}\n"...)
	}
	b := bytes.NewBuffer(dst)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false) // Go is full of & and <, and the file is for people too
	if err := enc.Encode(e); err != nil {
		panic(err) // impossible: two numbers and two strings
	}
	return b.Bytes()
}

// sessionOf reads only the session number, 0 if the line is not ours.
func sessionOf(line []byte) int {
	rest, ok := bytes.CutPrefix(line, key)
	n := 0
	for i, c := range rest {
		if c < '0' || c > '9' {
			if !ok || i == 0 || (c != ',' && c != '}') || n > topSession {
				return 0
			}
			return n
		}
		if n = 10*n + int(c-'0'); n > topSession {
			return 0
		}
	}
	return 0
}

// parseLine reads a line; false if it holds no entry.
func parseLine(line []byte) (Entry, bool) {
	var e Entry
	session := sessionOf(line)
	if session == 0 || json.Unmarshal(line, &e) != nil {
		return Entry{}, false
	}
	e.Session = session // of two fields with that name the survey sees the first
	return e, e.Line > 0
}

// parse reads the entries among lines, in their order.
func parse(text []byte) []Entry {
	var entries []Entry
	for line := range bytes.Lines(text) {
		if e, ok := parseLine(line); ok {
			entries = append(entries, e)
		}
	}
	return entries
}

// survey counts the lines that are ours and finds the largest session number.
func survey(text []byte) (lines, top int) {
	for line := range bytes.Lines(text) {
		if n := sessionOf(line); n > 0 {
			lines, top = lines+1, max(top, n)
		}
	}
	return lines, top
}

// cut shortens a text to n bytes at a rune, and says so.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n -= len(cutMark)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + cutMark
}
