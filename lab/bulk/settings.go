package bulk

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math"
	"os"
	"strings"

	"cliplab/lab"
)

// Settings say how features were made. They stand in the .json beside them.
type Settings struct {
	Model     string `json:"model"` // as lab.Load takes it
	Revision  string `json:"revision,omitempty"`
	Precision string `json:"precision"`            // of the arithmetic: f32, bf16, i8
	ImageSize int    `json:"image_size,omitempty"` // pixels a side, where it is not the model's own
	Rows      Kind   `json:"rows"`
	Source    string `json:"source,omitempty"` // folder or list that was encoded
	Folder    string `json:"folder,omitempty"` // that the names of pictures count from
	Dim       int    `json:"dim"`
	Unit      bool   `json:"unit"`    // rows are unit features
	Weights   string `json:"weights"` // a fingerprint of the model's parameters
}

// Fingerprint tells models apart that have the same name: a sum over the text projection and the
// logit scale, which every training changes.
func Fingerprint(m *lab.Model) string {
	sum := fnv.New64a()
	for _, name := range []string{"logit_scale", "text_projection"} {
		if m.HasParam(name) {
			for _, v := range m.Param(name).Data {
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
		return true, fmt.Errorf("bulk: %s was made otherwise: %s; give another name, or overwrite "+
			"it", features, old.differences(s))
	}
	return true, nil
}

// differences lists what two settings do not share.
func (s Settings) differences(now Settings) string {
	var all []string
	say := func(what string, old, now any) {
		if old != now {
			all = append(all, fmt.Sprintf("%s was %v, is %v", what, old, now))
		}
	}
	say("the source", s.Source, now.Source)
	say("what is in a row", s.Rows, now.Rows)
	say("the model", s.Model, now.Model)
	say("the revision", s.Revision, now.Revision)
	say("the weights' fingerprint", s.Weights, now.Weights)
	say("the precision", s.Precision, now.Precision)
	say("the size of pictures", s.ImageSize, now.ImageSize)
	say("the number of columns", s.Dim, now.Dim)
	say("unit features", s.Unit, now.Unit)
	say("the folder", s.Folder, now.Folder)
	return strings.Join(all, "; ")
}
