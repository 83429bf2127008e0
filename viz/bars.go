package viz

import (
	"fmt"
	"image"
	"math"
	"sort"
	"strings"
)

// BarsOptions says what the bars mean.
type BarsOptions struct {
	Title, Subtitle string

	Images  []image.Image // a thumbnail before each label; none, or one for each bar
	Image   image.Image   // one picture at the left that all bars are about
	Caption string        // below Image

	Correct   []int // rows with the right answer: check mark; a wrong favourite gets a cross
	Highlight []int // rows that stand out, without a judgement

	Percent  bool    // 0.97 is written 97.0 %
	Format   string  // of the values, "%.2f" when empty ("%.1f" with Percent)
	Min, Max float64 // ends of the scale; both 0: 0..1 for shares, else chosen

	References []Reference // values X to compare with, dashed across the bars: chance, ln N

	Top   int     // show only so many, the largest first; 0 is all
	Sort  bool    // largest first
	Width float64 // of the bars in CSS pixels, 360 when 0
}

// Bars draws one horizontal bar for each label: probabilities, cosines, scores. Values may be
// negative. It panics unless there is one label for each value.
func Bars(labels []string, values []float64, opts ...BarsOptions) *Figure {
	o := options("Bars", opts)
	if len(values) == 0 {
		panic("viz: bars of 0 values have nothing to draw")
	}
	match(len(values), "value", len(labels), "label", false)
	match(len(values), "value", len(o.Images), "image", o.Images == nil)
	correct := set("correct answer", o.Correct, len(values))
	accent := set("highlight", o.Highlight, len(values))
	alt := barsAlt(labels, values, o, correct)

	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	if o.Sort || o.Top > 0 {
		sort.SliceStable(order, func(a, b int) bool {
			x, y := values[order[a]], values[order[b]]
			return x > y || x == x && y != y // NaN last
		})
	}
	if o.Top > 0 && o.Top < len(order) {
		order = order[:o.Top]
	}
	t := &barTable{}
	col := &barColumn{percent: o.Percent, layout: o.Format, track: o.Width}
	if col.track <= 0 {
		col.track = 360
	}
	if correct != nil {
		t.correct = map[int]bool{}
	}
	if accent != nil {
		t.accent = map[int]bool{}
	}
	for k, i := range order {
		t.names = append(t.names, labels[i])
		col.values = append(col.values, values[i])
		if o.Images != nil {
			t.images = append(t.images, o.Images[i])
		}
		if correct[i] {
			t.correct[k] = true
		}
		if accent[i] {
			t.accent[k] = true
		}
	}
	if col.layout == "" {
		col.layout = map[bool]string{true: "%.1f", false: "%.2f"}[o.Percent]
	}
	col.lines = o.References
	col.span(o.Min, o.Max)
	t.columns = []*barColumn{col}
	t.measure(640)
	var b body = t
	if o.Image != nil {
		b = newBeside(o.Image, o.Caption, t)
	}
	return newFigure(o.Title, o.Subtitle, alt, b)
}

func barsAlt(labels []string, values []float64, o BarsOptions, correct map[int]bool) string {
	best := argmax(values)
	if best < 0 {
		return fmt.Sprintf("%s without a number.", count(len(values), "bar"))
	}
	write := (&barColumn{percent: o.Percent, layout: "%.2f"}).write
	if o.Percent {
		write = (&barColumn{percent: true, layout: "%.1f"}).write
	}
	order := make([]int, 0, len(values))
	for i := range values {
		order = append(order, i)
	}
	// What reads alike keeps its order, whatever the last bits say.
	rank := func(i int) float64 { return math.Round(1000 * values[i]) }
	sort.SliceStable(order, func(a, b int) bool { return rank(order[a]) > rank(order[b]) })
	var parts []string
	for _, i := range order[:min(5, len(order))] {
		parts = append(parts, labels[i]+" "+write(values[i]))
	}
	s := fmt.Sprintf("%s: %s", count(len(values), "bar"), strings.Join(parts, ", "))
	if len(order) > 5 {
		s += fmt.Sprintf(", and %d smaller", len(order)-5)
	}
	if correct != nil && correct[best] {
		s += "; the largest is right"
	} else if correct != nil {
		s += "; the largest is wrong"
	}
	return s + "."
}

// GroupedBarsOptions says what the groups mean.
type GroupedBarsOptions struct {
	Title, Subtitle string

	Highlight []int   // names that stand out
	Percent   bool    // 0.97 is written 97.0 %
	Format    string  // of the values, "%.2f" when empty ("%.1f" with Percent)
	Min, Max  float64 // ends of the common scale; both 0 is chosen
	Width     float64 // of the bars of one group in CSS pixels; 0 is chosen
}

// GroupedBars draws the same names under several conditions, one column of bars for each
// group, all on one scale: the same four words at logit scales 1, 10, 14.3 and 100.
//
//	groups  [G]     column headings
//	names   [N]     row labels
//	values  [G][N]
//
// It panics when the counts differ.
func GroupedBars(groups, names []string, values [][]float64, opts ...GroupedBarsOptions) *Figure {
	o := options("GroupedBars", opts)
	if len(groups) == 0 || len(names) == 0 {
		panicf("viz: %s of %s have nothing to draw", count(len(groups), "group"),
			count(len(names), "bar"))
	}
	match(len(groups), "group", len(values), "value row", false)
	t := &barTable{names: names, accent: set("highlight", o.Highlight, len(names))}
	var all []float64
	var parts []string
	for g, vs := range values {
		match(len(names), "name", len(vs), "value", false)
		all = append(all, vs...)
		if best := argmax(vs); best >= 0 {
			parts = append(parts, groups[g]+": "+names[best]+" "+format("%.2f", vs[best]))
		}
	}
	layout := o.Format
	if layout == "" {
		layout = map[bool]string{true: "%.1f", false: "%.2f"}[o.Percent]
	}
	common := &barColumn{values: all, percent: o.Percent}
	common.span(o.Min, o.Max)
	track := o.Width
	if track <= 0 {
		track = math.Max(70, math.Min(220, 560/float64(len(groups))))
	}
	for g, vs := range values {
		t.columns = append(t.columns, &barColumn{title: groups[g], values: vs, min: common.min,
			max: common.max, percent: o.Percent, layout: layout, track: track})
	}
	t.measure(640)
	alt := fmt.Sprintf("%s in %s; the largest in each: %s.", count(len(names), "bar"),
		count(len(groups), "group"), strings.Join(parts, ", "))
	return newFigure(o.Title, o.Subtitle, alt, t)
}
