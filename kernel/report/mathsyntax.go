package report

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// mathSyntax teaches goldmark $…$, $$…$$ and \begin{…}…\end{…}, as notebooks use them.
type mathSyntax struct{}

func (mathSyntax) Extend(md goldmark.Markdown) {
	md.Parser().AddOptions(
		parser.WithBlockParsers(util.Prioritized(mathBlockParser{}, 90)),
		parser.WithInlineParsers(util.Prioritized(mathInlineParser{}, 150)),
	)
	md.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(mathRenderer{}, 100)))
}

var (
	kindMathBlock = ast.NewNodeKind("MathBlock")
	kindMath      = ast.NewNodeKind("Math")
)

// mathBlock is a displayed formula that stands on lines of its own.
type mathBlock struct {
	ast.BaseBlock
	end    string // what closes it: "$$" or "\end{align}"
	closed bool
}

// Kind is part of ast.Node.
func (*mathBlock) Kind() ast.NodeKind { return kindMathBlock }

// Dump is part of ast.Node.
func (n *mathBlock) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// IsRaw keeps goldmark from reading Markdown in the formula.
func (*mathBlock) IsRaw() bool { return true }

// mathNode is a formula within a line.
type mathNode struct {
	ast.BaseInline
	tex   string
	block bool
}

// Kind is part of ast.Node.
func (*mathNode) Kind() ast.NodeKind { return kindMath }

// Dump is part of ast.Node.
func (n *mathNode) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

type mathBlockParser struct{}

func (mathBlockParser) Trigger() []byte                             { return []byte{'$', '\\'} }
func (mathBlockParser) Close(ast.Node, text.Reader, parser.Context) {}
func (mathBlockParser) CanInterruptParagraph() bool                 { return true }
func (mathBlockParser) CanAcceptIndentedLine() bool                 { return false }

// Open takes lines that begin with $$ or \begin{ and are nothing but a formula.
func (mathBlockParser) Open(_ ast.Node, r text.Reader, _ parser.Context) (ast.Node, parser.State) {
	line, seg := r.PeekLine()
	s := strings.TrimSpace(string(line))
	n := &mathBlock{}
	switch {
	case strings.HasPrefix(s, "$$"):
		n.end = "$$"
		rest := s[2:]
		if i := strings.Index(rest, "$$"); i >= 0 {
			if strings.TrimSpace(rest[i+2:]) != "" {
				return nil, parser.NoChildren // prose follows: left to the inline parser
			}
			n.closed = true
		}
	case strings.HasPrefix(s, `\begin{`):
		name, _, ok := strings.Cut(s[len(`\begin{`):], "}")
		if !ok {
			return nil, parser.NoChildren
		}
		n.end = `\end{` + name + "}"
		n.closed = strings.Contains(s, n.end)
	default:
		return nil, parser.NoChildren
	}
	n.Lines().Append(seg)
	r.Advance(seg.Len() - 1)
	return n, parser.NoChildren
}

// Continue takes lines up to the closing mark; blank lines may stand between.
func (mathBlockParser) Continue(node ast.Node, r text.Reader, _ parser.Context) parser.State {
	n := node.(*mathBlock)
	if n.closed {
		return parser.Close
	}
	line, seg := r.PeekLine()
	n.closed = bytes.Contains(line, []byte(n.end))
	n.Lines().Append(seg)
	r.Advance(seg.Len() - 1)
	return parser.Continue | parser.NoChildren
}

type mathInlineParser struct{}

func (mathInlineParser) Trigger() []byte { return []byte{'$'} }

// Parse follows pandoc: an opening $ has no space behind it, a closing one no space before and
// no digit behind it, so that "$5 and $6" is no formula.
func (mathInlineParser) Parse(_ ast.Node, r text.Reader, _ parser.Context) ast.Node {
	mark := "$"
	if line, _ := r.PeekLine(); bytes.HasPrefix(line, []byte("$$")) {
		mark = "$$"
	}
	startLine, startPos := r.Position()
	r.Advance(len(mark))
	var tex strings.Builder
	for {
		line, _ := r.PeekLine()
		if line == nil {
			break
		}
		if tex.Len() == 0 && mark == "$" && isSpace(line[0]) {
			break
		}
		end := closing(string(line), mark)
		if end < 0 {
			tex.Write(line)
			r.AdvanceLine()
			continue
		}
		tex.Write(line[:end])
		r.Advance(end + len(mark))
		if strings.TrimSpace(tex.String()) == "" {
			break
		}
		return &mathNode{tex: tex.String(), block: mark == "$$"}
	}
	r.SetPosition(startLine, startPos)
	return nil
}

func closing(line, mark string) int {
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\':
			i++
		case strings.HasPrefix(line[i:], mark):
			after := i + len(mark)
			if mark == "$$" {
				return i
			}
			if i > 0 && !isSpace(line[i-1]) &&
				(after == len(line) || line[after] < '0' || line[after] > '9') {
				return i
			}
		}
	}
	return -1
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

type mathRenderer struct{}

func (mathRenderer) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(kindMathBlock, func(w util.BufWriter, src []byte, node ast.Node, enter bool) (
		ast.WalkStatus, error) {
		if enter {
			n := node.(*mathBlock)
			tex := strings.TrimSpace(string(n.Lines().Value(src)))
			w.WriteString(displayMath(trimDollars(tex)) + "\n")
		}
		return ast.WalkSkipChildren, nil
	})
	reg.Register(kindMath, func(w util.BufWriter, _ []byte, node ast.Node, enter bool) (
		ast.WalkStatus, error) {
		if n := node.(*mathNode); enter && n.block {
			w.WriteString(`<span class="math">` + mathML(n.tex, true) + "</span>")
		} else if enter {
			w.WriteString(mathML(n.tex, false))
		}
		return ast.WalkSkipChildren, nil
	})
}

// displayMath is a formula on lines of its own; a wide one scrolls by itself.
func displayMath(tex string) string {
	return `<div class="math" tabindex="0">` + mathML(tex, true) + "</div>"
}

func trimDollars(tex string) string {
	return strings.TrimSuffix(strings.TrimPrefix(tex, "$$"), "$$")
}
