package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

// Request is a line to a worker: "info", "prepare" a case, "run" it some times, give its
// "output", "drop" it.
type Request struct {
	Do      string `json:"do"`
	Case    *Case  `json:"case,omitempty"`
	Variant string `json:"variant,omitempty"`
	Threads int    `json:"threads,omitempty"`
	Times   int    `json:"times,omitempty"`
}

// Reply is a worker's line.
type Reply struct {
	Error    string              `json:"error,omitempty"`
	Name     string              `json:"name,omitempty"`     // info: who this is, with version
	Variants map[string][]string `json:"variants,omitempty"` // info: by kind of work
	Seconds  float64             `json:"seconds,omitempty"`  // run: by the clock, all times
	CPU      float64             `json:"cpu,omitempty"`      // run: user and system, all threads
	Peak     int64               `json:"peak,omitempty"`     // info, run: most resident bytes ever
	Made     int64               `json:"made,omitempty"`     // run: bytes allocated, of Go's heap
	Values   []float32           `json:"values,omitempty"`   // output: see thin
}

// Serve is the lab's side as a worker: it answers the lines of in until there are no more.
// Inputs come from folder.
func Serve(in io.Reader, out io.Writer, folder string) error {
	s := server{folder: folder, gorgonia: os.Getenv(asGorgonia) != ""}
	lines := bufio.NewReader(in)
	answers := json.NewEncoder(out)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("bench: %w", err)
		}
		if err := answers.Encode(s.answer(line)); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
	}
}

// asGorgonia is the variable of the environment that makes Serve take steps of Gorgonia's own ops
// and do nothing else.
const asGorgonia = "CLIPLAB_BENCH_GORGONIA"

type server struct {
	folder   string
	gorgonia bool
	job      *job
}

// job is a prepared case: run does it once, output is what the last run gave.
type job struct {
	run    func()
	output func() []float32
	close  func()
}

func (s *server) answer(line []byte) (reply Reply) {
	// A wrong shape panics within the lab; the other side should read why.
	defer func() {
		if p := recover(); p != nil {
			reply = Reply{Error: fmt.Sprint(p)}
		}
	}()
	var r Request
	if err := json.Unmarshal(line, &r); err != nil {
		return Reply{Error: fmt.Sprintf("bench: no request: %v", err)}
	}
	switch r.Do {
	case "info":
		return s.info()
	case "prepare":
		s.drop()
		if r.Case == nil {
			return Reply{Error: "bench: prepare which case?"}
		}
		runtime.GOMAXPROCS(max(1, r.Threads))
		j, err := s.prepare(*r.Case)
		if err != nil {
			return Reply{Error: err.Error()}
		}
		s.job = j
		return Reply{}
	case "drop":
		s.drop()
		return Reply{}
	}
	if s.job == nil {
		return Reply{Error: fmt.Sprintf("bench: %q before a case is prepared", r.Do)}
	}
	switch r.Do {
	case "run":
		return s.job.times(r.Times)
	case "output":
		return Reply{Values: thin(s.job.output())}
	}
	return Reply{Error: fmt.Sprintf("bench: no request %q", r.Do)}
}

func (s *server) prepare(c Case) (*job, error) {
	if s.gorgonia {
		return gorgonias(c, s.folder)
	}
	return prepare(c, s.folder)
}

func (s *server) drop() {
	if s.job == nil {
		return
	}
	if s.job.close != nil {
		s.job.close()
	}
	s.job = nil
	debug.FreeOSMemory()
}

func (j *job) times(n int) Reply {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, start := cpuTime(), time.Now()
	for range n {
		j.run()
	}
	r := Reply{Seconds: time.Since(start).Seconds(), CPU: (cpuTime() - cpu).Seconds(),
		Peak: peakBytes()}
	runtime.ReadMemStats(&after)
	r.Made = int64(after.TotalAlloc - before.TotalAlloc)
	return r
}

// thin keeps at most 16,384 values, evenly spread: all sides keep the same ones.
func thin(x []float32) []float32 {
	step := (len(x) + 1<<14 - 1) / (1 << 14)
	if step <= 1 {
		return x
	}
	kept := make([]float32, 0, len(x)/step+1)
	for i := 0; i < len(x); i += step {
		kept = append(kept, x[i])
	}
	return kept
}
