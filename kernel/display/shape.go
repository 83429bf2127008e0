package display

import (
	"fmt"
	"reflect"
	"strings"
)

// shapeText is a line about a value that has a shape, such as a tensor of gorgonia: what its
// method Shape gives, and Dtype if it has that. It is empty for other values. Packages of
// tensors need not be linked for it.
func shapeText(v any) string {
	rv := reflect.ValueOf(v)
	if !rv.IsValid() || rv.Kind() == reflect.Pointer && rv.IsNil() {
		return ""
	}
	shape := rv.MethodByName("Shape")
	if !shape.IsValid() || shape.Type().NumIn() != 0 || shape.Type().NumOut() != 1 ||
		shape.Type().Out(0).Kind() != reflect.Slice ||
		shape.Type().Out(0).Elem().Kind() != reflect.Int {
		return ""
	}
	dims := shape.Call(nil)[0]
	var sizes []string
	for i := range dims.Len() {
		sizes = append(sizes, fmt.Sprint(dims.Index(i).Int()))
	}
	text := "shape " + strings.Join(sizes, " × ")
	if len(sizes) == 0 {
		text = "scalar"
	}
	if d := rv.MethodByName("Dtype"); d.IsValid() && d.Type().NumIn() == 0 &&
		d.Type().NumOut() == 1 {
		text += fmt.Sprintf(", %v", d.Call(nil)[0].Interface())
	}
	return "(" + text + ")"
}
