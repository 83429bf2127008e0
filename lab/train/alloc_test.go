package train

import (
	"runtime"
	"testing"

	"cliplab/lab/tower"
)

// A steady step allocates nothing that grows with the model: what is left is the handing over of
// work to goroutines, some 60 bytes a task, where a batch of these pictures is 49 KB each.
func TestSteadyStepAllocatesNothing(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"whole": func(*Config) {}, "chunks": func(c *Config) { c.Chunk = 4 }, "resnet": func(c *Config) {
			resNet(c)
			c.Tower.ImageSize = 32
		}} {
		cfg, params, images, tokens := noisy(change)
		s, err := NewStepper(cfg, params)
		if err != nil {
			t.Fatal(err)
		}
		step := func() {
			if _, err := s.Step(images, tokens, 1e-3); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			step()
		}
		var before, after runtime.MemStats
		runtime.GC()
		for range 5 { // they take back what the collector took
			step()
		}
		runtime.ReadMemStats(&before)
		const steps = 10
		for range steps {
			step()
		}
		runtime.ReadMemStats(&after)
		bytes := (after.TotalAlloc - before.TotalAlloc) / steps
		objects := (after.Mallocs - before.Mallocs) / steps
		t.Logf("%s: %d bytes in %d objects a step; %d parameters", name, bytes, objects,
			len(tower.Params(cfg.Tower)))
		if bytes > 200<<10 {
			t.Errorf("%s: a step allocates %d bytes", name, bytes)
		}
		s.Close()
	}
}
