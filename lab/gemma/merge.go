package gemma

import "container/heap"

// pair is two neighbours, and merge what becomes of them; the smallest rank is joined first.
type (
	pair  struct{ left, right int32 }
	merge struct{ rank, id int32 }
)

// symbol is a piece of a word as it grows; left and right are the places of its neighbours, −1 for
// none. One that was joined to another has no bytes left.
type symbol struct {
	id          int32
	bytes       int
	left, right int
}

// candidate is a pair that may be joined: the symbol at place and the one on its right.
type candidate struct {
	merge
	place int
}

// queue is candidates, the smallest rank first, of equal ones the leftmost.
type queue []candidate

// Len, Less, Swap, Push and Pop are those of container/heap.
func (q queue) Len() int { return len(q) }

// Less compares ranks, then places.
func (q queue) Less(i, j int) bool {
	if q[i].rank != q[j].rank {
		return q[i].rank < q[j].rank
	}
	return q[i].place < q[j].place
}

// Swap swaps two.
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push appends a candidate.
func (q *queue) Push(x any) { *q = append(*q, x.(candidate)) }

// Pop takes the last.
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// join joins pairs until none is left that was learned. Symbols that were joined to another have
// no bytes. A text of n characters takes n·log n steps.
func (t *Tokenizer) join(list []symbol) {
	var q queue
	offer := func(place int) {
		if place < 0 || list[place].right < 0 {
			return
		}
		if m, ok := t.merges[pair{list[place].id, list[list[place].right].id}]; ok {
			heap.Push(&q, candidate{m, place})
		}
	}
	for i := range list {
		offer(i)
	}
	for len(q) > 0 {
		c := heap.Pop(&q).(candidate)
		s := &list[c.place]
		if s.bytes == 0 || s.right < 0 {
			continue
		}
		right := &list[s.right]
		if m, ok := t.merges[pair{s.id, right.id}]; !ok || m.id != c.id {
			continue // one of them has changed since
		}
		s.id, s.bytes, s.right = c.id, s.bytes+right.bytes, right.right
		right.bytes = 0
		if s.right >= 0 {
			list[s.right].left = c.place
		}
		offer(s.left)
		offer(c.place)
	}
}
