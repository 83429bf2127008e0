package bench

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
)

// tiny is a model for tests; workers know it too, since they are this program.
const tiny = "tiny"

func init() {
	c := vit(16, 2, 8)
	c.ImageSize, c.VocabSize, c.EmbedDim = 32, 40, 16
	trained[tiny] = c
}

// TestStepping measures a step beside Gorgonia's own ops: losses agree, both numbers of threads
// are measured, and a step allocates less than a batch.
func TestStepping(t *testing.T) {
	c := Case{Name: "step/tiny", Group: "step", Title: "step of tiny", Kind: Step, Precision: "f32",
		Peer: "f32", Batch: 8, Model: tiny, Against: gorgonia, Must: 1, Least: 0.9999}
	folder := t.TempDir()
	if err := WriteWorkload(folder, []Case{c}); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	ours, err := program("ours").start(ctx, folder)
	if err != nil {
		t.Fatal(err)
	}
	defer ours.close()
	var p peer
	for _, each := range allPeers("", folder, program("ours")) {
		if each.Name == gorgonia {
			p = each
		}
	}
	theirs, err := p.Program.start(ctx, folder)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.close()
	m := &measurer{ctx: ctx, options: Options{Times: 2, Folder: folder, Limit: time.Minute},
		ours: ours, workers: []started{{p, theirs}}, short: map[string][]side{}}
	f := m.figure(c)
	if f.Fault != "" || !strings.HasPrefix(f.Peer, "Gorgonia") {
		t.Fatalf("peer %q, fault %q", f.Peer, f.Fault)
	}
	if f.Agree < c.Least || len(f.Ours.CPU) == 0 || len(f.Theirs.CPU) == 0 || f.Ratio <= 0 {
		t.Errorf("agree %v, ratio %v of %v and %v", f.Agree, f.Ratio, f.Ours.CPU, f.Theirs.CPU)
	}
	if m.cores() > 1 && (f.Two == nil || f.Two.Ratio <= 0 || f.Two.Rate <= 0) {
		t.Errorf("on two threads %+v", f.Two)
	}
	if f.Ours.Made > c.batchBytes() || f.Theirs.Made < c.batchBytes() {
		t.Errorf("a step allocates %d bytes, of stock ops %d; the batch has %d", f.Ours.Made,
			f.Theirs.Made, c.batchBytes())
	}
	var table bytes.Buffer
	if err := (&Report{Figures: []Figure{f}, Times: 2}).WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"step of tiny", "GFLOP/s", "1 thread", "MB", "Gorgonia"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &table)
		}
	}
}

// TestLossesThatDiffer are a fault, not a figure.
func TestLossesThatDiffer(t *testing.T) {
	c := Case{Kind: Step}
	if a := agreement(c, []float32{2, 1}, []float32{2, 1.0005}); a > 0.9996 {
		t.Errorf("agreement %v of losses that differ by 5e-4", a)
	}
	if a := agreement(c, nil, []float32{1}); a != 0 {
		t.Errorf("agreement %v with no losses", a)
	}
}

// TestBounds: a side that takes too long, or too much memory, is ended, and the reason told.
func TestBounds(t *testing.T) {
	for want, b := range map[string]bounds{
		"took more than 150ms": {time: 150 * time.Millisecond},
		"needs more than":      {bytes: 1 << 10},
	} {
		w, err := program("sleeps").start(context.Background(), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		w.bounds = b
		if _, err = w.ask(Request{Do: "run", Times: 1}); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestStepReached: a step counts by two threads, memory and what it allocates.
func TestStepReached(t *testing.T) {
	good := Figure{Case: Case{Kind: Step, Model: "S", Batch: 32, Must: 1, Least: 0.9999},
		Peer: "p", Agree: 1, Ratio: 0.9, Two: &Both{Ratio: 1.1, High: 1.2},
		Ours: Turns{Peak: 1, Made: 1}, Theirs: Turns{Peak: 2}}
	slow, fat, wasteful := good, good, good
	slow.Two = &Both{Ratio: 0.99, High: 1.01}
	fat.Ours.Peak, wasteful.Ours.Made = 3, 2<<20
	if !good.Reached() || slow.Reached() || !slow.Near() || fat.Reached() || wasteful.Reached() {
		t.Error("only the first is reached")
	}
}
