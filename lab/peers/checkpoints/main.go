// Command checkpoints opens and writes models for lab/peers/test_checkpoints.py:
//
//	checkpoints show MODEL INPUTS OUT          parameters in OpenAI's names, and features
//	checkpoints save MODEL hf|open_clip|lab OUT
//	checkpoints resize MODEL PIXELS OUT        positions for pictures of another size
//	checkpoints classify MODEL PICTURES CAPTION…   probabilities, as JSON
//	checkpoints time MODEL f32|bf16|i8         time and memory to the first image feature
//
// INPUTS holds pixels [n, 3, size, size] and tokens [m, context]; OUT of show holds the
// parameters, and features.image [n, embed] and features.text [m, embed].
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"time"

	"cliplab/lab"
	"cliplab/lab/bpe"
	"cliplab/lab/ops"
	"cliplab/lab/safetensors"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	want := map[string]int{"show": 4, "save": 4, "time": 3, "resize": 4}
	if len(args) > 3 && args[0] == "classify" {
		return classify(args[1], args[2], args[3:])
	}
	if len(args) == 0 || want[args[0]] != len(args) {
		return fmt.Errorf("usage: checkpoints show|save|time|resize|classify MODEL …")
	}
	switch args[0] {
	case "time":
		return measure(args[1], args[2])
	case "resize":
		return resize(args[1], args[2], args[3])
	}
	m, err := lab.Load(context.Background(), args[1])
	if err != nil {
		return err
	}
	switch {
	case args[0] == "show":
		return show(m, args[2], args[3])
	case args[2] == "hf":
		return m.SaveHuggingFace(args[3])
	case args[2] == "open_clip":
		return m.SaveOpenCLIP(args[3])
	}
	return m.Save(args[3], nil)
}

func show(m *lab.Model, inputs, out string) error {
	in, err := safetensors.Open(inputs)
	if err != nil {
		return err
	}
	all := maps.Clone(m.Params())
	pixels, err := in.Tensor("pixels")
	if err != nil {
		return err
	}
	all["features.image"] = m.EncodeImage(pixels)
	ids, err := in.Ints("tokens")
	if err != nil {
		return err
	}
	tokens := &bpe.Tokens{}
	for context := m.Config.ContextLength; len(ids) > 0; ids = ids[context:] {
		row := make([]int, context)
		for i := range row {
			row[i] = int(ids[i])
		}
		tokens.IDs = append(tokens.IDs, row)
	}
	all["features.text"] = m.EncodeText(tokens)
	mean, std := tensor.From(m.Pixels.Mean[:], 3), tensor.From(m.Pixels.Std[:], 3)
	all["pixels.mean"], all["pixels.std"] = mean, std
	return safetensors.WriteFile(out, all, safetensors.F32, nil)
}

// resize writes the positions of a model opened for pictures of size, and the features of noise.
func resize(model, size, out string) error {
	px, err := strconv.Atoi(size)
	if err != nil {
		return err
	}
	m, err := lab.Load(context.Background(), model, lab.WithImageSize(px))
	if err != nil {
		return err
	}
	pixels := tensor.New(1, 3, px, px)
	for i := range pixels.Data {
		pixels.Data[i] = float32(i%7)/7 - float32(i%31)/31
	}
	return safetensors.WriteFile(out, map[string]*tensor.Tensor{"pixels": pixels,
		"features.image": m.EncodeImage(pixels), "positions": m.Param(tower.VisualPositions)},
		safetensors.F32, nil)
}

// classify prints how probable each caption is for pictures that are pixels already.
func classify(model, pictures string, captions []string) error {
	m, err := lab.Load(context.Background(), model)
	if err != nil {
		return err
	}
	in, err := safetensors.Open(pictures)
	if err != nil {
		return err
	}
	pixels, err := in.Tensor("pixels")
	if err != nil {
		return err
	}
	c, err := m.Classifier(captions, "{}")
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(c.ClassifyFeatures(m.EncodeImage(pixels)).Probs.Data)
}

// measure prints seconds, and kB of memory as /proc/self/status counts them.
func measure(model, precision string) error {
	p, ok := map[string]ops.Precision{"f32": ops.F32, "bf16": ops.BF16, "i8": ops.I8}[precision]
	if !ok {
		return fmt.Errorf("precision %q", precision)
	}
	begin := time.Now()
	m, err := lab.Load(context.Background(), model, lab.WithPrecision(p))
	if err != nil {
		return err
	}
	opened := time.Since(begin)
	loaded := memory()
	m.EncodeImage(tensor.New(1, 3, m.Config.ImageSize, m.Config.ImageSize))
	result := map[string]any{"opened_s": opened.Seconds(),
		"first_feature_s": time.Since(begin).Seconds(),
		"after_loading":   loaded, "at_the_end": memory()}
	return json.NewEncoder(os.Stdout).Encode(result)
}

func memory() map[string]string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return nil
	}
	found := map[string]string{}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "VmHWM", "VmRSS", "RssAnon", "RssFile":
			found[name] = strings.TrimSpace(value)
		}
	}
	return found
}
