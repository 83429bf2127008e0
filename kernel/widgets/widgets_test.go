package widgets_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"cliplab/kernel/comm"
	"cliplab/kernel/display"
	"cliplab/kernel/widgets"
)

// TestStates compares the first state of every kind with that of ipywidgets.
func TestStates(t *testing.T) {
	f := newFrontEnd(t)
	ref := reference(t)
	all := map[string]widgets.Widget{
		"IntSlider": widgets.IntSlider(0, 100), "IntProgress": widgets.IntProgress(0, 100),
		"FloatSlider":   widgets.FloatSlider(0, 100, widgets.Step(0.1), widgets.Format(".2f")),
		"FloatProgress": widgets.FloatProgress(0, 100), "IntText": widgets.IntText(),
		"FloatText": widgets.FloatText(), "Text": widgets.Text(), "Textarea": widgets.Textarea(),
		"Label": widgets.Label(""), "HTML": widgets.HTML(""), "Checkbox": widgets.Checkbox(""),
		"ToggleButton": widgets.ToggleButton(""), "Dropdown": widgets.Dropdown(nil),
		"Button": widgets.Button(""), "HBox": widgets.HBox(), "VBox": widgets.VBox(),
		"Output": widgets.Output(),
	}
	for name, want := range ref.Widgets {
		w := all[name]
		if w == nil {
			t.Errorf("no %s", name)
			continue
		}
		got := f.model(w)
		part := func(trait string) map[string]any {
			id, _ := got[trait].(string)
			return f.models[strings.TrimPrefix(id, "IPY_MODEL_")]
		}
		compare(t, name+" layout", part("layout"), ref.Layout)
		if style, ok := want["style"].(string); ok {
			compare(t, name+" "+style, part("style"), ref.Styles[style])
		}
		got["layout"], want["layout"] = nil, nil
		if _, ok := got["style"]; ok {
			got["style"], want["style"] = nil, nil
		}
		compare(t, name, got, want)
	}
	if len(all) != len(ref.Widgets) {
		t.Errorf("%d kinds, the reference has %d", len(all), len(ref.Widgets))
	}
}

func compare(t *testing.T, name string, got, want map[string]any) {
	t.Helper()
	for trait, v := range want {
		if g, ok := got[trait]; !ok || !reflect.DeepEqual(g, v) {
			t.Errorf("%s: %s is %v, ipywidgets has %v", name, trait, g, v)
		}
	}
	for trait := range got {
		if _, ok := want[trait]; !ok {
			t.Errorf("%s: ipywidgets has no %s", name, trait)
		}
	}
}

// TestSlider goes through what ipykernel 7.4 with ipywidgets 8.1.9 sent in the same scene.
func TestSlider(t *testing.T) {
	f := newFrontEnd(t)
	s := widgets.IntSlider(0, 10, widgets.Start(3))
	var heard []int
	s.OnChange(func(v int) { heard = append(heard, v) })
	for _, step := range []struct {
		do   func()
		sent string
		now  int
	}{
		{func() { f.moves(s, "value", "7") }, `echo_update {"value":7}`, 7},
		{func() { f.moves(s, "value", "70") },
			"echo_update {\"value\":70}\nupdate {\"value\":10}", 10},
		{func() { s.Set(4) }, `update {"value":4}`, 4},
		{func() { s.Set(4) }, "", 4},
		{func() { f.moves(s, "value", `"four"`) },
			"echo_update {\"value\":\"four\"}\nupdate {\"value\":4}", 4},
		{func() { f.moves(s, "_model_name", `"Evil"`) }, "", 4},
		{func() { f.moves(s, "nothing", `1`) }, "", 4},
		{func() { s.SetRange(0, 3) }, "update {\"max\":3}\nupdate {\"value\":3}", 3},
	} {
		step.do()
		if got := f.sent(); got != step.sent {
			t.Errorf("sent\n%s\nwant\n%s", got, step.sent)
		}
		if s.Value() != step.now {
			t.Errorf("value is %d, want %d", s.Value(), step.now)
		}
	}
	if want := []int{7, 10, 4, 3}; !reflect.DeepEqual(heard, want) {
		t.Errorf("OnChange heard %v, want %v", heard, want)
	}
	f.does(s, `{"method":"request_state"}`)
	if got := f.sent(); !strings.Contains(got, `"_model_name":"IntSliderModel"`) {
		t.Errorf("request_state is answered by %s", got)
	}
	t.Setenv("JUPYTER_WIDGETS_ECHO", "0")
	f.moves(s, "value", "1")
	if got := f.sent(); got != "" {
		t.Errorf("echo is off, and still it sent %s", got)
	}
	s.Close()
	if got := f.sent(); got != "close\nclose\nclose" {
		t.Errorf("closing sent %s", got)
	}
	s.Set(2) // nobody hears it, nothing breaks
}

func TestKinds(t *testing.T) {
	f := newFrontEnd(t)
	fl := widgets.FloatSlider(0, 1, widgets.Start(0.25))
	if m := f.model(fl); m["step"] != 0.01 || m["readout_format"] != ".2f" {
		t.Errorf("steps of a float slider: %v", m)
	}
	fl.Set(math.NaN())
	f.moves(fl, "value", "0.5")
	if fl.Value() != 0.5 {
		t.Errorf("float is %v", fl.Value())
	}
	d := widgets.Dropdown([]string{"a", "b", "c"}, widgets.Start("b"))
	chosen := ""
	d.OnChange(func(v string) { chosen = v })
	f.moves(d, "index", "2")
	if d.Value() != "c" || d.Index() != 2 || chosen != "c" {
		t.Errorf("dropdown %q %d %q", d.Value(), d.Index(), chosen)
	}
	f.moves(d, "index", "3")
	f.moves(d, "index", "1.5")
	if d.Value() != "c" {
		t.Errorf("an index that is none chose %q", d.Value())
	}
	f.moves(d, "index", "null")
	if d.Index() != -1 || d.Value() != "" {
		t.Errorf("nothing chosen: %d %q", d.Index(), d.Value())
	}
	d.SetOptions([]string{"x"})
	if d.Value() != "x" {
		t.Errorf("new options: %q", d.Value())
	}
	text := widgets.Text(widgets.Start("é"), widgets.Placeholder("name"), widgets.Width("50%"))
	f.moves(text, "value", `"ü"`)
	box := widgets.Checkbox("on")
	f.moves(box, "value", "true")
	if text.Value() != "ü" || !box.Value() {
		t.Errorf("%q %v", text.Value(), box.Value())
	}
	pressed := 0
	b := widgets.Button("go", widgets.Look("success"), widgets.Icon("play"))
	b.OnClick(func() { pressed++; panic("oh") })
	b.OnClick(func() { pressed++ })
	f.does(b, `{"method":"custom","content":{"event":"click"}}`)
	f.does(b, `{"method":"custom","content":{"event":"hover"}}`)
	if pressed != 2 {
		t.Errorf("pressed %d times", pressed)
	}
	row := widgets.HBox(d, text)
	kids := []any{"IPY_MODEL_" + d.ID(), "IPY_MODEL_" + text.ID()}
	if got := f.model(row)["children"]; !reflect.DeepEqual(got, kids) {
		t.Errorf("children %v", got)
	}
	if got := fmt.Sprint(row); got != `HBox(Dropdown(index=0), Text(value="ü"))` {
		t.Errorf("text is %s", got)
	}
}

func TestShowsItself(t *testing.T) {
	s := widgets.IntSlider(0, 10, widgets.Start(3), widgets.Description("n<"))
	data, _ := display.Bundle(s)
	if data["application/vnd.jupyter.widget-view+json"] != nil {
		t.Error("a view where nobody can show it")
	}
	newFrontEnd(t)
	data, _ = display.Bundle(s)
	view, _ := data["application/vnd.jupyter.widget-view+json"].(map[string]any)
	if view["model_id"] != s.ID() || view["version_major"] != 2 {
		t.Errorf("view is %v", view)
	}
	if got := data["text/plain"]; got != `IntSlider(description="n<", value=3, min=0, max=10)` {
		t.Errorf("text is %v", got)
	}
	html := `<div class="cliplab-widget"><label>n&lt; <input type="range" disabled min="0" ` +
		`max="10" step="1" value="3"> <output>3</output></label></div>`
	if data["text/html"] != html {
		t.Errorf("HTML is %v", data["text/html"])
	}
	s.Close()
}

// TestManyUpdates moves a bar as a tight loop does.
func TestManyUpdates(t *testing.T) {
	f := newFrontEnd(t)
	p := widgets.IntProgress(0, 100_000)
	for i := range 100_001 {
		p.Set(i)
	}
	if n := strings.Count(f.sent(), "\n"); n > 200 {
		t.Errorf("%d messages", n)
	}
	if got := f.model(p)["value"]; got != 100_000.0 {
		t.Errorf("the bar stands at %v at the end", got)
	}
	for i := range 100 {
		p.Set(i)
	}
	time.Sleep(200 * time.Millisecond)
	if got := f.model(p)["value"]; got != 99.0 {
		t.Errorf("the bar stands at %v in the end", got)
	}
}

func TestControl(t *testing.T) {
	newFrontEnd(t)
	s := widgets.IntSlider(0, 10)
	var states map[string]any
	comm.Default().Connect(func(kind string, m comm.Message) {
		if m.Data["method"] == "update_states" {
			states, _ = m.Data["states"].(map[string]any)
		}
	})
	comm.Default().Handle(comm.KindOpen, comm.Message{ID: "control",
		Target: "jupyter.widget.control", Metadata: map[string]any{"version": "1.0.0"}})
	comm.Default().Handle(comm.KindMsg, comm.Message{ID: "control",
		Data: map[string]any{"method": "request_states"}})
	comm.Default().Handle(comm.KindClose, comm.Message{ID: "control"})
	m, _ := states[s.ID()].(map[string]any)
	if len(states) != 3 || m["model_name"] != "IntSliderModel" ||
		m["model_module"] != "@jupyter-widgets/controls" || m["model_module_version"] != "2.0.0" {
		t.Errorf("states are %v", states)
	}
	saved, _ := widgets.Saved()["application/vnd.jupyter.widget-state+json"].(map[string]any)
	if all, _ := saved["state"].(map[string]any); saved["version_major"] != 2 || len(all) != 3 {
		t.Errorf("saved %v", saved)
	}
}

// FuzzMessage sends a widget anything.
func FuzzMessage(f *testing.F) {
	f.Add([]byte(`{"method":"update","state":{"value":7},"buffer_paths":[["value",0]]}`))
	f.Add([]byte(`{"method":"update","state":{"index":-1,"value":[{}]},"buffer_paths":[[0]]}`))
	f.Add([]byte(`{"method":"update","state":{"outputs":[{}],"children":{}},"buffer_paths":1}`))
	f.Add([]byte(`{"method":"custom","content":{"event":1}}`))
	f.Add([]byte(`{"method":"request_state","state":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		fe := newFrontEnd(t)
		all := []widgets.Widget{widgets.IntSlider(0, 9), widgets.FloatText(), widgets.Text(),
			widgets.Dropdown([]string{"a"}), widgets.Checkbox(""), widgets.Button(""),
			widgets.Output(), widgets.HBox()}
		m := comm.Message{Buffers: [][]byte{{1}, nil}}
		if decode(data, &m.Data) != nil {
			return
		}
		for _, w := range all {
			m.ID = w.ID()
			comm.Default().Handle(comm.KindMsg, m)
			display.Bundle(w)
			fe.does(w, `{"method":"request_state"}`)
		}
		if v := all[0].(*widgets.Int).Value(); v < 0 || v > 9 {
			t.Errorf("the slider stands at %d", v)
		}
		all[3].(*widgets.Choice).Value()
	})
}
