package bpe

import "container/heap"

// longWord is the number of bytes from which a heap beats a loop.
const longWord = 64

// encodeWord turns the bytes of one word into ids: one id per byte, the last marked as the end
// of the word, then merged by the learned rules.
func (v *vocabulary) encodeWord(dst []int, word string) []int {
	n := len(word)
	ids := make([]uint16, n, max(n, 16))
	for i := range n {
		ids[i] = v.byteID[word[i]]
	}
	ids[n-1] += 256 // the same byte, ending a word
	if n < longWord {
		ids = v.mergeShort(ids)
	} else {
		ids = v.mergeLong(ids)
	}
	for _, id := range ids {
		dst = append(dst, int(id))
	}
	return dst
}

// merge is byte-pair encoding as one says it: of all pairs side by side join the one whose
// rule was learned first, the leftmost if it occurs twice; repeat until no rule fits.
// It works in place and looks n² rules up for n symbols; it judges the two others.
//
// Source: Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword
// Units", section 3.2.
func (v *vocabulary) merge(ids []uint16) []uint16 {
	for {
		at, best := -1, uint16(0)
		for i := range len(ids) - 1 {
			id, ok := v.merged[pair{ids[i], ids[i+1]}]
			if ok && (at < 0 || id < best) {
				at, best = i, id
			}
		}
		if at < 0 {
			return ids
		}
		ids[at] = best
		ids = append(ids[:at+1], ids[at+2:]...)
	}
}

// mergeShort gives what merge gives for fewer than longWord symbols. It remembers what each
// pair becomes, so that a joint looks up two rules instead of all.
func (v *vocabulary) mergeShort(ids []uint16) []uint16 {
	var becomes [longWord]uint16 // what symbol i and the next become, or 0
	n := len(ids)
	for i := range n - 1 {
		becomes[i] = v.merged[pair{ids[i], ids[i+1]}]
	}
	for {
		at := -1
		for i, id := range becomes[:n-1] {
			if id != 0 && (at < 0 || id < becomes[at]) {
				at = i
			}
		}
		if at < 0 {
			return ids[:n]
		}
		ids[at] = becomes[at]
		copy(ids[at+1:n-1], ids[at+2:n])
		copy(becomes[at:n-2], becomes[at+1:n-1])
		n--
		if at > 0 {
			becomes[at-1] = v.merged[pair{ids[at-1], ids[at]}]
		}
		if at < n-1 {
			becomes[at] = v.merged[pair{ids[at], ids[at+1]}]
		}
	}
}

// mergeLong gives what merge gives in time n log n, so that a word of a megabyte is no trap.
// The symbols form a linked list; a heap holds the pairs that could be joined.
func (v *vocabulary) mergeLong(ids []uint16) []uint16 {
	n := len(ids)
	next, prev := make([]int, n), make([]int, n)
	for i := range n {
		next[i], prev[i] = i+1, i-1
	}
	var queue mergeQueue
	offer := func(i, j int) {
		if i < 0 || j >= n {
			return
		}
		if id, ok := v.merged[pair{ids[i], ids[j]}]; ok {
			heap.Push(&queue, merge{id: id, at: i, pair: pair{ids[i], ids[j]}})
		}
	}
	for i := range n - 1 {
		offer(i, i+1)
	}
	const joined = 0xFFFF // no id: the place has been joined to its left neighbour
	for len(queue) > 0 {
		m := heap.Pop(&queue).(merge)
		j := n
		if ids[m.at] != joined {
			j = next[m.at]
		}
		if j >= n || (pair{ids[m.at], ids[j]}) != m.pair {
			continue // one of the two has changed since
		}
		ids[m.at], ids[j] = m.id, joined
		next[m.at] = next[j]
		if next[j] < n {
			prev[next[j]] = m.at
		}
		offer(prev[m.at], m.at)
		offer(m.at, next[m.at])
	}
	out := ids[:0]
	for i := 0; i < n; i = next[i] {
		out = append(out, ids[i])
	}
	return out
}

// merge is one pair that could be joined.
type merge struct {
	id   uint16 // what it becomes, which is also the rank of its rule
	at   int    // place of its left symbol
	pair pair
}

// mergeQueue is a heap of merges: the earliest rule first, then the leftmost place.
type mergeQueue []merge

func (q mergeQueue) Len() int { return len(q) }
func (q mergeQueue) Less(i, j int) bool {
	return q[i].id < q[j].id || q[i].id == q[j].id && q[i].at < q[j].at
}
func (q mergeQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push is for container/heap.
func (q *mergeQueue) Push(x any) { *q = append(*q, x.(merge)) }

// Pop is for container/heap.
func (q *mergeQueue) Pop() any {
	old := *q
	m := old[len(old)-1]
	*q = old[:len(old)-1]
	return m
}
