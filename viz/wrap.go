package viz

import (
	"strings"
	"unicode"
)

// wrap breaks text into at most max lines of a width; the last line ends in an ellipsis when
// there was more. A word wider than a line is broken inside. max 0 is no limit.
func wrap(s style, text string, width float64, max int) []string {
	words := words(text)
	var lines []string
	line := ""
	for i := 0; i < len(words); i++ {
		joined := words[i]
		if line != "" {
			joined = line + " " + words[i]
		}
		if s.width(joined) <= width {
			line = joined
			continue
		}
		if line == "" { // a word alone is too wide
			head, tail := split(s, words[i], width)
			lines, words[i] = append(lines, head), tail
		} else {
			lines, line = append(lines, line), ""
		}
		i-- // the rest of the word starts the next line
		if max > 0 && len(lines) == max {
			lines[max-1] = ellipsis(s, lines[max-1]+" "+strings.Join(words[i+1:], " "), width)
			return lines
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// words are what lines may be broken between: a no-break space joins, and a "%" stays with its
// number.
func words(text string) []string {
	var list []string
	for _, word := range strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) && r != '\u00a0'
	}) {
		word = strings.TrimSpace(printable(word))
		switch {
		case word == "":
		case strings.TrimRight(word, ".,;:)") == "%" && len(list) > 0:
			list[len(list)-1] += " " + word
		default:
			list = append(list, word)
		}
	}
	return list
}

// wraps says whether text fits into max lines of a width without an ellipsis or a broken word.
func wraps(s style, text string, width float64, max int) bool {
	for _, word := range words(text) {
		if s.width(word) > width {
			return false
		}
	}
	return len(wrap(s, text, width, 0)) <= max
}

// split cuts a word so that its head fits; the head has at least one rune.
func split(s style, word string, width float64) (head, tail string) {
	runes := []rune(word)
	n := 1
	for n < len(runes)-1 && s.width(string(runes[:n+1])) <= width {
		n++
	}
	if n == len(runes) {
		return word, ""
	}
	return strings.TrimRight(string(runes[:n]), " "), strings.TrimLeft(string(runes[n:]), " ")
}

// ellipsis shortens text to a width, marking the cut with "…".
func ellipsis(s style, text string, width float64) string {
	text = printable(text)
	if s.width(text) <= width {
		return text
	}
	runes := []rune(text)
	low, high := 0, len(runes) // the longest prefix that fits lies in low..high
	for low < high {
		mid := (low + high + 1) / 2
		if s.width(string(runes[:mid])+"…") <= width {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return strings.TrimRight(string(runes[:low]), " ") + "…"
}
