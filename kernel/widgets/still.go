package widgets

import (
	"fmt"
	"html"
	"strings"

	"cliplab/kernel/display"
)

// still is the widget as HTML that stands still, for reports and front ends without widgets.
// Plain controls of HTML that cannot be used look like what they are, also to screen readers.
func (c *Control) still() string {
	s := c.m.traits()
	label, _ := s["description"].(string)
	if s["description_allow_html"] != true {
		label = html.EscapeString(label)
	}
	value := html.EscapeString(fmt.Sprint(s["value"]))
	switch c.kind {
	case "IntSlider", "FloatSlider":
		return labelled(label, fmt.Sprintf(`<input type="range" disabled min="%v" max="%v" `+
			`step="%v" value="%s"> <output>%s</output>`, s["min"], s["max"], s["step"], value,
			value))
	case "IntProgress", "FloatProgress":
		least, _ := asFloat(s["min"])
		most, _ := asFloat(s["max"])
		at, _ := asFloat(s["value"])
		return labelled(label, fmt.Sprintf(`<progress max="%v" value="%v"></progress> %s`,
			most-least, at-least, value))
	case "Checkbox":
		return fmt.Sprintf(`<label><input type="checkbox" disabled%s> %s</label>`,
			checked(s["value"], " checked"), label)
	case "ToggleButton", "Button":
		return fmt.Sprintf(`<button type="button" disabled%s>%s</button>`,
			checked(s["value"], ` aria-pressed="true"`), label)
	case "Label":
		return labelled(label, "<span>"+value+"</span>")
	case "HTML":
		text, _ := s["value"].(string)
		return labelled(label, text)
	case "Dropdown":
		chosen := (&Choice{*c}).Value()
		return labelled(label, "<select disabled><option>"+html.EscapeString(chosen)+
			"</option></select>")
	case "Textarea":
		return labelled(label, "<textarea disabled>"+value+"</textarea>")
	case "Text", "IntText", "FloatText":
		return labelled(label, fmt.Sprintf(`<input disabled value="%s">`, value))
	case "HBox", "VBox":
		return c.stillBox()
	case "Output":
		list, _ := s["outputs"].([]any)
		return stillOutputs(list)
	}
	return html.EscapeString(c.String())
}

func labelled(label, control string) string {
	if label == "" {
		return control
	}
	return "<label>" + label + " " + control + "</label>"
}

func checked(v any, attribute string) string {
	if v == true {
		return attribute
	}
	return ""
}

func (c *Control) stillBox() string {
	direction := "column"
	if c.kind == "HBox" {
		direction = "row"
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<div style="display:flex;flex-direction:%s;flex-wrap:wrap;gap:.4em .8em">`,
		direction)
	for _, kid := range c.kids {
		b.WriteString("<div>" + kid.control().still() + "</div>")
	}
	b.WriteString("</div>")
	return b.String()
}

// stillOutputs is outputs, in the form of a notebook's file, as HTML.
func stillOutputs(list []any) string {
	var b strings.Builder
	for _, o := range list {
		m, _ := o.(map[string]any)
		switch m["output_type"] {
		case "stream":
			fmt.Fprintf(&b, "<pre>%s</pre>", html.EscapeString(fmt.Sprint(m["text"])))
		case "error":
			fmt.Fprintf(&b, "<pre>%s: %s</pre>", html.EscapeString(fmt.Sprint(m["ename"])),
				html.EscapeString(fmt.Sprint(m["evalue"])))
		default:
			data, _ := m["data"].(map[string]any)
			metadata, _ := m["metadata"].(map[string]any)
			b.WriteString(display.Still(data, metadata))
		}
	}
	return b.String()
}
