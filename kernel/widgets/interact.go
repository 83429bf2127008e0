package widgets

import (
	"fmt"
	"reflect"
	"sync"

	"cliplab/kernel/display"
	"cliplab/kernel/engine"
)

// Interaction is a function with a control for each of its parameters. It shows itself as the
// controls and, below them, what the function printed, showed and returned.
type Interaction struct {
	Box

	f      reflect.Value
	inputs []input
	area   *Area

	mu      sync.Mutex
	running bool
	again   bool // a control changed while the function ran
}

// Interact makes a control for each parameter of f, which may take numbers, texts, truth values
// and types made of those, and calls f whenever one of them changes. What f prints, shows and
// returns is redrawn in place. The values say what the controls are:
//
//	5, 0.5              a slider round the number
//	[]int{0, 10}        a slider from 0 to 10, from its middle on; a third number is the step
//	"text", true        a field, a box to tick
//	[]string{"a", "b"}  a list to choose from
//	a widget            that widget
//
// A parameter without a value has a control of its type. Controls are named as the parameters.
func Interact(f any, values ...any) *Interaction {
	w := &Interaction{f: reflect.ValueOf(f), area: Output()}
	if w.f.Kind() != reflect.Func || w.f.IsNil() {
		panic(fmt.Sprintf("widgets: Interact wants a function, not %T", f))
	}
	t := w.f.Type()
	if t.IsVariadic() || len(values) > t.NumIn() {
		panic(fmt.Sprintf("widgets: Interact got %d values for %s: give one for each parameter, "+
			"of which none may be variadic", len(values), t))
	}
	names := engine.ParamNames(f)
	var children []Widget
	for i := range t.NumIn() {
		var v any
		if i < len(values) {
			v = values[i]
		}
		in, err := newInput(t.In(i), v)
		if err != nil {
			panic(fmt.Sprintf("widgets: Interact, parameter %d of %s: %v", i+1, t, err))
		}
		c := in.widget.control()
		if i < len(names) && names[i] != "_" && c.Trait("description") == "" {
			c.SetDescription(names[i])
		}
		w.inputs = append(w.inputs, in)
		children = append(children, in.widget)
	}
	children = append(children, w.area)
	w.Box = *newBox("VBox", children, With("_dom_classes", []any{"widget-interact"}))
	for _, in := range w.inputs {
		in.widget.control().m.watch(in.trait, func(any) { w.Run() })
	}
	w.Run()
	return w
}

// maxAgain is how often the function may cause its own next run by moving its controls.
const maxAgain = 10

// Run calls the function with the values of the controls now.
func (w *Interaction) Run() {
	w.mu.Lock()
	w.again = true
	busy := w.running // the function moves its own controls, or another cell does
	w.running = true
	w.mu.Unlock()
	if busy {
		return
	}
	for i := 0; w.next(i); i++ {
		w.area.Redraw(w.call)
	}
}

// next tells whether the function has to be called, after i times, and else ends the run.
func (w *Interaction) next(i int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = w.again && i < maxAgain
	w.again = false
	return w.running
}

// call calls the function and shows what it returns.
func (w *Interaction) call() {
	args := make([]reflect.Value, len(w.inputs))
	for i, in := range w.inputs {
		args[i] = in.value()
	}
	results := w.f.Call(args)
	var values []any
	for i, r := range results {
		v := r.Interface()
		if i == len(results)-1 && v == nil && r.Type() == reflect.TypeFor[error]() {
			continue
		}
		values = append(values, v)
	}
	if len(values) > 0 {
		data, metadata := display.Values(values)
		display.Emit(display.Output{Data: data, Metadata: metadata})
	}
}
