package bench

import (
	"fmt"
	"math"
	"time"
)

// stepping measures steps of training beside one peer: on two threads by the clock, and on one by
// its CPU time. Both sides are processes of their own for each, so that their memory is theirs.
func (m *measurer) stepping(f *Figure) {
	peer := m.fastest(f)
	if peer.worker == nil && f.Against != pytorch { // ours stands in the row beside PyTorch
		return
	}
	if m.cores() > 1 {
		ours, theirs, err := m.race(f, peer, m.cores())
		if err != nil {
			f.Fault = err.Error()
			return
		}
		two := &Both{Ours: ours, Theirs: theirs, Rate: f.rate(ours.Wall), Rate2: f.rate(theirs.Wall)}
		two.Low, two.Ratio, two.High = ratios(ours.Wall, theirs.Wall)
		f.Two, f.Ours2, f.Theirs2 = two, median(ours.Wall), median(theirs.Wall)
	}
	var err error
	if f.Ours, f.Theirs, err = m.race(f, peer, 1); err != nil {
		f.Fault = err.Error()
		return
	}
	f.Low, f.Ratio, f.High = ratios(f.Ours.CPU, f.Theirs.CPU)
	f.Rate, f.AtMost = f.rate(f.Ours.CPU), f.atMost(m.peaks)
	if f.Two != nil { // memory is what two threads take
		f.Ours.Peak, f.Theirs.Peak = f.Two.Ours.Peak, f.Two.Theirs.Peak
		f.Ours.Made = max(f.Ours.Made, f.Two.Ours.Made)
	}
}

// rate is GFLOP/s of products at the median of some seconds; 0 without any.
func (c Case) rate(seconds []float64) float64 {
	if s := median(seconds); s > 0 {
		return c.flop() / s / 1e9
	}
	return 0
}

// batchBytes is the size of a batch of a step: pictures and tokens.
func (c Case) batchBytes() int64 {
	m := trained[c.Model]
	return 4 * int64(c.Batch) * int64(3*m.ImageSize*m.ImageSize+m.ContextLength)
}

// race takes turns of both sides, after their first losses were seen to agree.
func (m *measurer) race(f *Figure, peer side, threads int) (ours, theirs Turns, err error) {
	began, turns := time.Now(), []*Turns{&ours, &theirs}
	sides, err := m.fresh(peer)
	defer func() {
		for _, s := range sides {
			s.close()
		}
	}()
	if err != nil {
		return ours, theirs, err
	}
	times, err := m.agreed(f, sides, threads)
	if err != nil {
		return ours, theirs, err
	}
	for turn := range m.options.Times {
		if turn > 0 && time.Since(began) > m.options.Limit/2 { // the other half is the other race's
			break
		}
		for i, s := range sides {
			if err := m.ctx.Err(); err != nil {
				return ours, theirs, err
			}
			r, err := s.ask(Request{Do: "run", Times: times[i]})
			if err != nil {
				return ours, theirs, err
			}
			turns[i].add(r, times[i])
			turns[i].Rest = s.Info.Peak
		}
	}
	return ours, theirs, nil
}

// fresh starts both sides anew, within bounds.
func (m *measurer) fresh(peer side) (sides []side, err error) {
	for _, s := range []side{{m.ours, ""}, peer} {
		if s.worker == nil {
			continue
		}
		w, err := s.Program.start(m.ctx, m.options.Folder)
		if err != nil {
			return sides, err
		}
		w.bounds = bounds{m.options.Limit, availableBytes() / 10 * 9}
		sides = append(sides, side{w, s.variant})
	}
	return sides, nil
}

// agreed takes the first two steps of all sides and compares their losses: the first is of the
// forward pass, the second of the gradients and of AdamW. It gives how many steps make a turn.
func (m *measurer) agreed(f *Figure, sides []side, threads int) (times []int, err error) {
	var losses [][]float32
	for _, s := range sides {
		if err := s.prepare(f.Case, threads); err != nil {
			return nil, err
		}
		var r Reply
		for range 2 {
			if r, err = s.ask(Request{Do: "run", Times: 1}); err != nil {
				return nil, err
			}
		}
		n := math.Ceil(turnSeconds / max(1e-6, r.CPU/float64(threads)))
		times = append(times, max(1, min(mostTimes, int(n))))
		if r, err = s.ask(Request{Do: "output"}); err != nil {
			return nil, err
		}
		losses = append(losses, r.Values)
	}
	if len(sides) < 2 {
		return times, nil
	}
	f.Agree = agreement(f.Case, losses[0], losses[1])
	if f.Agree < f.Least {
		return nil, fmt.Errorf("bench: the losses of the first two steps are %v, the peer's %v",
			losses[0], losses[1])
	}
	return times, nil
}

// add adds a turn of n runs.
func (t *Turns) add(r Reply, n int) {
	t.CPU = append(t.CPU, r.CPU/float64(n))
	t.Wall = append(t.Wall, r.Seconds/float64(n))
	t.Peak = max(t.Peak, r.Peak)
	if made := r.Made / int64(n); len(t.CPU) == 1 || made < t.Made {
		t.Made = made
	}
}
