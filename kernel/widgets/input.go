package widgets

import (
	"fmt"
	"math"
	"reflect"
)

// input is the control of one parameter.
type input struct {
	widget Widget
	trait  string // what changes when the user moves it
	value  func() reflect.Value
}

// newInput makes the control of a parameter of type t from what the user gave for it.
func newInput(t reflect.Type, given any) (input, error) {
	w, err := controlFor(t, given)
	if err != nil {
		return input{}, err
	}
	in := input{widget: w, trait: "value"}
	var get func() any
	switch x := w.(type) {
	case *Int:
		get = func() any { return x.Value() }
	case *Float:
		get = func() any { return x.Value() }
	case *String:
		get = func() any { return x.Value() }
	case *Bool:
		get = func() any { return x.Value() }
	case *Choice:
		in.trait = "index"
		get = func() any { return x.Value() }
		if isNumber(t) {
			get = func() any { return x.Index() }
		}
	default:
		return in, fmt.Errorf("%s holds no value: give a slider, field, box or list",
			w.control().kind)
	}
	if !fits(reflect.TypeOf(get()), t) {
		return in, fmt.Errorf("a %s gives %T, which is no %s", w.control().kind, get(), t)
	}
	in.value = func() reflect.Value { return reflect.ValueOf(get()).Convert(t) }
	return in, nil
}

// fits tells whether a parameter can take values of a control. Go would convert numbers to
// text as well, but nobody means that.
func fits(from, t reflect.Type) bool {
	return from.AssignableTo(t) || isNumber(from) && isNumber(t) || from.Kind() == t.Kind()
}

func isNumber(t reflect.Type) bool {
	return t.Kind() >= reflect.Int && t.Kind() <= reflect.Float64 && t.Kind() != reflect.Uintptr
}

func isFloat(t reflect.Type) bool {
	return t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64
}

// controlFor chooses the widget.
func controlFor(t reflect.Type, given any) (Widget, error) {
	switch v := given.(type) {
	case nil:
		return plainControl(t)
	case Widget:
		return v, nil
	case bool:
		return Checkbox("", Start(v)), nil
	case string:
		return Text(Start(v)), nil
	case []string:
		if len(v) == 0 {
			return nil, fmt.Errorf("the list to choose from is empty")
		}
		return Dropdown(v), nil
	}
	rv := reflect.ValueOf(given)
	switch k := rv.Kind(); {
	case isNumber(rv.Type()):
		return around(t, number(rv)), nil
	case (k == reflect.Slice || k == reflect.Array) && isNumber(rv.Type().Elem()) &&
		(rv.Len() == 2 || rv.Len() == 3):
		least, most, step := number(rv.Index(0)), number(rv.Index(1)), 0.0
		options := []Option{}
		if rv.Len() == 3 {
			step = number(rv.Index(2))
			options = append(options, Step(step))
		}
		return between(t, least, most, append(options, Start(middle(t, least, most, step)))...), nil
	}
	return nil, fmt.Errorf("no control is made of %.60v of type %T: give a number, two numbers, a "+
		"text, a list of texts, true or false, or a widget", given, given)
}

// plainControl is the control of a type of which nothing else is known.
func plainControl(t reflect.Type) (Widget, error) {
	switch {
	case isFloat(t):
		return between(t, 0, 1, Start(0.5)), nil
	case isNumber(t):
		return between(t, 0, 10, Start(5)), nil
	case t.Kind() == reflect.String:
		return Text(), nil
	case t.Kind() == reflect.Bool:
		return Checkbox(""), nil
	}
	return nil, fmt.Errorf("there is no control for a %s", t)
}

// around is a slider that starts at v, from −v to 3v, or from 0 if the type has no less.
func around(t reflect.Type, v float64) Widget {
	least, most := min(-v, 3*v), max(-v, 3*v)
	if v == 0 {
		most = 1
	}
	if t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64 {
		least = max(least, 0)
	}
	return between(t, least, most, Start(v))
}

// middle is where a slider starts of which only the range is known, on one of its steps.
func middle(t reflect.Type, least, most, step float64) float64 {
	if step <= 0 {
		if !isNumber(t) || isFloat(t) {
			return (least + most) / 2
		}
		step = 1
	}
	return least + step*math.Floor((most-least)/2/step)
}

func between(t reflect.Type, least, most float64, options ...Option) Widget {
	if isNumber(t) && !isFloat(t) {
		return IntSlider(int(least), int(most), options...)
	}
	return FloatSlider(least, most, options...)
}

func number(v reflect.Value) float64 {
	return v.Convert(reflect.TypeFor[float64]()).Float()
}
