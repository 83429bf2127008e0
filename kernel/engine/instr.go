package engine

import (
	"fmt"
	"go/token"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// genInstr binds one instruction other than the last of a block.
func (c *compiler) genInstr(ins ssa.Instruction) {
	switch ins := ins.(type) {
	case *ssa.Phi, *ssa.DebugRef, *ssa.Extract: // moves on edges; parts of tuples
	case *ssa.Field:
		if _, ok := c.slots[ins]; ok {
			panic("engine: a field has a register")
		}
	case *ssa.Alloc:
		c.genAlloc(ins)
	case *ssa.BinOp:
		c.genBinOp(ins)
	case *ssa.UnOp:
		c.genUnOp(ins)
	case *ssa.Store:
		c.genStore(ins)
	case *ssa.FieldAddr:
		c.genAddr(ins, c.fieldAddress2(ins))
	case *ssa.IndexAddr:
		c.genAddr(ins, c.elemAddress(ins))
	case *ssa.Index:
		c.genIndex(ins)
	case *ssa.Slice:
		c.genSlice(ins)
	case *ssa.Call:
		c.genCall(ins)
	case *ssa.Go:
		c.genGo(ins)
	case *ssa.Defer:
		c.genDefer(ins)
	case *ssa.RunDefers:
		c.emit(runDefers, ins.Pos())
	case *ssa.ChangeType:
		c.emit(moveOp(c.shape(ins.Type()), c.off(ins), c.off(ins.X)), token.NoPos)
	default:
		c.genInstr2(ins)
	}
}

func (c *compiler) genInstr2(ins ssa.Instruction) {
	switch ins := ins.(type) {
	case *ssa.Convert:
		c.genConvert(ins)
	case *ssa.MultiConvert:
		panic(fmt.Sprintf("engine: %s: conversion of a type parameter", ins))
	case *ssa.SliceToArrayPointer:
		c.genSliceToArray(ins)
	case *ssa.MakeInterface:
		c.genMakeInterface(ins)
	case *ssa.ChangeInterface:
		c.genChangeInterface(ins)
	case *ssa.TypeAssert:
		c.genTypeAssert(ins)
	case *ssa.MakeClosure:
		c.genMakeClosure(ins)
	case *ssa.MakeSlice:
		c.genMakeSlice(ins)
	case *ssa.MakeMap:
		c.genMakeMap(ins)
	case *ssa.MakeChan:
		c.genMakeChan(ins)
	case *ssa.Lookup:
		c.genLookup(ins)
	case *ssa.MapUpdate:
		c.genMapUpdate(ins)
	case *ssa.Range:
		c.genRange(ins)
	case *ssa.Next:
		c.genNextItem(ins)
	case *ssa.Send:
		c.genSend(ins)
	case *ssa.Select:
		c.genSelect(ins)
	default:
		panic(fmt.Sprintf("engine: instruction %T", ins))
	}
}

// fieldAddress2 is fieldAddress where the struct may lie in the frame.
func (c *compiler) fieldAddress2(v *ssa.FieldAddr) address {
	if _, ok := c.static(v.X); ok {
		return address{kind: aFrame}
	}
	return c.fieldAddress(v)
}

// genIndex binds a[i] of an array value or a string.
func (c *compiler) genIndex(ins *ssa.Index) {
	d, x := c.off(ins), c.off(ins.X)
	rt := c.rtype(ins.X.Type())
	a := address{idx: c.off(ins.Index)}
	if k := c.rtype(ins.Index.Type()).Kind(); k.String() != "int" {
		a.get = intGetter(k, a.idx)
	}
	if rt.Kind().String() == "string" {
		if a.get == nil {
			idx := a.idx
			c.emit(func(fr *frame) {
				*at[byte](fr, d) = (*at[string](fr, x))[*at[int](fr, idx)]
			}, ins.Pos())
			return
		}
		c.emit(func(fr *frame) { *at[byte](fr, d) = (*at[string](fr, x))[a.index(fr)] }, ins.Pos())
		return
	}
	a.kind, a.off, a.n, a.size = aLocal, x, rt.Len(), rt.Elem().Size()
	s, p := shapeOf(rt.Elem()), a.pointer()
	c.emit(func(fr *frame) { s.copyMem(unsafe.Add(unsafe.Pointer(fr), d), p(fr)) }, ins.Pos())
}
