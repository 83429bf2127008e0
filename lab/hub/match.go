package hub

import (
	"strings"
	"unicode/utf8"
)

// matches says whether any pattern fits the name, or there are none. A pattern that ends in a
// slash means all below it.
func matches(patterns []string, name string) bool {
	for _, p := range patterns {
		if strings.HasSuffix(p, "/") {
			p += "*"
		}
		if match(p, name) {
			return true
		}
	}
	return len(patterns) == 0
}

// match is Python's fnmatchcase: * any run of characters, slashes too, ? one character, [a-z] and
// [!a-z] one of a set; a [ that nothing closes is itself. It takes time in the product of the
// lengths at most.
func match(pattern, name string) bool {
	star, mark := -1, 0 // after the last *, and where in name it has come to
	p, n := 0, 0
	for n < len(name) {
		if p < len(pattern) && pattern[p] == '*' {
			p++
			star, mark = p, n
			continue
		}
		if size, width, ok := matchOne(pattern[p:], name[n:]); ok {
			p += size
			n += width
			continue
		}
		if star < 0 {
			return false
		}
		_, width := utf8.DecodeRuneInString(name[mark:])
		mark += width
		p, n = star, mark
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchOne matches the first character of name against the first element of pattern, and gives
// the lengths of both.
func matchOne(pattern, name string) (size, width int, ok bool) {
	if pattern == "" {
		return 0, 0, false
	}
	r, width := utf8.DecodeRuneInString(name)
	switch pattern[0] {
	case '?':
		return 1, width, true
	case '[':
		if set, not := class(pattern); set != "" {
			size := len(set) + 2
			if not {
				size++
			}
			return size, width, inSet(set, r) != not
		}
	}
	want, size := utf8.DecodeRuneInString(pattern)
	return size, width, want == r && (want != utf8.RuneError || pattern[:size] == name[:width])
}

// class is what stands between [ or [! and ], where a ] in the first place is one of the set;
// "" if there is no end.
func class(pattern string) (set string, not bool) {
	rest := pattern[1:]
	if strings.HasPrefix(rest, "!") {
		rest, not = rest[1:], true
	}
	if rest == "" {
		return "", false
	}
	end := strings.IndexByte(rest[1:], ']')
	if end < 0 {
		return "", false
	}
	return rest[:end+1], not
}

func inSet(set string, r rune) bool {
	runes := []rune(set)
	for i := 0; i < len(runes); i++ {
		if i+2 < len(runes) && runes[i+1] == '-' {
			if runes[i] <= r && r <= runes[i+2] {
				return true
			}
			i += 2
			continue
		}
		if runes[i] == r {
			return true
		}
	}
	return false
}
