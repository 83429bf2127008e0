package widgets

import "encoding/json"

// separate takes the binary content out of a state: JSON cannot hold it, so it travels behind
// the message. Paths say where it belongs: in a map its key is left out, in a list nil stands
// in its place. The state itself stays as it is.
func separate(s state) (plain state, paths [][]any, buffers [][]byte) {
	paths = [][]any{}
	var walk func(v any, path []any) (any, bool)
	child := func(v any, path []any, step any) (any, bool) {
		at := append(path[:len(path):len(path)], step)
		if b, ok := v.([]byte); ok {
			paths, buffers = append(paths, at), append(buffers, b)
			return nil, true
		}
		out, _ := walk(v, at)
		return out, false
	}
	walk = func(v any, path []any) (any, bool) {
		switch x := v.(type) {
		case map[string]any:
			out := make(map[string]any, len(x))
			for key, v := range x {
				if inner, binary := child(v, path, key); !binary {
					out[key] = inner
				}
			}
			return out, false
		case []any:
			out := make([]any, len(x))
			for i, v := range x {
				out[i], _ = child(v, path, i)
			}
			return out, false
		}
		return v, false
	}
	out, _ := walk(s, nil)
	return out.(map[string]any), paths, buffers
}

// restore puts buffers in their places; a path that leads nowhere is ignored.
func restore(s state, paths any, buffers [][]byte) {
	list, _ := paths.([]any)
	for i, p := range list {
		path, _ := p.([]any)
		if i >= len(buffers) || len(path) == 0 {
			continue
		}
		var at any = s
		for _, step := range path[:len(path)-1] {
			at = inside(at, step)
		}
		switch step := path[len(path)-1]; x := at.(type) {
		case map[string]any:
			if key, ok := step.(string); ok && x != nil {
				x[key] = buffers[i]
			}
		case []any:
			if n, ok := asFloat(step); ok && n >= 0 && n < float64(len(x)) {
				x[int(n)] = buffers[i]
			}
		}
	}
}

// inside is one step into a value, nil if there is nothing.
func inside(v, step any) any {
	switch x := v.(type) {
	case map[string]any:
		key, _ := step.(string)
		return x[key]
	case []any:
		if n, ok := asFloat(step); ok && n >= 0 && n < float64(len(x)) {
			return x[int(n)]
		}
	}
	return nil
}

// asFloat is a number in any of the forms in which JSON and Go give it.
func asFloat(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case int:
		return float64(x), true
	case json.Number:
		f, err := x.Float64()
		return f, err == nil
	}
	return 0, false
}
