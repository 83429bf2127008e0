package symbols

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
)

// instances holds compiled instances of generic functions, which run many times faster than
// their source in the engine. Those that call back are left to the engine: a call of a cell's
// function from compiled code costs more than it saves.
var instances = map[string]func() map[string]reflect.Value{
	"slices": func() map[string]reflect.Value {
		all := map[string]reflect.Value{}
		maps.Copy(all, orderedSlices[int]())
		maps.Copy(all, orderedSlices[uint8]())
		maps.Copy(all, orderedSlices[float32]())
		maps.Copy(all, orderedSlices[float64]())
		maps.Copy(all, orderedSlices[string]())
		return all
	},
}

// orderedSlices is the functions of package slices for []E, by the names that
// rtype.Instance writes.
func orderedSlices[E cmp.Ordered]() map[string]reflect.Value {
	named := map[string]reflect.Value{}
	for name, f := range map[string]any{
		"BinarySearch": slices.BinarySearch[[]E],
		"Clone":        slices.Clone[[]E],
		"Compact":      slices.Compact[[]E],
		"Compare":      slices.Compare[[]E],
		"Contains":     slices.Contains[[]E],
		"Equal":        slices.Equal[[]E],
		"Index":        slices.Index[[]E],
		"IsSorted":     slices.IsSorted[[]E],
		"Max":          slices.Max[[]E],
		"Min":          slices.Min[[]E],
		"Reverse":      slices.Reverse[[]E],
		"Sort":         slices.Sort[[]E],
	} {
		elem := reflect.TypeFor[E]().Name()
		named[name+"[[]"+elem+","+elem+"]"] = reflect.ValueOf(f)
	}
	return named
}
