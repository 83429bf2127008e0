package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"mime"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown is built at first use.
var markdown = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.Typographer,
			extension.DefinitionList, mathSyntax{}),
		goldmark.WithRendererOptions(gmhtml.WithUnsafe(), // lessons hold HTML; see policy
			renderer.WithNodeRenderers(util.Prioritized(pageRenderer{}, 100))),
	)
})

// heading is an entry of the table of contents.
type heading struct {
	Level int
	ID    string
	HTML  string
}

// page is what rendering the Markdown of one notebook needs and gathers.
type page struct {
	dir      string         // where relative pictures are
	ids      map[string]int // used anchors
	headings []heading
	notes    int // footnotes are numbered per cell: their anchors need a prefix
	usesMath bool
}

// render is the HTML of one Markdown text; attachments are those of its cell.
func (p *page) render(src string, attachments map[string]any) (string, error) {
	md := markdown()
	source := []byte(src)
	doc := md.Parser().Parse(text.NewReader(source))
	p.notes++
	err := ast.Walk(doc, func(n ast.Node, enter bool) (ast.WalkStatus, error) {
		if !enter {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			p.anchor(n, source)
		case *ast.Image:
			p.embed(n, attachments)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	var buf bytes.Buffer
	if err := md.Renderer().Render(&buf, source, doc); err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	out := buf.String()
	out = strings.ReplaceAll(out, `id="fn`, fmt.Sprintf(`id="n%d-fn`, p.notes))
	out = strings.ReplaceAll(out, `href="#fn`, fmt.Sprintf(`href="#n%d-fn`, p.notes))
	p.usesMath = p.usesMath || strings.Contains(out, "<math")
	return out, nil
}

// anchor gives a heading an id that is unique in the page, and notes it for the contents.
func (p *page) anchor(n *ast.Heading, source []byte) {
	title := nodeText(n, source)
	id := slug(title)
	p.ids[id]++
	if k := p.ids[id]; k > 1 {
		id += "-" + strconv.Itoa(k)
	}
	n.SetAttributeString("id", []byte(id))
	p.headings = append(p.headings, heading{n.Level, id, title})
}

// nodeText is the text of a node as HTML: formulas stay formulas.
func nodeText(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.WriteString(html.EscapeString(string(c.Value(source))))
			if c.SoftLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		case *mathNode:
			b.WriteString(mathML(c.tex, false))
		default:
			b.WriteString(nodeText(c, source))
		}
	}
	return b.String()
}

// slug makes an anchor of a title: letters and digits, hyphens between.
func slug(title string) string {
	if i := strings.Index(title, "<math"); i >= 0 {
		title = title[:i]
	}
	fields := strings.FieldsFunc(strings.ToLower(html.UnescapeString(title)), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 0x80 && r != '–' && r != '—')
	})
	if len(fields) == 0 {
		return "section"
	}
	return strings.Join(fields, "-")
}

// embed puts the picture itself in the place of its name: an attachment of the cell, or a
// file beside the notebook. Pictures of the network stay out; see pageRenderer.
func (p *page) embed(n *ast.Image, attachments map[string]any) {
	dest := string(n.Destination)
	if name, ok := strings.CutPrefix(dest, "attachment:"); ok {
		if plain, err := url.PathUnescape(name); err == nil {
			name = plain
		}
		bundle, _ := attachments[name].(map[string]any)
		for kind, content := range bundle {
			if uri := dataURI(kind, content); uri != "" {
				n.Destination = []byte(uri)
			}
		}
		return
	}
	u, err := url.Parse(dest)
	if err != nil || u.Scheme != "" || u.Host != "" || filepath.IsAbs(u.Path) {
		return
	}
	const most = 32 << 20
	name := filepath.Join(p.dir, filepath.FromSlash(u.Path))
	info, err := os.Stat(name)
	kind := mime.TypeByExtension(filepath.Ext(name))
	if err != nil || info.Size() > most || !strings.HasPrefix(kind, "image/") {
		return
	}
	if data, err := os.ReadFile(name); err == nil {
		n.Destination = []byte(dataURI(kind, data))
	}
}

// dataURI embeds content: bytes, or text that is base64 already, as notebooks hold pictures.
func dataURI(kind string, content any) string {
	kind, _, _ = strings.Cut(kind, ";")
	switch x := content.(type) {
	case []byte:
		return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(x)
	case string:
		if kind == "image/svg+xml" {
			return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString([]byte(x))
		}
		clean := strings.Join(strings.Fields(x), "")
		if _, err := base64.StdEncoding.DecodeString(clean); err == nil {
			return "data:" + kind + ";base64," + clean
		}
	}
	return ""
}

// pageRenderer differs from goldmark's in code blocks, tables and pictures.
type pageRenderer struct{}

func (pageRenderer) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindFencedCodeBlock, codeBlock)
	reg.Register(ast.KindCodeBlock, codeBlock)
	reg.Register(ast.KindImage, picture)
}

func codeBlock(w util.BufWriter, source []byte, node ast.Node, enter bool) (ast.WalkStatus, error) {
	if !enter {
		return ast.WalkContinue, nil
	}
	language := ""
	if f, ok := node.(*ast.FencedCodeBlock); ok {
		language = strings.ToLower(string(f.Language(source)))
	}
	src := string(node.Lines().Value(source))
	code := ""
	switch language {
	case "go", "golang":
		code = goHTML(src, 0)
	default:
		code = otherHTML(language, strings.TrimRight(src, "\n"))
	}
	fmt.Fprintf(w, "<pre class=\"code\" tabindex=\"0\"><code>%s</code></pre>\n", code)
	return ast.WalkSkipChildren, nil
}

func picture(w util.BufWriter, source []byte, node ast.Node, enter bool) (ast.WalkStatus, error) {
	if !enter {
		return ast.WalkContinue, nil
	}
	n := node.(*ast.Image)
	dest, alt := string(n.Destination), nodeText(n, source)
	if !strings.HasPrefix(dest, "data:image/") {
		// The page may not fetch anything: name the picture instead.
		fmt.Fprintf(w, `<a class="remote" href="%s">picture: %s</a>`,
			html.EscapeString(string(util.URLEscape([]byte(dest), true))), alt)
		return ast.WalkSkipChildren, nil
	}
	title := ""
	if len(n.Title) > 0 {
		title = fmt.Sprintf(` title="%s"`, html.EscapeString(string(n.Title)))
	}
	fmt.Fprintf(w, `<img src="%s" alt="%s"%s>`, dest, alt, title)
	return ast.WalkSkipChildren, nil
}
