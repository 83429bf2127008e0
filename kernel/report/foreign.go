package report

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	tag = regexp.MustCompile(`<!--[\s\S]*?-->|` +
		`<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>`)
	styleRule = regexp.MustCompile(`(?is)(<style[^>]*>)(.*?)(</style>)`)
)

var voidElements = words("area base br col embed hr img input link meta source track wbr")

// balanced closes what a piece of HTML leaves open and drops what it closes without having
// opened, so that an output cannot break the page round it. Documents lose their frame.
func balanced(s string) string {
	var b strings.Builder
	var open []string
	raw := "" // within script or style nothing is a tag
	at := 0
	for _, m := range tag.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(s[at:m[0]])
		at = m[1]
		if m[4] < 0 { // a comment
			continue
		}
		name, closes := strings.ToLower(s[m[4]:m[5]]), m[2] < m[3]
		whole := s[m[0]:m[1]]
		switch {
		case raw != "" && !(closes && name == raw):
			b.WriteString(whole)
		case name == "html" || name == "head" || name == "body" || name == "base":
		case voidElements[name] || strings.HasSuffix(whole, "/>"):
			b.WriteString(whole)
		case !closes:
			b.WriteString(whole)
			open = append(open, name)
			if name == "script" || name == "style" {
				raw = name
			}
		default:
			raw = ""
			b.WriteString(closeTag(&open, name))
		}
	}
	b.WriteString(s[at:])
	for i := len(open) - 1; i >= 0; i-- {
		b.WriteString("</" + open[i] + ">")
	}
	return b.String()
}

// closeTag closes name and all that was opened within it, if it is open.
func closeTag(open *[]string, name string) string {
	stack := *open
	k := len(stack) - 1
	for k >= 0 && stack[k] != name {
		k--
	}
	if k < 0 {
		return ""
	}
	var b strings.Builder
	for i := len(stack) - 1; i >= k; i-- {
		b.WriteString("</" + stack[i] + ">")
	}
	*open = stack[:k]
	return b.String()
}

// scoped makes the style sheets of an output hold for that output only.
func scoped(s, id string) string {
	return styleRule.ReplaceAllString(s, fmt.Sprintf("${1}@scope (#%s){${2}}${3}", id))
}
