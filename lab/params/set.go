package params

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"cliplab/lab/tensor"
)

// Set is the parameters of a model. Several goroutines may use one, but not while the map that
// All gave is written to.
type Set struct {
	mu   sync.RWMutex
	held map[string]*tensor.Tensor // in memory
	far  map[string]Source         // not read yet; none of these is held
	read map[string]*float32       // the first value of what was read here, as it was
}

// Source is where a parameter is until it is looked at.
type Source struct {
	Shape []int
	// Read reads len(dst) values, row-major, from place from on. Several goroutines may call it.
	Read func(dst []float32, from int) error
}

// Of are parameters in memory. The set keeps the map, and sees what is changed in it.
func Of(held map[string]*tensor.Tensor) *Set { return &Set{held: held} }

// In are parameters that are read when they are looked at.
func In(far map[string]Source) *Set {
	return &Set{held: map[string]*tensor.Tensor{}, far: far, read: map[string]*float32{}}
}

// Names lists the parameters in alphabetical order.
func (s *Set) Names() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	// One that was read is in both.
	return slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for name := range s.held {
			if !yield(name) {
				return
			}
		}
		for name := range s.far {
			if !yield(name) {
				return
			}
		}
	}))
}

// Shape is the shape of a parameter, nil when there is none of that name.
func (s *Set) Shape(name string) []int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if t := s.held[name]; t != nil {
		return append([]int{}, t.Shape...) // that of one number is not nil
	}
	if f, ok := s.far[name]; ok {
		return append([]int{}, f.Shape...)
	}
	return nil
}

// Shapes are tensors without values, for who only counts and compares.
func (s *Set) Shapes() map[string]*tensor.Tensor {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := maps.Clone(s.held)
	for name, f := range s.far {
		all[name] = &tensor.Tensor{Shape: f.Shape}
	}
	return all
}

// Get is one parameter, nil when there is none of that name. From now on it stays in memory.
func (s *Set) Get(name string) (*tensor.Tensor, error) {
	s.mu.RLock()
	t := s.held[name]
	s.mu.RUnlock()
	if t != nil {
		return t, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.get(name)
}

// get is Get of who has the lock.
func (s *Set) get(name string) (*tensor.Tensor, error) {
	from, ok := s.far[name]
	if t := s.held[name]; t != nil || !ok {
		return t, nil
	}
	t := tensor.New(from.Shape...)
	if err := from.Read(t.Data, 0); err != nil {
		return nil, err
	}
	s.held[name] = t
	if len(t.Data) > 0 {
		s.read[name] = &t.Data[0]
	}
	delete(s.far, name)
	return t, nil
}

// All is all parameters by name, in memory from now on. What is replaced in the map or changed in
// its tensors is what the set has.
func (s *Set) All() (map[string]*tensor.Tensor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(s.far)) {
		if _, err := s.get(name); err != nil {
			return nil, err
		}
	}
	return s.held, nil
}

// Put replaces a parameter, or adds one, in memory.
func (s *Set) Put(name string, t *tensor.Tensor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[name] = t
	delete(s.far, name)
}

// Part lends n values of a parameter from place from on, not to be changed: where they are in
// memory, or read into *buf, which grows to them.
func (s *Set) Part(buf *[]float32, name string, from, n int) ([]float32, error) {
	s.mu.RLock()
	t, source := s.held[name], s.far[name]
	s.mu.RUnlock()
	switch {
	case t != nil:
		return t.Data[from : from+n], nil
	case source.Read == nil:
		return nil, fmt.Errorf("params: parameter %s is missing", name)
	}
	if cap(*buf) < n {
		*buf = make([]float32, n)
	}
	part := (*buf)[:n]
	return part, source.Read(part, from)
}

// Lend is one parameter for a while: in memory already, or read and not kept; nil when there is
// none of that name.
func (s *Set) Lend(name string) (*tensor.Tensor, error) {
	s.mu.RLock()
	t, source := s.held[name], s.far[name]
	s.mu.RUnlock()
	if t != nil || source.Read == nil {
		return t, nil
	}
	t = tensor.New(source.Shape...)
	return t, source.Read(t.Data, 0)
}

// Whole tells whether all parameters are in memory.
func (s *Set) Whole() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.far) == 0
}
