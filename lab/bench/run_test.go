package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain is also a worker, for tests that want one: the lab's own, and peers that are not well.
func TestMain(m *testing.M) {
	if as := os.Getenv("CLIPLAB_BENCH_WORKER"); as != "" {
		if as == "dies" {
			fmt.Fprintln(os.Stderr, "ModuleNotFoundError: No module named 'onnxruntime'")
			os.Exit(1)
		}
		if as == "sleeps" {
			fmt.Println(`{"name":"sleeper"}`)
			time.Sleep(time.Minute)
		}
		if err := Serve(os.Stdin, os.Stdout, os.Args[len(os.Args)-1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func program(as string) Program {
	return Program{Name: as, Args: []string{os.Args[0]}, Env: []string{"CLIPLAB_BENCH_WORKER=" + as}}
}

// TestRun measures JPEG with a worker of its own and no peers, and prints it.
func TestRun(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // no python3
	var figures []Figure
	r, err := Run(context.Background(), Options{Groups: []string{"jpeg"}, Times: 2,
		Folder: t.TempDir(), Ours: program("ours"), Watch: func(string) {},
		Figure: func(f Figure) { figures = append(figures, f) }})
	if err != nil {
		t.Fatal(err)
	}
	if len(figures) != 1 || len(figures[0].Ours.CPU) != 2 || median(figures[0].Ours.CPU) <= 0 {
		t.Fatalf("figures %+v, want one of two turns", figures)
	}
	if figures[0].Reached() || r.Missing["Pillow"] == "" {
		t.Errorf("without peers nothing is reached, and Pillow is missing: %+v", r.Missing)
	}
	var table bytes.Buffer
	if err := r.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"JPEG 640×480", "no peer", "without  Pillow: ", "0 of 0 reached"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &table)
		}
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

// TestWorkersThatFail: the reason is what the worker wrote last.
func TestWorkersThatFail(t *testing.T) {
	_, err := program("dies").start(context.Background(), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "No module named 'onnxruntime'") {
		t.Errorf("error %v, want the module that is missing", err)
	}
	_, err = Program{Name: "nobody", Args: []string{"/no/such/program"}}.start(
		context.Background(), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("error %v, want the name of the program", err)
	}
}

// TestOneSideAtATime: a side that nobody asks stands still, and ends when it is closed.
func TestOneSideAtATime(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells in /proc what a process does")
	}
	w, err := program("ours").start(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	stopped := func() bool {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		return strings.HasPrefix(field(data, "State"), "T")
	}
	for range 3 {
		for began := time.Now(); !stopped(); time.Sleep(time.Millisecond) {
			if time.Since(began) > 5*time.Second {
				t.Fatal("the worker goes on")
			}
		}
		if r, err := w.ask(Request{Do: "info"}); err != nil || r.Name == "" {
			t.Fatalf("answer %+v, error %v", r, err)
		}
	}
	w.close()
	if state := w.cmd.ProcessState; state == nil || !state.Success() {
		t.Errorf("ended with %v", state)
	}
}

// TestServe: whatever the line, there is an answer that says what is wrong.
func TestServe(t *testing.T) {
	for line, want := range map[string]string{
		`{"do":"info"}`: "",
		`nonsense`:      "no request",
		`{"do":"run"}`:  "before a case is prepared",
		`{"do":"prepare","case":{"kind":"fish"}}`:                                    "fish",
		`{"do":"prepare"}`:                                                           "which case",
		`{"do":"prepare","case":{"kind":"image","batch":1}}`:                         "pixels.f32",
		`{"do":"prepare","case":{"kind":"gemm","form":"BA","m":1,"n":1,"k":1}}`:      "BA",
		`{"do":"prepare","case":{"kind":"gemm","form":"AB","m":-1,"n":1,"k":1}}`:     "makeslice",
		`{"do":"prepare","case":{"kind":"gemm","form":"AB","m":3,"n":2,"k":1}}`:      "",
		`{"do":"prepare","case":{"kind":"step","model":"S"},"threads":1,"times":-1}`: "step-S",
	} {
		var out bytes.Buffer
		if err := Serve(strings.NewReader(line+"\n"), &out, t.TempDir()); err != nil {
			t.Fatal(err)
		}
		var r Reply
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatalf("%s: answer %q: %v", line, &out, err)
		}
		if !strings.Contains(r.Error, want) || (want == "") != (r.Error == "") {
			t.Errorf("%s: error %q, want %q", line, r.Error, want)
		}
	}
}

func TestSelect(t *testing.T) {
	all, err := Select([]string{"all"}, "", false)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, c := range all {
		if names[c.Name] {
			t.Errorf("two cases are called %s", c.Name)
		}
		names[c.Name] = true
		if c.Large {
			t.Errorf("%s is large, and nobody asked", c.Name)
		}
	}
	if _, err := Select([]string{"gpu"}, "", false); err == nil {
		t.Error("there is no group gpu")
	}
	if _, err := Select([]string{"gemm"}, "fish", false); err == nil {
		t.Error("no case has fish in its name")
	}
}

// TestReached: a figure counts when the ratio, the outputs and the memory are as they must be.
func TestReached(t *testing.T) {
	good := Figure{Case: Case{Must: 1.2, Least: 0.999}, Peer: "p", Ratio: 1.25, High: 1.3, Agree: 1}
	slow, far, alone := good, good, good
	slow.Ratio, far.Agree, alone.Peer = 1.19, 0.99, ""
	if !good.Reached() || slow.Reached() || far.Reached() || alone.Reached() {
		t.Error("only the first is reached")
	}
	if !slow.Near() || good.Near() || far.Near() {
		t.Error("only the second is near")
	}
	fat := good
	fat.Kind, fat.Ours.Peak, fat.Theirs.Peak = Open, 2, 1
	if fat.Reached() {
		t.Error("more memory than the peer")
	}
	coarse := good
	coarse.Case.Peer, coarse.Agree, coarse.Agree2 = "i8", 0.9995, 0.9999
	if coarse.Reached() {
		t.Error("a larger error than the peer's")
	}
}

func TestRatios(t *testing.T) {
	low, middle, high := ratios([]float64{1, 2, 4, 1, 1}, []float64{2, 2, 12, 4, 5})
	if low != 2 || middle != 3 || high != 4 {
		t.Errorf("quarters %v %v %v, want 2 3 4", low, middle, high)
	}
	if _, m, _ := ratios(nil, nil); m != 0 {
		t.Errorf("median of nothing is %v", m)
	}
}

func TestThin(t *testing.T) {
	x := make([]float32, 1<<15+1)
	for i := range x {
		x[i] = float32(i)
	}
	kept := thin(x)
	if len(kept) > 1<<14 || kept[1] != 3 || len(thin(x[:9])) != 9 {
		t.Errorf("%d kept, the second is %v", len(kept), kept[1])
	}
}
