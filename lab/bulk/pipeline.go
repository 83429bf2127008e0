package bulk

import (
	"context"
	"fmt"
	"runtime"

	"cliplab/lab/cores"
)

// slot is one item on its way: some goroutine prepares it, and whoever takes it from the line
// waits for that, so that items leave in the order in which they came.
type slot[T any] struct {
	item  Item
	ready T
	err   error
	done  chan struct{}
}

// prepared runs prepare on the items, several at a time, and gives them in their order. At most
// depth items are on their way, so that memory is bounded. The line ends early when ctx does.
func prepared[T any](ctx context.Context, items func(yield func(Item, error) bool), depth int,
	prepare func(Item) (T, error)) <-chan *slot[T] {
	line := make(chan *slot[T], depth)
	work := make(chan *slot[T], depth)
	for range max(cores.Count(), 1) {
		go func() {
			for s := range work {
				s.ready, s.err = guarded(prepare, s.item)
				close(s.done)
			}
		}()
	}
	go func() {
		defer close(line)
		defer close(work)
		for item, err := range items {
			s := &slot[T]{item: item, err: err, done: make(chan struct{})}
			select {
			case line <- s:
			case <-ctx.Done():
				return
			}
			if err != nil {
				close(s.done)
				continue
			}
			work <- s // has room: it holds no more than the line
		}
	}()
	return line
}

// guarded makes a panic of a decoder an error of its picture.
func guarded[T any](prepare func(Item) (T, error), item Item) (ready T, err error) {
	defer func() {
		if p := recover(); p != nil {
			if e, ok := p.(runtime.Error); ok {
				err = fmt.Errorf("panic: %w", e)
			} else {
				err = fmt.Errorf("panic: %v", p)
			}
		}
	}()
	return prepare(item)
}

// batches gathers what is ready into batches and hands them to encode, one batch after the
// other, while the next is prepared. bad gets what could not be prepared; an error without an
// item ends all.
func batches[T any](ctx context.Context, line <-chan *slot[T], size int,
	encode func(items []Item, ready []T) error, bad func(Item, error) error) error {
	var items []Item
	var ready []T
	flush := func() error {
		if len(items) == 0 {
			return nil
		}
		err := encode(items, ready)
		items, ready = items[:0], ready[:0]
		return err
	}
	for s := range line {
		<-s.done
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case s.err != nil && s.item.Name == "":
			if err := flush(); err != nil {
				return err
			}
			return s.err
		case s.err != nil:
			if err := bad(s.item, s.err); err != nil {
				return err
			}
			continue
		}
		items, ready = append(items, s.item), append(ready, s.ready)
		if len(items) == size {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return flush()
}
