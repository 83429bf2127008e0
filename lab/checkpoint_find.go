package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"cliplab/lab/configs"
	"cliplab/lab/hub"
	"cliplab/lab/safetensors"
	"cliplab/lab/tower"
)

// weightFiles are the names under which publishers keep weights, best first.
var (
	transformersFiles = []string{"model.safetensors", "model.safetensors.index.json",
		"pytorch_model.bin", "pytorch_model.bin.index.json"}
	openCLIPFiles = []string{"open_clip_model.safetensors", "open_clip_pytorch_model.safetensors",
		"open_clip_pytorch_model.bin"}
)

// onHub is what a name on the hub looks like: owner/name.
var onHub = regexp.MustCompile(`^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$`)

// find looks for a file, a folder, and then on the hub.
func (l *loading) find(ctx context.Context, name string) (p place, err error) {
	p.name = filepath.Base(name)
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		p.folder = name
		p.weights, err = weightsIn(name)
	case err == nil && !info.Mode().IsRegular():
		err = fmt.Errorf("it is neither a file nor a folder, but %v", info.Mode())
	case err == nil:
		p.folder, p.weights = filepath.Dir(name), name
	case os.IsNotExist(err) && onHub.MatchString(name):
		p.name = name
		err = l.fetch(ctx, name, &p)
	case os.IsNotExist(err):
		return p, fmt.Errorf("lab: there is no model %q: it is neither %q, which is built in, nor a "+
			"file or folder, nor owner/name on the hub", name, Shipped)
	}
	if err != nil {
		err = fmt.Errorf("lab: model %s: %w", p.name, err)
	}
	return p, err
}

// weightsIn chooses the file of weights in a folder.
func weightsIn(folder string) (string, error) {
	for _, name := range wanted(folder) {
		path := filepath.Join(folder, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	var found []string
	for _, end := range []string{"*.safetensors", "*.pt", "*.pth", "*.bin"} {
		paths, err := filepath.Glob(filepath.Join(escapeGlob(folder), end))
		if err != nil {
			return "", err
		}
		if found = append(found, paths...); len(found) > 0 {
			break
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	for i, path := range found {
		found[i] = filepath.Base(path)
	}
	return "", fmt.Errorf("the folder has none of %s, and %d other files of weights (%s); name the "+
		"file", strings.Join(wanted(folder), ", "), len(found), strings.Join(found, ", "))
}

func escapeGlob(path string) string {
	return regexp.MustCompile(`[*?\[\\]`).ReplaceAllString(path, `\$0`)
}

// wanted lists files of weights, those first that go with the configuration in the folder.
func wanted(folder string) []string {
	if isTransformers(folder) {
		return slices.Concat(transformersFiles, openCLIPFiles)
	}
	if _, err := os.Stat(filepath.Join(folder, configs.OpenCLIPFile)); err == nil {
		return openCLIPFiles // what lies beside may be another library's, as timm's
	}
	return slices.Concat(transformersFiles, openCLIPFiles)
}

// isTransformers tells whether config.json is of a CLIP, or of none that is known.
func isTransformers(folder string) bool {
	text, err := (place{folder: folder}).config(configs.TransformersFile)
	var c struct {
		ModelType string `json:"model_type"`
	}
	return err == nil && text != nil && json.Unmarshal(text, &c) == nil &&
		slices.Contains(configs.ModelTypes(), c.ModelType)
}

// fetch brings a model from the hub: its configuration first, which tells what weights to ask
// for, so that of the several copies that repositories hold one is fetched.
func (l *loading) fetch(ctx context.Context, repo string, p *place) error {
	if _, err := tower.Published(repo); err == nil {
		return errors.New("that is a shape, not a place: OpenAI's weights are on the hub as " +
			"openai/clip-vit-base-patch32, -base-patch16, -large-patch14 and -large-patch14-336")
	}
	client := hub.Default()
	client.Offline = client.Offline || l.offline
	folder, err := client.Snapshot(ctx, repo, l.revision, configs.TransformersFile,
		configs.PreprocessorFile, configs.OpenCLIPFile)
	if err != nil {
		return err
	}
	p.folder = folder
	commit := filepath.Base(folder) // so that all files are of one commit
	if err := fetchWords(ctx, client, repo, commit, p); err != nil {
		return err
	}
	var first error
	for _, name := range wanted(folder) {
		path, err := client.File(ctx, repo, commit, name)
		if err == nil && strings.HasSuffix(name, ".index.json") {
			err = fetchShards(ctx, client, repo, commit, path)
		}
		if err == nil {
			p.weights = path
			return nil
		}
		if first == nil {
			first = err
		}
		if !errors.Is(err, hub.ErrFileNotFound) && !errors.Is(err, hub.ErrNotCached) {
			return err
		}
	}
	return fmt.Errorf("it has none of %s: %w", strings.Join(wanted(folder), ", "), first)
}

// fetchShards brings the files that an index names.
func fetchShards(ctx context.Context, client *hub.Client, repo, commit, index string) error {
	shards, err := safetensors.ReadIndex(index)
	if err != nil {
		return err
	}
	_, err = client.Snapshot(ctx, repo, commit, slices.Sorted(maps.Keys(shards))...)
	return err
}
