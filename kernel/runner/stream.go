package runner

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits bound what one stream of a cell keeps in the notebook. Head and tail are kept whole;
// the lines between them are counted, and written to the spill file if there is one.
type Limits struct {
	HeadLines, TailLines int // default 800 and 200
	HeadBytes, TailBytes int // default 256 KiB and 64 KiB
	SpillBytes           int // default 256 MiB, the bound of one spill file
}

func (l Limits) orDefault() Limits {
	set := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	set(&l.HeadLines, 800)
	set(&l.TailLines, 200)
	set(&l.HeadBytes, 256<<10)
	set(&l.TailBytes, 64<<10)
	set(&l.SpillBytes, 256<<20)
	return l
}

// spiller opens the file for the whole of a stream, and says by which name it will be found.
type spiller func() (io.WriteCloser, string, error)

// stream is the text of one output as a terminal would leave it: a carriage return goes back
// to the start of the line, a backspace one character. It is not safe for concurrent use.
type stream struct {
	limits Limits
	open   spiller

	head      []byte   // finished lines that will be shown
	headLines int      //
	tail      [][]byte // finished lines that may yet be dropped
	tailBytes int
	lost      int // lines dropped between head and tail
	lostBytes int

	line   []byte // the unfinished line
	cursor int    // byte offset in line, at its end unless \r or \b moved it
	cut    int    // bytes dropped from the middle of line
	cutAt  int

	spill     io.WriteCloser
	spillName string
	spilled   int
	spillFull bool
}

func newStream(l Limits, open spiller) *stream { return &stream{limits: l.orDefault(), open: open} }

// Write never fails.
func (s *stream) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		i := bytes.IndexAny(p, "\n\r\b")
		if i < 0 {
			s.put(p)
			break
		}
		s.put(p[:i])
		switch p[i] {
		case '\n':
			s.endLine()
		case '\r':
			s.cursor = 0
		case '\b':
			_, size := utf8.DecodeLastRune(s.line[:s.cursor])
			s.cursor -= size
		}
		p = p[i+1:]
	}
	return n, nil
}

// put writes text at the cursor. After a return it overwrites characters, as a terminal does;
// a line with colours is replaced instead, because its bytes are not its columns.
func (s *stream) put(p []byte) {
	if len(p) == 0 {
		return
	}
	if s.cursor < len(s.line) {
		if s.cursor == 0 && (bytes.IndexByte(s.line, 0x1b) >= 0 || bytes.IndexByte(p, 0x1b) >= 0) {
			s.line, s.cut = s.line[:0], 0
		} else {
			end := s.cursor
			for range utf8.RuneCount(p) {
				_, size := utf8.DecodeRune(s.line[end:])
				end += size
			}
			rest := append([]byte(nil), s.line[end:]...)
			s.line = append(append(s.line[:s.cursor], p...), rest...)
			s.cursor += len(p)
			return
		}
	}
	s.line = append(s.line, p...)
	// One endless line: keep its first part and a window of its last bytes.
	first, window := s.limits.HeadBytes/2, s.limits.TailBytes/2
	if len(s.line) > first+2*window {
		if s.cut == 0 {
			s.cutAt = runeStart(s.line, first)
		}
		from := runeStart(s.line, len(s.line)-window)
		s.cut += from - s.cutAt
		s.line = append(s.line[:s.cutAt], s.line[from:]...)
	}
	s.cursor = len(s.line)
}

func runeStart(b []byte, i int) int {
	for i > 0 && i < len(b) && !utf8.RuneStart(b[i]) {
		i--
	}
	return i
}

func (s *stream) endLine() {
	line := append(s.current(), '\n')
	s.line, s.cursor, s.cut = s.line[:0], 0, 0
	if len(s.tail) == 0 && s.lost == 0 && s.headLines < s.limits.HeadLines &&
		len(s.head)+len(line) <= s.limits.HeadBytes {
		s.head = append(s.head, line...)
		s.headLines++
		return
	}
	s.save(line)
	s.tail = append(s.tail, line)
	s.tailBytes += len(line)
	for len(s.tail) > s.limits.TailLines || len(s.tail) > 1 && s.tailBytes > s.limits.TailBytes {
		s.drop()
	}
}

// drop loses the first line of the tail; the spill file has it.
func (s *stream) drop() {
	if s.lost == 0 {
		s.openSpill()
	}
	s.lost++
	s.lostBytes += len(s.tail[0])
	s.tailBytes -= len(s.tail[0])
	s.tail[0] = nil
	s.tail = s.tail[1:]
}

// current is the unfinished line with a note of what was cut from it.
func (s *stream) current() []byte {
	if s.cut == 0 {
		return append([]byte(nil), s.line...)
	}
	note := fmt.Sprintf(" … %s bytes of this line not shown … ", thousands(s.cut))
	return bytes.Join([][]byte{s.line[:s.cutAt], s.line[s.cutAt:]}, []byte(note))
}

// openSpill is called when the first line is about to be lost: all lines are still here.
func (s *stream) openSpill() {
	if s.open == nil {
		return
	}
	w, name, err := s.open()
	if err != nil {
		s.spillName = fmt.Sprintf("nowhere: %v", err)
		return
	}
	s.spill, s.spillName = w, name
	s.save(s.head)
	for _, line := range s.tail {
		s.save(line)
	}
}

func (s *stream) save(line []byte) {
	if s.spill == nil || s.spillFull {
		return
	}
	if s.spilled+len(line) > s.limits.SpillBytes {
		s.spillFull = true
		return
	}
	n, err := s.spill.Write(line)
	s.spilled += n
	s.spillFull = err != nil
}

// text is what the notebook keeps.
func (s *stream) text() string {
	var b strings.Builder
	b.Write(s.head)
	if s.lost > 0 {
		lines := thousands(s.lost) + " lines"
		if s.lost == 1 {
			lines = "1 line"
		}
		fmt.Fprintf(&b, "… %s (%s bytes) not shown%s …\n", lines, thousands(s.lostBytes), s.where())
	}
	for _, line := range s.tail {
		b.Write(line)
	}
	b.Write(s.current())
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

func (s *stream) where() string {
	switch {
	case s.spillName == "":
		return ""
	case s.spillFull:
		return fmt.Sprintf("; the first %s bytes are in %s", thousands(s.spilled), s.spillName)
	}
	return "; all are in " + s.spillName
}

// close ends the spill file.
func (s *stream) close() {
	if s.spill != nil {
		if len(s.line) > 0 {
			s.save(s.current())
		}
		s.spill.Close()
		s.spill = nil
	}
}

// thousands writes n with commas: 998,000.
func thousands(n int) string {
	d := fmt.Sprint(n)
	for i := len(d) - 3; i > 0; i -= 3 {
		d = d[:i] + "," + d[i:]
	}
	return d
}
