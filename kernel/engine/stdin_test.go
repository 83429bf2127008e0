package engine_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"cliplab/kernel/engine"
)

// TestStdin reads the input of the cell in all the ways that Go programs have.
func TestStdin(t *testing.T) {
	const decls = `
func scanner(r io.Reader) string { var s string; fmt.Fscan(r, &s); return s }
`
	for body, want := range map[string]string{
		`var a, b int; n, err := fmt.Scan(&a, &b); fmt.Println(a+b, n, err)`:              "7 2 <nil>\n",
		`var b int; fmt.Scanln(&b, &b); var s string; fmt.Scanln(&s); fmt.Print(b, s)`:    "4word",
		`var a, b int; fmt.Scanf("%d %d\n", &a, &b); fmt.Print(a * b)`:                    "12",
		`r := bufio.NewReader(os.Stdin); s, _ := r.ReadString('\n'); fmt.Print(s)`:        "3 4\n",
		`s := bufio.NewScanner(os.Stdin); for s.Scan() { fmt.Print("<", s.Text(), ">") }`: "<3 4><word>",

		`b, e := io.ReadAll(os.Stdin); fmt.Print(string(b), e)`:                      "3 4\nword\n<nil>",
		`b := [2]byte{}; n, e := os.Stdin.Read(b[:]); fmt.Print(n, b, e)`:            "2 [51 32] <nil>",
		`io.Copy(os.Stdout, os.Stdin)`:                                               "3 4\nword\n",
		`f := os.Stdin; fmt.Print(scanner(f), scanner(f))`:                           "34",
		`read := os.Stdin.Read; b := make([]byte, 1); read(b); fmt.Print(string(b))`: "3",
		`os.Stdin.Close(); b, _ := io.ReadAll(os.Stdin); fmt.Print(len(b))`:          "9",
	} {
		p := load(t, strings.Replace(imports, `"fmt"`, `"fmt"; "bufio"`, 1)+
			"var _ bufio.Reader\n"+decls+"func main() { "+body+" }")
		var out safeBuffer
		x := engine.NewExec(context.Background())
		x.Stdin, x.Stdout = strings.NewReader("3 4\nword\n"), &out
		if err := p.run(x); err != nil || out.String() != want {
			t.Errorf("%s: printed %q, %v", body, out.String(), err)
		}
	}
	out, err := ends(t, "", `b, err := io.ReadAll(os.Stdin); n, e := fmt.Scan(&b)
		fmt.Println(b, err, n, e)`)
	if out != "[] <nil> 0 unexpected newline\n" && out != "[] <nil> 0 EOF\n" || err != nil {
		t.Errorf("without a reader: %q, %v", out, err)
	}
}

// TestStdinInterrupt interrupts a cell that waits for input; the line that comes too late
// is there for the next read of the cell's goroutines.
func TestStdinInterrupt(t *testing.T) {
	for _, body := range []string{`fmt.Scan(new(int))`, `io.ReadAll(os.Stdin)`,
		`os.Stdin.Read(make([]byte, 5))`, `io.Copy(io.Discard, os.Stdin)`} {
		p := load(t, imports+"func main() { "+body+" }")
		r, w := io.Pipe()
		x := engine.NewExec(context.Background())
		x.Stdin = r
		time.AfterFunc(20*time.Millisecond, x.Interrupt)
		start := time.Now()
		if err := p.run(x); !errors.Is(err, engine.ErrInterrupted) {
			t.Errorf("%s: %v", body, err)
		}
		if d := time.Since(start); d > time.Second {
			t.Errorf("%s: took %v", body, d)
		}
		w.Close()
	}
}

// TestAssignedStdout captures what a cell prints by assigning os.Stdout.
func TestAssignedStdout(t *testing.T) {
	out, err := ends(t, "", `
	old := os.Stdout
	r, w, _ := os.Pipe()
	os.Stdout = w
	fmt.Print("captured")
	w.Close()
	os.Stdout = old
	b, _ := io.ReadAll(r)
	fmt.Println("got", string(b))`)
	if out != "got captured\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
}
