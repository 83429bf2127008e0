package session

import (
	"go/token"
	"strings"
)

// IsComplete tells whether src can be executed: "complete", "incomplete" if more lines must
// follow, which start with indent, or "invalid".
func (s *Session) IsComplete(src string) (status, indent string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.forgetTexts(s.fset.Base())
	c := s.newCell(s.n+1, src)
	c.parse()
	if len(c.diags) == 0 {
		return "complete", ""
	}
	if len(c.pieces.faults) > 0 {
		f := c.pieces.faults[0]
		if !strings.HasSuffix(f.msg, "not terminated") {
			return "invalid", ""
		}
		if rest := c.src.text[f.offset:]; strings.HasPrefix(string(rest), "`") ||
			strings.HasPrefix(string(rest), "/*") {
			return "incomplete", ""
		}
		return "invalid", ""
	}
	if n := len(c.pieces.open); n > 0 {
		return "incomplete", strings.Repeat("\t", n)
	}
	if wantsMore(c.pieces.lexemes) {
		return "incomplete", "\t"
	}
	return "invalid", ""
}

// wantsMore tells whether the last token cannot end a statement, as an operator.
func wantsMore(list []lexeme) bool {
	if len(list) == 0 {
		return false
	}
	switch last := list[len(list)-1].tok; last {
	case token.COMMA, token.PERIOD, token.COLON, token.ASSIGN, token.DEFINE, token.ARROW:
		return true
	case token.NOT, token.INC, token.DEC, token.SEMICOLON, token.ELLIPSIS:
		return false
	default:
		return last.IsOperator()
	}
}
