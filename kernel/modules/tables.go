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
		if n, ok := constants(info, lit); !ok || n < smallTable {
			return false
		}
		out = append(out, table{i.Lhs[0], lit})
		return true
	})
	return out
}

// constants counts the constants of a literal, and tells whether there is nothing else.
func constants(info *types.Info, e ast.Expr) (n int, ok bool) {
	lit, isLit := ast.Unparen(e).(*ast.CompositeLit)
	if !isLit {
		tv := info.Types[e]
		_, basic := tv.Type.Underlying().(*types.Basic)
		return 1, basic && tv.Value != nil
	}
	switch info.TypeOf(lit).Underlying().(type) {
	case *types.Array, *types.Slice, *types.Struct:
	default:
		return 0, false
	}
	for _, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			elt = kv.Value
		}
		m, ok := constants(info, elt)
		if !ok {
			return 0, false
		}
		n += m
	}
	return n, true
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
			name := kv.Key.(*ast.Ident).Name
			for j := range s.NumFields() {
				if s.Field(j).Name() == name {
					i = j
				}
			}
			elt = kv.Value
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
