package pickle

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// script is the prefix of the classes that a TorchScript archive brings along.
const script = "__torch__"

// classes and functions that a program may name; storages are listed in dtypes.
var known = map[global]bool{
	{"collections", "OrderedDict"}:                    true,
	{"torch", "Size"}:                                 true,
	{"torch", "device"}:                               true,
	{"torch._utils", "_rebuild_tensor"}:               true,
	{"torch._utils", "_rebuild_tensor_v2"}:            true,
	{"torch._utils", "_rebuild_parameter"}:            true,
	{"torch._utils", "_rebuild_parameter_with_state"}: true,
	{"torch.jit._pickle", "build_intlist"}:            true,
	{"torch.jit._pickle", "build_doublelist"}:         true,
	{"torch.jit._pickle", "build_boollist"}:           true,
	{"torch.jit._pickle", "build_tensorlist"}:         true,
	{"torch.jit._pickle", "restore_type_tag"}:         true,
	{"_codecs", "encode"}:                             true,
}

func (g global) check() error {
	if known[g] || g.isScript() || g.module == "torch" && dtypes[g.name] != "" {
		return nil
	}
	return fmt.Errorf("the file names %.80q, which a checkpoint does not need; nothing was "+
		"executed. Save the weights alone: torch.save(model.state_dict(), path)", g)
}

func (g global) isScript() bool {
	return g.module == script || strings.HasPrefix(g.module, script+".")
}

// call is what REDUCE does: the known functions as data.
func (g global) call(args Tuple) (any, error) {
	arg := func(i int) any {
		if i < len(args) {
			return args[i]
		}
		return nil
	}
	switch g.name {
	case "OrderedDict":
		return orderedDict(arg(0))
	case "_rebuild_tensor", "_rebuild_tensor_v2":
		return rebuild(args)
	case "_codecs.encode", "encode": // how protocol 2 writes bytes: a string, "latin1"
		return latin1(arg(0))
	case "Size", "device", "_rebuild_parameter", "_rebuild_parameter_with_state",
		"build_intlist", "build_doublelist", "build_boollist", "build_tensorlist",
		"restore_type_tag":
		return arg(0), nil
	}
	return nil, fmt.Errorf("%s is called, but is no function", g)
}

// orderedDict is an empty dict, or one of a list of pairs.
func orderedDict(from any) (*Dict, error) {
	d := &Dict{}
	list, ok := from.(*List)
	if !ok {
		return d, nil
	}
	for _, item := range list.Items {
		var pair []any
		switch p := item.(type) {
		case Tuple:
			pair = p
		case *List:
			pair = p.Items
		}
		if len(pair) != 2 {
			return nil, fmt.Errorf("an OrderedDict is made of %T, not of pairs", item)
		}
		d.Keys, d.Values = append(d.Keys, pair[0]), append(d.Values, pair[1])
	}
	return d, nil
}

func latin1(from any) ([]byte, error) {
	text, ok := from.(string)
	if !ok {
		return nil, fmt.Errorf("_codecs.encode of %T, not of a string", from)
	}
	var b []byte
	for _, r := range text {
		if r > 0xff {
			return nil, fmt.Errorf("_codecs.encode of %q, which is no byte", r)
		}
		b = append(b, byte(r))
	}
	return b, nil
}

// rebuild is _rebuild_tensor_v2(storage, offset, size, stride, …).
func rebuild(args Tuple) (*window, error) {
	if len(args) < 4 {
		return nil, fmt.Errorf("a tensor of %d arguments, want 4 or more", len(args))
	}
	w := &window{}
	var ok [4]bool
	w.storage, ok[0] = args[0].(storage)
	w.offset, ok[1] = args[1].(int64)
	w.shape, ok[2] = ints(args[2])
	w.stride, ok[3] = ints(args[3])
	for i, fine := range ok {
		if !fine {
			return nil, fmt.Errorf("argument %d of a tensor is %T", i, args[i])
		}
	}
	return w, w.check()
}

// check finds whether the window lies within its storage, and is no larger.
func (w *window) check() error {
	if len(w.shape) != len(w.stride) {
		return fmt.Errorf("a tensor of shape %v has strides %v", w.shape, w.stride)
	}
	if len(w.shape) > 64 {
		return fmt.Errorf("a tensor of %d dimensions", len(w.shape))
	}
	for i, n := range w.shape {
		s := w.stride[i]
		if n < 0 || s < 0 || w.offset < 0 || n > math.MaxInt32 || s > math.MaxInt32 {
			return fmt.Errorf("a tensor of shape %v with strides %v at %d", w.shape, w.stride, w.offset)
		}
	}
	if slices.Contains(w.shape, 0) {
		return nil
	}
	last, count := w.offset, int64(1)
	for i, n := range w.shape {
		// Strides of zero repeat values: a small file must not ask for much memory.
		if count *= int64(n); count > w.storage.size || last > math.MaxInt64/2 {
			return fmt.Errorf("a tensor of shape %v on a storage of %d values", w.shape, w.storage.size)
		}
		last += int64(n-1) * int64(w.stride[i])
	}
	if last >= w.storage.size {
		return fmt.Errorf("a tensor of shape %v with strides %v at %d needs %d values of a storage "+
			"that has %d", w.shape, w.stride, w.offset, last+1, w.storage.size)
	}
	return nil
}

func ints(v any) ([]int, bool) {
	var items []any
	switch v := v.(type) {
	case Tuple:
		items = v
	case *List:
		items = v.Items
	default:
		return nil, false
	}
	list := make([]int, len(items))
	for i, item := range items {
		n, ok := item.(int64)
		if !ok {
			return nil, false
		}
		list[i] = int(n)
	}
	return list, true
}
