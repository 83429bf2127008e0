package widgets

// Option is a property that a widget is made with.
type Option func(*draft)

// draft is a widget that is about to be made.
type draft struct {
	traits, layout, style state
	start                 any
}

// With gives any property by its name in ipywidgets; those that the widget does not have are
// left out.
func With(trait string, v any) Option {
	return func(d *draft) {
		if old, ok := d.traits[trait]; ok && changeable(trait) {
			if settled, ok := anyOf(state{trait: old}, trait, v); ok {
				d.traits[trait] = settled
			}
		}
	}
}

// Description puts words beside a widget.
func Description(text string) Option { return With("description", text) }

// Start is the value that a widget begins with.
func Start(v any) Option { return func(d *draft) { d.start = v } }

// Step is by how much one move changes a number.
func Step(step float64) Option { return With("step", step) }

// Placeholder is what stands in an empty field.
func Placeholder(text string) Option { return With("placeholder", text) }

// Tooltip is what the mouse shows.
func Tooltip(text string) Option { return With("tooltip", text) }

// Disabled makes a widget that cannot be used yet.
func Disabled() Option { return With("disabled", true) }

// OnRelease makes a slider tell its value when it is let go, not on its way.
func OnRelease() Option { return With("continuous_update", false) }

// Vertical puts a slider or a bar upright.
func Vertical() Option { return With("orientation", "vertical") }

// Format is how a slider writes its value, in the language of d3-format: ".2f", "d", ".1e".
func Format(format string) Option { return With("readout_format", format) }

// Look is the colour of a button or a bar by what it means: "success", "info", "warning",
// "danger"; a button may also be "primary".
func Look(meaning string) Option {
	return func(d *draft) {
		for _, trait := range []string{"button_style", "bar_style", "box_style"} {
			With(trait, meaning)(d)
		}
	}
}

// Icon is a picture on a button, by its name in Font Awesome: "play".
func Icon(name string) Option { return With("icon", name) }

// Width is how wide a widget is, as CSS says it: "300px", "50%".
func Width(css string) Option { return Layout("width", css) }

// Layout gives a property of the layout, as CSS says it: Layout("margin", "1em").
func Layout(property, css string) Option {
	return func(d *draft) {
		if _, ok := d.layout[property]; ok && changeable(property) {
			d.layout[property] = css
		}
	}
}

// Labels gives the words beside a widget as much room as they need, not a fixed width.
func Labels() Option {
	return func(d *draft) {
		if _, ok := d.style["description_width"]; ok {
			d.style["description_width"] = "initial"
		}
	}
}
