package tower

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Published gives the shape of a published model by open_clip's name: "ViT-B-32", "RN50x4",
// "ViT-bigG-14" … OpenAI's own spelling "ViT-B/32", "ViT-L/14@336px" is understood. A name that
// ends in "-quickgelu" is the same shape with QuickGELU, as all of OpenAI's own weights need it;
// OpenAI's spelling means it too.
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
	// text is the rest of a model: its embed dim, and width, heads and layers of texts.
	text := func(c Config, t [4]int) Config {
		c.ContextLength, c.VocabSize, c.ExactGELU = 77, 49408, true
		c.EmbedDim, c.TextWidth, c.TextHeads, c.TextLayers = t[0], t[1], t[2], t[3]
		return c
	}
	rn := func(size, width int, stages [4]int) Config {
		return Config{ImageSize: size, VisionWidth: width, VisionStages: stages,
			VisionHeads: width * 32 / headWidth}
	}
	// vit's head is the width of a head, its mlp the hidden width or 0.
	vit := func(size, patch, width, layers, head, mlp int) Config {
		return Config{ImageSize: size, PatchSize: patch, VisionWidth: width, VisionLayers: layers,
			VisionHeads: width / head, VisionMLP: mlp}
	}
	b, l := [4]int{512, 512, 8, 12}, [4]int{768, 768, 12, 12} // texts of the base, the large
	plus, h := [4]int{640, 640, 10, 12}, [4]int{1024, 1024, 16, 24}
	tiny, small := [4]int{256, 256, 4, 10}, [4]int{384, 384, 6, 12}
	big := [4]int{1280, 1280, 20, 32}
	return map[string]Config{
		"RN50":              text(rn(224, 64, [4]int{3, 4, 6, 3}), [4]int{1024, 512, 8, 12}),
		"RN101":             text(rn(224, 64, [4]int{3, 4, 23, 3}), b),
		"RN50x4":            text(rn(288, 80, [4]int{4, 6, 10, 6}), plus),
		"RN50x16":           text(rn(384, 96, [4]int{6, 8, 18, 8}), l),
		"RN50x64":           text(rn(448, 128, [4]int{3, 15, 36, 10}), [4]int{1024, 1024, 16, 12}),
		"ViT-S-32":          text(vit(224, 32, 384, 12, 64, 0), small),
		"ViT-S-16":          text(vit(224, 16, 384, 12, 64, 0), small),
		"ViT-S-32-alt":      text(vit(224, 32, 384, 12, 64, 0), tiny),
		"ViT-S-16-alt":      text(vit(224, 16, 384, 12, 64, 0), tiny),
		"ViT-M-32":          text(vit(224, 32, 512, 12, 64, 0), b),
		"ViT-M-16":          text(vit(224, 16, 512, 12, 64, 0), b),
		"ViT-B-32":          text(vit(224, 32, 768, 12, 64, 0), b),
		"ViT-B-32-256":      text(vit(256, 32, 768, 12, 64, 0), b),
		"ViT-B-32-plus-256": text(vit(256, 32, 896, 12, 64, 0), plus),
		"ViT-B-16":          text(vit(224, 16, 768, 12, 64, 0), b),
		"ViT-B-16-plus":     text(vit(224, 16, 896, 12, 64, 0), plus),
		"ViT-B-16-plus-240": text(vit(240, 16, 896, 12, 64, 0), plus),
		"ViT-L-14":          text(vit(224, 14, 1024, 24, 64, 0), l),
		"ViT-L-14-280":      text(vit(280, 14, 1024, 24, 64, 0), l),
		"ViT-L-14-336":      text(vit(336, 14, 1024, 24, 64, 0), l),
		"ViT-L-16":          text(vit(224, 16, 1024, 24, 64, 0), l),
		"ViT-L-16-320":      text(vit(320, 16, 1024, 24, 64, 0), l),
		"ViT-H-14":          text(vit(224, 14, 1280, 32, 80, 0), h),
		"ViT-H-14-378":      text(vit(378, 14, 1280, 32, 80, 0), h),
		"ViT-H-16":          text(vit(224, 16, 1280, 32, 80, 0), h),
		"ViT-g-14":          text(vit(224, 14, 1408, 40, 88, 6144), h),
		"ViT-bigG-14":       text(vit(224, 14, 1664, 48, 104, 8192), big),
		"ViT-e-14":          text(vit(224, 14, 1792, 56, 112, 15360), [4]int{1280, 1280, 20, 36}),
	}
}
