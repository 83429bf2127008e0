package viz

import (
	"fmt"
	"math"
	"strings"
)

// Matrix is a table of numbers; every gonum mat.Matrix and every 2-D tensor of the lab is one.
type Matrix interface {
	Dims() (rows, cols int)
	At(i, j int) float64
}

// Table makes a Matrix of rows of equal length. It panics when the lengths differ.
func Table(rows ...[]float64) Matrix {
	for i, r := range rows {
		if len(r) != len(rows[0]) {
			panic(fmt.Sprintf("viz: row 0 has %d values and row %d has %d",
				len(rows[0]), i, len(r)))
		}
	}
	return table(rows)
}

type table [][]float64

// Dims and At make table a Matrix.
func (t table) Dims() (rows, cols int) {
	if len(t) == 0 {
		return 0, 0
	}
	return len(t), len(t[0])
}

// At is the value in row i and column j.
func (t table) At(i, j int) float64 { return t[i][j] }

// values copies a matrix row by row; an empty one panics, since there is nothing to draw.
func values(figure string, m Matrix) (rows, cols int, flat []float64) {
	if m == nil {
		panicf("viz: %s of a nil matrix", figure)
	}
	rows, cols = m.Dims()
	if rows == 0 || cols == 0 {
		panicf("viz: %s of %d × %d values has nothing to draw", figure, rows, cols)
	}
	flat = make([]float64, 0, rows*cols)
	for i := range rows {
		for j := range cols {
			flat = append(flat, m.At(i, j))
		}
	}
	return rows, cols, flat
}

// match panics unless two counts are equal; got 0 passes when the thing is optional.
func match(want int, wantWhat string, got int, gotWhat string, optional bool) {
	if got == want || optional && got == 0 {
		return
	}
	panic(fmt.Sprintf("viz: %s and %s", count(want, wantWhat), count(got, gotWhat)))
}

// count writes "1 row", "8 rows".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if len(what) > 1 && strings.HasSuffix(what, "y") {
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(what, "y"))
	}
	if what == "matrix" {
		return fmt.Sprintf("%d matrices", n)
	}
	if strings.HasSuffix(what, "s") {
		return fmt.Sprintf("%d %ses", n, what)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// finiteRange ignores NaN and ±Inf; without any finite value it is 0, 0.
func finiteRange(values []float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if finite(v) {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	if lo > hi {
		return 0, 0
	}
	return lo, hi
}

// mean of the finite values; NaN without any.
func mean(values []float64) float64 {
	sum, n := 0.0, 0
	for _, v := range values {
		if finite(v) {
			sum += v
			n++
		}
	}
	return sum / float64(n)
}

// format writes a number with a real minus sign; no "−0.00".
func format(layout string, v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "∞"
	case math.IsInf(v, -1):
		return "−∞"
	}
	s := fmt.Sprintf(layout, v)
	if strings.HasPrefix(s, "-") {
		if strings.Trim(s, "-0.%") == "" {
			return s[1:]
		}
		return "−" + s[1:]
	}
	return s
}

// options unpacks an optional last argument.
func options[T any](figure string, opts []T) T {
	var none T
	switch len(opts) {
	case 0:
		return none
	case 1:
		return opts[0]
	}
	panic(fmt.Sprintf("viz: %s takes one set of options, got %d", figure, len(opts)))
}

// panicf reports misuse.
func panicf(layout string, args ...any) { panic(fmt.Sprintf(layout, args...)) }
