package tower

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Published gives the shape of a published model by open_clip's name: "ViT-B-32", "RN50x4",
// "ViT-bigG-14" … OpenAI's own spelling "ViT-B/32", "ViT-L/14@336px" is understood. A name that
// ends in "-quickgelu" is the same shape with QuickGELU; OpenAI's weights are always that.
//
// The error lists the names.
func Published(name string) (Config, error) {
	key := strings.NewReplacer("/", "-", "@336px", "-336").Replace(name)
	key, quick := strings.CutSuffix(key, "-quickgelu")
	c, ok := published()[key]
	if !ok {
		return Config{}, fmt.Errorf("tower: no published model %q; there are %s", name,
			strings.Join(PublishedNames(), ", "))
	}
	if quick || strings.ContainsAny(name, "/") {
		c.ExactGELU = false
	}
	return c, nil
}

// PublishedNames are the names that Published knows, sorted.
func PublishedNames() []string { return slices.Sorted(maps.Keys(published())) }

// publishedHeads gives c the heads of the published model of the same shape, if there is one.
func publishedHeads(c Config) Config {
	for _, p := range published() {
		if p.VisionStages == c.VisionStages && p.VisionWidth == c.VisionWidth &&
			p.VisionLayers == c.VisionLayers && p.VisionMLP == c.VisionMLP &&
			p.PatchSize == c.PatchSize && p.TextWidth == c.TextWidth &&
			p.TextLayers == c.TextLayers {
			c.VisionHeads, c.TextHeads = p.VisionHeads, p.TextHeads
			return c
		}
	}
	return c
}

// published is made anew each time: it is asked for once or twice a process.
func published() map[string]Config {
	text := func(c Config, embed, width, heads, layers int) Config {
		c.ContextLength, c.VocabSize, c.EmbedDim = 77, 49408, embed
		c.TextWidth, c.TextHeads, c.TextLayers = width, heads, layers
		return c
	}
	rn := func(size, width int, stages [4]int) Config {
		return Config{ImageSize: size, VisionWidth: width, VisionStages: stages,
			VisionHeads: width * 32 / headWidth}
	}
	// vit's head is the width of a head, its mlp the hidden width or 0.
	vit := func(size, patch, width, layers, head, mlp int) Config {
		return Config{ImageSize: size, PatchSize: patch, VisionWidth: width, VisionLayers: layers,
			VisionHeads: width / head, VisionMLP: mlp, ExactGELU: true}
	}
	return map[string]Config{
		"RN50":         text(rn(224, 64, [4]int{3, 4, 6, 3}), 1024, 512, 8, 12),
		"RN101":        text(rn(224, 64, [4]int{3, 4, 23, 3}), 512, 512, 8, 12),
		"RN50x4":       text(rn(288, 80, [4]int{4, 6, 10, 6}), 640, 640, 10, 12),
		"RN50x16":      text(rn(384, 96, [4]int{6, 8, 18, 8}), 768, 768, 12, 12),
		"RN50x64":      text(rn(448, 128, [4]int{3, 15, 36, 10}), 1024, 1024, 16, 12),
		"ViT-B-32":     text(vit(224, 32, 768, 12, 64, 0), 512, 512, 8, 12),
		"ViT-B-16":     text(vit(224, 16, 768, 12, 64, 0), 512, 512, 8, 12),
		"ViT-L-14":     text(vit(224, 14, 1024, 24, 64, 0), 768, 768, 12, 12),
		"ViT-L-14-336": text(vit(336, 14, 1024, 24, 64, 0), 768, 768, 12, 12),
	}
}
