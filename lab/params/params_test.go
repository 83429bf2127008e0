package params_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"cliplab/lab/params"
	"cliplab/lab/tensor"
)

var errGone = errors.New("gone")

// unread is a set of a [2, 3] and a number b, of which nothing is in memory; reads counts.
func unread(reads *int, gone *bool) *params.Set {
	source := func(shape ...int) params.Source {
		return params.Source{Shape: shape, Read: func(dst []float32, from int) error {
			*reads++
			if *gone {
				return errGone
			}
			for i := range dst {
				dst[i] = float32(from + i)
			}
			return nil
		}}
	}
	return params.In(map[string]params.Source{"a": source(2, 3), "b": source()})
}

func TestSet(t *testing.T) {
	var reads int
	var gone bool
	s := unread(&reads, &gone)
	if names := s.Names(); !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("names %q", names)
	}
	if s.Shape("b") == nil || s.Shape("c") != nil || !slices.Equal(s.Shape("a"), []int{2, 3}) {
		t.Errorf("shapes %v, %v, %v", s.Shape("a"), s.Shape("b"), s.Shape("c"))
	}
	var buf []float32
	part, err := s.Part(&buf, "a", 2, 3)
	if err != nil || !slices.Equal(part, []float32{2, 3, 4}) || &buf[0] != &part[0] {
		t.Errorf("part %v, %v", part, err)
	}
	if lent, err := s.Lend("a"); err != nil || lent.Data[5] != 5 {
		t.Errorf("lent %v, %v", lent, err)
	}
	if reads != 2 || s.Whole() {
		t.Errorf("%d reads, whole %v", reads, s.Whole())
	}
	mark := s.Mark(0)
	a, err := s.Get("a")
	if err != nil || a.Data[5] != 5 {
		t.Fatalf("a is %v, %v", a, err)
	}
	if again, _ := s.Get("a"); again != a || reads != 3 {
		t.Errorf("read again: %d reads", reads)
	}
	a.Data[3] = 30
	if part, _ = s.Part(&buf, "a", 3, 1); part[0] != 30 || &part[0] != &a.Data[3] {
		t.Errorf("a changed value is %v", part)
	}
	all, err := s.All()
	if err != nil || len(all) != 2 || all["a"] != a || !s.Whole() {
		t.Errorf("all are %v, %v", all, err)
	}
	if s.Mark(0) != mark {
		t.Error("to read changes the mark")
	}
	all["a"] = tensor.New(2, 3)
	if s.Mark(0) == mark {
		t.Error("another tensor does not change the mark")
	}
	mark = s.Mark(100)
	all["a"].Data[1]++
	if s.Mark(100) == mark {
		t.Error("another value does not change the mark of a small set")
	}
	if c, err := s.Get("c"); c != nil || err != nil {
		t.Errorf("c is %v, %v", c, err)
	}
	if _, err := s.Part(&buf, "c", 0, 1); err == nil ||
		!strings.Contains(err.Error(), "c is missing") {
		t.Errorf("a part of what is not there: %v", err)
	}
}

func TestGone(t *testing.T) {
	var reads int
	gone := true
	s := unread(&reads, &gone)
	_, one := s.Get("a")
	_, all := s.All()
	_, lent := s.Lend("b")
	_, part := s.Part(new([]float32), "a", 0, 1)
	for _, err := range []error{one, all, lent, part} {
		if !errors.Is(err, errGone) {
			t.Errorf("error %v", err)
		}
	}
	gone = false
	if a, err := s.Get("a"); err != nil || a.Data[5] != 5 {
		t.Errorf("when it is back: %v, %v", a, err)
	}
}

// TestPut: what is put is what the set has; its source is not read.
func TestPut(t *testing.T) {
	reads, gone := 0, false
	s := unread(&reads, &gone)
	before := s.Mark(100)
	s.Put("b", tensor.From([]float32{5, 6}, 2))
	got, err := s.Get("b")
	if err != nil || got.Data[1] != 6 || reads != 0 || !slices.Equal(s.Shape("b"), []int{2}) {
		t.Errorf("%v, %v after %d reads", got, err, reads)
	}
	if s.Mark(100) == before {
		t.Error("the mark has not changed")
	}
	if names := s.Names(); !slices.Equal(names, slices.Compact(slices.Clone(names))) {
		t.Errorf("names %q: one that was read stands there twice", names)
	}
}
