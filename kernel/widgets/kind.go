package widgets

import "strings"

// The modules that have the front end's side of the models, and the versions of their
// protocols (ipywidgets 8, packages/schema).
const (
	controls        = "@jupyter-widgets/controls"
	base            = "@jupyter-widgets/base"
	output          = "@jupyter-widgets/output"
	controlsVersion = "2.0.0"
	baseVersion     = "2.0.0"
	outputVersion   = "1.0.0"
	protocolVersion = "2.1.0"
)

// state is the traits of a model by name, as JSON holds them.
type state = map[string]any

// kind is what all widgets of one sort have in common.
type kind struct {
	name  string // of the model, without "Model"
	view  string // without "View"
	style string // name of the model of its style, without "Model"; "" for none
	has   state  // traits of its own, with their defaults
}

// kinds is the widgets that there are, by the name of the function that makes them.
func kinds(name string) kind {
	described := state{"description": "", "description_allow_html": false}
	enabled := state{"disabled": false}
	sliding := state{"behavior": "drag-tap", "continuous_update": true,
		"orientation": "horizontal", "readout": true}
	typed := state{"continuous_update": true, "placeholder": "\u200b", "value": ""}
	bar := state{"bar_style": "", "orientation": "horizontal"}
	pressed := state{"button_style": "", "icon": ""}
	switch name {
	case "IntSlider":
		return kind{name, name, "SliderStyle", merged(described, enabled, sliding, state{
			"max": 100, "min": 0, "readout_format": "d", "step": 1, "value": 0})}
	case "FloatSlider":
		return kind{name, name, "SliderStyle", merged(described, enabled, sliding, state{
			"max": 100.0, "min": 0.0, "readout_format": ".2f", "step": 0.1, "value": 0.0})}
	case "IntProgress":
		return kind{name, "Progress", "ProgressStyle", merged(described, bar, state{
			"max": 100, "min": 0, "value": 0})}
	case "FloatProgress":
		return kind{name, "Progress", "ProgressStyle", merged(described, bar, state{
			"max": 100.0, "min": 0.0, "value": 0.0})}
	case "IntText":
		return kind{name, name, "DescriptionStyle", merged(described, enabled, state{
			"continuous_update": false, "step": 1, "value": 0})}
	case "FloatText":
		return kind{name, name, "DescriptionStyle", merged(described, enabled, state{
			"continuous_update": false, "step": nil, "value": 0.0})}
	case "Text":
		return kind{name, name, "TextStyle", merged(described, enabled, typed)}
	case "Textarea":
		return kind{name, name, "TextStyle", merged(described, enabled, typed, state{"rows": nil})}
	case "Label":
		return kind{name, name, "LabelStyle", merged(described, state{
			"placeholder": "\u200b", "value": ""})}
	case "HTML":
		return kind{name, name, "HTMLStyle", merged(described, state{
			"placeholder": "\u200b", "value": ""})}
	case "Checkbox":
		return kind{name, name, "CheckboxStyle", merged(described, enabled, state{
			"indent": true, "value": false})}
	case "ToggleButton":
		return kind{name, name, "ToggleButtonStyle", merged(described, enabled, pressed, state{
			"value": false})}
	case "Dropdown":
		return kind{name, name, "DescriptionStyle", merged(described, enabled, state{
			"_options_labels": []any{}, "index": nil})}
	case "Button":
		return kind{name, name, "ButtonStyle", merged(enabled, pressed, state{"description": ""})}
	case "HBox", "VBox":
		return kind{name, name, "", state{"box_style": "", "children": []any{}}}
	case "Output":
		return kind{name, name, "", state{"msg_id": "", "outputs": []any{}}}
	}
	panic("widgets: no kind " + name) // only this package names kinds
}

// traits is the state in which a widget of the kind begins.
func (k kind) traits() state {
	module, version := controls, controlsVersion
	if k.name == "Output" {
		module, version = output, outputVersion
	}
	return merged(state{
		"_dom_classes": []any{}, "_model_module": module, "_model_module_version": version,
		"_model_name": k.name + "Model", "_view_count": nil, "_view_module": module,
		"_view_module_version": version, "_view_name": k.view + "View", "layout": nil,
		"tabbable": nil, "tooltip": nil,
	}, k.has)
}

// layoutTraits is the state in which a layout begins: nothing is laid down.
func layoutTraits() state {
	s := state{
		"_model_module": base, "_model_module_version": baseVersion,
		"_model_name": "LayoutModel", "_view_count": nil, "_view_module": base,
		"_view_module_version": baseVersion, "_view_name": "LayoutView",
	}
	for _, name := range strings.Fields(`align_content align_items align_self border_bottom
		border_left border_right border_top bottom display flex flex_flow grid_area
		grid_auto_columns grid_auto_flow grid_auto_rows grid_column grid_gap grid_row
		grid_template_areas grid_template_columns grid_template_rows height justify_content
		justify_items left margin max_height max_width min_height min_width object_fit
		object_position order overflow padding right top visibility width`) {
		s[name] = nil
	}
	return s
}

// styleTraits is the state in which a style begins.
func styleTraits(name string) state {
	s := state{
		"_model_module": controls, "_model_module_version": controlsVersion,
		"_model_name": name + "Model", "_view_count": nil, "_view_module": base,
		"_view_module_version": baseVersion, "_view_name": "StyleView",
	}
	more := ""
	switch name {
	case "SliderStyle":
		more = "handle_color"
	case "ProgressStyle":
		more = "bar_color"
	case "CheckboxStyle":
		more = "background"
	case "TextStyle", "HTMLStyle":
		more = "background font_size text_color"
	case "LabelStyle":
		more = `background font_family font_size font_style font_variant font_weight text_color
			text_decoration`
	case "ToggleButtonStyle":
		more = `font_family font_size font_style font_variant font_weight text_color
			text_decoration`
	case "ButtonStyle":
		more = `button_color font_family font_size font_style font_variant font_weight text_color
			text_decoration`
	}
	for _, trait := range strings.Fields(more) {
		s[trait] = nil
	}
	if name != "ButtonStyle" {
		s["description_width"] = ""
	}
	return s
}

func merged(states ...state) state {
	out := state{}
	for _, s := range states {
		for name, v := range s {
			out[name] = v
		}
	}
	return out
}
