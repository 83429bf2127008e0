package bench

import (
	"context"
	"math"
	"slices"
)

// Turns are what one side took, seconds a run.
type Turns struct {
	CPU  []float64 `json:"cpu"`  // of one thread, turn by turn
	Wall []float64 `json:"wall"` // by the clock on all cores
	Peak int64     `json:"peak"` // most resident bytes of the process
	Rest int64     `json:"rest"` // of steps: of them before there was work
	Made int64     `json:"made"` // of steps in Go: the least bytes a run allocated on the heap
}

// pair measures two sides in turns.
type pair struct {
	ours, peer side
	turns      int
}

// side is a worker and which of its variants.
type side struct {
	*worker
	variant string
}

// String names the library, its version, and the variant if there are several.
func (s side) String() string {
	if s.variant == "" {
		return s.Info.Name
	}
	return s.Info.Name + ", " + s.variant
}

func (s side) prepare(c Case, threads int) error {
	_, err := s.ask(Request{Do: "prepare", Case: &c, Variant: s.variant, Threads: threads})
	return err
}

// turnSeconds is how long a turn is at least: short runs are done several times.
const (
	turnSeconds = 0.15
	mostTimes   = 200
)

// times is how many runs make a turn.
func (s side) times() (int, error) {
	for range 2 { // the first run grows scratch
		r, err := s.ask(Request{Do: "run", Times: 1})
		if err != nil {
			return 0, err
		}
		if r.CPU >= turnSeconds/2 {
			return 1, nil
		}
	}
	r, err := s.ask(Request{Do: "run", Times: 3})
	if err != nil {
		return 0, err
	}
	return min(mostTimes, int(math.Ceil(turnSeconds/max(1e-6, r.CPU/3)))), nil
}

// run takes turns, one thread: the seconds of CPU of each.
func (p pair) run(ctx context.Context, c Case, threads int) (ours, peer Turns, err error) {
	sides := []side{p.ours, p.peer}
	turns := []*Turns{&ours, &peer}
	var times [2]int
	for i, s := range sides {
		if s.worker == nil {
			continue
		}
		if err := s.prepare(c, threads); err != nil {
			return ours, peer, err
		}
		if times[i], err = s.times(); err != nil {
			return ours, peer, err
		}
	}
	for range p.turns {
		for i, s := range sides {
			if s.worker == nil {
				continue
			}
			if err := ctx.Err(); err != nil {
				return ours, peer, err
			}
			r, err := s.ask(Request{Do: "run", Times: times[i]})
			if err != nil {
				return ours, peer, err
			}
			n := float64(times[i])
			turns[i].CPU = append(turns[i].CPU, r.CPU/n)
			turns[i].Wall = append(turns[i].Wall, r.Seconds/n)
			turns[i].Peak = max(turns[i].Peak, r.Peak)
		}
	}
	return ours, peer, nil
}

// trial is the least CPU time of a run, in three turns or what a second is enough for.
func (s side) trial(c Case, threads int) (float64, error) {
	if err := s.prepare(c, threads); err != nil {
		return 0, err
	}
	n, err := s.times()
	if err != nil {
		return 0, err
	}
	shortest, sum := math.Inf(1), 0.0
	for turn := 0; turn < 3 && sum < 1; turn++ {
		r, err := s.ask(Request{Do: "run", Times: n})
		if err != nil {
			return 0, err
		}
		sum += r.CPU
		shortest = min(shortest, r.CPU/float64(n))
	}
	return shortest, nil
}

// median of some numbers; 0 of none.
func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(x))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// ratios are of the peer's time over ours, turn by turn: what moves a neighbour in between moves
// both. The median, and the quarters below and above it.
func ratios(ours, peer []float64) (low, middle, high float64) {
	var r []float64
	for i := range min(len(ours), len(peer)) {
		r = append(r, peer[i]/ours[i])
	}
	if len(r) == 0 {
		return 0, 0, 0
	}
	slices.Sort(r)
	return r[len(r)/4], median(r), r[(3*len(r)-1)/4]
}

// cosine of two arrays of numbers, over all rows together; 0 when lengths differ.
func cosine(a, b []float32) float64 {
	if len(a) != len(b) {
		return 0
	}
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}
