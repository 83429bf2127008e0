package train

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"cliplab/lab/graph"
	"cliplab/lab/safetensors"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// A checkpoint is a safetensors file in float32: the parameters under "model.", the optimiser's
// means under "exp_avg." and "exp_avg_sq.", and as metadata what is left of a run.
const (
	checkpointFormat = "cliplab training checkpoint 1"
	modelPrefix      = "model."

	keyFormat  = "format"
	keyConfig  = "config"  // JSON
	keyHistory = "history" // JSON: float64 keeps every bit
	keyStream  = "stream"  // state of the data's random stream, in hexadecimal
	keyTokens  = "token_ids"
)

// save writes the run's checkpoint. What was there before stays until the new one is whole and
// on disk.
func (r *run) save() error {
	tensors, err := r.stepper.state()
	if err = errors.Join(err, r.sync()); err != nil {
		return fmt.Errorf("train: checkpoint: %w", err)
	}
	for name, t := range r.stepper.Params() {
		tensors[modelPrefix+name] = t
	}
	config, err := json.Marshal(r.cfg)
	if err != nil {
		return fmt.Errorf("train: checkpoint: %w", err)
	}
	history, err := json.Marshal(r.history)
	if err != nil {
		return fmt.Errorf("train: checkpoint: %w", err)
	}
	path := r.cfg.Checkpoint
	half := path + ".new"
	err = safetensors.WriteFile(half, tensors, safetensors.F32, map[string]string{
		keyFormat: checkpointFormat, keyConfig: string(config), keyHistory: string(history),
		keyStream: hex.EncodeToString(r.stream), keyTokens: r.tokenIDs(),
	})
	if err == nil {
		err = errors.Join(flush(half), os.Rename(half, path))
	}
	if err != nil {
		return fmt.Errorf("train: checkpoint %s: %w", path, errors.Join(err, remove(half)))
	}
	return nil
}

// flush waits until a file is on disk.
func flush(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (r *run) tokenIDs() string {
	if r.vocabulary == nil {
		return ""
	}
	return strings.Trim(fmt.Sprint(r.vocabulary.IDs()), "[]")
}

// resume makes the run what it was when its checkpoint was written. The error names what does
// not fit.
func (r *run) resume() error {
	path := r.cfg.Checkpoint
	file, err := safetensors.ReadFile(path, safetensors.Finite)
	if err != nil {
		return fmt.Errorf("train: nothing to resume from: %w", err)
	}
	bad := func(err error) error { return fmt.Errorf("train: checkpoint %s: %w", path, err) }
	if f := file.Metadata[keyFormat]; f != checkpointFormat {
		return bad(fmt.Errorf("format is %.40q, want %q: it is no checkpoint of a run, such as "+
			"train --checkpoint writes, but perhaps a model, for train --from", f, checkpointFormat))
	}
	if err := r.sameConfig(file.Metadata[keyConfig]); err != nil {
		return bad(err)
	}
	if file.Metadata[keyTokens] != r.tokenIDs() {
		return bad(errors.New("the source's captions have other tokens than then: resume with " +
			"the same data"))
	}
	var history History
	if err := json.Unmarshal([]byte(file.Metadata[keyHistory]), &history); err != nil {
		return bad(fmt.Errorf("history: %w", err))
	}
	if err := history.check(r.cfg); err != nil {
		return bad(err)
	}
	stream, err := hex.DecodeString(file.Metadata[keyStream])
	if err == nil {
		err = r.loader.stream.UnmarshalBinary(stream)
	}
	if err != nil {
		return bad(fmt.Errorf("random stream: %w", err))
	}
	if err := r.load(file, history.Steps()); err != nil {
		return bad(err)
	}
	r.history, r.stream = &history, stream
	return nil
}

// check says what is wrong with a history that was read.
func (h *History) check(cfg Config) error {
	n := len(h.Loss)
	if len(h.LogitScale) != n || len(h.Rate) != n || len(h.GradNorm) != n || n > cfg.Steps ||
		h.Batch != cfg.Batch {
		return fmt.Errorf("history of %d losses, %d scales, %d rates, %d gradients for %d steps", n,
			len(h.LogitScale), len(h.Rate), len(h.GradNorm), cfg.Steps)
	}
	return nil
}

// load copies parameters and optimiser from a file, all or nothing.
func (r *run) load(file *safetensors.File, steps int) error {
	tensors, err := file.Tensors()
	if err != nil {
		return err
	}
	params := r.stepper.Params()
	for _, name := range slices.Sorted(maps.Keys(params)) {
		t := tensors[modelPrefix+name]
		if t == nil || !slices.Equal(t.Shape, params[name].Shape) {
			return fmt.Errorf("parameter %s is missing or not of shape %v", name, params[name].Shape)
		}
	}
	state := map[string]*tensor.Tensor{}
	for name, t := range tensors {
		if !strings.HasPrefix(name, modelPrefix) {
			state[name] = t
		}
	}
	if err := r.checkState(state, steps); err != nil {
		return err
	}
	for name, p := range params {
		copy(p.Data, tensors[modelPrefix+name].Data)
	}
	return r.stepper.setState(state)
}

// checkState says what is wrong with the state of an optimiser after some steps.
func (r *run) checkState(state map[string]*tensor.Tensor, steps int) error {
	if s := state["step"]; s == nil || s.Len() != 1 || s.Data[0] != float32(steps) {
		return fmt.Errorf("the optimiser has not taken the %d steps of the history", steps)
	}
	if steps == 0 {
		return nil
	}
	moved := map[string]bool{} // otherwise than by the optimiser
	for _, p := range tower.Params(r.cfg.Tower) {
		moved[p.Name] = p.Buffer
	}
	for name, p := range r.stepper.Params() {
		if r.cfg.frozen(name) || moved[name] || name == graph.LogitBias && r.cfg.Loss != Sigmoid {
			continue
		}
		for _, prefix := range []string{"exp_avg.", "exp_avg_sq."} {
			if t := state[prefix+name]; t == nil || t.Len() != p.Len() {
				return fmt.Errorf("%s%s is missing or has not %d numbers", prefix, name, p.Len())
			}
		}
	}
	return nil
}

// sameConfig says which fields of the configuration differ from those in a checkpoint.
func (r *run) sameConfig(text string) error {
	now, err := json.Marshal(r.cfg)
	if err != nil {
		return err
	}
	was, err := fields(text)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	is, err := fields(string(now))
	if err != nil {
		return err
	}
	names := maps.Clone(was)
	maps.Copy(names, is)
	var differ []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if a, b := was[name], is[name]; a != b {
			differ = append(differ, fmt.Sprintf("%s is %s, was %s", name, b, a))
		}
	}
	if len(differ) == 0 {
		return nil
	}
	return fmt.Errorf("the run had another configuration: %s; resume with the same, or start anew",
		strings.Join(differ, "; "))
}

// fields are the leaves of a JSON object, by their path.
func fields(text string) (map[string]string, error) {
	var object map[string]any
	read := json.NewDecoder(strings.NewReader(text))
	read.UseNumber() // seeds have more digits than a float64
	if err := read.Decode(&object); err != nil {
		return nil, err
	}
	leaves := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		if object, ok := v.(map[string]any); ok {
			for key, value := range object {
				walk(strings.TrimPrefix(path+"."+key, "."), value)
			}
			return
		}
		leaf, _ := json.Marshal(v)
		leaves[path] = string(leaf)
	}
	walk("", object)
	return leaves, nil
}
