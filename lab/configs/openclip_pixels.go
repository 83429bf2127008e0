package configs

import (
	"fmt"

	"cliplab/lab/pixels"
)

// ocPreprocess is how open_clip makes pictures ready.
type ocPreprocess struct {
	Size          *side     `json:"size,omitempty"`
	Mode          string    `json:"mode,omitempty"`
	Mean          []float64 `json:"mean"`
	Std           []float64 `json:"std"`
	Interpolation string    `json:"interpolation,omitempty"`
	ResizeMode    string    `json:"resize_mode,omitempty"`
}

func (p ocPreprocess) options(size int) (pixels.Options, error) {
	o := pixels.Options{Size: size, Mean: pixels.Mean, Std: pixels.Std, Alpha: pixels.DropLast}
	if p.Size != nil && int(*p.Size) != size {
		return o, fmt.Errorf("configs: %s: preprocess_cfg.size is %d, but image_size is %d",
			OpenCLIPFile, *p.Size, size)
	}
	if p.Mode != "" && p.Mode != "RGB" {
		return o, unable(OpenCLIPFile, "preprocess_cfg.mode", p.Mode)
	}
	if name := p.Interpolation; name != "" && name != "random" { // random is for training
		filter, err := pixels.ParseFilter(name)
		if err != nil {
			return o, fmt.Errorf("configs: %s: preprocess_cfg.interpolation: %w", OpenCLIPFile, err)
		}
		o.Filter = filter
	}
	switch p.ResizeMode {
	case "", "shortest":
	case "squash":
		o.Fit = pixels.Stretch
	default:
		return o, unable(OpenCLIPFile, "preprocess_cfg.resize_mode", p.ResizeMode)
	}
	var err error
	if o.Mean, err = three(OpenCLIPFile, "preprocess_cfg.mean", p.Mean, o.Mean); err != nil {
		return o, err
	}
	if o.Std, err = three(OpenCLIPFile, "preprocess_cfg.std", p.Std, o.Std); err != nil {
		return o, err
	}
	return o, o.Check()
}
