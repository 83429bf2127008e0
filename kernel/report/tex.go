package report

import (
	"strings"
	"unicode"
)

// rewriteTeX brings a formula into the part of LaTeX that treeblood v0.1.16 sets correctly:
// arguments in braces, norms and operator names by commands that it knows, no labels.
func rewriteTeX(tex string) string {
	w := texWriter{tokens: texTokens(tex)}
	return w.all()
}

// texTokens cuts a formula into commands (\name, \|), braces, spaces and single characters.
func texTokens(tex string) []string {
	var out []string
	rs := []rune(tex)
	for i := 0; i < len(rs); {
		j := i + 1
		if rs[i] == '\\' && j < len(rs) {
			if unicode.IsLetter(rs[j]) {
				for j < len(rs) && unicode.IsLetter(rs[j]) {
					j++
				}
			} else {
				j++
			}
		} else if rs[i] == '%' { // a comment
			for j < len(rs) && rs[j] != '\n' {
				j++
			}
			i = j
			continue
		}
		out = append(out, string(rs[i:j]))
		i = j
	}
	return out
}

// texArgs are the commands whose arguments TeX lets stand without braces, and how many.
var texArgs = map[string]int{
	`\frac`: 2, `\tfrac`: 2, `\dfrac`: 2, `\binom`: 2, `\sqrt`: 1,
	`\bar`: 1, `\hat`: 1, `\vec`: 1, `\tilde`: 1, `\dot`: 1, `\ddot`: 1, `\widehat`: 1,
	`\widetilde`: 1, `\overline`: 1, `\underline`: 1, `\mathbf`: 1, `\mathrm`: 1,
	`\mathcal`: 1, `\mathbb`: 1, `\mathit`: 1, `\mathsf`: 1, `\mathtt`: 1, `\boldsymbol`: 1,
}

// texReplaced are commands under another name.
var texReplaced = map[string]string{
	`\argmax`: `\mathop{arg max}`, `\argmin`: `\mathop{arg min}`,
	`\arg`: `\mathrm{arg}\,`, `\softmax`: `\mathrm{softmax}`,
	`\nonumber`: "", `\notag`: "", `\bm`: `\boldsymbol`,
	`\lVert`: `\Vert `, `\rVert`: `\Vert `, `\|`: `\Vert `,
}

// texFunctions are names that stand a thin space from what they are applied to.
var texFunctions = map[string]bool{
	`\log`: true, `\ln`: true, `\exp`: true, `\sin`: true, `\cos`: true, `\tan`: true,
	`\max`: true, `\min`: true, `\lim`: true, `\sup`: true, `\inf`: true, `\det`: true,
}

// spaceAfter writes the scripts of a function name, then a thin space if an operand without
// parentheses follows.
func (w *texWriter) spaceAfter() {
	for w.spaces(); w.i < len(w.tokens); w.spaces() {
		t := w.tokens[w.i]
		if t == "_" || t == "^" {
			w.i++
			w.out.WriteString(t)
			w.argument()
			continue
		}
		operand := unicode.IsLetter([]rune(t)[0]) || unicode.IsDigit([]rune(t)[0]) ||
			strings.HasPrefix(t, `\`) && len(t) > 2 && !texApart[t]
		if operand {
			w.out.WriteString(`\,`)
		}
		return
	}
}

// texApart are commands that make their own space, or need none.
var texApart = map[string]bool{
	`\left`: true, `\right`: true, `\bigl`: true, `\Bigl`: true, `\big`: true, `\Big`: true,
	`\quad`: true, `\qquad`: true, `\cdot`: true, `\limits`: true, `\approx`: true, `\le`: true,
	`\ge`: true, `\leq`: true, `\geq`: true, `\in`: true, `\times`: true, `\to`: true,
	`\end`: true, `\lvert`: true, `\neq`: true,
}

type texWriter struct {
	tokens []string
	out    strings.Builder
	i      int
}

func (w *texWriter) all() string {
	for w.i < len(w.tokens) {
		w.one()
	}
	return w.out.String()
}

// one rewrites the next token with its arguments.
func (w *texWriter) one() {
	t := w.tokens[w.i]
	w.i++
	switch t {
	case `\operatorname`:
		star := w.skip("*")
		name := strings.NewReplacer(`\,`, " ", `\;`, " ", `\ `, " ", "~", " ").Replace(w.group())
		if star {
			w.out.WriteString(`\mathop{` + name + `}`)
		} else {
			w.out.WriteString(`\mathrm{` + name + `}`)
		}
		return
	case `\mathop`:
		name := w.group()
		for _, cmd := range []string{`\mathrm{`, `\text{`, `\rm `} {
			name = strings.TrimSuffix(strings.TrimPrefix(name, cmd), "}")
		}
		w.out.WriteString(`\mathop{` + name + `}`)
		return
	case `\tag`, `\label`:
		w.skip("*")
		w.group()
		return
	case `\texttt`:
		w.out.WriteString(`\text{` + w.group() + "}")
		return
	case `\text`, `\textbf`, `\textit`, `\mbox`, `\begin`, `\end`:
		w.out.WriteString(t + "{" + w.group() + "}")
		return
	}
	if new, ok := texReplaced[t]; ok {
		w.out.WriteString(new)
		return
	}
	w.out.WriteString(t)
	if texFunctions[t] {
		w.spaceAfter()
		return
	}
	if t == `\sqrt` && w.skip("[") {
		w.out.WriteByte('[')
		for w.i < len(w.tokens) && w.tokens[w.i] != "]" {
			w.one()
		}
		if w.skip("]") {
			w.out.WriteByte(']')
		}
	}
	for range texArgs[t] {
		w.argument()
	}
}

// argument writes the next argument within braces.
func (w *texWriter) argument() {
	w.spaces()
	if w.i == len(w.tokens) {
		return
	}
	if w.tokens[w.i] != "{" {
		if w.tokens[w.i] == "}" {
			return
		}
		w.out.WriteByte('{')
		w.one()
		w.out.WriteByte('}')
		return
	}
	depth := 0
	for w.i < len(w.tokens) {
		switch w.tokens[w.i] {
		case "{":
			depth++
		case "}":
			depth--
		}
		w.one()
		if depth == 0 {
			return
		}
	}
}

// group takes the next argument as it stands, without its braces.
func (w *texWriter) group() string {
	w.spaces()
	if !w.skip("{") {
		if w.i == len(w.tokens) {
			return ""
		}
		w.i++
		return w.tokens[w.i-1]
	}
	depth, start := 1, w.i
	for ; w.i < len(w.tokens); w.i++ {
		switch w.tokens[w.i] {
		case "{":
			depth++
		case "}":
			if depth--; depth == 0 {
				w.i++
				return strings.Join(w.tokens[start:w.i-1], "")
			}
		}
	}
	return strings.Join(w.tokens[start:], "")
}

func (w *texWriter) spaces() {
	for w.i < len(w.tokens) && strings.TrimSpace(w.tokens[w.i]) == "" {
		w.i++
	}
}

func (w *texWriter) skip(token string) bool {
	if w.i < len(w.tokens) && w.tokens[w.i] == token {
		w.i++
		return true
	}
	return false
}
