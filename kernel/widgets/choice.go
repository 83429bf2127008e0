package widgets

import (
	"fmt"
	"slices"
)

// Choice is a widget that holds one of several texts.
type Choice struct{ Control }

// Dropdown is a list of texts of which one is chosen; the first unless Start says another.
func Dropdown(options []string, more ...Option) *Choice {
	labels := func(d *draft) {
		d.traits["_options_labels"] = texts(options)
		d.traits["index"] = nil
		if len(options) > 0 {
			d.traits["index"] = 0
		}
	}
	chosen := func(d *draft) { // after Start, whose value is a text and not a trait
		if d.start == nil {
			return
		}
		i := slices.Index(options, fmt.Sprint(d.start))
		if i < 0 {
			panic(noOption(d.start, options))
		}
		d.traits["index"], d.start = i, nil
	}
	all := append(append([]Option{labels}, more...), chosen)
	return &Choice{build("Dropdown", all, oneOf)}
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

func noOption(v any, options []string) string {
	return fmt.Sprintf("widgets: %.60q is none of the options %.200q", fmt.Sprint(v), options)
}

// oneOf lets the index be that of an option, or nil for none.
func oneOf(s state, trait string, v any) (any, bool) {
	if trait != "index" {
		return anyOf(s, trait, v)
	}
	if v == nil {
		return nil, true
	}
	labels, _ := s["_options_labels"].([]any)
	f, ok := asFloat(v)
	if !ok || f != float64(int(f)) || f < 0 || int(f) >= len(labels) {
		return nil, false
	}
	return int(f), true
}

// Options is the texts to choose from.
func (w *Choice) Options() []string {
	labels, _ := w.m.get("_options_labels").([]any)
	out := make([]string, 0, len(labels))
	for _, l := range labels {
		s, _ := l.(string)
		out = append(out, s)
	}
	return out
}

// Index is the number of the chosen text, from 0; -1 if none is.
func (w *Choice) Index() int {
	if i, ok := w.m.get("index").(int); ok {
		return i
	}
	return -1
}

// Value is the chosen text; empty if none is.
func (w *Choice) Value() string { return w.at(w.m.get("index")) }

func (w *Choice) at(index any) string {
	i, ok := index.(int)
	if options := w.Options(); ok && i >= 0 && i < len(options) {
		return options[i]
	}
	return ""
}

// Set chooses a text. It panics if there is no such text to choose.
func (w *Choice) Set(v string) {
	i := slices.Index(w.Options(), v)
	if i < 0 {
		panic(noOption(v, w.Options()))
	}
	w.m.set(state{"index": i})
}

// SetOptions changes the texts; the one that was chosen stays so if it is among them.
func (w *Choice) SetOptions(options []string) {
	before := w.Value()
	w.m.set(state{"index": nil})
	w.m.set(state{"_options_labels": texts(options)})
	if i := max(slices.Index(options, before), 0); i < len(options) {
		w.m.set(state{"index": i})
	}
}

// OnChange calls f with each newly chosen text, whoever chose it.
func (w *Choice) OnChange(f func(v string)) {
	w.m.watch("index", func(v any) { f(w.at(v)) })
}
