package viz

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain ASCII":     "plain ASCII",
		"naïve Ωμέγα Жук": "naïve Ωμέγα Жук",
		"e\u0301":         "é", // composed
		"日本":              "□□",
		"👩‍🚀 flies":       "□□ flies", // two pictures and a joiner
		"👋🏽":              "□",        // a skin tone has no shape of its own
		"❤️":              "□",
		"a\tb\nc":         "a b c",
		"\xff":            "□",
		"−1 … ≤ “x”":      "−1 … ≤ “x”",
		"\u200bhidden":    "hidden",
	} {
		if got := printable(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	s := style{size: 14}
	for _, c := range []struct {
		text  string
		width float64
		max   int
		want  string
	}{
		{"a red apple", 500, 3, "a red apple"},
		{"a red apple", 45, 3, "a red|apple"},
		{"a red apple on a table", 45, 2, "a red|appl…"},
		{"  spaces   collapse ", 500, 0, "spaces collapse"},
		{"", 50, 2, ""},
		{"unbreakable", 40, 0, "unbre|akabl|e"},
		{"unbreakable words", 40, 2, "unbre|aka…"},
		{"w", 1, 2, "w"},
		{"house 55.1 %", 80, 2, "house|55.1 %"},
		{"house 55.1 %, hut", 80, 3, "house|55.1 %, hut"},
		{"%", 80, 2, "%"},
		{"mug 5\u00a0kg", 50, 2, "mug|5 kg"},
		{"123456 %", 30, 0, "123|456|%"},
	} {
		if got := strings.Join(wrap(s, c.text, c.width, c.max), "|"); got != c.want {
			t.Errorf("wrap(%q, %v, %d) = %q, want %q", c.text, c.width, c.max, got, c.want)
		}
	}
}

// FuzzWrap: any text gives valid lines, no more than asked for, none wider than allowed unless
// it is a single letter.
func FuzzWrap(f *testing.F) {
	for _, s := range append(someCaptions, "", "日本語", "\xff\x00", strings.Repeat("W", 300)) {
		f.Add(s, 60.0, 3)
	}
	f.Fuzz(func(t *testing.T, text string, width float64, max int) {
		if !(width > 1 && width < 1e4) || max < 0 || max > 50 || len(text) > 1000 {
			t.Skip()
		}
		s := style{size: 14}
		lines := wrap(s, text, width, max)
		if max > 0 && len(lines) > max {
			t.Errorf("%d lines, at most %d", len(lines), max)
		}
		for _, l := range lines {
			if !utf8.ValidString(l) {
				t.Errorf("%q is broken", l)
			}
			if s.width(l) > width+.01 && utf8.RuneCountInString(strings.TrimSuffix(l, "…")) > 1 {
				t.Errorf("%q is %.1f wide, more than %.1f", l, s.width(l), width)
			}
		}
	})
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		layout string
		v      float64
		want   string
	}{
		{"%.2f", -.123, "−0.12"}, {"%.2f", -.001, "0.00"}, {"%.2f", .005, "0.01"},
		{"%+.1f", 2, "+2.0"}, {"%.0f%%", 12, "12%"}, {"%.0f", -0.2, "0"},
	} {
		if got := format(c.layout, c.v); got != c.want {
			t.Errorf("format(%q, %v) = %q, want %q", c.layout, c.v, got, c.want)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		min, max float64
		n        int
		want     string
	}{
		{0, 1, 5, "0.0 0.2 0.4 0.6 0.8 1.0"},
		{-1, 1, 4, "−1.0 −0.5 0.0 0.5 1.0"},
		{0, 49408, 5, "0 10 000 20 000 30 000 40 000"},
		{1, 200, 5, "50 100 150 200"},
		{.001, .0042, 4, "0.001 0.002 0.003 0.004"},
		{0, 3e-7, 3, "0 1e-07 2e-07 3e-07"},
		{2, 2, 4, "2"},
	} {
		got := strings.Join(tickLabels(niceTicks(c.min, c.max, c.n)), " ")
		if got = strings.ReplaceAll(got, "\u00a0", " "); got != c.want {
			t.Errorf("ticks of %v..%v: %q, want %q", c.min, c.max, got, c.want)
		}
	}
}
