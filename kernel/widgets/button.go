package widgets

import (
	"sync"

	"cliplab/kernel/display"
)

// Press is a widget that can be pressed.
type Press struct {
	Control

	mu     sync.Mutex
	called []press
}

// press is a callback with the cell that gave it.
type press struct {
	cell display.Cell
	call func()
}

// Button is a button with its words.
func Button(description string, options ...Option) *Press {
	w := &Press{Control: build("Button",
		append([]Option{Description(description)}, options...), nil)}
	w.m.mu.Lock()
	defer w.m.mu.Unlock()
	w.m.custom = func(content map[string]any) {
		if content["event"] == "click" && w.Trait("disabled") != true {
			w.Click()
		}
	}
	return w
}

// OnClick calls f each time the button is pressed. What f prints goes to the cell that calls
// OnClick.
func (w *Press) OnClick(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.called = append(w.called, press{display.Here(), f})
}

// Click does what pressing the button does.
func (w *Press) Click() {
	w.mu.Lock()
	called := w.called[:len(w.called):len(w.called)]
	w.mu.Unlock()
	for _, p := range called {
		_ = p.cell.Do(p.call)
	}
}
