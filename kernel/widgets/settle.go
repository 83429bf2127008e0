package widgets

import (
	"math"
	"reflect"
)

// anyOf lets a trait take values of the kind that it has, and values of a range only there.
// A trait that is nil by default takes anything.
func anyOf(s state, trait string, v any) (any, bool) {
	switch old := s[trait].(type) {
	case nil:
		return v, true
	case int:
		f, ok := asFloat(v)
		if !ok || math.IsNaN(f) {
			return nil, false
		}
		return int(math.Round(within(s, trait, bounded(f)))), true
	case float64:
		f, ok := asFloat(v)
		if !ok || math.IsNaN(f) {
			return nil, false
		}
		return within(s, trait, bounded(f)), true
	default:
		return v, reflect.TypeOf(v) == reflect.TypeOf(old)
	}
}

// bounded keeps a number among those that JavaScript counts by one, for JSON and int.
func bounded(f float64) float64 {
	const most = 1 << 53
	return min(max(f, -most), most)
}

// within moves the value of a widget that has a range into it.
func within(s state, trait string, f float64) float64 {
	if trait != "value" {
		return f
	}
	if most, ok := asFloat(s["max"]); ok {
		f = min(f, most)
	}
	if least, ok := asFloat(s["min"]); ok {
		f = max(f, least)
	}
	return f
}

// same tells whether two values of a trait are equal, whatever form their numbers have.
func same(a, b any) bool {
	x, isNumber := asFloat(a)
	y, also := asFloat(b)
	if isNumber && also {
		return x == y
	}
	return reflect.DeepEqual(a, b)
}
