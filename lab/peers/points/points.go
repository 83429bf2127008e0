package points

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	G "gorgonia.org/gorgonia"

	"cliplab/lab"
	"cliplab/lab/graph"
	"cliplab/lab/ops"
	"cliplab/lab/safetensors"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
	"cliplab/lab/trace"
)

// Names of what is no point of a trace.
const (
	Input    = "input:" // before "pixels" and "tokens" in a case's file
	Want     = "want:"  // before the numbers of a peer
	Gradient = "grad:"  // before a parameter's name
	Training = "train:" // before what batch norms give with the statistics of the batch

	ImageFeatures  = "image_features"
	TextFeatures   = "text_features"
	LogitsPerImage = "logits_per_image"
	LossName       = "loss"
)

// Case is a checkpoint with a batch, and what a peer computed of it, if that is there.
type Case struct {
	Config tower.Config
	Params map[string]*tensor.Tensor
	Pixels *tensor.Tensor // [B, 3, size, size]
	Tokens *tensor.Tensor // [B, T]
	Want   map[string]*tensor.Tensor
}

// Read reads a case from a safetensors file whose metadata has the configuration as JSON.
func Read(path string) (*Case, error) {
	file, err := safetensors.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &Case{Params: map[string]*tensor.Tensor{}, Want: map[string]*tensor.Tensor{}}
	if err := json.Unmarshal([]byte(file.Metadata["config"]), &c.Config); err != nil {
		return nil, fmt.Errorf("points: %s: config: %w", path, err)
	}
	tensors, err := file.Tensors()
	if err != nil {
		return nil, err
	}
	for name, t := range tensors {
		if rest, ok := strings.CutPrefix(name, Want); ok {
			c.Want[rest] = t
		} else if !strings.HasPrefix(name, Input) {
			c.Params[name] = t
		}
	}
	c.Pixels, c.Tokens = tensors[Input+"pixels"], tensors[Input+"tokens"]
	if c.Pixels == nil || c.Tokens == nil {
		return nil, fmt.Errorf("points: %s has no %spixels or %stokens", path, Input, Input)
	}
	return c, nil
}

// All computes every number. Features come from the encoder that traces nothing; those of the
// trace are its points "visual.proj" or "visual.attnpool", and "text_projection".
func (c *Case) All(p ops.Precision) (map[string]*tensor.Tensor, error) {
	e, err := tower.NewEncoder(c.Params, c.Config, p)
	if err != nil {
		return nil, err
	}
	n := c.Pixels.Shape[0]
	image, text := tensor.New(n, c.Config.EmbedDim), tensor.New(n, c.Config.EmbedDim)
	e.EncodeImage(image, c.Pixels)
	e.EncodeText(text, c.Tokens)
	t, err := trace.New()
	if err != nil {
		return nil, err
	}
	e.TraceImage(tensor.New(n, c.Config.EmbedDim), c.Pixels, t)
	e.TraceText(tensor.New(n, c.Config.EmbedDim), c.Tokens, t)
	out := map[string]*tensor.Tensor{}
	for _, p := range t.Points {
		out[p.Name] = p.Value
	}
	scale := lab.LogitScale(float64(c.Params[tower.LogitScale].Data[0]))
	logits := lab.Logits(lab.Similarity(lab.Normalize(image), lab.Normalize(text)), scale)
	out[ImageFeatures], out[TextFeatures], out[LogitsPerImage] = image, text, logits
	loss := tensor.New(1)
	if b := c.Params[tower.LogitBias]; b != nil {
		sum, _ := ops.SigmoidLoss(make([]float32, n*n), logits.Data, b.Data[0], n)
		loss.Data[0], out[LogitsPerImage] = float32(sum), lab.AddBias(logits, float64(b.Data[0]))
	} else {
		loss.Data[0] = float32(lab.ContrastiveLoss(logits).Mean)
	}
	out[LossName] = loss
	return out, nil
}

// Trained tells whether package graph has gradients of such a model.
func (c *Case) Trained() bool {
	return c.Config.Usual() == nil && c.Params[tower.LogitBias] == nil
}

// Gradients are those of the loss by every parameter, through a Gorgonia graph. Those of a ResNet
// are there twice, with running statistics and, behind Training, with those of the batch; then
// also the loss, and the running statistics that a step has moved.
func (c *Case) Gradients() (map[string]*tensor.Tensor, error) {
	out, _, err := c.backward(c.Params, graph.Options{RunningStatistics: true})
	if err != nil || !c.Config.IsResNet() {
		return out, err
	}
	params := maps.Clone(c.Params)
	for _, p := range tower.Params(c.Config) {
		if p.Buffer {
			params[p.Name] = params[p.Name].Clone()
			out[Training+p.Name] = params[p.Name]
		}
	}
	grads, clip, err := c.backward(params, graph.Options{})
	if err != nil {
		return nil, err
	}
	clip.UpdateStatistics()
	for name, grad := range grads {
		out[Training+name] = grad
	}
	out[Training+LossName] = tensor.From([]float32{float32(clip.Losses().Mean())}, 1)
	return out, nil
}

func (c *Case) backward(params map[string]*tensor.Tensor, o graph.Options) (
	map[string]*tensor.Tensor, *graph.CLIP, error) {
	g := G.NewGraph()
	clip, err := graph.NewCLIPFrom(g, c.Config, c.Pixels.Shape[0], params, o)
	if err != nil {
		return nil, nil, err
	}
	if _, err := G.Grad(clip.Loss, clip.Learnables()...); err != nil {
		return nil, nil, err
	}
	vm := G.NewTapeMachine(g)
	defer vm.Close()
	if err := clip.SetBatch(c.Pixels, c.Tokens); err != nil {
		return nil, nil, err
	}
	if err := vm.RunAll(); err != nil {
		return nil, nil, err
	}
	out := map[string]*tensor.Tensor{}
	for _, n := range clip.Learnables() {
		v, err := n.Grad()
		if err != nil {
			return nil, nil, fmt.Errorf("points: gradient of %s: %w", n.Name(), err)
		}
		grad := tensor.New(c.Params[n.Name()].Shape...)
		switch data := v.Data().(type) {
		case []float32:
			copy(grad.Data, data)
		case float32:
			grad.Data[0] = data
		default:
			return nil, nil, fmt.Errorf("points: gradient of %s is a %T", n.Name(), data)
		}
		out[Gradient+n.Name()] = grad
	}
	return out, clip, nil
}
