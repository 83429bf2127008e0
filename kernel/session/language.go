package session

import (
	"fmt"
	"go/token"
	"go/types"
)

// ofTheLanguage says what a keyword or a predeclared name is, in a declaration and a sentence.
func ofTheLanguage(word string) (code, sentence string) {
	if about, ok := predeclared[word]; ok {
		return about[0], about[1]
	}
	if token.IsKeyword(word) {
		return "keyword " + word, keywords[word]
	}
	switch obj := types.Universe.Lookup(word).(type) {
	case *types.TypeName:
		return "type " + word, sizeOf(obj.Type())
	case *types.Const:
		return fmt.Sprintf("const %s %s", word, obj.Type()), ""
	}
	return word, ""
}

// sizeOf describes a basic type.
func sizeOf(t types.Type) string {
	basic, ok := t.Underlying().(*types.Basic)
	if !ok {
		return ""
	}
	bits := 8 * types.SizesFor("gc", "amd64").Sizeof(t)
	kind := "floating-point numbers"
	switch {
	case basic.Info()&types.IsUnsigned != 0:
		kind = "integers from 0 up"
	case basic.Info()&types.IsInteger != 0:
		kind = "integers with a sign"
	case basic.Info()&types.IsComplex != 0:
		kind = "complex numbers"
	}
	return fmt.Sprintf("%s holds %s of %d bits.", t, kind, bits)
}

var predeclared = map[string][2]string{
	"append": {"func append(slice []T, elems ...T) []T",
		"Append returns slice with elems added at its end, in new memory where the old is full; " +
			"keep the result: s = append(s, x)."},
	"cap": {"func cap(v T) int", "Cap is how many elements v has room for without new memory."},
	"clear": {"func clear(t T)",
		"Clear deletes all entries of a map, or sets all elements of a slice to zero."},
	"close": {"func close(c chan<- T)",
		"Close says that nothing more is sent on c: receivers get what is left, then zero values."},
	"complex": {"func complex(r, i Float) Complex", "Complex makes a complex number of two floats."},
	"copy": {"func copy(dst, src []T) int",
		"Copy copies elements, as many as the shorter slice has, and returns how many."},
	"delete": {"func delete(m map[K]V, key K)",
		"Delete removes the entry of key from m, if there is one."},
	"imag": {"func imag(c Complex) Float", "Imag is the imaginary part of c."},
	"len": {"func len(v T) int",
		"Len is the number of bytes of a string, of elements of an array, slice or channel, " +
			"of entries of a map."},
	"make": {"func make(t Type, size ...int) Type",
		"Make makes a slice of a length and maybe a capacity, a map, or a channel with a buffer."},
	"max": {"func max(x T, y ...T) T", "Max is the largest of its arguments."},
	"min": {"func min(x T, y ...T) T", "Min is the smallest of its arguments."},
	"new": {"func new(x) *T", "New returns a pointer to a new variable: the zero value of a type, " +
		"or the value of an expression."},
	"panic": {"func panic(v any)",
		"Panic ends the function and its callers, deferred calls run, until one recovers."},
	"print": {"func print(args ...T)",
		"Print writes its arguments to standard error, for debugging."},
	"println": {"func println(args ...T)",
		"Println writes its arguments to standard error, for debugging."},
	"real": {"func real(c Complex) Float", "Real is the real part of c."},
	"recover": {"func recover() any",
		"Recover stops a panic when a deferred function calls it, and returns the panic's value."},

	"any":  {"type any = interface{}", "Any is the type that holds values of every type."},
	"bool": {"type bool", "Bool is true or false."},
	"byte": {"type byte = uint8", "Byte is another name of uint8, for raw data."},
	"comparable": {"type comparable interface{ comparable }",
		"Comparable is the constraint of types with ==."},
	"error": {"type error interface {\n\tError() string\n}",
		"Error is what can go wrong; nil means that nothing did."},
	"false": {"const false untyped bool", "False is one of the two values of bool."},
	"iota": {"const iota untyped int",
		"Iota counts the lines of a const group, from 0."},
	"nil": {"var nil T",
		"Nil is the zero value of pointers, slices, maps, channels, functions and " +
			"interfaces."},
	"rune": {"type rune = int32", "Rune is another name of int32, for characters."},
	"string": {"type string",
		"String is a sequence of bytes that never changes, most often UTF-8 text."},
	"true": {"const true untyped bool", "True is one of the two values of bool."},
}

var keywords = map[string]string{
	"break":    "Break leaves the innermost for, switch or select, or the one with a label.",
	"case":     "Case begins a branch of switch or select.",
	"chan":     "Chan makes the type of a channel: chan T, <-chan T to receive, chan<- T to send.",
	"const":    "Const declares names for values that are known before the program runs.",
	"continue": "Continue starts the next round of the innermost for, or of the one with a label.",
	"default":  "Default begins the branch of switch or select that runs when no other does.",
	"defer": "Defer calls a function when the surrounding function returns, the " +
		"last deferred first.",
	"else":        "Else begins what runs when the condition of if is false.",
	"fallthrough": "Fallthrough goes on with the next branch of a switch.",
	"for":         "For is the loop: for cond {}, for init; cond; post {}, for i, x := range xs {}.",
	"func":        "Func declares a function or method, or makes a function value.",
	"go":          "Go calls a function in a new goroutine and does not wait for it.",
	"goto":        "Goto jumps to a label of the same function.",
	"if":          "If runs a block when its condition is true: if x := f(); x > 0 {}.",
	"import":      "Import makes the exported names of a package known: import \"fmt\".",
	"interface":   "Interface makes a type of all types that have its methods.",
	"map":         "Map makes a type of keys and values: map[K]V.",
	"package":     "Package names the package of a file; a cell needs none.",
	"range":       "Range goes over a slice, string, map, channel, integer or iterator function.",
	"return":      "Return ends a function with its results.",
	"select":      "Select waits until one of several channel operations can proceed.",
	"struct":      "Struct makes a type of named fields.",
	"switch":      "Switch runs the first branch that matches a value or, with x.(type), a type.",
	"type":        "Type declares a type.",
	"var":         "Var declares variables.",
}
