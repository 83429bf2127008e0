package trace_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"cliplab/lab/trace"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		patterns []string
		want     []string
	}{
		{nil, []string{"visual.conv1", "visual.transformer.resblocks.0.attn.weights", "visual.ln_post"}},
		{[]string{"*.attn.weights"}, []string{"visual.transformer.resblocks.0.attn.weights"}},
		{[]string{"visual.ln_post", "visual.conv?"}, []string{"visual.conv1", "visual.ln_post"}},
		{[]string{"nothing"}, nil},
	} {
		tr, err := trace.New(c.patterns...)
		if err != nil {
			t.Fatal(err)
		}
		tr.Keep("visual.conv1", "", "f", []float32{1, 2}, 1, 2)
		tr.Keep("visual.transformer.resblocks.0", ".attn.weights", "f", []float32{1}, 1, 1, 1, 1)
		tr.Keep("visual.ln_post", "", "f", []float32{1}, 1)
		if got := tr.Names(); !slices.Equal(got, c.want) {
			t.Errorf("%v keeps %v, want %v", c.patterns, got, c.want)
		}
	}
	if _, err := trace.New("[a"); err == nil || !strings.Contains(err.Error(), `"[a"`) {
		t.Errorf("a malformed pattern: %v", err)
	}
	var none *trace.Trace
	none.Keep("a", "", "", []float32{1}, 7) // nothing is kept, so nothing is looked at
	if none.Wants("a", "") {
		t.Error("no trace wants a point")
	}
}

// A trace keeps copies: the buffers of a tower are used again.
func TestKeepCopies(t *testing.T) {
	tr, _ := trace.New()
	data := []float32{1, 2}
	tr.Keep("x", ".y", "1 + 1", data, 2)
	data[0] = 9
	if got := tr.Value("x.y").Data[0]; got != 1 || tr.Bytes() != 8 {
		t.Errorf("kept %v in %d bytes", got, tr.Bytes())
	}
	if s := tr.String(); s != "x.y  [2]  1 + 1\n" {
		t.Errorf("String is %q", s)
	}
	if s := tr.MIMEBundle()["text/html"].(string); !strings.Contains(s,
		`<td style="text-align:left"><code>x.y</code></td>`) {
		t.Errorf("HTML is %q", s)
	}
	wantPanic(t, `no point "z" was kept; there are x.y`, func() { tr.Value("z") })
	wantPanic(t, "2 numbers for shape [3]", func() { tr.Keep("w", "", "", data, 3) })
}

// Rollout by hand: two blocks, one head, and with two heads their mean. Rows stay sums to 1.
func TestRollout(t *testing.T) {
	tr, _ := trace.New()
	const block = "transformer.resblocks."
	tr.Keep(block+"0", ".attn.weights", "", []float32{1, 0, .5, .5}, 1, 1, 2, 2)
	tr.Keep(block+"1", ".attn.weights", "", []float32{1, 0, 0, 1, 1, 0, 1, 0}, 1, 2, 2, 2)
	if n := tr.Layers(); n != 2 {
		t.Fatalf("%d layers", n)
	}
	// block 0: ½A + ½I = [1 0; ¼ ¾]; block 1: mean A = [1 0; ½ ½], so [1 0; ¼ ¾] again.
	// Their product: [1 0; ¼ + ¾·¼, ¾·¾].
	want := []float32{1, 0, .4375, .5625}
	if got := tr.Rollout(0).Data; !slices.Equal(got, want) {
		t.Errorf("Rollout is %v, want %v", got, want)
	}
	wantPanic(t, "item 1 of a batch of 1", func() { tr.Rollout(1) })
	wantPanic(t, "no class token", func() { tr.Heat(0) })
	empty, _ := trace.New()
	wantPanic(t, "needs attention maps", func() { empty.Rollout(0) })
}

func TestHeatAndStream(t *testing.T) {
	tr, _ := trace.New()
	const tokens = 5
	tr.Keep("visual.ln_pre", "", "", []float32{0, 1, 2, 3, 4}, 1, tokens, 1)
	even := make([]float32, tokens*tokens)
	for i := range even {
		even[i] = 1. / tokens
	}
	tr.Keep("visual.transformer.resblocks.0", ".attn.weights", "", even, 1, 1, tokens, tokens)
	tr.Keep("visual.transformer.resblocks.0", "", "", []float32{5, 6, 7, 8, 9}, 1, tokens, 1)
	heat := tr.Heat(0)
	if !slices.Equal(heat.Shape, []int{2, 2}) || math.Abs(float64(heat.Data[3])-.1) > 1e-7 {
		t.Errorf("Heat is %v %v", heat.Shape, heat.Data)
	}
	stream := tr.Stream(0, 2)
	if !slices.Equal(stream.Shape, []int{2, 1}) || !slices.Equal(stream.Data, []float32{2, 7}) {
		t.Errorf("Stream is %v %v", stream.Shape, stream.Data)
	}
	wantPanic(t, "token 5 of item 0", func() { tr.Stream(0, 5) })
}

// A ResNet's heat is the mean over the heads of its attention pooling.
func TestHeatOfResNet(t *testing.T) {
	tr, _ := trace.New()
	tr.Keep("visual.attnpool", ".weights", "", []float32{.5, .5, 0, 0, 0, 0, .5, 0, 0, .5}, 1, 2, 5)
	if got := tr.Heat(0); !slices.Equal(got.Data, []float32{.5, 0, 0, .25}) {
		t.Errorf("Heat is %v", got.Data)
	}
	wantPanic(t, "item 2 of a batch of 1", func() { tr.Heat(2) })
}

// A SigLIP's heat is its query's, through the blocks: ½A + ½I = [¾ ¼ …; …] by hand.
func TestHeatOfSigLIP(t *testing.T) {
	tr, _ := trace.New()
	tr.Start = "visual.positional_embedding"
	tr.Keep("visual.positional_embedding", "", "", []float32{0, 1, 2, 3}, 1, 4, 1)
	const block = "visual.transformer.resblocks.0"
	second := []float32{0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0} // all look at patch 1
	tr.Keep(block, ".attn.weights", "", second, 1, 1, 4, 4)
	tr.Keep(block, "", "", []float32{4, 5, 6, 7}, 1, 4, 1)
	wantPanic(t, `trace "visual.attn_pool.attn.weights" too`, func() { tr.Heat(0) })
	tr.Keep("visual.attn_pool", ".attn.weights", "", []float32{1, 0, 0, 0, 0, 0, 1, 0}, 1, 2, 4)
	if got := tr.Heat(0); !slices.Equal(got.Data, []float32{.25, .5, .25, 0}) ||
		!slices.Equal(got.Shape, []int{2, 2}) {
		t.Errorf("Heat is %v", got)
	}
	if got := tr.Stream(0, 3); !slices.Equal(got.Data, []float32{3, 7}) {
		t.Errorf("Stream is %v", got)
	}
	alone, _ := trace.New()
	alone.Keep("visual.attn_pool", ".attn.weights", "", []float32{1, 0, 0, 0, 0, 0, 1, 0}, 1, 2, 4)
	if got := alone.Heat(0); !slices.Equal(got.Data, []float32{.5, 0, .5, 0}) {
		t.Errorf("Heat of the pooling alone is %v", got)
	}
}

// A CLIPA's heat is the mean of the patches' rollouts.
func TestHeatOfMeans(t *testing.T) {
	tr, _ := trace.New()
	tr.Means = true
	first := make([]float32, 25)
	for i := range 5 {
		first[5*i+1] = 1
	}
	tr.Keep("visual.transformer.resblocks.0", ".attn.weights", "", first, 1, 1, 5, 5)
	if got := tr.Heat(0); !slices.Equal(got.Data, []float32{.625, .125, .125, .125}) {
		t.Errorf("Heat is %v", got)
	}
}

func wantPanic(t *testing.T, part string, f func()) {
	t.Helper()
	defer func() {
		if s, _ := recover().(string); !strings.Contains(s, part) {
			t.Errorf("panic %q, want %q in it", s, part)
		}
	}()
	f()
}

// Patterns that fit nothing are told, with names that there are.
func TestMissed(t *testing.T) {
	tr, _ := trace.New("attention")
	tr.Keep("visual.conv1", "", "", []float32{1}, 1)
	if err := tr.Missed(); err == nil || !strings.Contains(err.Error(), "visual.conv1") {
		t.Errorf("error %v", err)
	}
	tr, _ = trace.New("visual.*")
	tr.Keep("visual.conv1", "", "", []float32{1}, 1)
	if err := tr.Missed(); err != nil {
		t.Error(err)
	}
}

// Blocks may be kept with gaps; one that was not is told by how many there are.
func TestAttentionOfSomeBlocks(t *testing.T) {
	tr, _ := trace.New()
	for _, block := range []string{"0", "3"} {
		tr.Keep("transformer.resblocks."+block, ".attn.weights", "", []float32{1}, 1, 1, 1, 1)
	}
	if a := tr.Attention(3); len(a.Data) != 1 {
		t.Errorf("block 3 is %v", a)
	}
	wantPanic(t, "attention of block 1; it was kept of 0, 3", func() { tr.Attention(1) })
	wantPanic(t, "attention of block -1; it was kept of 0, 3", func() { tr.Attention(-1) })
	none, _ := trace.New()
	none.Keep("visual.conv1", "", "", []float32{1}, 1)
	wantPanic(t, `trace "*.attn.weights" too`, func() { none.Attention(0) })
}
