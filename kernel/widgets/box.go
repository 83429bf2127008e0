package widgets

// Box is a widget that holds others.
type Box struct{ Control }

// HBox puts widgets side by side.
func HBox(children ...Widget) *Box { return newBox("HBox", children) }

// VBox puts widgets one below the other.
func VBox(children ...Widget) *Box { return newBox("VBox", children) }

func newBox(name string, children []Widget, options ...Option) *Box {
	inside := func(d *draft) { d.traits["children"] = references(children) }
	w := &Box{build(name, append([]Option{inside}, options...), nil)}
	w.kids = children
	return w
}

func references(children []Widget) []any {
	out := make([]any, len(children))
	for i, c := range children {
		out[i] = reference + c.ID()
	}
	return out
}

// Children is the widgets within.
func (w *Box) Children() []Widget { return w.kids }
