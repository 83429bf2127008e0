package ptx

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

// Module is parsed PTX: kernels by name.
type Module struct {
	kernels map[string]*Kernel
	shared  map[string]variable // declared outside kernels
	size    int                 // of shared memory so far
}

// Kernel is the entry of a module. Several runs may go on at once.
type Kernel struct {
	Name   string
	Params []Param

	code    []instruction
	initial []uint64       // of registers: constants, and addresses of variables
	special map[string]int // register that holds %tid.x and so on
	shared  int            // bytes
	params  int            // bytes

	idle sync.Pool // warps of earlier runs
}

// Param is one parameter: its place and size in bytes.
type Param struct{ Offset, Size int }

type variable struct{ at, size int }

// Kernel is the entry of that name, nil when there is none.
func (m *Module) Kernel(name string) *Kernel { return m.kernels[name] }

// Names counts the kernels.
func (m *Module) Names() []string {
	var names []string
	for name := range m.kernels {
		names = append(names, name)
	}
	return names
}

// Parse reads a module. It wants the form that NVIDIA's compilers write: one statement a line or
// up to its semicolon, labels on lines of their own.
func Parse(text string) (*Module, error) {
	m := &Module{kernels: map[string]*Kernel{}, shared: map[string]variable{}}
	p := &parser{module: m}
	for number, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "//")
		if err := p.line(strings.TrimSpace(line)); err != nil {
			return nil, fmt.Errorf("ptx: line %d: %w", number+1, err)
		}
	}
	if p.kernel != nil {
		return nil, fmt.Errorf("ptx: kernel %s does not end", p.kernel.Name)
	}
	return m, nil
}

// parser holds the kernel that is being read, nil between kernels.
type parser struct {
	module    *Module
	kernel    *Kernel
	body      bool
	pending   string
	registers map[string]int
	constants map[uint64]int
	variables map[string]variable
	params    map[string]int
	labels    map[string]int
	jumps     map[int]string
}

func (p *parser) line(line string) error {
	switch {
	case line == "" || strings.HasPrefix(line, ".pragma"):
		return nil
	case p.kernel == nil:
		return p.outside(line)
	case !p.body:
		return p.head(line)
	case p.pending == "" && strings.HasSuffix(line, ":"):
		p.labels[strings.TrimSuffix(line, ":")] = len(p.kernel.code)
		return nil
	case p.pending == "" && line == "{":
		return nil
	case p.pending == "" && line == "}":
		return p.end()
	}
	p.pending += " " + line
	for {
		statement, rest, ok := strings.Cut(p.pending, ";")
		if !ok {
			return nil
		}
		p.pending = strings.TrimSpace(rest)
		if err := p.statement(strings.TrimSpace(statement)); err != nil {
			return err
		}
	}
}

func (p *parser) outside(line string) error {
	if strings.HasPrefix(line, ".shared") {
		return p.variable(strings.TrimSuffix(line, ";"), p.module.shared)
	}
	name, ok := strings.CutPrefix(line, ".visible .entry ")
	if !ok {
		for _, known := range []string{".version", ".target", ".address_size"} {
			if strings.HasPrefix(line, known) {
				return nil
			}
		}
		return fmt.Errorf("%q outside a kernel is not known", line)
	}
	name, rest, _ := strings.Cut(name, "(")
	p.kernel = &Kernel{Name: name, special: map[string]int{}}
	p.registers, p.constants = map[string]int{}, map[uint64]int{}
	p.params, p.labels, p.jumps = map[string]int{}, map[string]int{}, map[int]string{}
	p.variables = map[string]variable{}
	for name, v := range p.module.shared {
		p.variables[name] = v
	}
	p.body = false
	if rest == ")" {
		return nil
	}
	return p.head(rest)
}

// head reads ".param .u64 name," and the end of the parameters.
func (p *parser) head(line string) error {
	switch {
	case line == "" || line == ")" || strings.HasPrefix(line, ".maxntid") ||
		strings.HasPrefix(line, ".minnctapersm"):
		return nil
	case line == "{":
		p.body, p.pending = true, ""
		return nil
	}
	fields := strings.Fields(strings.TrimSuffix(strings.TrimSuffix(line, ")"), ","))
	if len(fields) < 3 || fields[0] != ".param" {
		return fmt.Errorf("%q is no parameter", line)
	}
	name, size := fields[len(fields)-1], 0
	align := 0
	if open := strings.IndexByte(name, '['); open >= 0 && len(fields) == 5 {
		n, err := strconv.Atoi(strings.TrimSuffix(name[open+1:], "]"))
		a, err2 := strconv.Atoi(fields[2])
		if err != nil || err2 != nil || n < 0 || n > 4096 || a < 1 || a > 64 {
			return fmt.Errorf("%q is no parameter", line)
		}
		name, size, align = name[:open], n, a
	} else if size = bytesOf(fields[1]); size == 0 {
		return fmt.Errorf("parameter of type %s", fields[1])
	} else {
		align = size
	}
	at := (p.kernel.params + align - 1) / align * align
	p.params[name] = at
	p.kernel.Params = append(p.kernel.Params, Param{at, size})
	p.kernel.params = at + size
	return nil
}

// variable places ".shared .align 4 .b8 name[4096]" in shared memory.
func (p *parser) variable(line string, where map[string]variable) error {
	fields := strings.Fields(line)
	if len(fields) != 5 || fields[1] != ".align" || fields[3] != ".b8" {
		return fmt.Errorf("%q is no variable in shared memory", line)
	}
	align, err := strconv.Atoi(fields[2])
	name, count, ok := strings.Cut(fields[4], "[")
	size, err2 := strconv.Atoi(strings.TrimSuffix(count, "]"))
	if err != nil || err2 != nil || !ok || align < 1 || align > 1024 || size < 0 || size > 1<<18 {
		return fmt.Errorf("%q is no variable in shared memory", line)
	}
	total := &p.module.size
	if p.kernel != nil {
		p.kernel.shared = max(p.kernel.shared, p.module.size)
		total = &p.kernel.shared
	}
	at := (*total + align - 1) / align * align
	if at+size > 1<<20 {
		return fmt.Errorf("%s does not fit into shared memory", name)
	}
	where[name] = variable{at, size}
	*total = at + size
	return nil
}

func (p *parser) statement(s string) error {
	switch {
	case s == "" || strings.HasPrefix(s, ".reg"):
		return nil
	case strings.HasPrefix(s, ".shared"):
		return p.variable(s, p.variables)
	case strings.HasPrefix(s, "."):
		return fmt.Errorf("%q is not known", s)
	}
	in := instruction{text: s, guard: -1}
	if rest, ok := strings.CutPrefix(s, "@"); ok {
		guard, after, _ := strings.Cut(rest, " ")
		if name, negated := strings.CutPrefix(guard, "!"); negated {
			guard, in.unless = name, true
		}
		in.guard = p.register(guard)
		s = strings.TrimSpace(after)
	}
	name, rest, _ := strings.Cut(strings.ReplaceAll(s, "\t", " "), " ")
	if err := p.build(&in, name, operands(rest)); err != nil {
		return fmt.Errorf("%s: %w", s, err)
	}
	p.kernel.code = append(p.kernel.code, in)
	return nil
}

// operands splits at commas outside brackets and braces.
func operands(s string) []string {
	var all []string
	depth, start := 0, 0
	for i, c := range s {
		switch c {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth == 0 {
				all, start = append(all, strings.TrimSpace(s[start:i])), i+1
			}
		}
	}
	if last := strings.TrimSpace(s[start:]); last != "" {
		all = append(all, last)
	}
	return all
}

// register is the number of a register; it gets one at its first use.
func (p *parser) register(name string) int {
	r, ok := p.registers[name]
	if !ok {
		r = len(p.kernel.initial)
		p.registers[name] = r
		p.kernel.initial = append(p.kernel.initial, 0)
		for _, known := range []string{"%tid", "%ntid", "%ctaid", "%nctaid"} {
			if at, ok := strings.CutPrefix(name, known); ok && (at == ".x" || at == ".y" || at == ".z") {
				p.kernel.special[name] = r
			}
		}
	}
	return r
}

// operand is the register of an operand: constants and addresses of variables have their own.
func (p *parser) operand(s string) (int, error) {
	if strings.HasPrefix(s, "%") {
		return p.register(s), nil
	}
	value, err := p.constant(s)
	if err != nil {
		return 0, err
	}
	r, ok := p.constants[value]
	if !ok {
		r = len(p.kernel.initial)
		p.constants[value] = r
		p.kernel.initial = append(p.kernel.initial, value)
	}
	return r, nil
}

func (p *parser) constant(s string) (uint64, error) {
	if v, ok := p.variables[s]; ok {
		return uint64(v.at), nil
	}
	if hex, ok := strings.CutPrefix(s, "0f"); ok {
		return strconv.ParseUint(hex, 16, 32)
	}
	if hex, ok := strings.CutPrefix(s, "0d"); ok {
		return strconv.ParseUint(hex, 16, 64)
	}
	if v, err := strconv.ParseInt(s, 0, 64); err == nil {
		return uint64(v), nil
	}
	v, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		return 0, fmt.Errorf("operand %q is not known", s)
	}
	return v, nil
}

// end resolves the jumps of a kernel and hands it over.
func (p *parser) end() error {
	k := p.kernel
	for at, label := range p.jumps {
		to, ok := p.labels[label]
		if !ok {
			return fmt.Errorf("kernel %s: no label %s", k.Name, label)
		}
		k.code[at].target = to
	}
	k.shared = max(k.shared, p.module.size)
	k.code = append(k.code, instruction{text: "ret", kind: exit, guard: -1})
	if p.module.kernels[k.Name] != nil {
		return fmt.Errorf("two kernels are named %s", k.Name)
	}
	p.module.kernels[k.Name] = k
	p.kernel = nil
	return nil
}

func bytesOf(kind string) int {
	switch strings.TrimPrefix(kind, ".") {
	case "u8", "s8", "b8":
		return 1
	case "u16", "s16", "b16":
		return 2
	case "u32", "s32", "b32", "f32":
		return 4
	case "u64", "s64", "b64", "f64":
		return 8
	}
	return 0
}

func f32(x uint64) float32     { return math.Float32frombits(uint32(x)) }
func f32bits(x float32) uint64 { return uint64(math.Float32bits(x)) }
func f64(x uint64) float64     { return math.Float64frombits(x) }
func f64bits(x float64) uint64 { return math.Float64bits(x) }
