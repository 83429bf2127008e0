package train

import "math"

// LearningRate is the rate of a step: it grows linearly over the warm-up, then falls along
// half a cosine to 0 at the last step.
//
//	step < warmup:  base · (step+1) / warmup
//	else:           base · ½ (1 + cos π·(step−warmup)/(steps−warmup))
//
// As open_clip's cosine schedule, which follows the paper, section 2.5.
func LearningRate(step, steps, warmup int, base float64) float64 {
	if step < warmup {
		return base * float64(step+1) / float64(warmup)
	}
	progress := float64(step-warmup) / float64(max(1, steps-warmup))
	return base * 0.5 * (1 + math.Cos(math.Pi*min(1, progress)))
}
