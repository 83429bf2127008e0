package magic

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// inputs are the cells that were executed, for %history and %save.
type inputs struct {
	mu    sync.Mutex
	cells []input
	size  int
}

type input struct {
	number int
	source string
}

// Bounds of what is remembered; the front end's history has the rest.
const (
	mostInputs    = 10_000
	mostInputSize = 32 << 20
	hiddenNumbers = 1 << 30 // cells that the front end does not count are above
)

func (in *inputs) add(number int, source string) {
	if number <= 0 || number >= hiddenNumbers || strings.TrimSpace(source) == "" {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.cells = append(in.cells, input{number, source})
	in.size += len(source)
	for len(in.cells) > 1 && (len(in.cells) > mostInputs || in.size > mostInputSize) {
		in.size -= len(in.cells[0].source)
		in.cells = in.cells[1:]
	}
}

// last are the newest n cells, oldest first; all for 0.
func (in *inputs) last(n int) []input {
	in.mu.Lock()
	defer in.mu.Unlock()
	from := 0
	if n > 0 {
		from = max(len(in.cells)-n, 0)
	}
	return append([]input(nil), in.cells[from:]...)
}

// choose returns the cells that words like 3, 2-5 and 4: name, in their order; all for none.
func (in *inputs) choose(words []string) ([]input, error) {
	all := in.last(0)
	if len(words) == 0 {
		return all, nil
	}
	var out []input
	for _, word := range words {
		from, to, err := numberRange(word)
		if err != nil {
			return nil, err
		}
		before := len(out)
		for _, c := range all {
			if c.number >= from && c.number <= to {
				out = append(out, c)
			}
		}
		if len(out) == before {
			return nil, fmt.Errorf("magic: no cell %s was executed", word)
		}
	}
	return out, nil
}

// numberRange reads n, n-m (with m) and n- (to the last).
func numberRange(word string) (from, to int, err error) {
	first, last, isRange := strings.Cut(word, "-")
	from, err = strconv.Atoi(first)
	to = from
	if err == nil && isRange {
		to = hiddenNumbers
		if last != "" {
			to, err = strconv.Atoi(last)
		}
	}
	if err != nil || from < 1 || to < from {
		return 0, 0, fmt.Errorf("magic: %q is no number of cells: write 3, 2-5 or 4-", word)
	}
	return from, to, nil
}
