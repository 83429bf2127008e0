package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
)

// Opcodes, by pickletools.py.
const (
	opMark, opStop, opPop, opPopMark, opDup  = '(', '.', '0', '1', '2'
	opNone, opInt, opLong, opFloat           = 'N', 'I', 'L', 'F'
	opBinInt, opBinInt1, opBinInt2           = 'J', 'K', 'M'
	opBinFloat, opUnicode, opBinUnicode      = 'G', 'V', 'X'
	opBinString, opShortBinString            = 'T', 'U'
	opBinBytes, opShortBinBytes              = 'B', 'C'
	opEmptyList, opAppend, opAppends, opList = ']', 'a', 'e', 'l'
	opEmptyTuple, opTuple                    = ')', 't'
	opEmptyDict, opDict, opSetItem, opSetAll = '}', 'd', 's', 'u'
	opGet, opBinGet, opLongBinGet            = 'g', 'h', 'j'
	opPut, opBinPut, opLongBinPut            = 'p', 'q', 'r'
	opGlobal, opReduce, opBuild, opBinPersID = 'c', 'R', 'b', 'Q'
)

const (
	opProto, opNewObj = 0x80, 0x81
	opTuple1, opTuple2, opTuple3,
	opNewTrue, opNewFalse, opLong1, opLong4 = 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b
	opShortBinUnicode, opBinUnicode8, opBinBytes8 = 0x8c, 0x8d, 0x8e
	opStackGlobal, opMemoize, opFrame             = 0x93, 0x94, 0x95
)

// mark is a place on the stack.
type mark struct{}

// machine runs a program. persistent turns what the program says of a storage into one.
type machine struct {
	program    []byte
	at         int
	stack      []any
	memo       map[int]any
	persistent func(id any) (any, error)
}

// run gives what the program leaves on the stack.
func run(program []byte, persistent func(id any) (any, error)) (any, error) {
	m := &machine{program: program, memo: map[int]any{}, persistent: persistent}
	for {
		begin := m.at
		op, err := m.take(1)
		if err != nil {
			return nil, err
		}
		if op[0] == opStop {
			return m.pop()
		}
		if err := m.step(op[0]); err != nil {
			return nil, fmt.Errorf("at byte %d of the pickle: %w", begin, err)
		}
	}
}

func (m *machine) step(op byte) error {
	switch op {
	case opProto:
		_, err := m.take(1)
		return err
	case opFrame:
		_, err := m.take(8)
		return err
	case opMark:
		return m.push(mark{}, nil)
	case opPop:
		_, err := m.pop()
		return err
	case opPopMark:
		_, err := m.sinceMark()
		return err
	case opDup:
		v, err := m.top()
		return m.push(v, err)
	case opNone:
		return m.push(nil, nil)
	case opNewTrue, opNewFalse:
		return m.push(op == opNewTrue, nil)
	case opGet, opBinGet, opLongBinGet, opPut, opBinPut, opLongBinPut, opMemoize:
		return m.remember(op)
	case opGlobal, opStackGlobal, opReduce, opBuild, opBinPersID, opNewObj:
		return m.object(op)
	case opEmptyList, opAppend, opAppends, opList, opEmptyTuple, opTuple, opTuple1, opTuple2,
		opTuple3, opEmptyDict, opDict, opSetItem, opSetAll:
		return m.container(op)
	}
	return m.literal(op)
}

// literal reads a number or a text.
func (m *machine) literal(op byte) error {
	switch op {
	case opInt, opLong, opFloat, opUnicode:
		line, err := m.line()
		if err != nil {
			return err
		}
		return m.push(parse(op, line))
	case opBinInt:
		n, err := m.number(4)
		return m.push(int64(int32(n)), err)
	case opBinInt1:
		n, err := m.number(1)
		return m.push(int64(n), err)
	case opBinInt2:
		n, err := m.number(2)
		return m.push(int64(n), err)
	case opLong1:
		return m.long(1)
	case opLong4:
		return m.long(4)
	case opBinFloat:
		b, err := m.take(8)
		if err != nil {
			return err
		}
		return m.push(math.Float64frombits(binary.BigEndian.Uint64(b)), nil)
	case opShortBinUnicode, opShortBinString:
		b, err := m.counted(1)
		return m.push(string(b), err)
	case opBinUnicode, opBinString:
		b, err := m.counted(4)
		return m.push(string(b), err)
	case opBinUnicode8:
		b, err := m.counted(8)
		return m.push(string(b), err)
	case opShortBinBytes:
		b, err := m.counted(1)
		return m.push(b, err)
	case opBinBytes:
		b, err := m.counted(4)
		return m.push(b, err)
	case opBinBytes8:
		b, err := m.counted(8)
		return m.push(b, err)
	}
	return fmt.Errorf("opcode %#02x is not one that checkpoints have", op)
}

// parse reads a literal of protocol 0.
func parse(op byte, line string) (any, error) {
	switch op {
	case opFloat:
		return strconv.ParseFloat(line, 64)
	case opUnicode:
		return line, nil
	case opLong:
		line, _ = cutLong(line)
	}
	switch line {
	case "00":
		return false, nil
	case "01":
		return true, nil
	}
	return strconv.ParseInt(line, 10, 64)
}

func cutLong(line string) (string, bool) {
	if n := len(line); n > 0 && line[n-1] == 'L' {
		return line[:n-1], true
	}
	return line, false
}

// long reads a whole number of some bytes, little-endian, in two's complement.
func (m *machine) long(prefix int) error {
	b, err := m.counted(prefix)
	if err != nil {
		return err
	}
	if len(b) > 8 {
		return fmt.Errorf("a number of %d bytes", len(b))
	}
	var n int64
	for i := len(b) - 1; i >= 0; i-- {
		n = n<<8 | int64(b[i])
	}
	if k := len(b); k > 0 && k < 8 && b[k-1] >= 0x80 {
		n -= 1 << (8 * k)
	}
	return m.push(n, nil)
}

// remember puts the top of the stack into the memo, or what is there onto the stack.
func (m *machine) remember(op byte) error {
	var key uint64
	var err error
	switch op {
	case opGet, opPut:
		var line string
		if line, err = m.line(); err == nil {
			key, err = strconv.ParseUint(line, 10, 31)
		}
	case opBinGet, opBinPut:
		key, err = m.number(1)
	case opLongBinGet, opLongBinPut:
		key, err = m.number(4)
	case opMemoize:
		key = uint64(len(m.memo))
	}
	if err != nil {
		return err
	}
	switch op {
	case opGet, opBinGet, opLongBinGet:
		v, ok := m.memo[int(key)]
		if !ok {
			return fmt.Errorf("memo %d was never filled", key)
		}
		return m.push(v, nil)
	}
	v, err := m.top()
	if err == nil && len(m.memo) >= maxStack {
		err = fmt.Errorf("there are more than %d values in the memo", maxStack)
	}
	if err == nil {
		m.memo[int(key)] = v
	}
	return err
}

// maxStack bounds the stack and the memo: a byte of a program may fill sixteen of them.
const maxStack = 1 << 20

func (m *machine) push(v any, err error) error {
	if err == nil && len(m.stack) >= maxStack {
		err = fmt.Errorf("there are more than %d values on the stack", maxStack)
	}
	if err == nil {
		m.stack = append(m.stack, v)
	}
	return err
}

func (m *machine) top() (any, error) {
	if len(m.stack) == 0 {
		return nil, fmt.Errorf("the stack is empty")
	}
	return m.stack[len(m.stack)-1], nil
}

func (m *machine) pop() (any, error) {
	v, err := m.top()
	if err != nil {
		return nil, err
	}
	if _, bad := v.(mark); bad {
		return nil, fmt.Errorf("a mark stands where a value is wanted")
	}
	m.stack = m.stack[:len(m.stack)-1]
	return v, nil
}

// sinceMark takes what lies above the last mark, and the mark.
func (m *machine) sinceMark() ([]any, error) {
	for i := len(m.stack) - 1; i >= 0; i-- {
		if _, ok := m.stack[i].(mark); ok {
			items := append([]any{}, m.stack[i+1:]...)
			m.stack = m.stack[:i]
			return items, nil
		}
	}
	return nil, fmt.Errorf("there is no mark on the stack")
}

func (m *machine) take(n int) ([]byte, error) {
	if n < 0 || n > len(m.program)-m.at {
		return nil, fmt.Errorf("the pickle ends too early, at byte %d", len(m.program))
	}
	m.at += n
	return m.program[m.at-n : m.at], nil
}

// number is an unsigned number of some bytes, little-endian.
func (m *machine) number(size int) (uint64, error) {
	b, err := m.take(size)
	var n uint64
	for i := len(b) - 1; i >= 0; i-- {
		n = n<<8 | uint64(b[i])
	}
	return n, err
}

// counted is as many bytes as the number before them says.
func (m *machine) counted(prefix int) ([]byte, error) {
	n, err := m.number(prefix)
	if err != nil {
		return nil, err
	}
	if n > uint64(len(m.program)-m.at) {
		return nil, fmt.Errorf("a text of %d bytes, the pickle has %d more", n, len(m.program)-m.at)
	}
	return m.take(int(n))
}

func (m *machine) line() (string, error) {
	for i := m.at; i < len(m.program); i++ {
		if m.program[i] == '\n' {
			line := string(m.program[m.at:i])
			m.at = i + 1
			return line, nil
		}
	}
	return "", fmt.Errorf("a line of the pickle does not end")
}
