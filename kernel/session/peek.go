package session

import (
	"fmt"
	"go/types"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of a short value.
const (
	peekDepth = 3
	peekItems = 8
	peekRunes = 200
)

// valueOf is the short value of a variable of the session, empty for one of anything else.
func (s *Session) valueOf(v *types.Var) (text string) {
	b := s.names[v.Name()]
	if b == nil || b.obj != v || b.storage == nil {
		return ""
	}
	defer func() {
		if recover() != nil {
			text = ""
		}
	}()
	p := peek{busy: s.running}
	p.value(s.engine.Var(b.storage), 0)
	text = p.b.String()
	if utf8.RuneCountInString(text) > peekRunes {
		text = string([]rune(text)[:peekRunes]) + " …"
	}
	return text
}

// peek writes a value without running any code of it. Cells may be changing it: maps are never
// walked, since the runtime ends the process that reads one while it is written, and as long as
// a cell runs nothing is read that takes two reads.
type peek struct {
	b    strings.Builder
	busy bool
}

func (p *peek) value(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Bool:
		fmt.Fprint(&p.b, v.Bool())
		return
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if v.Type() == reflect.TypeFor[time.Duration]() {
			fmt.Fprint(&p.b, time.Duration(v.Int()))
			return
		}
		fmt.Fprint(&p.b, v.Int())
		return
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Uintptr:
		fmt.Fprint(&p.b, v.Uint())
		return
	case reflect.Float32:
		p.b.WriteString(strconv.FormatFloat(v.Float(), 'g', -1, 32))
		return
	case reflect.Float64:
		fmt.Fprint(&p.b, v.Float())
		return
	}
	if p.busy || p.b.Len() > 4*peekRunes {
		p.b.WriteString("…")
		return
	}
	p.compound(v, depth)
}

// compound writes what is no number.
func (p *peek) compound(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Complex64, reflect.Complex128:
		fmt.Fprint(&p.b, v.Complex())
	case reflect.String:
		text := v.String()
		if len(text) > 4*peekRunes {
			text = text[:4*peekRunes]
		}
		p.b.WriteString(strconv.Quote(text))
	case reflect.Map, reflect.Slice, reflect.Pointer, reflect.Interface, reflect.Func,
		reflect.Chan, reflect.UnsafePointer:
		if v.IsNil() {
			p.b.WriteString("nil")
			return
		}
		p.reference(v, depth)
	case reflect.Array:
		p.items(v, depth)
	case reflect.Struct:
		p.fields(v, depth)
	}
}

// reference writes what refers to something.
func (p *peek) reference(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Map:
		fmt.Fprintf(&p.b, "map of %d", v.Len())
	case reflect.Slice:
		p.items(v, depth)
	case reflect.Pointer:
		p.b.WriteByte('&')
		if depth >= peekDepth {
			p.b.WriteString("…")
			return
		}
		p.value(v.Elem(), depth+1)
	case reflect.Interface:
		p.value(v.Elem(), depth)
	case reflect.Func:
		p.b.WriteString("func")
	case reflect.Chan:
		fmt.Fprintf(&p.b, "chan with %d of %d", v.Len(), v.Cap())
	default:
		p.b.WriteString("pointer")
	}
}

func (p *peek) items(v reflect.Value, depth int) {
	p.b.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			p.b.WriteByte(' ')
		}
		if i == peekItems || depth >= peekDepth {
			fmt.Fprintf(&p.b, "… %d in all", v.Len())
			break
		}
		p.value(v.Index(i), depth+1)
	}
	p.b.WriteByte(']')
}

func (p *peek) fields(v reflect.Value, depth int) {
	if v.Type() == reflect.TypeFor[time.Time]() && v.CanInterface() {
		p.b.WriteString(v.Interface().(time.Time).Format(time.RFC3339))
		return
	}
	p.b.WriteByte('{')
	for i := range v.NumField() {
		if i > 0 {
			p.b.WriteByte(' ')
		}
		if i == peekItems || depth >= peekDepth {
			p.b.WriteString("…")
			break
		}
		p.b.WriteString(v.Type().Field(i).Name + ": ")
		p.value(v.Field(i), depth+1)
	}
	p.b.WriteByte('}')
}
