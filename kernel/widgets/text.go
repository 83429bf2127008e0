package widgets

// String is a widget that holds text.
type String struct{ Control }

// Text is a field for a line of text.
func Text(options ...Option) *String { return &String{build("Text", options, nil)} }

// Textarea is a field for several lines.
func Textarea(options ...Option) *String { return &String{build("Textarea", options, nil)} }

// Label is a line of text to be read; formulas in it stand between dollars.
func Label(text string, options ...Option) *String {
	return &String{build("Label", append([]Option{Start(text)}, options...), nil)}
}

// HTML is a piece of HTML to be read.
func HTML(html string, options ...Option) *String {
	return &String{build("HTML", append([]Option{Start(html)}, options...), nil)}
}

// Value is the text now.
func (w *String) Value() string { return w.m.get("value").(string) }

// Set changes the text.
func (w *String) Set(v string) { w.m.set(state{"value": v}) }

// OnChange calls f with each new text, whoever changed it. Give the field the option OnRelease
// to hear of it when the user is done, not with each letter.
func (w *String) OnChange(f func(v string)) { w.m.watch("value", func(v any) { f(v.(string)) }) }

// Bool is a widget that is on or off.
type Bool struct{ Control }

// Checkbox is a box to tick, with its words.
func Checkbox(description string, options ...Option) *Bool {
	return &Bool{build("Checkbox", append([]Option{Description(description)}, options...), nil)}
}

// ToggleButton is a button that stays down until it is pressed again.
func ToggleButton(description string, options ...Option) *Bool {
	return &Bool{build("ToggleButton", append([]Option{Description(description)}, options...),
		nil)}
}

// Value tells whether it is on.
func (w *Bool) Value() bool { return w.m.get("value").(bool) }

// Set turns it on or off.
func (w *Bool) Set(v bool) { w.m.set(state{"value": v}) }

// OnChange calls f when it is turned on or off, whoever does it.
func (w *Bool) OnChange(f func(v bool)) { w.m.watch("value", func(v any) { f(v.(bool)) }) }
