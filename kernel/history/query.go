package history

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// all returns every entry by session and line, those of this session last, and its number.
func (s *Store) all() (entries []Entry, session int) {
	session = s.Session()
	s.mu.Lock()
	disk, own := s.disk, slices.Clone(s.own)
	s.mu.Unlock()
	if disk != nil {
		text, err := readTail(disk.path)
		if err == nil { // else what memory holds: a question is no place to fail
			entries = parse(text)
		}
	}
	// Its own come from memory: some may not be on disk yet.
	entries = slices.DeleteFunc(entries, func(e Entry) bool { return e.Session == session })
	slices.SortStableFunc(entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Session, b.Session), cmp.Compare(a.Line, b.Line))
	})
	entries = lastOfEqual(entries)
	entries = entries[max(0, len(entries)+len(own)-s.limit):]
	for _, e := range own {
		e.Session = session
		entries = append(entries, e)
	}
	return entries, session
}

// lastOfEqual keeps the last of the entries with the same session and line.
func lastOfEqual(entries []Entry) []Entry {
	kept := entries[:0]
	for i, e := range entries {
		if i+1 < len(entries) && entries[i+1].Session == e.Session && entries[i+1].Line == e.Line {
			continue
		}
		kept = append(kept, e)
	}
	return kept
}

// newest returns the last n entries, all of them if n is not positive.
func newest(entries []Entry, n int) []Entry {
	if n > 0 && len(entries) > n {
		return entries[len(entries)-n:]
	}
	return entries
}

// Tail returns the last n inputs over all sessions, oldest first; all if n is not positive.
func (s *Store) Tail(n int) []Entry {
	entries, _ := s.all()
	return newest(entries, n)
}

// Range returns the inputs of a session with start ≤ line < stop.
//
//	session  0 the current one, whose entries then say 0; −1 the one before; else a number
//	start    from 1; negative: so many lines before the end
//	stop     0 is the end; negative: so many lines before the end
func (s *Store) Range(session, start, stop int) []Entry {
	var entries []Entry
	if session == 0 { // no disk
		s.mu.Lock()
		entries = slices.Clone(s.own)
		s.mu.Unlock()
	} else {
		all, own := s.all()
		if session < 0 {
			if session += own; session < 1 {
				return nil
			}
		}
		entries = slices.DeleteFunc(all, func(e Entry) bool { return e.Session != session })
	}
	end := 1
	if len(entries) > 0 {
		end = entries[len(entries)-1].Line + 1
	}
	if start < 0 {
		start += end
	}
	if stop < 0 {
		stop += end
	} else if stop == 0 {
		stop = end
	}
	return slices.DeleteFunc(entries, func(e Entry) bool {
		return e.Line < start || e.Line >= stop
	})
}

// Search returns the last n inputs (all if n is not positive), oldest first, that a glob
// matches whole: * is any text, ? any one character, everything else itself; an empty pattern
// is *. With unique, of equal inputs only the newest counts.
func (s *Store) Search(pattern string, n int, unique bool) []Entry {
	if pattern == "" {
		pattern = "*"
	}
	entries, _ := s.all()
	var found []Entry // newest first
	seen := map[string]bool{}
	for i := len(entries) - 1; i >= 0 && (n <= 0 || len(found) < n); i-- {
		e := entries[i]
		if unique && seen[e.Input] || !match(pattern, e.Input) {
			continue
		}
		if unique {
			seen[e.Input] = true
		}
		found = append(found, e)
	}
	slices.Reverse(found)
	return found
}

// match says that a glob matches the whole text. Its time is at most the product of the
// lengths: after a mismatch only the last star takes one character more.
func match(pattern, text string) bool {
	p, t := 0, 0
	star, from := -1, 0 // after the last star, and where its text ended
	for t < len(text) {
		if p < len(pattern) && pattern[p] == '*' {
			p++
			star, from = p, t
			continue
		}
		_, width := utf8.DecodeRuneInString(text[t:])
		if p < len(pattern) && pattern[p] == '?' {
			p, t = p+1, t+width
			continue
		}
		if p < len(pattern) && pattern[p] == text[t] {
			p, t = p+1, t+1
			continue
		}
		if star < 0 {
			return false
		}
		_, width = utf8.DecodeRuneInString(text[from:])
		from += width
		p, t = star, from
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
