package configs

import (
	"encoding/json"
	"fmt"

	"cliplab/lab/pixels"
	"cliplab/lab/tower"
)

// Model is what a publisher says of a CLIP.
type Model struct {
	Tower  tower.Config
	Pixels pixels.Options

	LogitBias bool `json:",omitzero"` // logits have a bias and are for sigmoids: SigLIP

	// Tokenizer is where the vocabulary of texts is on the hub, "" where it is CLIP's or beside the
	// model. Canonical texts have no punctuation; StripSEP turns BERT's end of text to padding.
	Tokenizer string `json:",omitzero"`
	Canonical bool   `json:",omitzero"`
	StripSEP  bool   `json:",omitzero"`
}

// decode reads JSON; the error names the file.
func decode(file string, data []byte, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("configs: %s: %w", file, err)
	}
	return nil
}

// unable is the error for what the towers cannot do.
func unable(file, field string, value any) error {
	return fmt.Errorf("configs: %s: %s is %v, which this lab cannot compute", file, field, value)
}

// side is a number of pixels, or two that must be equal.
type side int

// UnmarshalJSON takes 224, [224, 224], {"height": 224, "width": 224} and {"shortest_edge": 224}.
func (s *side) UnmarshalJSON(data []byte) error {
	var one int
	if json.Unmarshal(data, &one) == nil {
		*s = side(one)
		return nil
	}
	var pair []int
	if json.Unmarshal(data, &pair) == nil && len(pair) == 2 && pair[0] == pair[1] {
		*s = side(pair[0])
		return nil
	}
	var named struct {
		Height       int `json:"height"`
		Width        int `json:"width"`
		ShortestEdge int `json:"shortest_edge"`
	}
	if json.Unmarshal(data, &named) == nil && named.Height == named.Width &&
		named.Height+named.ShortestEdge > 0 {
		*s = side(max(named.Height, named.ShortestEdge))
		return nil
	}
	return fmt.Errorf("%s is no side of a square", data)
}

// three are the channels' means or deviations; what is missing is CLIP's.
func three(file, field string, values []float64, otherwise [3]float32) ([3]float32, error) {
	if values == nil {
		return otherwise, nil
	}
	if len(values) != 3 {
		return otherwise, fmt.Errorf("configs: %s: %s has %d values, want 3", file, field, len(values))
	}
	for i, v := range values {
		otherwise[i] = float32(v)
	}
	return otherwise, nil
}
