package widgets_test

import (
	"fmt"

	"cliplab/kernel/widgets"
)

func Example() {
	n := widgets.IntSlider(0, 10, widgets.Start(3), widgets.Description("n"))
	n.OnChange(func(v int) { fmt.Println("now", v) })
	n.Set(7)  // or the user moves it
	n.Set(70) // the range ends at 10
	fmt.Println(n.Value())
	fmt.Println(n)
	// Output:
	// now 7
	// now 10
	// 10
	// IntSlider(description="n", value=10, min=0, max=10)
}

func ExampleInteract() {
	square := func(n int) int { return n * n }
	w := widgets.Interact(square, []int{0, 8})
	fmt.Println(w)
	// Output: VBox(IntSlider(value=4, min=0, max=8), Output())
}

func ExampleArea() {
	area := widgets.Output()
	fmt.Fprintln(area, "kept here")
	area.Clear()
	fmt.Println(area)
	// Output: Output()
}
