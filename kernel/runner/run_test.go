package runner_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"cliplab/kernel/display"
	"cliplab/kernel/ipynb"
	"cliplab/kernel/runner"
)

// fake runs cells whose source is a key of the map.
type fake map[string]func(context.Context, runner.Outputs) (runner.Result, error)

func (f fake) Execute(ctx context.Context, src string, out runner.Outputs) (runner.Result, error) {
	if cell := f[src]; cell != nil {
		return cell(ctx, out)
	}
	return runner.Result{}, &runner.Failure{Name: "compile error", Value: "undefined: " + src, Line: 1}
}

func notebook(sources ...string) *ipynb.Notebook {
	nb := &ipynb.Notebook{Major: 4, Minor: 5}
	for _, s := range sources {
		s, tag, _ := strings.Cut(s, " #")
		c := &ipynb.Cell{Type: ipynb.Code, Source: s, Metadata: map[string]any{}}
		if tag != "" {
			c.Metadata["tags"] = []any{tag}
		}
		nb.Cells = append(nb.Cells, c)
	}
	return nb
}

func TestOutputs(t *testing.T) {
	h := display.NewHandle()
	cells := fake{
		"a": func(_ context.Context, out runner.Outputs) (runner.Result, error) {
			fmt.Fprint(out.Stdout, "one\ntw")
			fmt.Fprint(out.Stdout, "o\n 50%\r100%\n")
			fmt.Fprintln(out.Stderr, "oops")
			display.Show(display.HTML("<i>x</i>"))
			h.Update("first")
			fmt.Fprintln(out.Stdout, "three")
			data, metadata := display.Values([]any{1, nil})
			return runner.Result{Data: data, Metadata: metadata,
				Warnings: []string{"g (In[1]) is old"}}, nil
		},
		"b": func(context.Context, runner.Outputs) (runner.Result, error) {
			h.Update("second")
			fmt.Println("native") // goes through os.Stdout
			return runner.Result{}, nil
		},
	}
	nb := notebook("a", "", "b", "c #skip-execution")
	var events []string
	sum, err := runner.Run(context.Background(), nb, cells, runner.Options{
		Progress: func(e runner.Event) {
			events = append(events, fmt.Sprint(e.Number, "/", e.Total, " ", e.State))
		}})
	if err != nil || sum.Executed != 2 || len(sum.Failures) != 0 {
		t.Fatalf("%+v, %v", sum, err)
	}
	if want := []string{"1/2 0", "1/2 1", "2/2 0", "2/2 1"}; !reflect.DeepEqual(events, want) {
		t.Errorf("events %v, want %v", events, want)
	}
	wantOutputs(t, nb.Cells[0],
		"stdout: one\ntwo\n100%\n", "stderr: oops\n", "display_data: x", "display_data: second",
		"stdout: three\n", "stderr: warning: g (In[1]) is old\n", "execute_result: 1 <nil>")
	wantOutputs(t, nb.Cells[2], "stdout: native\n")
	if nb.Cells[0].ExecutionCount != 1 || nb.Cells[1].ExecutionCount != 0 ||
		nb.Cells[2].ExecutionCount != 2 || nb.Cells[3].ExecutionCount != 0 {
		t.Error("execution counts are wrong")
	}
	info := nb.Metadata["language_info"].(map[string]any)
	if info["pygments_lexer"] != "go" || nb.Cells[0].Metadata["execution"] == nil {
		t.Errorf("metadata: %v", nb.Metadata)
	}
}

func wantOutputs(t *testing.T, cell *ipynb.Cell, want ...string) {
	t.Helper()
	var got []string
	for _, o := range cell.Outputs {
		switch o.Type {
		case ipynb.Stream:
			got = append(got, o.Name+": "+o.Text)
		case ipynb.Error:
			got = append(got, "error: "+o.EName+": "+o.EValue)
		default:
			got = append(got, fmt.Sprint(o.Type, ": ", o.Data[display.MimeText]))
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("outputs of %q are\n%q\nwant\n%q", cell.Source, got, want)
	}
}

func ok(context.Context, runner.Outputs) (runner.Result, error) { return runner.Result{}, nil }

func TestFailures(t *testing.T) {
	cells := fake{"a": ok}
	nb := notebook("a", "boom", "a")
	_, err := runner.Run(context.Background(), nb, cells, runner.Options{})
	var ce *runner.CellError
	if !errors.As(err, &ce) || ce.Number != 2 ||
		err.Error() != "cell 2, line 1: compile error: undefined: boom" {
		t.Errorf("error is %v", err)
	}
	wantOutputs(t, nb.Cells[1], "error: compile error: undefined: boom")
	if nb.Cells[2].ExecutionCount != 0 {
		t.Error("the cell after the failure ran")
	}
	sum, err := runner.Run(context.Background(), nb, cells, runner.Options{KeepGoing: true})
	if err != nil || len(sum.Failures) != 1 || sum.Executed != 3 {
		t.Errorf("keep going: %+v, %v", sum, err)
	}
	nb = notebook("boom #raises-exception", "a")
	if sum, err := runner.Run(context.Background(), nb, cells, runner.Options{}); err != nil ||
		len(sum.Failures) != 0 || sum.Executed != 2 {
		t.Errorf("expected failure: %+v, %v", sum, err)
	}
	nb.Metadata = map[string]any{"kernelspec": map[string]any{"name": "python3"}}
	if _, err := runner.Run(context.Background(), nb, cells, runner.Options{}); err == nil ||
		!strings.Contains(err.Error(), "the notebook is for python3, cliplab runs Go notebooks") {
		t.Errorf("other language: %v", err)
	}
}

func TestInterrupt(t *testing.T) {
	cells := fake{
		"wait": func(ctx context.Context, _ runner.Outputs) (runner.Result, error) {
			<-ctx.Done()
			return runner.Result{}, &runner.Failure{Name: "x", Value: "y", Line: 3}
		},
		"panic": func(context.Context, runner.Outputs) (runner.Result, error) { panic("at the disco") },
	}
	nb := notebook("wait")
	opt := runner.Options{CellTimeout: time.Millisecond}
	_, err := runner.Run(context.Background(), nb, cells, opt)
	if err == nil || !strings.Contains(err.Error(),
		"cell 1, line 3: interrupted: the time limit of 1ms is over") {
		t.Errorf("timeout: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(5*time.Millisecond, cancel)
	_, err = runner.Run(ctx, notebook("wait", "wait"), cells, runner.Options{KeepGoing: true})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancel: %v", err)
	}
	_, err = runner.Run(context.Background(), notebook("panic"), cells, runner.Options{})
	if err == nil || err.Error() != "cell 1: internal error: at the disco" {
		t.Errorf("panic in the executor: %v", err)
	}
}

// TestLateOutput: what a goroutine prints after its cell has ended belongs to that cell.
func TestLateOutput(t *testing.T) {
	start, printed := make(chan bool), make(chan bool)
	cells := fake{
		"go": func(_ context.Context, out runner.Outputs) (runner.Result, error) {
			go func() { <-start; fmt.Fprintln(out.Stdout, "late"); printed <- true }()
			return runner.Result{}, nil
		},
		"next": func(context.Context, runner.Outputs) (runner.Result, error) {
			start <- true
			<-printed
			return runner.Result{}, nil
		},
	}
	nb := notebook("go", "next")
	if _, err := runner.Run(context.Background(), nb, cells, runner.Options{}); err != nil {
		t.Fatal(err)
	}
	wantOutputs(t, nb.Cells[0], "stdout: late\n")
	wantOutputs(t, nb.Cells[1])
}

type file struct{ strings.Builder }

func (*file) Close() error { return nil }

// TestMillionLines: head and tail stay, the notebook stays small, the file has everything.
func TestMillionLines(t *testing.T) {
	var whole file
	cells := fake{
		"many": func(_ context.Context, out runner.Outputs) (runner.Result, error) {
			for i := range 1_000_000 {
				fmt.Fprintln(out.Stdout, "line", i)
			}
			fmt.Fprint(out.Stdout, "end")
			return runner.Result{}, nil
		},
		"native": func(context.Context, runner.Outputs) (runner.Result, error) {
			io.WriteString(os.Stdout, strings.Repeat("x", 10_000_000))
			return runner.Result{}, nil
		},
	}
	nb := notebook("many", "native")
	_, err := runner.Run(context.Background(), nb, cells, runner.Options{
		Spill: func(cell int, stream string) (io.WriteCloser, string, error) {
			return &whole, fmt.Sprintf("cell-%d-%s.txt", cell, stream), nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	text := nb.Cells[0].Outputs[0].Text
	for _, want := range []string{"line 0\n", "line 799\n… 999,000 lines (",
		" bytes) not shown; all are in cell-1-stdout.txt …\nline 999800\n", "line 999999\nend"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in a text of %d bytes", want, len(text))
		}
	}
	if got := strings.Count(whole.String(), "\n"); got != 1_000_000 ||
		!strings.HasSuffix(whole.String(), "line 999999\nend") {
		t.Errorf("the file has %d lines", got)
	}
	long := nb.Cells[1].Outputs[0].Text
	if len(long) > 300_000 || !strings.Contains(long, "bytes of this line not shown") {
		t.Errorf("one long line: %d bytes", len(long))
	}
}

func TestParameters(t *testing.T) {
	for in, want := range map[string]string{
		"n=12": "12", "s=fast": `"fast"`, "x=-1.5": "-1.5", "t=true": "true",
		"l=[]int{1}": "[]int{1}", "q=a b": `"a b"`, "e=": `""`,
	} {
		p, err := runner.ParseParameter(in)
		if err != nil || p.Value != want {
			t.Errorf("%s: %v, %v, want %s", in, p, err, want)
		}
	}
	for _, bad := range []string{"n", "1=2", "a-b=1", "func=1"} {
		if _, err := runner.ParseParameter(bad); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
	nb := notebook("a", "n := 1 #parameters", "old #injected-parameters", "b")
	cells := fake{"a": ok, "b": ok, "n := 1": ok, "// Set on the command line.\nn = 2": ok}
	opt := runner.Options{Parameters: []runner.Parameter{{"n", "2"}}}
	if _, err := runner.Run(context.Background(), nb, cells, opt); err != nil {
		t.Error(err)
	}
	if len(nb.Cells) != 4 || !nb.Cells[2].HasTag("injected-parameters") {
		t.Errorf("cells are %+v", nb.Cells)
	}
}
