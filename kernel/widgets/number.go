package widgets

import (
	"fmt"
	"math"
)

// Int is a widget that holds a whole number.
type Int struct{ Control }

// IntSlider is a slider from least to most. It starts at 0, or at the end nearest to it.
func IntSlider(least, most int, options ...Option) *Int {
	return ranged("IntSlider", least, most, options)
}

// IntProgress is a bar from least to most; Set moves it.
func IntProgress(least, most int, options ...Option) *Int {
	return ranged("IntProgress", least, most, options)
}

// IntText is a field for a whole number.
func IntText(options ...Option) *Int { return &Int{build("IntText", options, nil)} }

func ranged(name string, least, most int, options []Option) *Int {
	if least > most {
		panic(fmt.Sprintf("widgets: %s from %d to %d: the smaller number comes first", name, least,
			most))
	}
	limits := func(d *draft) {
		d.traits["min"], d.traits["max"] = least, most
		d.traits["value"] = min(max(0, least), most)
	}
	return &Int{build(name, append([]Option{limits}, options...), nil)}
}

// Value is the number now.
func (w *Int) Value() int { return w.m.get("value").(int) }

// Set changes the number, within the range if there is one.
func (w *Int) Set(v int) { w.m.set(state{"value": v}) }

// OnChange calls f with each new number, whoever changed it.
func (w *Int) OnChange(f func(v int)) { w.m.watch("value", func(v any) { f(v.(int)) }) }

// SetRange changes the ends of the range; a number outside moves to the nearer end.
func (w *Int) SetRange(least, most int) {
	w.m.set(state{"min": min(least, most), "max": max(least, most)})
	w.Set(w.Value())
}

// Float is a widget that holds a number.
type Float struct{ Control }

// FloatSlider is a slider from least to most, in about a hundred steps unless Step says
// otherwise. It starts at 0, or at the end nearest to it.
func FloatSlider(least, most float64, options ...Option) *Float {
	return rangedFloat("FloatSlider", least, most, options)
}

// FloatProgress is a bar from least to most; Set moves it.
func FloatProgress(least, most float64, options ...Option) *Float {
	return rangedFloat("FloatProgress", least, most, options)
}

// FloatText is a field for a number.
func FloatText(options ...Option) *Float { return &Float{build("FloatText", options, nil)} }

func rangedFloat(name string, least, most float64, options []Option) *Float {
	if !(least <= most) || math.IsInf(most-least, 0) {
		panic(fmt.Sprintf("widgets: %s from %g to %g: give two finite numbers, the smaller first",
			name, least, most))
	}
	limits := func(d *draft) {
		d.traits["min"], d.traits["max"] = least, most
		d.traits["value"] = min(max(0, least), most)
		if _, ok := d.traits["step"]; ok && most > least {
			step, decimals := hundredth(most - least)
			d.traits["step"] = step
			d.traits["readout_format"] = fmt.Sprintf(".%df", decimals)
		}
	}
	return &Float{build(name, append([]Option{limits}, options...), nil)}
}

// hundredth is the power of ten nearest below a hundredth of a range, or nearly so, and the
// digits that it has behind the point.
func hundredth(span float64) (step float64, decimals int) {
	e := int(math.Floor(math.Log10(span/100) + 1e-9))
	return math.Pow10(e), min(max(-e, 0), 20)
}

// Value is the number now.
func (w *Float) Value() float64 { return w.m.get("value").(float64) }

// Set changes the number, within the range if there is one. What is no number changes nothing.
func (w *Float) Set(v float64) { w.m.set(state{"value": v}) }

// OnChange calls f with each new number, whoever changed it.
func (w *Float) OnChange(f func(v float64)) {
	w.m.watch("value", func(v any) { f(v.(float64)) })
}

// SetRange changes the ends of the range; a number outside moves to the nearer end.
func (w *Float) SetRange(least, most float64) {
	w.m.set(state{"min": min(least, most), "max": max(least, most)})
	w.Set(w.Value())
}
