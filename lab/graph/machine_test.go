package graph

import (
	"testing"

	G "gorgonia.org/gorgonia"
)

// A Machine gives the tape machine's losses to the bit, and errors instead of panics also when
// it runs without the tape.
func TestMachineIsTheTape(t *testing.T) {
	const n, steps = 4, 10
	pixels, tokens := pairs(small, n)
	want := train(t, NewCLIP(G.NewGraph(), small, n, 1), NewAdamW(), pixels, tokens, steps)
	clip, opt := NewCLIP(G.NewGraph(), small, n, 1), NewAdamW()
	if _, err := G.Grad(clip.Loss, clip.Learnables()...); err != nil {
		t.Fatal(err)
	}
	vm := NewMachine(clip.Loss.Graph())
	defer vm.Close()
	var _ G.VM = vm
	for step := range steps {
		if err := clip.SetBatch(pixels, tokens); err != nil {
			t.Fatal(err)
		}
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		if got := clip.Losses().Mean(); got != want[step] {
			t.Fatalf("step %d: loss %v, by tape %v", step, got, want[step])
		}
		if err := opt.Step(clip.Learnables(), 2e-3); err != nil {
			t.Fatal(err)
		}
	}
	if vm.order == nil {
		t.Error("the tape machine ran every time")
	}
	tokens.Data[0] = 999
	if err := clip.SetBatch(pixels, tokens); err == nil {
		if err = vm.RunAll(); err == nil {
			t.Error("token 999 of 30 runs")
		}
	}
}

// Other ops in the graph leave it to the tape machine.
func TestMachineWithStockOps(t *testing.T) {
	pixels, tokens := pairs(small, 4)
	clip := NewCLIP(G.NewGraph(), small, 4, 1)
	twice := G.Must(G.Add(clip.Loss, clip.Loss))
	vm := NewMachine(clip.Loss.Graph())
	defer vm.Close()
	if err := clip.SetBatch(pixels, tokens); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		if got, want := numbers(twice.Value())[0], 2*numbers(clip.Loss.Value())[0]; got != want {
			t.Errorf("twice the loss is %v, want %v", got, want)
		}
	}
	if vm.order != nil {
		t.Error("stock ops were left out")
	}
}
