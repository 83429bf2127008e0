package session_test

import "testing"

func TestIsComplete(t *testing.T) {
	s := newSession()
	for _, c := range []struct{ src, status, indent string }{
		{"", "complete", ""},
		{"1 + 1", "complete", ""},
		{"undefined + 1", "complete", ""}, // legality is for Execute to tell
		{"x := 1 // a comment {", "complete", ""},
		{"func f() {", "incomplete", "\t"},
		{"for i := range 3 {\n\tif i > 1 {", "incomplete", "\t\t"},
		{"m := map[string]int{\n\t\"a\": 1,", "incomplete", "\t"},
		{"s := `raw", "incomplete", ""},
		{"/* a comment", "incomplete", ""},
		{"x := 1 +", "incomplete", "\t"},
		{"x :=", "incomplete", "\t"},
		{"fmt.", "incomplete", "\t"},
		{"\"not terminated", "invalid", ""},
		{"}", "invalid", ""},
		{"f(]", "invalid", ""},
		{"x = = 1", "invalid", ""},
		{"if x", "invalid", ""},
	} {
		status, indent := s.IsComplete(c.src)
		if status != c.status || indent != c.indent {
			t.Errorf("%q is %s, indent %q; want %s, %q", c.src, status, indent, c.status, c.indent)
		}
	}
}
