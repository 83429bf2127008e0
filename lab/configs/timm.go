package configs

import (
	"fmt"
	"regexp"
	"strconv"

	"cliplab/lab/tower"
)

// sigLIPEpsilon is that of SigLIP's layer norms, in both publishers' models.
const sigLIPEpsilon = 1e-6

// timmName is what timm calls SigLIP's image towers: size, patch and picture.
var timmName = regexp.MustCompile(`^vit_([a-z0-9]+)_patch(\d+)_siglip_(\d+)$`)

// timmShape is a size of timm's: timm/models/vision_transformer.py.
type timmShape struct{ width, layers, heads, mlp int }

// timmShapes are SigLIP's sizes.
var timmShapes = map[string]timmShape{
	"base":     {768, 12, 12, 0},
	"large":    {1024, 24, 16, 0},
	"so400m":   {1152, 27, 16, 4304},
	"giantopt": {1536, 40, 16, 0},
}

// timmTanh are timm's names: of some it takes GELU by tanh, of the others GELU, though all were
// trained by tanh.
var timmTanh = map[string]bool{
	"vit_base_patch16_siglip_224": false, "vit_base_patch16_siglip_256": false,
	"vit_base_patch16_siglip_384": false, "vit_base_patch16_siglip_512": false,
	"vit_base_patch32_siglip_256": true, "vit_large_patch16_siglip_256": false,
	"vit_large_patch16_siglip_384": false, "vit_large_patch16_siglip_512": true,
	"vit_so400m_patch14_siglip_224": false, "vit_so400m_patch14_siglip_378": false,
	"vit_so400m_patch14_siglip_384": false, "vit_so400m_patch16_siglip_256": true,
	"vit_so400m_patch16_siglip_384": true, "vit_so400m_patch16_siglip_512": true,
	"vit_giantopt_patch16_siglip_256": true, "vit_giantopt_patch16_siglip_384": true,
}

// timm puts the image tower that timm calls so into c.
func (v ocVision) timm(c *tower.Config) error {
	m := timmName.FindStringSubmatch(v.TimmName)
	if m == nil || v.TimmPool != "map" || v.TimmProject != "none" {
		return unable(OpenCLIPFile, "vision_cfg.timm_model_name", v.TimmName)
	}
	shape, ok := timmShapes[m[1]]
	if !ok {
		return unable(OpenCLIPFile, "vision_cfg.timm_model_name", v.TimmName)
	}
	patch, err := strconv.Atoi(m[2])
	if err != nil {
		return unable(OpenCLIPFile, "vision_cfg.timm_model_name", v.TimmName)
	}
	c.PatchSize, c.VisionWidth, c.VisionLayers = patch, shape.width, shape.layers
	c.VisionHeads, c.VisionMLP, c.VisionStages = shape.heads, shape.mlp, [4]int{}
	c.ImagePool, c.NoLnPre, c.VisionTanh = tower.PoolAttention, true, timmTanh[v.TimmName]
	return nil
}

// timmOf is timm's name of an image tower.
func timmOf(c tower.Config) (string, error) {
	for size, s := range timmShapes {
		if s == (timmShape{c.VisionWidth, c.VisionLayers, c.VisionHeads, c.VisionMLP}) {
			name := fmt.Sprintf("vit_%s_patch%d_siglip_%d", size, c.PatchSize, c.ImageSize)
			tanh, ok := timmTanh[name]
			switch {
			case !ok:
				return "", fmt.Errorf("configs: timm has no %s; write it for transformers", name)
			case tanh == c.VisionTanh:
				return name, nil
			}
			return "", fmt.Errorf("configs: timm's %s has another GELU (by tanh: %v); write it for "+
				"transformers", name, tanh)
		}
	}
	return "", fmt.Errorf("configs: timm has no SigLIP of width %d, %d layers, %d heads; write it "+
		"for transformers", c.VisionWidth, c.VisionLayers, c.VisionHeads)
}

// epsilon is that of both towers' norms as the lab says it: 0 for 1e-5.
func epsilon(file string, vision, text float64) (float64, error) {
	usual := func(e float64) float64 {
		if e == 1e-5 {
			return 0
		}
		return e
	}
	if usual(vision) != usual(text) {
		return 0, unable(file, "the epsilon of norms of vision and text",
			fmt.Sprintf("%g and %g", vision, text))
	}
	return usual(vision), nil
}
