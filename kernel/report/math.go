package report

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"

	"github.com/wyatt915/treeblood"
)

// mathML sets a formula, given without its dollars, as MathML. A formula that cannot be set is
// shown as its source, so that nothing is lost.
func mathML(tex string, block bool) string {
	tex = strings.TrimSpace(tex)
	if tex == "" {
		return ""
	}
	out, ok := setTeX(rewriteTeX(tex), block)
	if !ok {
		class := "math-source"
		if block {
			class += " block"
		}
		return fmt.Sprintf(`<code class="%s">%s</code>`, class, html.EscapeString(tex))
	}
	return out + annotation(tex)
}

// MathML sets a formula, given without its dollars; block is one on a line of its own. It is
// false for a formula that cannot be set.
func MathML(tex string, block bool) (mathML string, ok bool) {
	out, ok := setTeX(rewriteTeX(strings.TrimSpace(tex)), block)
	if !ok {
		return "", false
	}
	return out + annotation(tex), true
}

// annotation ends the element with the source, which is what a reader copies.
func annotation(tex string) string {
	return `<annotation encoding="application/x-tex">` + html.EscapeString(tex) +
		"</annotation></semantics></math>"
}

var (
	mathOpen  = regexp.MustCompile(`^\s*<math[^>]*>`)
	mathSpace = regexp.MustCompile(`>\s+<`)
)

// setTeX gives the element up to its annotation.
func setTeX(tex string, block bool) (out string, ok bool) {
	defer func() {
		if recover() != nil {
			out, ok = "", false
		}
	}()
	m, err := treeblood.TexToMML(tex, nil, block, false)
	if err != nil || strings.Contains(m, "<merror") {
		return "", false
	}
	end := strings.Index(m, "<annotation ")
	start := mathOpen.FindStringIndex(m)
	if end < 0 || start == nil {
		return "", false
	}
	display := ""
	if block {
		display = ` display="block"`
	}
	body := strings.TrimSpace(m[start[1]:end])
	return "<math" + display + ">" + tidy(mathSpace.ReplaceAllString(body, "><")), true
}

var (
	mathTag    = regexp.MustCompile(`<[a-z]+(?: [a-z-]+="[^"]*")+`)
	mathAttr   = regexp.MustCompile(`[a-z-]+="[^"]*"`)
	uprightRun = regexp.MustCompile(`(<mi mathvariant="normal">[^<]*)</mi><mi mathvariant="normal">`)
)

// tidy orders attributes and style rules, which treeblood writes in the random order of its
// maps, and joins the letters of an upright name, so that it is read and spaced as a word.
func tidy(mml string) string {
	mml = mathTag.ReplaceAllStringFunc(mml, func(tag string) string {
		name, _, _ := strings.Cut(tag, " ")
		attrs := mathAttr.FindAllString(tag, -1)
		for i, a := range attrs {
			if rules, ok := strings.CutPrefix(a, `style="`); ok {
				list := strings.Split(strings.Trim(rules, `";`), ";")
				slices.Sort(list)
				attrs[i] = `style="` + strings.Join(list, ";") + `"`
			}
		}
		slices.Sort(attrs)
		return name + " " + strings.Join(attrs, " ")
	})
	for {
		joined := uprightRun.ReplaceAllString(mml, "$1")
		if joined == mml {
			return mml
		}
		mml = joined
	}
}
