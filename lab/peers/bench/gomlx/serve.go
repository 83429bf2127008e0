package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"
)

// request and reply are those of lab/bench.
type request struct {
	Do   string `json:"do"`
	Case *struct {
		Kind  string `json:"kind"`
		Model string `json:"model"`
		Peer  string `json:"peer"`
	} `json:"case"`
	Threads int `json:"threads"`
	Times   int `json:"times"`
}

type reply struct {
	Error    string              `json:"error,omitempty"`
	Name     string              `json:"name,omitempty"`
	Variants map[string][]string `json:"variants,omitempty"`
	Seconds  float64             `json:"seconds,omitempty"`
	CPU      float64             `json:"cpu,omitempty"`
	Peak     int64               `json:"peak,omitempty"`
	Made     int64               `json:"made,omitempty"`
	Values   []float32           `json:"values,omitempty"`
}

type server struct {
	name, folder string
	job          *stepper
}

// serve answers lines until there are no more.
func (s *server) serve(in io.Reader, out io.Writer) error {
	lines, answers := bufio.NewScanner(in), json.NewEncoder(out)
	for lines.Scan() {
		if err := answers.Encode(s.answer(lines.Bytes())); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (s *server) answer(line []byte) (r reply) {
	defer func() { // GoMLX panics where a graph is wrong
		if p := recover(); p != nil {
			r = reply{Error: fmt.Sprint(p)}
		}
	}()
	var q request
	if err := json.Unmarshal(line, &q); err != nil {
		return reply{Error: err.Error()}
	}
	switch q.Do {
	case "info":
		return reply{Name: s.name, Variants: map[string][]string{"step": {""}},
			Peak: peakBytes()}
	case "prepare":
		return s.prepare(q)
	case "drop":
		s.job = nil
		debug.FreeOSMemory()
		return reply{}
	}
	if s.job == nil {
		return reply{Error: fmt.Sprintf("%q before a case is prepared", q.Do)}
	}
	switch q.Do {
	case "run":
		return s.job.times(q.Times)
	case "output":
		return reply{Values: s.job.losses}
	}
	return reply{Error: fmt.Sprintf("no request %q", q.Do)}
}

func (s *server) prepare(q request) reply {
	s.job = nil
	if q.Case == nil || q.Case.Kind != "step" || q.Case.Peer != "f32" {
		return reply{Error: "only steps of training here, in fp32"}
	}
	runtime.GOMAXPROCS(max(1, q.Threads))
	job, err := newStepper(s.folder, q.Case.Model)
	if err != nil {
		return reply{Error: err.Error()}
	}
	s.job = job
	return reply{}
}

// times takes some steps.
func (s *stepper) times(n int) reply {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, start := cpuTime(), time.Now()
	for range n {
		if err := s.step(); err != nil {
			return reply{Error: err.Error()}
		}
	}
	r := reply{Seconds: time.Since(start).Seconds(), CPU: (cpuTime() - cpu).Seconds(),
		Peak: peakBytes()}
	runtime.ReadMemStats(&after)
	r.Made = int64(after.TotalAlloc - before.TotalAlloc)
	return r
}

// cpuTime is what the process has used, user and system.
func cpuTime() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// peakBytes is the most that was resident, 0 where the system does not tell.
func peakBytes() int64 {
	data, _ := os.ReadFile("/proc/self/status")
	for line := range bytes.Lines(data) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			if f := bytes.Fields(rest); len(f) > 0 {
				kilo, _ := strconv.ParseInt(string(f[0]), 10, 64)
				return kilo << 10
			}
		}
	}
	return 0
}
