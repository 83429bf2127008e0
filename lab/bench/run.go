package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Options are what a run measures, and beside whom.
type Options struct {
	Groups []string // of Groups, or "all"
	Only   string   // a part of the names of cases
	Large  bool     // also a training step of ViT-B/32
	Peers  string   // folder with the peers' venv and node_modules; "" is what PATH has
	Folder string   // of the workload, kept for the next run; "" is one that is removed
	Times  int      // turns of each side
	// Limit is for how long a row of steps begins new turns, 10 minutes if 0. A side that takes
	// as long for one answer is ended.
	Limit time.Duration
	Ours  Program // this side as a worker
	// Watch is told what is going on, a line at a time, and each figure when it is taken.
	Watch  func(string)
	Figure func(Figure)
}

// Report is a run's figures.
type Report struct {
	Machine Machine           `json:"machine"`
	Began   time.Time         `json:"began"`
	Seconds float64           `json:"seconds"`
	Times   int               `json:"times"`
	Peers   map[string]string `json:"peers"`   // who ran, with version
	Missing map[string]string `json:"missing"` // who did not, and why
	Figures []Figure          `json:"figures"`
}

// Figure is what a case took on both sides.
type Figure struct {
	Case
	Peer    string             `json:"peerName"` // the fastest, with its variant; "" is none
	Ours    Turns              `json:"ours"`     // one thread
	Theirs  Turns              `json:"theirs"`
	Ratio   float64            `json:"ratio"`         // theirs over ours, median of turns
	Low     float64            `json:"low"`           // a quarter of the turns are below
	High    float64            `json:"high"`          // a quarter are above
	Rate    float64            `json:"gflops"`        // ours, one thread; of products needed
	AtMost  float64            `json:"atMost"`        // the ratio at the core's peak
	Ours2   float64            `json:"ours2"`         // best seconds by the clock on two cores
	Theirs2 float64            `json:"theirs2"`       //
	Agree   float64            `json:"agree"`         // of outputs in fp32; see agreement
	Agree2  float64            `json:"agree2"`        // of int8: the peer's with fp32
	Tried   map[string]float64 `json:"tried"`         // seconds of CPU of every peer and variant
	Two     *Both              `json:"two,omitempty"` // of steps: both sides on two threads
	Fault   string             `json:"fault,omitempty"`
}

// Both is what two threads took, by the clock: of steps that is what counts.
type Both struct {
	Ours   Turns   `json:"ours"`
	Theirs Turns   `json:"theirs"`
	Ratio  float64 `json:"ratio"` // theirs over ours, as in Figure
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Rate   float64 `json:"gflops"`      // ours
	Rate2  float64 `json:"theirGflops"` // the peer's
}

// decides is the ratio that must be reached, and its upper quarter.
func (f Figure) decides() (ratio, high float64) {
	if f.Two != nil {
		return f.Two.Ratio, f.Two.High
	}
	return f.Ratio, f.High
}

// Reached says whether the figure is as good as it must be.
func (f Figure) Reached() bool {
	ratio, _ := f.decides()
	return f.good() && ratio >= f.Must
}

// Near says that it misses what it must reach by less than the turns scatter.
func (f Figure) Near() bool {
	_, high := f.decides()
	return f.good() && !f.Reached() && high >= f.Must
}

// good is all but the ratio: outputs as they should be, and memory.
func (f Figure) good() bool {
	switch {
	case f.Fault != "" || f.Peer == "" || f.Agree < f.Least:
		return false
	case f.Kind == Open:
		return f.Ours.Peak <= f.Theirs.Peak
	case f.Kind == Step:
		return f.Ours.Peak <= f.Theirs.Peak && f.Ours.Made <= f.batchBytes()
	case f.Case.Peer == "i8":
		return f.Agree >= f.Agree2
	}
	return true
}

// Run measures the cases, group by group. The error is of what no figure could be taken without.
func Run(ctx context.Context, o Options) (*Report, error) {
	cases, err := Select(o.Groups, o.Only, o.Large)
	if err != nil {
		return nil, err
	}
	if o.Limit == 0 {
		o.Limit = 10 * time.Minute
	}
	if o.Folder == "" {
		if o.Folder, err = os.MkdirTemp("", "cliplab-bench-"); err != nil {
			return nil, fmt.Errorf("bench: %w", err)
		}
		defer os.RemoveAll(o.Folder)
	}
	if o.Folder, err = filepath.Abs(o.Folder); err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	scripts := filepath.Join(o.Folder, "peers")
	if err := writeScripts(scripts); err != nil {
		return nil, err
	}
	o.Watch("writing weights and inputs …")
	if err := WriteWorkload(o.Folder, cases); err != nil {
		return nil, err
	}
	r := &Report{Machine: thisMachine(), Began: time.Now(), Times: o.Times,
		Peers: map[string]string{}, Missing: map[string]string{}}
	all := allPeers(o.Peers, scripts, o.Ours)
	o.Watch("writing graphs for ONNX Runtime …")
	if err := writeGraphs(ctx, all[0].Program, o.Folder, scripts, cases); err != nil {
		r.Missing["ONNX graphs"] = err.Error()
	}
	for _, group := range Groups {
		of := slices.DeleteFunc(slices.Clone(cases), func(c Case) bool { return c.Group != group })
		if len(of) > 0 {
			if err := r.group(ctx, o, of, all); err != nil {
				return r, err
			}
		}
	}
	r.Seconds = time.Since(r.Began).Seconds()
	return r, nil
}

// group measures the cases of one group, with its peers at hand.
func (r *Report) group(ctx context.Context, o Options, cases []Case, all []peer) error {
	ours, err := o.Ours.start(ctx, o.Folder)
	if err != nil {
		return err
	}
	defer ours.close()
	workers := r.start(ctx, o, cases, all)
	defer func() {
		for _, w := range workers {
			w.worker.close()
		}
	}()
	m := &measurer{ctx: ctx, options: o, ours: ours, workers: workers, peaks: r.Machine.Peak,
		exact: map[string][]float32{}, short: map[string][]side{}}
	for _, c := range cases {
		if err := ctx.Err(); err != nil {
			return err
		}
		o.Watch(c.Title + " …")
		f := m.figure(c)
		r.Figures = append(r.Figures, f)
		o.Figure(f)
	}
	return nil
}

// start starts the peers of some cases and notes those that do not start.
func (r *Report) start(ctx context.Context, o Options, cases []Case, all []peer) []started {
	var workers []started
	for _, p := range all {
		wanted := slices.ContainsFunc(cases, func(c Case) bool {
			return slices.Contains(p.kinds, c.Kind)
		})
		if !wanted {
			continue
		}
		w, err := p.Program.start(ctx, o.Folder)
		if err != nil {
			r.Missing[p.Name] = err.Error()
			continue
		}
		same := func(s started) bool { return s.worker.Info.Name == w.Info.Name }
		if slices.ContainsFunc(workers, same) { // OpenBLAS guessed right
			w.close()
			continue
		}
		r.Peers[p.Name] = w.Info.Name
		workers = append(workers, started{p, w})
	}
	return workers
}
