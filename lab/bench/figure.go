package bench

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
)

// measurer takes the figures of a group.
type measurer struct {
	ctx     context.Context
	options Options
	ours    *worker
	workers []started
	peaks   map[string]float64
	exact   map[string][]float32 // our outputs in fp32, by case
	short   map[string][]side    // the quickest peers at the smallest batch, by kind and precision
}

// figure measures a case: first who of the peers is fastest, then us and him in turns.
func (m *measurer) figure(c Case) Figure {
	f := Figure{Case: c, Tried: map[string]float64{}}
	if c.Kind == Open {
		m.opening(&f)
		return f
	}
	if c.Kind == Step {
		m.stepping(&f)
		return f
	}
	p := pair{ours: side{m.ours, ""}, peer: m.fastest(&f), turns: m.options.Times}
	var err error
	if f.Ours, f.Theirs, err = p.run(m.ctx, c, 1); err != nil {
		f.Fault = err.Error()
		return f
	}
	f.Low, f.Ratio, f.High = ratios(f.Ours.CPU, f.Theirs.CPU)
	if took := median(f.Ours.CPU); took > 0 {
		f.Rate, f.AtMost = c.flop()/took/1e9, f.atMost(m.peaks)
	}
	if err := m.agree(&f, p); err != nil {
		f.Fault = err.Error()
		return f
	}
	if two := m.cores(); two > 1 {
		p.turns = max(3, p.turns/2)
		ours, theirs, err := p.run(m.ctx, c, two)
		if err != nil {
			f.Fault = err.Error()
			return f
		}
		f.Ours2, f.Theirs2 = least(ours.Wall), least(theirs.Wall)
	}
	m.drop(p)
	return f
}

func (m *measurer) cores() int { return min(2, runtime.NumCPU()) }

func (m *measurer) drop(p pair) {
	for _, s := range []side{p.ours, p.peer} {
		if s.worker != nil {
			_, _ = s.ask(Request{Do: "drop"}) // a worker that died is told of by the next case
		}
	}
}

// shortlist is how many peers are tried again at a larger batch.
const shortlist = 2

// fastest tries all peers of a case, at a larger batch the best of the smaller one, and notes
// what each took.
func (m *measurer) fastest(f *Figure) (best side) {
	count, aside := contenders(m.workers, f.Case)
	key := fmt.Sprintf("%s %s %d %s %s", f.Kind, f.Case.Peer, f.Tokens, f.Form, f.Against)
	if s := m.short[key]; s != nil && (f.Kind == Image || f.Kind == Text || f.Kind == Step) {
		count, aside = s, nil
	}
	if f.Against != "" && len(count) == 1 { // nobody to choose from
		f.Peer = count[0].String()
		return count[0]
	}
	took := map[side]float64{}
	for _, s := range slices.Concat(count, aside) {
		seconds, err := s.trial(f.Case, 1)
		_, _ = s.ask(Request{Do: "drop"})
		if err != nil {
			if slices.Contains(count, s) {
				f.Fault = err.Error() // unless another can
			}
			continue
		}
		f.Tried[s.String()] = seconds
		took[s] = seconds
	}
	count = slices.DeleteFunc(slices.Clone(count), func(s side) bool { return took[s] == 0 })
	slices.SortFunc(count, func(a, b side) int { return cmp.Compare(took[a], took[b]) })
	m.short[key] = count[:min(shortlist, len(count))]
	if len(count) == 0 {
		return side{}
	}
	f.Peer, f.Fault = count[0].String(), ""
	return count[0]
}

// agree compares outputs: of fp32 and bf16 ours with the peer's, which are in fp32; of int8 both
// with ours in fp32.
func (m *measurer) agree(f *Figure, p pair) error {
	ours, err := p.ours.ask(Request{Do: "output"})
	if err != nil {
		return err
	}
	if f.Precision == "f32" {
		m.exact[f.exactName()] = ours.Values
	}
	if p.peer.worker == nil {
		return nil
	}
	theirs, err := p.peer.ask(Request{Do: "output"})
	if err != nil {
		return err
	}
	if f.Case.Peer != "i8" {
		f.Agree = agreement(f.Case, ours.Values, theirs.Values)
		return nil
	}
	exact, err := m.exactOutput(f.Case, p.ours)
	if err != nil {
		return err
	}
	f.Agree = agreement(f.Case, ours.Values, exact)
	f.Agree2 = agreement(f.Case, theirs.Values, exact)
	return nil
}

// exactName is of the same work in fp32.
func (c Case) exactName() string {
	return fmt.Sprintf("%s/%d/%d/%d/%d", c.Kind, c.Batch, c.Tokens, c.M, c.N)
}

// exactOutput is what we give in fp32; computed unless a case before did.
func (m *measurer) exactOutput(c Case, s side) ([]float32, error) {
	if x := m.exact[c.exactName()]; x != nil {
		return x, nil
	}
	c.Precision = "f32"
	if err := s.prepare(c, 1); err != nil {
		return nil, err
	}
	if _, err := s.ask(Request{Do: "run", Times: 1}); err != nil {
		return nil, err
	}
	r, err := s.ask(Request{Do: "output"})
	if err == nil {
		m.exact[c.exactName()] = r.Values
	}
	return r.Values, err
}

// agreement of outputs: the least cosine of a row of features; of all numbers together for other
// work; of training 1 less the largest relative difference of the first three losses.
func agreement(c Case, a, b []float32) float64 {
	switch c.Kind {
	case Image, Text, Open:
		worst := 1.0
		d := vitB32.EmbedDim
		if len(a) != len(b) || len(a) == 0 || len(a)%d != 0 {
			return 0
		}
		for i := 0; i < len(a); i += d {
			worst = min(worst, cosine(a[i:i+d], b[i:i+d]))
		}
		return worst
	case Step:
		worst := 0.0
		if len(a) == 0 || len(b) == 0 {
			return 0
		}
		for i := range min(3, len(a), len(b)) {
			worst = max(worst, math.Abs(float64(a[i]/b[i])-1))
		}
		return 1 - worst
	}
	return cosine(a, b)
}

// opening measures processes of their own, which open the checkpoint with all cores and memory
// as they find them: time by the clock, and the most that was resident.
func (m *measurer) opening(f *Figure) {
	count, _ := contenders(m.workers, f.Case)
	sides := slices.Concat([]side{{m.ours, ""}}, count)
	turns := make([]Turns, len(sides))
	outputs := make([][]float32, len(sides))
	for range m.options.Times {
		for i, s := range sides {
			if err := m.openOnce(s, f.Case, &turns[i], &outputs[i]); err != nil {
				f.Fault = err.Error()
				return
			}
		}
	}
	f.Ours = turns[0]
	f.Ours2 = least(f.Ours.Wall)
	shortest := math.Inf(1)
	for i, s := range sides[1:] {
		t := turns[i+1]
		took := median(t.Wall)
		f.Tried[s.String()] = took
		if took < shortest {
			shortest = took
			f.Peer, f.Theirs = s.String(), t
			f.Theirs2 = least(t.Wall)
			f.Low, f.Ratio, f.High = ratios(f.Ours.Wall, t.Wall)
			f.Agree = agreement(f.Case, outputs[0], outputs[i+1])
		}
	}
}

func (m *measurer) openOnce(s side, c Case, t *Turns, output *[]float32) error {
	w, err := s.Program.start(m.ctx, m.options.Folder)
	if err != nil {
		return err
	}
	defer w.close()
	fresh := side{w, s.variant}
	if err := fresh.prepare(c, m.cores()); err != nil {
		return err
	}
	r, err := w.ask(Request{Do: "run", Times: 1})
	if err != nil {
		return err
	}
	t.CPU, t.Wall = append(t.CPU, r.CPU), append(t.Wall, r.Seconds)
	t.Peak = max(t.Peak, r.Peak)
	r, err = w.ask(Request{Do: "output"})
	*output = r.Values
	return err
}

func least(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	return slices.Min(x)
}
