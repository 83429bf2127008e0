package widgets

import (
	"fmt"
	"strings"
)

// mimeView is the mime type by which a front end knows that a widget is to be shown.
const mimeView = "application/vnd.jupyter.widget-view+json"

// reference is how one model mentions another.
const reference = "IPY_MODEL_"

// Widget is any widget of this package.
type Widget interface {
	ID() string
	MIMEBundle() map[string]any
	control() *Control
}

// Control is what all widgets have.
type Control struct {
	m    *model
	kind string // the function that made it
	kids []Widget
}

// build opens the models of a new widget: layout, style, and the widget itself.
func build(name string, options []Option, settle func(state, string, any) (any, bool)) Control {
	k := kinds(name)
	d := draft{traits: k.traits(), layout: layoutTraits(), style: state{}}
	if k.style != "" {
		d.style = styleTraits(k.style)
	}
	for _, o := range options {
		o(&d)
	}
	if settle == nil {
		settle = anyOf
	}
	if d.start != nil {
		v, ok := settle(d.traits, "value", d.start)
		if !ok {
			panic(fmt.Sprintf("widgets: %s cannot start with %v of type %T", name, d.start, d.start))
		}
		d.traits["value"] = v
	}
	parts := []*model{newModel(d.layout, anyOf)}
	d.traits["layout"] = reference + parts[0].id
	if k.style != "" {
		style := newModel(d.style, anyOf)
		parts = append(parts, style)
		d.traits["style"] = reference + style.id
	}
	m := newModel(d.traits, settle)
	m.parts = parts
	return Control{m: m, kind: name}
}

func (c *Control) control() *Control { return c }

// ID is the name of the widget's model in the front end.
func (c *Control) ID() string { return c.m.id }

// Trait is one property of the widget by its name in ipywidgets, such as "description".
func (c *Control) Trait(name string) any { return c.m.get(name) }

// SetTrait changes a property. A value that the property cannot have is not taken.
func (c *Control) SetTrait(name string, v any) { c.m.set(state{name: v}) }

// SetDescription changes the words beside the widget; those of a button are on it.
func (c *Control) SetDescription(text string) { c.SetTrait("description", text) }

// SetDisabled says whether the widget can be used.
func (c *Control) SetDisabled(disabled bool) { c.SetTrait("disabled", disabled) }

// Close takes the widget away from the front end.
func (c *Control) Close() { c.m.close() }

// String is the widget in a line: IntSlider(value=3, min=0, max=10).
func (c *Control) String() string {
	s := c.m.traits()
	var words []string
	for _, name := range []string{"description", "value", "index", "min", "max"} {
		switch v := s[name].(type) {
		case nil:
		case string:
			if v != "" {
				words = append(words, fmt.Sprintf("%s=%.60q", name, v))
			}
		default:
			words = append(words, fmt.Sprintf("%s=%v", name, v))
		}
	}
	for _, kid := range c.kids {
		words = append(words, kid.control().String())
	}
	return c.kind + "(" + strings.Join(words, ", ") + ")"
}

// MIMEBundle shows the widget: alive where there is a front end for it, else as it stands now.
func (c *Control) MIMEBundle() map[string]any {
	data := map[string]any{
		"text/plain": c.String(),
		"text/html":  `<div class="cliplab-widget">` + c.still() + "</div>",
	}
	if home().Connected() {
		data[mimeView] = map[string]any{"version_major": 2, "version_minor": 0, "model_id": c.m.id}
	}
	return data
}
