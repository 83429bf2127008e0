package bulk

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math"
	"os"

	"cliplab/lab"
)

// Settings say how features were made. They stand in the .json beside them.
type Settings struct {
	Model     string `json:"model"` // as lab.Load takes it
	Revision  string `json:"revision,omitempty"`
	Precision string `json:"precision"` // of the arithmetic: f32, bf16, i8
	Rows      Kind   `json:"rows"`
	Dim       int    `json:"dim"`
	Unit      bool   `json:"unit"`    // rows are unit features
	Weights   string `json:"weights"` // a fingerprint of the model's parameters
}

// Fingerprint tells models apart that have the same name: a sum over the text projection and the
// logit scale, which every training changes.
func Fingerprint(m *lab.Model) string {
	sum := fnv.New64a()
	for _, name := range []string{"logit_scale", "text_projection"} {
		if p := m.Params[name]; p != nil {
			for _, v := range p.Data {
				bits := math.Float32bits(v)
				sum.Write([]byte{byte(bits), byte(bits >> 8), byte(bits >> 16), byte(bits >> 24)})
			}
		}
	}
	return fmt.Sprintf("%016x", sum.Sum64())
}

// ReadSettings reads the settings of the features in a file.
func ReadSettings(features string) (Settings, error) {
	var s Settings
	text, err := os.ReadFile(features + ".json")
	if err != nil {
		return s, fmt.Errorf("bulk: settings of %s: %w", features, err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("bulk: %s.json: %w", features, err)
	}
	return s, nil
}

func (s Settings) write(features string) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(features+".json", append(text, '\n'), 0o666)
}

// check says why features that are there cannot be gone on with.
func (s Settings) check(features string) (there bool, err error) {
	if _, err := os.Stat(features); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("bulk: %w", err)
	}
	old, err := ReadSettings(features)
	if errors.Is(err, fs.ErrNotExist) {
		return true, fmt.Errorf("bulk: %s is there and was not written by this command; give "+
			"another name, or overwrite it", features)
	}
	if err != nil {
		return true, err
	}
	if old != s {
		return true, fmt.Errorf("bulk: %s was made otherwise (%s) than is wanted now (%s); give "+
			"another name, or overwrite it", features, old, s)
	}
	return true, nil
}

// String is one line for messages.
func (s Settings) String() string {
	unit := "unit"
	if !s.Unit {
		unit = "raw"
	}
	return fmt.Sprintf("%s of %s, weights %.8s, %s, %d dimensions, %s", s.Rows, s.Model, s.Weights,
		s.Precision, s.Dim, unit)
}
