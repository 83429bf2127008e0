package graph

import (
	"testing"

	G "gorgonia.org/gorgonia"

	"cliplab/lab/tensor"
)

// A Machine gives the tape machine's losses to the bit, whether outputs share memory or not, also
// after a first run that broke off, and errors instead of panics when it runs without the tape.
func TestMachineIsTheTape(t *testing.T) {
	const n, steps = 4, 10
	pixels, tokens := pairs(small, n)
	want := train(t, NewCLIP(G.NewGraph(), small, n, 1), NewAdamW(), pixels, tokens, steps)
	wrong := tokens.Clone()
	wrong.Data[0] = 999
	for _, c := range []struct{ share, fail bool }{{false, false}, {true, false}, {true, true}} {
		clip, opt := NewCLIP(G.NewGraph(), small, n, 1), NewAdamW()
		grads, err := G.Grad(clip.Loss, clip.Learnables()...)
		if err != nil {
			t.Fatal(err)
		}
		var keep G.Nodes
		if c.share {
			keep = append(clip.Outputs(), grads...)
		}
		vm := NewMachine(clip.Loss.Graph(), keep...)
		defer vm.Close()
		var _ G.VM = vm
		if c.fail {
			mustFail(t, clip, vm, pixels, wrong)
		}
		for step := range steps {
			if err := clip.SetBatch(pixels, tokens); err != nil {
				t.Fatal(err)
			}
			if err := vm.RunAll(); err != nil {
				t.Fatal(err)
			}
			if got := clip.Losses().Mean(); got != want[step] {
				t.Fatalf("%+v: step %d: loss %v, by tape %v", c, step, got, want[step])
			}
			if err := opt.Step(clip.Learnables(), 2e-3); err != nil {
				t.Fatal(err)
			}
		}
		if vm.order == nil {
			t.Error("the tape machine ran every time")
		}
		mustFail(t, clip, vm, pixels, wrong)
	}
}

func mustFail(t *testing.T, clip *CLIP, vm *Machine, pixels, tokens *tensor.Tensor) {
	t.Helper()
	if err := clip.SetBatch(pixels, tokens); err != nil {
		t.Fatal(err)
	}
	if err := vm.RunAll(); err == nil {
		t.Error("token 999 of 30 runs")
	}
}

// Sharing pays: the outputs of a training step take less than two thirds of the memory.
func TestMachineSharesMemory(t *testing.T) {
	c := small
	c.VisionLayers, c.TextLayers = 6, 6
	held := func(share bool) int {
		pixels, tokens := pairs(c, 8)
		clip := NewCLIP(G.NewGraph(), c, 8, 1)
		grads, err := G.Grad(clip.Loss, clip.Learnables()...)
		if err != nil {
			t.Fatal(err)
		}
		keep := append(clip.Outputs(), grads...)
		if !share {
			keep = nil
		}
		vm := NewMachine(clip.Loss.Graph(), keep...)
		defer vm.Close()
		if err := clip.SetBatch(pixels, tokens); err != nil {
			t.Fatal(err)
		}
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		memory := map[*float32]int{}
		for _, o := range vm.order {
			memory[&o.out[0]] = max(memory[&o.out[0]], len(o.out))
		}
		sum := 0
		for _, n := range memory {
			sum += n
		}
		return sum
	}
	own, shared := held(false), held(true)
	if t.Logf("%d numbers, shared %d", own, shared); 3*shared > 2*own {
		t.Errorf("outputs hold %d numbers, shared %d", own, shared)
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
