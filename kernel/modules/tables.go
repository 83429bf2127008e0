package modules

import (
	"go/ast"
	"go/constant"
	"go/types"
	"reflect"
	"slices"
)

// Packages about text hold tables of ten thousands of numbers. To interpret code that stores
// each one would take longer than anything else, so variables that are initialised by
// literals of constants are filled before the package starts.

// table is a variable with a literal of constants.
type table struct {
	v   *types.Var
	lit *ast.CompositeLit
}

// smallTable is how many constants a literal has before it counts as a table.
const smallTable = 32

// tables takes the variables that are tables out of the initialisation order of a package.
func tables(info *types.Info) []table {
	var out []table
	info.InitOrder = slices.DeleteFunc(info.InitOrder, func(i *types.Initializer) bool {
		lit, ok := ast.Unparen(i.Rhs).(*ast.CompositeLit)
		if !ok || len(i.Lhs) != 1 || i.Lhs[0].Name() == "_" ||
			!types.Identical(i.Lhs[0].Type(), info.TypeOf(lit)) {
			return false
		}
		if n, ok := constants(info, lit, info.TypeOf(lit)); !ok || n < smallTable {
			return false
		}
		out = append(out, table{i.Lhs[0], lit})
		return true
	})
	return out
}

// constants counts the constants of a literal, and tells whether there is nothing else. It is
// told the type of the place where the value goes: an interface holds more than a constant.
func constants(info *types.Info, e ast.Expr, place types.Type) (n int, ok bool) {
	lit, isLit := ast.Unparen(e).(*ast.CompositeLit)
	if !isLit {
		_, basic := place.Underlying().(*types.Basic)
		return 1, basic && info.Types[e].Value != nil
	}
	if !types.Identical(info.TypeOf(lit), place) {
		return 0, false
	}
	for i, elt := range lit.Elts {
		kv, keyed := elt.(*ast.KeyValueExpr)
		if keyed {
			elt = kv.Value
		}
		var part types.Type
		switch t := place.Underlying().(type) {
		case *types.Array:
			part = t.Elem()
		case *types.Slice:
			part = t.Elem()
		case *types.Struct:
			if keyed {
				i = fieldNamed(t, kv.Key)
			}
			part = t.Field(i).Type()
		default:
			return 0, false
		}
		m, ok := constants(info, elt, part)
		if !ok {
			return 0, false
		}
		n += m
	}
	return n, true
}

// fieldNamed is the index of the field that a key names.
func fieldNamed(s *types.Struct, key ast.Expr) int {
	name := key.(*ast.Ident).Name
	for i := range s.NumFields() {
		if s.Field(i).Name() == name {
			return i
		}
	}
	panic("modules: no field " + name) // the type checker has found it
}

// fill gives a variable, or a part of one, the value of a literal.
func fill(info *types.Info, v reflect.Value, e ast.Expr) {
	lit, ok := ast.Unparen(e).(*ast.CompositeLit)
	if !ok {
		setConstant(v, info.Types[e].Value)
		return
	}
	if s, ok := info.TypeOf(lit).Underlying().(*types.Struct); ok {
		fillStruct(info, v, lit, s)
		return
	}
	at := 0
	indices := make([]int, len(lit.Elts))
	values := make([]ast.Expr, len(lit.Elts))
	length := 0
	for i, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			k, _ := constant.Int64Val(constant.ToInt(info.Types[kv.Key].Value))
			at, elt = int(k), kv.Value
		}
		indices[i], values[i] = at, elt
		at++
		length = max(length, at)
	}
	if v.Kind() == reflect.Slice {
		v.Set(reflect.MakeSlice(v.Type(), length, length))
	}
	for i, elt := range values {
		fill(info, v.Index(indices[i]), elt)
	}
}

func fillStruct(info *types.Info, v reflect.Value, lit *ast.CompositeLit, s *types.Struct) {
	for i, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			i, elt = fieldNamed(s, kv.Key), kv.Value
		}
		fill(info, open(v.Field(i)), elt)
	}
}

// setConstant stores a constant, which the type checker has found to fit.
func setConstant(v reflect.Value, k constant.Value) {
	switch {
	case v.Kind() == reflect.Bool:
		v.SetBool(constant.BoolVal(k))
	case v.Kind() == reflect.String:
		v.SetString(constant.StringVal(k))
	case v.CanInt():
		n, _ := constant.Int64Val(constant.ToInt(k))
		v.SetInt(n)
	case v.CanUint():
		n, _ := constant.Uint64Val(constant.ToInt(k))
		v.SetUint(n)
	case v.CanFloat():
		x, _ := constant.Float64Val(k)
		v.SetFloat(x)
	case v.CanComplex():
		re, _ := constant.Float64Val(constant.Real(k))
		im, _ := constant.Float64Val(constant.Imag(k))
		v.SetComplex(complex(re, im))
	}
}
