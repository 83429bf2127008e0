package ptx

import (
	"fmt"
	"strconv"
	"strings"
)

type kind uint8

const (
	alu kind = iota
	load
	store
	branch
	barrier
	exit
	shuffle
	product
	matrices
	fetch
	fetched
	await
	together // the barrier of a warp
)

type space uint8

const (
	global space = iota
	sharedSpace
	paramSpace
)

// lanes are the values of one register in a warp.
type lanes = [32]uint64

// calculation gives dst of a, b and c for the lanes of the mask.
type calculation func(dst, a, b, c *lanes, mask uint32)

type instruction struct {
	text    string
	kind    kind
	guard   int  // register of the predicate, −1 without
	unless  bool // runs where the predicate is false
	dst     int
	a, b, c int
	f       calculation

	space  space
	offset int64
	size   int   // bytes of one value
	signed bool  // extends the sign
	values []int // registers of a vector; of a product d, a, b, c one after another
	target int   // of a branch
	two    bool  // a product of bf16 pairs
	turned bool  // matrices whose rows and columns change places
}

// build decodes one statement.
func (p *parser) build(in *instruction, name string, args []string) error {
	parts := strings.Split(name, ".")
	switch parts[0] {
	case "bra":
		in.kind = branch
		if len(args) != 1 {
			return fmt.Errorf("%d operands", len(args))
		}
		p.jumps[len(p.kernel.code)] = args[0]
		return nil
	case "ret", "exit":
		in.kind = exit
		return nil
	case "bar":
		if name == "bar.warp.sync" && len(args) == 1 && args[0] == "-1" {
			in.kind = together
			return nil
		}
		in.kind = barrier
		if len(args) != 1 || args[0] != "0" {
			return fmt.Errorf("barrier %v, only 0 is known", args)
		}
		return nil
	case "ld", "st":
		return p.access(in, parts, args)
	case "shfl":
		return p.shuffle(in, name, args)
	case "mma":
		return p.product(in, name, args)
	case "ldmatrix":
		return p.matrices(in, name, args)
	case "cp":
		return p.fetch(in, name, args)
	}
	f, arity := calculate(name)
	if name == "bfi.b32" && len(args) == 5 {
		at, err := strconv.ParseUint(args[3], 0, 5)
		bits, err2 := strconv.ParseUint(args[4], 0, 5)
		if err != nil || err2 != nil {
			return fmt.Errorf("bits %s from %s on, want constants", args[4], args[3])
		}
		f, arity, args = inserted(uint32(1<<bits-1), at), 2, args[:3]
	}
	if f == nil {
		return fmt.Errorf("instruction is not known")
	}
	if len(args) != arity+1 {
		return fmt.Errorf("%d operands, want %d", len(args), arity+1)
	}
	in.f = f
	var err error
	for i, to := range []*int{&in.dst, &in.a, &in.b, &in.c}[:arity+1] {
		if *to, err = p.operand(args[i]); err != nil {
			return err
		}
	}
	if !strings.HasPrefix(args[0], "%") {
		return fmt.Errorf("result %q is no register", args[0])
	}
	return nil
}

// access is ld or st: .param, .global or .shared, one value or a vector.
func (p *parser) access(in *instruction, parts, args []string) error {
	if len(args) != 2 || len(parts) < 3 {
		return fmt.Errorf("%d operands, want 2", len(args))
	}
	in.kind = load
	address, values := args[1], args[0]
	if parts[0] == "st" {
		in.kind = store
		address, values = values, address
	}
	switch parts[1] {
	case "global":
		in.space = global
	case "shared":
		in.space = sharedSpace
	case "param":
		in.space = paramSpace
	default:
		return fmt.Errorf("memory %s is not known", parts[1])
	}
	last := parts[len(parts)-1]
	in.size, in.signed = bytesOf(last), strings.HasPrefix(last, "s")
	if in.size == 0 {
		return fmt.Errorf("type %s is not known", last)
	}
	list := strings.Split(strings.Trim(values, "{}"), ",")
	if len(list) > 4 {
		return fmt.Errorf("vector of %d", len(list))
	}
	for _, value := range list {
		r, err := p.operand(strings.TrimSpace(value))
		if err != nil {
			return err
		}
		in.values = append(in.values, r)
	}
	return p.address(in, strings.Trim(address, "[]"))
}

// address is a register or a name, plus an offset.
func (p *parser) address(in *instruction, s string) error {
	base, offset, ok := strings.Cut(s, "+")
	if ok {
		n, err := strconv.ParseInt(strings.TrimSpace(offset), 0, 32)
		if err != nil {
			return fmt.Errorf("offset %q is no number", offset)
		}
		in.offset = n
	}
	base = strings.TrimSpace(base)
	if in.space == paramSpace {
		at, ok := p.params[base]
		if !ok {
			return fmt.Errorf("no parameter %q", base)
		}
		in.offset += int64(at)
		if in.offset < 0 || in.offset+int64(in.size*len(in.values)) > int64(p.kernel.params) {
			return fmt.Errorf("bytes beyond the parameters")
		}
		return nil
	}
	var err error
	in.a, err = p.operand(base)
	return err
}

// shuffle is shfl.sync.bfly: dst|predicate, value, lane mask, clamp, members.
func (p *parser) shuffle(in *instruction, name string, args []string) error {
	if name != "shfl.sync.bfly.b32" || len(args) != 5 {
		return fmt.Errorf("only shfl.sync.bfly.b32 is known")
	}
	in.kind = shuffle
	to, _, _ := strings.Cut(args[0], "|")
	var err error
	in.values = make([]int, 1)
	for i, r := range []*int{&in.dst, &in.a, &in.b, &in.c, &in.values[0]} {
		if *r, err = p.operand([]string{to, args[1], args[2], args[3], args[4]}[i]); err != nil {
			return err
		}
	}
	return nil
}

// product is mma.sync of tensor cores.
func (p *parser) product(in *instruction, name string, args []string) error {
	switch name {
	case "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32":
	case "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32":
		in.two = true
	default:
		return fmt.Errorf("this product is not known")
	}
	in.kind = product
	if len(args) != 4 {
		return fmt.Errorf("%d operands, want 4", len(args))
	}
	for i, want := range []int{4, 4, 2, 4} {
		list := strings.Split(strings.Trim(args[i], "{}"), ",")
		if len(list) != want {
			return fmt.Errorf("operand %d holds %d registers, want %d", i, len(list), want)
		}
		for _, value := range list {
			r, err := p.operand(strings.TrimSpace(value))
			if err != nil {
				return err
			}
			in.values = append(in.values, r)
		}
	}
	return nil
}
