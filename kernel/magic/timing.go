package magic

import (
	"errors"
	"fmt"
	"go/parser"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"cliplab/kernel/engine"
	"cliplab/kernel/session"
)

// time runs the Go of the line.
func (r *run) time(s *special) error {
	if s.args == "" {
		return errors.New("magic: %time needs Go to run: %time f(x)")
	}
	from, line := r.lineStart(s), r.lineText(s.line)
	return r.tellTime(func() error {
		if inner, _ := specialAt([]byte(r.cell), s.at, false); inner != nil {
			return r.special(inner)
		}
		return r.goText(only(r.cell, s.at, from+len(line)))
	})
}

// timeCell runs the cell below.
func (r *run) timeCell(s *special) error {
	return r.tellTime(func() error { return r.below(s) })
}

// tellTime says how long the code that f runs took.
func (r *run) tellTime(f func() error) error {
	r.result.Ran = 0
	before := processorTime()
	err := f()
	used := processorTime().minus(before)
	if err != nil {
		return err
	}
	wall := r.result.Ran
	if wall > 10*time.Millisecond { // below, the processor's clock is too coarse to tell
		fmt.Fprintf(r.stdout(), "CPU times: user %s, sys: %s, total: %s\n",
			span(used.user), span(used.system), span(used.user+used.system))
	}
	fmt.Fprintf(r.stdout(), "Wall time: %s\n", span(wall))
	return nil
}

// span is a duration in three digits.
func span(d time.Duration) string {
	seconds := d.Seconds()
	switch {
	case d < 0:
		return "0 ns"
	case seconds >= 60:
		return d.Round(time.Second).String()
	case seconds >= 1:
		return digits(seconds) + " s"
	case seconds >= 1e-3:
		return digits(seconds*1e3) + " ms"
	case seconds >= 1e-6:
		return digits(seconds*1e6) + " µs"
	}
	return digits(seconds*1e9) + " ns"
}

func digits(x float64) string {
	decimals := 2
	switch {
	case x >= 100:
		decimals = 0
	case x >= 10:
		decimals = 1
	}
	text := strconv.FormatFloat(x, 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// timing are the options of %timeit.
type timing struct {
	loops int // 0 is as many as a run of a fifth of a second has
	runs  int
	code  string
}

// defaultRuns is IPython's.
const defaultRuns = 7

// parseTiming reads -n LOOPS and -r RUNS before the Go.
func parseTiming(args string) (timing, error) {
	t := timing{runs: defaultRuns}
	rest := args
	for {
		rest = strings.TrimLeft(rest, " \t")
		var to *int
		switch {
		case strings.HasPrefix(rest, "-n"):
			to = &t.loops
		case strings.HasPrefix(rest, "-r"):
			to = &t.runs
		default:
			t.code = rest
			return t, nil
		}
		flag := rest[:2]
		number, after, _ := strings.Cut(strings.TrimLeft(rest[2:], " \t"), " ")
		n, err := strconv.Atoi(number)
		if err != nil && flag+number == rest {
			t.code = rest // -negative of a variable
			return t, nil
		}
		if err != nil || n < 1 || n > 1e9 {
			return t, fmt.Errorf("magic: %%timeit: %s wants a number from 1 on, not %q", flag, number)
		}
		*to, rest = n, after
	}
}

// looped is Go that runs itself: setup once, then begin, then the loops.
type looped = func(loops int, begin func())

const (
	loopsName = "loopsOfTimeit"
	beginName = "beginOfTimeit"
)

// loopHead is the Go before the code that is timed.
func loopHead(setup string) string {
	if setup != "" {
		setup += ";"
	}
	return fmt.Sprintf("func(%s int, %s func()) {%s%s();for range %s {",
		loopsName, beginName, setup, beginName, loopsName)
}

// timeit times the Go of the line.
func (r *run) timeit(s *special) error {
	t, err := parseTiming(s.args)
	if err != nil {
		return err
	}
	if t.code == "" {
		return errors.New("magic: %timeit needs Go to run: %timeit f(x)")
	}
	heads := []string{loopHead("")}
	if _, err := parser.ParseExpr(t.code); err == nil { // a call may be a statement, or not
		heads = append(heads, loopHead("")+"_ = ")
	}
	column := s.at - r.lineStart(s) + len(s.args) - len(t.code)
	for i, head := range heads {
		text := strings.Repeat("\n", s.line-1) + head + t.code + "\n}}"
		f, err := r.compileLoop(text)
		if err == nil {
			return r.measure(f, t)
		}
		if i+1 == len(heads) || !strings.Contains(err.Error(), "is not used") {
			return r.shift(err, s.line, column-len(head))
		}
	}
	return nil
}

// timeitCell times the cell below.
func (r *run) timeitCell(s *special) error {
	t, err := parseTiming(s.args)
	if err != nil {
		return err
	}
	body := only(r.cell, len(r.cell)-len(s.body), len(r.cell))
	lines := strings.SplitAfterN(body, "\n", s.line+1)
	if len(lines) <= s.line {
		return errors.New("magic: %%timeit needs Go below it")
	}
	head := strings.Join(lines[:s.line-1], "") + loopHead(t.code) + "\n"
	f, err := r.compileLoop(head + lines[s.line] + "\n}}")
	if err != nil {
		return err
	}
	return r.measure(f, t)
}

// compileLoop gives the func that a text is.
func (r *run) compileLoop(text string) (looped, error) {
	if err := r.goText(text); err != nil {
		return nil, err
	}
	values := r.result.Values
	r.result.Values, r.result.Types = nil, nil
	if len(values) == 1 {
		if f, ok := values[0].(looped); ok {
			return f, nil
		}
	}
	return nil, errors.New("magic: %timeit: what stands here is no statement")
}

// shift moves the positions on a line by some columns.
func (r *run) shift(err error, line, columns int) error {
	var compile *session.CompileError
	if errors.As(err, &compile) {
		for i := range compile.Diags {
			if p := &compile.Diags[i].Pos; p.Line == line {
				p.Column = max(p.Column+columns, 1)
			}
		}
	}
	return err
}

// longEnough is how long a run should take: long against the clock, short for the reader.
const longEnough = 150 * time.Millisecond

func (r *run) measure(f looped, t timing) error {
	once := func(loops int) (d time.Duration, err error) {
		var start time.Time
		err = r.x.Do(func() {
			f(loops, func() { start = time.Now() })
			d = time.Since(start)
		})
		return d, r.ended(err)
	}
	if t.loops == 0 {
		t.loops = 1
		for {
			d, err := once(t.loops)
			if err != nil {
				return err
			}
			if d >= longEnough/2 || t.loops >= 1e9 {
				break
			}
			t.loops = rounded(float64(t.loops) * min(10, 1.1*float64(longEnough)/float64(d+1)))
		}
	}
	var each []float64 // seconds of a loop
	for range t.runs {
		d, err := once(t.loops)
		if err != nil {
			return err
		}
		each = append(each, d.Seconds()/float64(t.loops))
	}
	mean, deviation := spread(each)
	fmt.Fprintf(r.stdout(), "%s ± %s per loop (mean ± std. dev. of %s, %s each; best %s)\n",
		seconds(mean), seconds(deviation), count(t.runs, "run"), count(t.loops, "loop"),
		seconds(slices.Min(each)))
	return nil
}

func seconds(s float64) string { return span(time.Duration(math.Round(s * 1e9))) }

// rounded is 1, 2 or 5 times a power of ten, not below x by much.
func rounded(x float64) int {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if x <= m*power*1.05 {
			return int(m * power)
		}
	}
	return int(10 * power)
}

// spread gives x̄ = Σ xᵢ / n and √(Σ (xᵢ − x̄)² / n), as IPython does.
func spread(xs []float64) (mean, deviation float64) {
	for _, x := range xs {
		mean += x / float64(len(xs))
	}
	for _, x := range xs {
		deviation += (x - mean) * (x - mean) / float64(len(xs))
	}
	return mean, math.Sqrt(deviation)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text + " " + noun + "s"
}

// ended is how the session says what ended code that was called directly.
func (r *run) ended(err error) error {
	var p *engine.Panic
	var exit *engine.ExitError
	switch {
	case errors.Is(err, engine.ErrInterrupted):
		return interrupted()
	case errors.As(err, &p):
		return r.i.Session().PanicError(p)
	case errors.As(err, &exit):
		return &session.RunError{Name: "exit", Value: fmt.Sprint(exit.Code)}
	}
	return err
}

// lineStart is the offset of the line of s in the cell.
func (r *run) lineStart(s *special) int {
	return strings.LastIndexByte(r.cell[:min(s.at, len(r.cell))], '\n') + 1
}
