package engine

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// compiler turns one ssa.Function into a body. It gives every SSA value a
// register, lays the frame out, and then binds each instruction to a closure.
type compiler struct {
	e      *Engine
	fn     *ssa.Function
	b      *body
	lay    layout
	slots  map[ssa.Value]slot
	tuples map[ssa.Value][]slot
	fills  []fill
	plan   *plan
	cur    *ssa.BasicBlock
	blocks []*block
	edges  []*block // blocks made for edges
}

// fill writes a constant into the template of the frame.
type fill struct {
	slot slot
	put  func(p unsafe.Pointer)
}

// compile returns the code of a function that has SSA blocks.
func (e *Engine) compile(f *function) *body {
	fn := f.ssa
	c := &compiler{
		e: e, fn: fn, b: &body{fn: f, id: bodyIDs.Add(1)},
		slots: map[ssa.Value]slot{}, tuples: map[ssa.Value][]slot{},
	}
	c.plan = c.analyse()
	c.assign()
	c.lay.finish()
	c.finishFrame()
	c.generate()
	return c.b
}

// rtype returns the run-time type of a value.
func (c *compiler) rtype(t types.Type) reflect.Type { return c.e.rtype(t) }

// shape returns the shape of the values of type t.
func (c *compiler) shape(t types.Type) *shape { return shapeOf(c.rtype(t)) }

// assign gives out registers.
func (c *compiler) assign() {
	sig := c.fn.Signature
	for i := range sig.Results().Len() {
		rt := c.rtype(sig.Results().At(i).Type())
		c.plan.results = append(c.plan.results, c.lay.alloc(rt))
		c.b.rshape = append(c.b.rshape, shapeOf(rt))
	}
	for _, p := range c.fn.Params {
		c.newSlot(p)
		c.b.pshape = append(c.b.pshape, c.shape(p.Type()))
	}
	for _, v := range c.fn.FreeVars {
		c.newSlot(v)
		c.b.fshape = append(c.b.fshape, c.shape(v.Type()))
	}
	for _, blk := range c.fn.Blocks {
		for _, ins := range blk.Instrs {
			c.assignInstr(ins)
		}
	}
	for v, phi := range c.plan.joined {
		c.slots[v] = c.slots[phi]
	}
	c.plan.moves = map[edge][]move1s{}
	for _, blk := range c.fn.Blocks {
		for i, s := range blk.Succs {
			c.planMoves(blk, i, s)
		}
	}
}

func (c *compiler) assignInstr(ins ssa.Instruction) {
	if v, ok := ins.(ssa.Value); ok {
		c.assignValue(v)
	}
	var buf [8]*ssa.Value
	for _, p := range ins.Operands(buf[:0]) {
		if *p != nil {
			c.operand(*p)
		}
	}
}

func (c *compiler) newSlot(v ssa.Value) {
	if _, ok := c.slots[v]; !ok {
		c.slots[v] = c.lay.alloc(c.rtype(v.Type()))
	}
}

// assignValue gives registers to the result of an instruction.
func (c *compiler) assignValue(v ssa.Value) {
	if _, joined := c.plan.joined[v]; joined {
		return
	}
	switch v := v.(type) {
	case *ssa.Alloc:
		if c.plan.local[v] {
			c.plan.homes[v] = c.lay.alloc(c.rtype(deref(v.Type())))
		}
	case *ssa.Range:
		c.slots[v] = c.lay.take(aIface, 1)
		return
	case *ssa.Extract, *ssa.Field: // parts of another register, see resolve
		return
	case *ssa.Next:
		c.assignNext(v)
		return
	}
	if t, ok := v.Type().(*types.Tuple); ok {
		if _, done := c.tuples[v]; done {
			return
		}
		slots := []slot{}
		for i := range t.Len() {
			slots = append(slots, c.lay.alloc(c.rtype(t.At(i).Type())))
		}
		c.tuples[v] = slots
		return
	}
	c.newSlot(v)
}

// assignNext gives registers to (ok, key, value); go/ssa types the unused ones
// of a map as invalid.
func (c *compiler) assignNext(v *ssa.Next) {
	slots := []slot{c.lay.take(aNum, 1)}
	if v.IsString {
		c.tuples[v] = append(slots, c.lay.take(aNum, 1), c.lay.take(aNum, 1))
		return
	}
	m := v.Iter.(*ssa.Range).X.Type().Underlying().(*types.Map)
	c.tuples[v] = append(slots, c.lay.alloc(c.rtype(m.Key())), c.lay.alloc(c.rtype(m.Elem())))
}

// operand gives a register to an operand that no instruction defines.
func (c *compiler) operand(v ssa.Value) {
	if _, ok := c.slots[v]; ok {
		return
	}
	switch v := v.(type) {
	case *ssa.Const:
		c.constant(v)
	case *ssa.Global:
		p := c.e.global(v)
		c.fixed(v, reflect.TypeFor[unsafe.Pointer](), func(q unsafe.Pointer) {
			*(*unsafe.Pointer)(q) = p
		})
	case *ssa.Function:
		if c.plan.callees[v] > 0 { // also used as a value
			fp := c.e.funcValue(c.e.function(v))
			c.fixed(v, reflect.TypeFor[unsafe.Pointer](), func(q unsafe.Pointer) {
				*(*unsafe.Pointer)(q) = fp
			})
		}
	}
}

// fixed gives v a register that is filled when the frame is made.
func (c *compiler) fixed(v ssa.Value, rt reflect.Type, put func(unsafe.Pointer)) {
	s := c.lay.alloc(rt)
	c.slots[v] = s
	c.fills = append(c.fills, fill{s, put})
}

func (c *compiler) constant(v *ssa.Const) {
	if _, ok := v.Type().(*types.Tuple); ok {
		return
	}
	if b, ok := v.Type().(*types.Basic); ok && b.Kind() == types.UntypedNil {
		c.slots[v] = c.lay.take(aIface, 1)
		return
	}
	rt := c.rtype(v.Type())
	if v.Value == nil {
		c.slots[v] = c.lay.alloc(rt) // zero
		return
	}
	val := reflect.New(rt).Elem()
	setConstant(val, v.Value)
	s := shapeOf(rt)
	c.fixed(v, rt, func(p unsafe.Pointer) { s.copyMem(p, val.Addr().UnsafePointer()) })
}

func setConstant(val reflect.Value, k constant.Value) {
	switch val.Kind() {
	case reflect.Bool:
		val.SetBool(constant.BoolVal(k))
	case reflect.String:
		val.SetString(constant.StringVal(k))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, _ := constant.Int64Val(constant.ToInt(k))
		val.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Uintptr:
		n, _ := constant.Uint64Val(constant.ToInt(k))
		val.SetUint(n)
	case reflect.Float32:
		n, _ := constant.Float32Val(k)
		val.SetFloat(float64(n))
	case reflect.Float64:
		n, _ := constant.Float64Val(k)
		val.SetFloat(n)
	case reflect.Complex64:
		re, _ := constant.Float32Val(constant.Real(k))
		im, _ := constant.Float32Val(constant.Imag(k))
		val.SetComplex(complex(float64(re), float64(im)))
	case reflect.Complex128:
		re, _ := constant.Float64Val(constant.Real(k))
		im, _ := constant.Float64Val(constant.Imag(k))
		val.SetComplex(complex(re, im))
	case reflect.Interface:
		setConstant2(val, k)
	case reflect.UnsafePointer: // a zero of uintptr converted
	default:
		panic(fmt.Sprintf("engine: constant %s of type %s", k, val.Type()))
	}
}

// setConstant2 stores an untyped constant in an interface with its default type.
func setConstant2(val reflect.Value, k constant.Value) {
	var t reflect.Type
	switch k.Kind() {
	case constant.Bool:
		t = reflect.TypeFor[bool]()
	case constant.String:
		t = reflect.TypeFor[string]()
	case constant.Int:
		t = reflect.TypeFor[int]()
	case constant.Float:
		t = reflect.TypeFor[float64]()
	default:
		t = reflect.TypeFor[complex128]()
	}
	v := reflect.New(t).Elem()
	setConstant(v, k)
	val.Set(v)
}

// finishFrame builds the template and publishes where parameters and results lie.
func (c *compiler) finishFrame() {
	b := c.b
	b.frameType = c.lay.typ
	if len(c.fills) > 0 {
		b.template = reflect.New(b.frameType).Elem()
		p := b.template.Addr().UnsafePointer()
		for _, f := range c.fills {
			f.put(unsafe.Add(p, c.lay.off(f.slot)))
		}
	}
	for _, p := range c.fn.Params {
		b.params = append(b.params, c.lay.off(c.slots[p]))
	}
	for _, v := range c.fn.FreeVars {
		b.free = append(b.free, c.lay.off(c.slots[v]))
	}
	for _, s := range c.plan.results {
		b.results = append(b.results, c.lay.off(s))
	}
}

// resolve returns the register of v; a field or a component of a tuple is a part
// of the register that it is taken from.
func (c *compiler) resolve(v ssa.Value) slot {
	switch v := v.(type) {
	case *ssa.Extract:
		return c.tuples[v.Tuple][v.Index]
	case *ssa.Field:
		if s, ok := c.slots[v]; ok {
			return s
		}
		s := c.resolve(v.X)
		s.extra += c.rtype(v.X.Type()).Field(v.Field).Offset
		return s
	}
	s, ok := c.slots[v]
	if !ok {
		panic(fmt.Sprintf("engine: %s: no register for %s = %s", c.fn, v.Name(), v))
	}
	return s
}

// off returns the frame offset of the register of v.
func (c *compiler) off(v ssa.Value) uintptr { return c.lay.off(c.resolve(v)) }

// generate binds the instructions.
func (c *compiler) generate() {
	c.blocks = make([]*block, len(c.fn.Blocks))
	for i := range c.blocks {
		c.blocks[i] = &block{index: int32(i)}
	}
	c.b.blocks = c.blocks
	for _, blk := range c.fn.Blocks {
		c.cur = blk
		c.genBlock(blk)
	}
	for _, blk := range c.fn.Blocks {
		c.cur = blk
		c.genNext(blk)
	}
	c.b.entry = c.blocks[0]
	if r := c.fn.Recover; r != nil {
		c.b.recovered = c.blocks[r.Index]
	}
	c.b.wrapper = c.fn.Synthetic != "" && isWrapper(c.fn)
	c.blockIndices()
}

// blockIndices numbers the blocks made for edges after those of the function.
func (c *compiler) blockIndices() {
	for _, blk := range c.edges {
		blk.index = int32(len(c.b.blocks))
		c.b.blocks = append(c.b.blocks, blk)
	}
}

func (c *compiler) emit(f op, pos token.Pos) {
	blk := c.blocks[c.cur.Index]
	blk.ops = append(blk.ops, f)
	blk.pos = append(blk.pos, pos)
}

func (c *compiler) genBlock(blk *ssa.BasicBlock) {
	for i, ins := range blk.Instrs {
		if c.plan.runDefersAt[ins] {
			c.emit(runDefers, ins.Pos())
		}
		if c.plan.skip[ins] {
			continue
		}
		if i == len(blk.Instrs)-1 && isControl(ins) {
			break
		}
		c.genInstr(ins)
	}
}

func isControl(ins ssa.Instruction) bool {
	switch ins.(type) {
	case *ssa.If, *ssa.Jump, *ssa.Return, *ssa.Panic:
		return true
	}
	return false
}
