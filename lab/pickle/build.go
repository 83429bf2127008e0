package pickle

import "fmt"

// container makes and fills lists, tuples and dicts.
func (m *machine) container(op byte) error {
	switch op {
	case opEmptyList:
		return m.push(&List{}, nil)
	case opEmptyTuple:
		return m.push(Tuple{}, nil)
	case opEmptyDict:
		return m.push(&Dict{}, nil)
	case opTuple1, opTuple2, opTuple3:
		return m.tuple(int(op) - opTuple1 + 1)
	case opAppend:
		v, err := m.pop()
		if err != nil {
			return err
		}
		return m.extend([]any{v})
	case opSetItem:
		v, err := m.pop()
		if err != nil {
			return err
		}
		k, err := m.pop()
		if err != nil {
			return err
		}
		return m.set([]any{k, v})
	}
	items, err := m.sinceMark()
	if err != nil {
		return err
	}
	switch op {
	case opList:
		return m.push(&List{items}, nil)
	case opTuple:
		return m.push(Tuple(items), nil)
	case opAppends:
		return m.extend(items)
	case opDict:
		if err := m.push(&Dict{}, nil); err != nil {
			return err
		}
	}
	return m.set(items)
}

func (m *machine) tuple(n int) error {
	t := make(Tuple, n)
	for i := n - 1; i >= 0; i-- {
		v, err := m.pop()
		if err != nil {
			return err
		}
		t[i] = v
	}
	return m.push(t, nil)
}

// extend adds to the list on top of the stack.
func (m *machine) extend(items []any) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	list, ok := v.(*List)
	if !ok {
		return fmt.Errorf("%T is no list that can be added to", v)
	}
	list.Items = append(list.Items, items...)
	return nil
}

// set puts keys and values, in turn, into the dict on top of the stack.
func (m *machine) set(items []any) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	dict, ok := v.(*Dict)
	if !ok || len(items)%2 != 0 {
		return fmt.Errorf("%d keys and values for %T", len(items), v)
	}
	for i := 0; i < len(items); i += 2 {
		switch items[i].(type) {
		case string, int64, float64, bool, nil, Tuple:
		default:
			return fmt.Errorf("%T as the key of a dict", items[i])
		}
		dict.Keys = append(dict.Keys, items[i])
		dict.Values = append(dict.Values, items[i+1])
	}
	return nil
}

// object names, makes and completes what is not a plain value.
func (m *machine) object(op byte) error {
	switch op {
	case opGlobal:
		return m.global()
	case opStackGlobal:
		args, err := m.popStrings()
		if err != nil {
			return err
		}
		g := global{args[0], args[1]}
		return m.push(g, g.check())
	}
	arg, err := m.pop()
	if err != nil {
		return err
	}
	if op == opBinPersID {
		return m.push(m.persistent(arg))
	}
	if op == opBuild {
		return m.build(arg)
	}
	on, err := m.pop()
	if err != nil {
		return err
	}
	g, isGlobal := on.(global)
	args, isTuple := arg.(Tuple)
	if !isGlobal || !isTuple {
		return fmt.Errorf("%T is called with %T", on, arg)
	}
	if g.isScript() {
		return m.push(&Object{Class: g.String()}, nil)
	}
	return m.push(g.call(args))
}

func (m *machine) global() error {
	module, err := m.line()
	if err != nil {
		return err
	}
	name, err := m.line()
	if err != nil {
		return err
	}
	g := global{module, name}
	return m.push(g, g.check())
}

func (m *machine) popStrings() (s [2]string, err error) {
	for i := 1; i >= 0; i-- {
		v, err := m.pop()
		if err != nil {
			return s, err
		}
		text, ok := v.(string)
		if !ok {
			return s, fmt.Errorf("a class is named by %T", v)
		}
		s[i] = text
	}
	return s, nil
}

// build gives an object its attributes. A dict may carry attributes too, as a state dict has
// _metadata: those are left out.
func (m *machine) build(state any) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case *Object:
		return v.setState(state)
	case *Dict:
		return nil
	}
	return fmt.Errorf("%T is given a state", v)
}
