// Package widgets is sliders, buttons and their kin in a notebook, by the protocol of
// ipywidgets 8: any front end that shows those shows these.
//
//	n := widgets.IntSlider(0, 10, widgets.Description("n"))
//	n.OnChange(func(v int) { fmt.Println(v) })
//	n                              // the last expression shows the slider
//	n.Value()                      // in a later cell: where the slider stands now
//
//	widgets.Interact(func(freq float64, color string) *viz.Figure { … }, 2.0, "red")
//
// A function makes a widget; the type that it gives says what the widget holds: [Int], [Float],
// [String], [Bool], [Choice], or that it can be pressed, [Press]. [Box] stacks widgets and
// [Area] takes what code prints. Values change from both sides: by the user's hand and by Set.
// What a callback prints goes to the cell that gave the callback.
//
// Without a front end, as in reports, widgets hold their values and show themselves as they
// stand. The package draws nothing itself and knows no sockets: its messages go over package
// comm. No notebook teaches it.
package widgets
