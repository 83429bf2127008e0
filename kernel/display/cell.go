package display

import (
	"fmt"
	"image"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// matrix is what a gonum mat.Matrix, and a two-dimensional tensor of the lab, has.
type matrix interface {
	Dims() (r, c int)
	At(i, j int) float64
}

// matrixBundle shows a matrix as a table of four significant digits.
func matrixBundle(m matrix) map[string]any {
	r, c := m.Dims()
	t := &table{caption: fmt.Sprintf("%d × %d", r, c)}
	cols := elide(c, MaxCols)
	t.header = indexHeader(cols)
	for _, i := range elide(r, MaxRows) {
		t.add(i, cols, func(j int) string { return number(m.At(i, j)) })
	}
	return map[string]any{MimeText: t.text(), MimeHTML: t.html()}
}

// number writes x in four significant digits, as %.4g.
func number(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }

func indexHeader(cols []int) []string {
	header := make([]string, len(cols))
	for k, c := range cols {
		header[k] = "…"
		if c >= 0 {
			header[k] = fmt.Sprint(c)
		}
	}
	return header
}

// cellText is one line for one field: pictures by their size, text clipped.
func cellText(v reflect.Value) (s string) {
	defer func() {
		if r := recover(); r != nil {
			s = "(panicked)"
		}
	}()
	if !v.IsValid() {
		return "nil"
	}
	if k := v.Kind(); k == reflect.Interface || k == reflect.Pointer {
		if v.IsNil() {
			return "nil"
		}
	}
	if !v.CanInterface() {
		return oneLine(fmt.Sprintf("%v", v))
	}
	switch x := v.Interface().(type) {
	case float64:
		return number(x)
	case float32:
		return strconv.FormatFloat(float64(x), 'g', 4, 32)
	case image.Image:
		b := x.Bounds()
		return fmt.Sprintf("picture %d×%d", b.Dx(), b.Dy())
	case []byte:
		return plural(len(x), "byte")
	default:
		return oneLine(Text(x))
	}
}

func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= maxCell {
		return s
	}
	return string([]rune(s)[:maxCell-1]) + "…"
}

// printsItself is true for types whose values have their own text or picture.
func printsItself(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[fmt.Stringer]()) || t.Implements(reflect.TypeFor[error]()) ||
		t.Implements(reflect.TypeFor[fmt.Formatter]())
}

func isNumber(k reflect.Kind) bool {
	return k >= reflect.Int && k <= reflect.Complex128 && k != reflect.Uintptr
}

// less orders map keys as fmt does for the common kinds, others by their text.
func less(a, b reflect.Value) bool {
	switch {
	case a.CanInt() && b.CanInt():
		return a.Int() < b.Int()
	case a.CanUint() && b.CanUint():
		return a.Uint() < b.Uint()
	case a.CanFloat() && b.CanFloat():
		return a.Float() < b.Float()
	case a.Kind() == reflect.String && b.Kind() == reflect.String:
		return a.String() < b.String()
	}
	return cellText(a) < cellText(b)
}

func plural(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "y"):
		return thousands(n) + " " + strings.TrimSuffix(noun, "y") + "ies"
	}
	return thousands(n) + " " + noun + "s"
}
