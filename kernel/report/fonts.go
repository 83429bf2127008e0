package report

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"strings"
)

// The fonts of a report; fonts/README.md tells where they come from and how to make them.
var (
	//go:embed fonts/text.woff2
	textFont []byte
	//go:embed fonts/text-italic.woff2
	italicFont []byte
	//go:embed fonts/code.woff2
	codeFont []byte
	//go:embed fonts/math.woff2
	mathFont []byte
)

// fontCSS embeds the fonts; that of formulas only in pages that have one.
func fontCSS(math bool) string {
	var b strings.Builder
	face := func(family, rest string, data []byte) {
		fmt.Fprintf(&b, "@font-face{font-family:%q;%ssrc:url(data:font/woff2;base64,%s) "+
			"format(\"woff2\")}\n", family, rest, base64.StdEncoding.EncodeToString(data))
	}
	face("Lesson Text", "font-weight:200 900;", textFont)
	face("Lesson Text", "font-weight:200 900;font-style:italic;", italicFont)
	face("Lesson Code", "font-weight:100 800;", codeFont)
	if math {
		face("Lesson Math", "", mathFont)
	}
	return b.String()
}
