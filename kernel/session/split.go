package session

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/scanner"
	"go/token"
)

// span is a range of bytes of a cell.
type span struct{ from, to int }

// lexeme is a token of a cell; comments are left out.
type lexeme struct {
	tok    token.Token
	offset int
	lit    string
}

// pieces tells what the bytes of a cell belong to. Types, constants and variables need no
// span: the parser takes them among statements.
type pieces struct {
	text     []byte // what is parsed, as long as the cell; often the cell itself, so only read
	clause   span   // "package main", if the cell is a whole program
	imports  []span
	funcs    []span // functions and methods
	lexemes  []lexeme
	open     []lexeme        // brackets that are not closed
	faults   []fault         // errors of the scanner and of brackets
	bodiless []*ast.FuncDecl // functions that only document
}

// fault is an error at an offset of a cell.
type fault struct {
	offset int
	msg    string
}

var closers = map[token.Token]token.Token{
	token.LPAREN: token.RPAREN, token.LBRACK: token.RBRACK, token.LBRACE: token.RBRACE,
}

// split finds the imports and functions of a cell.
func split(text []byte) *pieces {
	p := &pieces{text: text}
	p.scan()
	p.match()
	p.chunks()
	return p
}

// scan reads the tokens. Line directives lose their meaning, since positions are the cell's.
func (p *pieces) scan() {
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(p.text))
	var s scanner.Scanner
	s.Init(file, p.text, func(pos token.Position, msg string) {
		p.faults = append(p.faults, fault{pos.Offset, msg})
	}, scanner.ScanComments)
	var quiet []int
	for {
		pos, tok, lit := s.Scan()
		offset := file.Offset(pos)
		switch {
		case tok == token.EOF:
			p.blankAt(quiet)
			return
		case tok == token.COMMENT:
			if len(lit) > 6 && lit[2:6] == "line" {
				quiet = append(quiet, offset+2)
			}
		case tok == token.STRING: // which may be huge, and nobody asks
			p.lexemes = append(p.lexemes, lexeme{tok, offset, ""})
		default:
			p.lexemes = append(p.lexemes, lexeme{tok, offset, lit})
		}
	}
}

// blankAt puts blanks into a copy of the text.
func (p *pieces) blankAt(offsets []int) {
	if len(offsets) == 0 {
		return
	}
	p.text = bytes.Clone(p.text)
	for _, at := range offsets {
		p.text[at] = ' '
	}
}

// match pairs the brackets.
func (p *pieces) match() {
	for _, l := range p.lexemes {
		switch l.tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			p.open = append(p.open, l)
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if len(p.open) == 0 {
				p.faults = append(p.faults, fault{l.offset, fmt.Sprintf("unexpected %s", l.tok)})
				return
			}
			top := p.open[len(p.open)-1]
			if want := closers[top.tok]; want != l.tok {
				p.faults = append(p.faults, fault{l.offset,
					fmt.Sprintf("unexpected %s, expected %s", l.tok, want)})
				return
			}
			p.open = p.open[:len(p.open)-1]
		}
	}
}

// chunks finds what starts with package, import, or the name of a function, outside brackets.
func (p *pieces) chunks() {
	depth, start := 0, true
	for i := 0; i < len(p.lexemes); i++ {
		l := p.lexemes[i]
		if start && depth == 0 {
			end := p.chunkEnd(i)
			switch {
			case l.tok == token.PACKAGE && i == 0 && p.tokenAt(1) == token.IDENT:
				p.clause = p.span(i, end)
				i = end
				continue
			case l.tok == token.IMPORT:
				p.imports = append(p.imports, p.span(i, end))
				i = end
				continue
			case l.tok == token.FUNC && p.declares(i):
				p.funcs = append(p.funcs, p.span(i, end))
				i = end
				continue
			}
		}
		depth += nesting(l.tok)
		start = l.tok == token.SEMICOLON
	}
}

func nesting(tok token.Token) int {
	switch tok {
	case token.LPAREN, token.LBRACK, token.LBRACE:
		return 1
	case token.RPAREN, token.RBRACK, token.RBRACE:
		return -1
	}
	return 0
}

// chunkEnd is the index of the semicolon that ends the chunk at i.
func (p *pieces) chunkEnd(i int) int {
	for depth := 0; i < len(p.lexemes); i++ {
		depth += nesting(p.lexemes[i].tok)
		if depth <= 0 && p.lexemes[i].tok == token.SEMICOLON {
			return i
		}
	}
	return len(p.lexemes)
}

// span covers the lexemes from i up to and with end.
func (p *pieces) span(i, end int) span {
	if end >= len(p.lexemes) {
		return span{p.lexemes[i].offset, len(p.text)}
	}
	to := p.lexemes[end].offset
	if p.lexemes[end].lit == ";" {
		to++
	}
	return span{p.lexemes[i].offset, to}
}

// declares tells a function or method from a literal; i is at func.
func (p *pieces) declares(i int) bool {
	switch p.tokenAt(i + 1) {
	case token.IDENT:
		return true
	case token.LPAREN:
		depth := 0
		for i++; i < len(p.lexemes); i++ {
			if depth += nesting(p.lexemes[i].tok); depth == 0 {
				return p.tokenAt(i+1) == token.IDENT && p.tokenAt(i+2) == token.LPAREN
			}
		}
	}
	return false
}

func (p *pieces) tokenAt(i int) token.Token {
	if i < len(p.lexemes) {
		return p.lexemes[i].tok
	}
	return token.EOF
}

// hushed tells whether what ends at offset is followed by a semicolon that was typed.
func (p *pieces) hushed(offset int) bool {
	for _, l := range p.lexemes {
		if l.offset >= offset {
			return l.tok == token.SEMICOLON && l.lit == ";"
		}
	}
	return false
}

// only returns the text between a head and a tail, with everything outside the spans blanked,
// newlines kept.
func (p *pieces) only(head string, spans []span, tail string) []byte {
	all := p.between(head, tail)
	out := blank(all[len(head):][:len(p.text)])
	for _, s := range spans {
		copy(out[s.from:s.to], p.text[s.from:s.to])
	}
	return all
}

// body returns the text of variables, constants, types and statements between a head and a tail.
func (p *pieces) body(head, tail string) []byte {
	all := p.between(head, tail)
	out := all[len(head):]
	blank(out[p.clause.from:p.clause.to])
	for _, s := range p.imports {
		blank(out[s.from:s.to])
	}
	for _, s := range p.funcs {
		blank(out[s.from:s.to])
	}
	return all
}

func (p *pieces) between(head, tail string) []byte {
	all := make([]byte, 0, len(head)+len(p.text)+len(tail))
	return append(append(append(all, head...), p.text...), tail...)
}

func blank(b []byte) []byte {
	for i, c := range b {
		if c != '\n' {
			b[i] = ' '
		}
	}
	return b
}
