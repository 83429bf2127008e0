package display

import (
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"cliplab/kernel/engine"
)

// MaxText bounds the text of one value, in bytes; head and tail of a longer one are kept.
const MaxText = 64 << 10

// Text is the text of v as %v prints it, bounded by MaxText. A String method that panics
// gives a note instead of the text.
func Text(v any) (s string) {
	defer func() {
		if r := recover(); r != nil {
			s = panicText(v, r)
		}
	}()
	switch x := v.(type) {
	case string:
		return clip(x)
	case time.Time:
		return x.Round(0).String() // without the reading of the monotonic clock
	case []byte:
		return bytesText(x)
	case fmt.Formatter:
		return clip(fmt.Sprintf("%v", x))
	case error:
		return clip(x.Error())
	case fmt.Stringer:
		return clip(x.String())
	}
	return clip(bounded(v))
}

// bytesText shows printable bytes as the numbers that %v prints, and a longer slice by its
// length and its first bytes.
func bytesText(b []byte) string {
	const most = 256
	if len(b) <= most {
		return fmt.Sprint(b)
	}
	head := strings.TrimSuffix(fmt.Sprint(b[:32]), "]")
	return fmt.Sprintf("%s …] (%s bytes)", head, thousands(len(b)))
}

// panicText says that showing v panicked, and with what. The type's name is safe to print.
// Of a nil pointer nothing else was to be expected.
func panicText(v, r any) string {
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.Pointer && rv.IsNil() {
		return "<nil>"
	}
	if x := engine.Current(); x != nil && x.Interrupted() {
		return stopped(v)
	}
	why := "a value that cannot be printed"
	func() {
		defer func() { _ = recover() }()
		why = fmt.Sprint(r)
	}()
	return clip(fmt.Sprintf("(%T: showing this value panicked: %s)", v, why))
}

// stopped is the text of a value whose methods were interrupted.
func stopped(v any) string { return fmt.Sprintf("(%T: showing this value was stopped)", v) }

// clip keeps the first three and the last quarter of a text that is longer than MaxText.
func clip(s string) string {
	if len(s) <= MaxText {
		return s
	}
	head, tail := MaxText*3/4, len(s)-MaxText/4
	for head > 0 && !utf8.RuneStart(s[head]) {
		head--
	}
	for tail < len(s) && !utf8.RuneStart(s[tail]) {
		tail++
	}
	return fmt.Sprintf("%s\n… %s bytes not shown …\n%s", s[:head], thousands(tail-head), s[tail:])
}

// bounded is %v of v. Elements of a long slice are never formatted, and a value that is
// nested without end is named instead: fmt would overflow the stack, which nobody can recover.
func bounded(v any) string {
	rv := reflect.ValueOf(v)
	budget := maxLeaves
	switch measure(rv, 0, &budget) {
	case fits:
		return fmt.Sprintf("%v", v)
	case tooDeep:
		return fmt.Sprintf("%T (nested more than %d deep, or contains itself)", v, maxDepth)
	}
	if k := rv.Kind(); k == reflect.Slice || (k == reflect.Array && rv.CanAddr()) {
		const head, tail = 50, 10
		n := rv.Len()
		if n > head+tail {
			first := strings.TrimSuffix(bounded(rv.Slice(0, head).Interface()), "]")
			last := strings.TrimPrefix(bounded(rv.Slice(n-tail, n).Interface()), "[")
			return fmt.Sprintf("%s … %s (%s elements)", first, last, thousands(n))
		}
	}
	if k := rv.Kind(); k == reflect.Slice || k == reflect.Map {
		return fmt.Sprintf("%T with %s elements", v, thousands(rv.Len()))
	}
	return fmt.Sprintf("%T (too large to print)", v)
}

const (
	maxLeaves = 20_000
	maxDepth  = 64
)

type fit int

const (
	fits fit = iota
	tooLarge
	tooDeep
)

// measure walks what %v would print, until the budget of leaves is spent.
func measure(v reflect.Value, depth int, budget *int) fit {
	if depth > maxDepth {
		return tooDeep
	}
	if *budget--; *budget < 0 {
		return tooLarge
	}
	var inner func(i int) reflect.Value
	n := 0
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return fits
		}
		return measure(v.Elem(), depth+1, budget)
	case reflect.Pointer:
		if depth > 0 || v.IsNil() { // deeper pointers print as addresses
			return fits
		}
		return measure(v.Elem(), depth+1, budget)
	case reflect.Slice, reflect.Array:
		n, inner = v.Len(), v.Index
	case reflect.Struct:
		n, inner = v.NumField(), v.Field
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if f := measure(it.Key(), depth+1, budget); f != fits {
				return f
			}
			if f := measure(it.Value(), depth+1, budget); f != fits {
				return f
			}
		}
	case reflect.String:
		*budget -= v.Len() / 16
	}
	for i := range n {
		if f := measure(inner(i), depth+1, budget); f != fits {
			return f
		}
	}
	return fits
}

// thousands writes n with commas: 998,000.
func thousands(n int) string {
	s := fmt.Sprint(n)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if neg {
		return "-" + s
	}
	return s
}
