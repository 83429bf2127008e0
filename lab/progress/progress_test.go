package progress

import (
	"strings"
	"sync"
	"testing"
	"time"
)

type record struct{ states []State }

func (r *record) Update(s State) { r.states = append(r.states, s) }

func TestBarIsCheapAndOrdered(t *testing.T) {
	var r record
	defer SetSink(&r)()
	b := New("training", 100_000)
	start := time.Now()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 25_000 {
				b.Add(1)
			}
		})
	}
	wg.Wait()
	b.Done()
	b.Done()
	most := 4 + int(time.Since(start)/interval)
	if n := len(r.states); n < 2 || n > most {
		t.Errorf("%d updates, want at most %d", n, most)
	}
	last := r.states[len(r.states)-1]
	if !last.Done || last.Step != 100_000 || last.Fraction() != 1 || last.Bar != b {
		t.Errorf("last state is %+v", last)
	}
	for i := 1; i < len(r.states); i++ {
		if r.states[i].Elapsed < r.states[i-1].Elapsed {
			t.Error("updates are out of order")
		}
	}
	var none *Bar
	none.Set(1, "")
	none.Add(1)
	none.Done()
}

func TestState(t *testing.T) {
	s := State{Title: "a<b", Step: 3, Total: 12, Note: "loss 1.5", Elapsed: 30 * time.Second}
	want := "a<b [██████··················] 3/12 30 s (1:30 min left)  loss 1.5"
	if got := s.String(); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	html := s.MIMEBundle()["text/html"].(string)
	for _, want := range []string{"a&lt;b", `value="3" max="12"`, "3 of 12", "30 s (1:30 min left)",
		"loss 1.5"} {
		if !strings.Contains(html, want) {
			t.Errorf("no %q in %s", want, html)
		}
	}
	open := State{Title: "t", Step: 3}
	if got := open.String(); got != "t 3 0.0 s" {
		t.Errorf("got %q", got)
	}
	if strings.Contains(open.MIMEBundle()["text/html"].(string), "<progress") {
		t.Error("a bar without an end")
	}
}

func TestTerminal(t *testing.T) {
	var out strings.Builder
	term := NewTerminal(&out)
	defer SetSink(term)()
	b := New("work", 10)
	for i := range 10 {
		b.Set(i+1, "")
	}
	b.Done()
	if got := strings.Count(out.String(), "\n"); got != 2 {
		t.Errorf("%d plain lines, want the first and the last:\n%s", got, out.String())
	}
	out.Reset()
	term.tty = true
	b = New("work", 2)
	b.Done()
	got := out.String()
	if !strings.HasPrefix(got, "\r\x1b[Kwork [") || !strings.HasSuffix(got, "\n") {
		t.Errorf("got %q", got)
	}
}

// TestTerminalFits: no line is wider than the terminal, and what is said stands above the bar.
func TestTerminalFits(t *testing.T) {
	var out strings.Builder
	term := NewTerminal(&out)
	term.tty = true
	for _, width := range []int{40, 60, 100} {
		term.width = func() int { return width }
		out.Reset()
		term.Update(State{Title: "encode pictures", Step: 500, Total: 1000, Note: "12.5/s, 1 skipped"})
		term.Say("skipped a.png")
		got := out.String()
		for _, line := range strings.Split(strings.ReplaceAll(got, "\r\x1b[K", "\n"), "\n") {
			if n := len([]rune(line)); n >= width {
				t.Errorf("width %d: %d characters: %s", width, n, line)
			}
		}
		if !strings.Contains(got, "\r\x1b[Kskipped a.png\nencode pictures [") {
			t.Errorf("width %d: %q", width, got)
		}
	}
	out.Reset()
	term.Update(State{Title: "done", Done: true})
	term.Say("alone")
	if !strings.HasSuffix(out.String(), "\nalone\n") {
		t.Errorf("got %q", out.String())
	}
}

// drawing counts how often it is drawn.
type drawing struct{ drawn *int }

func (d drawing) MIMEBundle() map[string]any {
	*d.drawn++
	return map[string]any{"image/png": []byte("png"), "text/plain": "a curve"}
}

func (drawing) MIMEMetadata() map[string]any {
	return map[string]any{"image/png": map[string]any{"width": 40}}
}

// A picture under the bar is drawn once, and only where it is shown.
func TestPicture(t *testing.T) {
	var r record
	defer SetSink(&r)()
	b, drawn := New("training", 2), 0
	b.Show(drawing{&drawn})
	b.Done()
	last := r.states[len(r.states)-1]
	if line := last.String(); drawn != 0 {
		t.Errorf("the line %q drew the picture", line)
	}
	for range 2 {
		got := last.MIMEBundle()["text/html"].(string)
		const curve = `alt="a curve" src="data:image/png;base64,cG5n" width="40">`
		if !strings.Contains(got, curve) || drawn != 1 {
			t.Errorf("drawn %d times: %s", drawn, got)
		}
	}
	for _, v := range []any{nil, 3, State{Title: "own <html>"}} {
		if got := newPicture(v).markup(); (v == nil || v == 3) != (got == "") {
			t.Errorf("%v shows itself as %q", v, got)
		}
	}
}
