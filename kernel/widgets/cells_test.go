package widgets_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"cliplab/kernel/comm"
	"cliplab/kernel/engine"
	"cliplab/kernel/session"
	"cliplab/kernel/symbols"
	"cliplab/kernel/widgets"
)

// notebook runs cells in a session, as the kernel does.
type notebook struct {
	t     *testing.T
	s     *session.Session
	front *frontEnd
}

func newNotebook(t *testing.T) *notebook {
	return &notebook{t, session.New(session.Options{Packages: symbols.New(),
		Paths: symbols.Paths}), newFrontEnd(t)}
}

// cell is one execution: what it printed and gave.
type cell struct {
	mu     sync.Mutex
	out    bytes.Buffer
	values []any
}

func (c *cell) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Write(p)
}

// text is what was printed since the last call.
func (c *cell) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.out.String()
	c.out.Reset()
	return s
}

func (n *notebook) run(source string) *cell {
	n.t.Helper()
	c := &cell{}
	x := engine.NewExec(context.Background())
	x.Stdout, x.Stderr = c, c
	res, err := n.s.Execute(source, x)
	if err != nil {
		n.t.Fatalf("%s\n%v", source, err)
	}
	c.values = res.Values
	return c
}

// outputs is what the front end's side of an area shows, as JSON.
func (n *notebook) outputs(area widgets.Widget) string {
	text, _ := json.Marshal(n.front.model(area)["outputs"])
	return string(text)
}

func TestCallbacksInCells(t *testing.T) {
	n := newNotebook(t)
	first := n.run(`import ("fmt"; "cliplab/kernel/widgets")
s := widgets.IntSlider(0, 10, widgets.Description("n"))
func told(v int) { fmt.Println("told", v) }
total := 0
s.OnChange(func(v int) { fmt.Println("now", v); total += v })
s.OnChange(told)
s`)
	slider := first.values[0].(*widgets.Int)
	second := n.run("1")
	n.front.moves(slider, "value", "7")
	if got := first.text(); got != "now 7\ntold 7\n" {
		t.Errorf("the cell of the callback shows %q", got)
	}
	if got := second.text(); got != "" {
		t.Errorf("the latest cell shows %q", got)
	}
	if got := n.run("total + s.Value()").values[0]; got != 14 {
		t.Errorf("a later cell sees %v", got)
	}
	broken := n.run(`s.OnChange(func(v int) { var p *int; *p = v })`)
	n.front.moves(slider, "value", "8")
	if got := broken.text(); !strings.Contains(got, "nil pointer") {
		t.Errorf("a panic is told as %q", got)
	}
	if got := first.text(); got != "now 8\ntold 8\n" {
		t.Errorf("after another callback's panic: %q", got)
	}
}

func TestInteractInCells(t *testing.T) {
	n := newNotebook(t)
	c := n.run(`import ("fmt"; "cliplab/kernel/widgets"; "cliplab/kernel/display")
type Colour string
w := widgets.Interact(func(count int, half float64, c Colour, loud bool, pick string) string {
	fmt.Println("count", count, half, c, loud)
	display.Show(display.HTML("<b>" + pick + "</b>"))
	if count == 9 { panic("nine") }
	return "gave " + pick
}, 5, []float64{0, 2}, "red", true, []string{"x", "y"})
w`)
	w := c.values[0].(*widgets.Interaction)
	kids := w.Children()
	area := kids[5]
	names := ""
	for _, k := range kids[:5] {
		d, _ := n.front.model(k)["description"].(string)
		names += d + " "
	}
	if names != "count half c loud pick " {
		t.Errorf("the controls are named %s", names)
	}
	want := `[{"name":"stdout","output_type":"stream","text":"count 5 1 red true\n"},` +
		`{"data":{"text/html":"\u003cb\u003ex\u003c/b\u003e","text/plain":"x"},"metadata":{},` +
		`"output_type":"display_data"},` +
		`{"data":{"text/plain":"gave x"},"metadata":{},"output_type":"display_data"}]`
	if got := n.outputs(area); got != want {
		t.Errorf("shows\n%s\nwant\n%s", got, want)
	}
	n.front.moves(kids[0], "value", "-3")
	n.front.moves(kids[4], "index", "1")
	if got := n.outputs(area); !strings.Contains(got, "count -3 1") ||
		strings.Contains(got, "count 5") || !strings.Contains(got, "gave y") {
		t.Errorf("redrawn: %s", got)
	}
	n.front.moves(kids[0], "value", "9")
	if got := n.outputs(area); !strings.Contains(got, "panic: nine") ||
		!strings.Contains(got, "In[1]:6") {
		t.Errorf("a panic shows %s", got)
	}
	n.front.moves(kids[0], "value", "2")
	if got := n.outputs(area); strings.Contains(got, "nine") || !strings.Contains(got, "count 2") {
		t.Errorf("after a panic: %s", got)
	}
	if got := c.text(); got != "" {
		t.Errorf("the cell itself shows %q", got)
	}
	html := w.MIMEBundle()["text/html"].(string)
	if !strings.Contains(html, "<b>y</b>") || !strings.Contains(html, `type="range"`) {
		t.Errorf("standing still: %s", html)
	}
}

// TestInterruptOfCallback stops a callback that never ends, as an interrupt of the kernel
// stops the execution that handles the front end's message.
func TestInterruptOfCallback(t *testing.T) {
	n := newNotebook(t)
	c := n.run(`import "cliplab/kernel/widgets"
b := widgets.Button("run")
b.OnClick(func() { for {} })
func again() { b.Click() }
b2 := widgets.Button("again")
b2.OnClick(func() { b2.Click() })
[]any{b, b2}`)
	pair := c.values[0].([]any)
	x := engine.NewExec(context.Background())
	time.AfterFunc(50*time.Millisecond, x.Interrupt)
	done := make(chan error, 1)
	go func() {
		done <- x.Do(func() {
			comm.Default().Handle(comm.KindMsg, comm.Message{ID: pair[0].(*widgets.Press).ID(),
				Data: map[string]any{"method": "custom",
					"content": map[string]any{"event": "click"}}})
		})
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("the callback was not interrupted")
	}
	pair[1].(*widgets.Press).Click() // calls itself without end: an error, not the end
	if got := c.text(); !strings.Contains(got, "stack overflow") {
		t.Errorf("endless recursion is told as %.200q", got)
	}
}

func TestCommsInCells(t *testing.T) {
	n := newNotebook(t)
	c := n.run(`import ("fmt"; "cliplab/kernel/comm")
comm.Target("mine", func(c *comm.Comm, first comm.Message) {
	fmt.Println("opened", first.Data["x"])
	c.OnMessage(func(m comm.Message) { fmt.Println("got", m.Data["y"], len(m.Buffers)) })
})`)
	m := comm.Default()
	m.Handle(comm.KindOpen, comm.Message{ID: "q", Target: "mine", Data: map[string]any{"x": 1}})
	m.Handle(comm.KindMsg, comm.Message{ID: "q", Data: map[string]any{"y": 2},
		Buffers: [][]byte{{1}}})
	m.Handle(comm.KindClose, comm.Message{ID: "q"})
	if got := c.text(); got != "opened 1\ngot 2 1\n" {
		t.Errorf("the cell shows %q", got)
	}
}
