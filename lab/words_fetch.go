package lab

import (
	"context"
	"errors"
	"path/filepath"

	"cliplab/lab/configs"
	"cliplab/lab/hub"
)

// fetchWords brings a vocabulary from the model's repository, or from the one that it names.
func fetchWords(ctx context.Context, client *hub.Client, repo, commit string, p *place) error {
	m, err := p.saidBeside()
	if err != nil || m == nil || !ownWords(*m) {
		return nil // what is wrong with it is told when it is opened
	}
	bring := func(repo, revision string) (folder string, err error) {
		folder, err = client.Snapshot(ctx, repo, revision, wordFiles...)
		if err == nil {
			if _, err = client.File(ctx, repo, filepath.Base(folder), wordConfig); isNone(err) {
				err = nil
			}
		}
		return folder, err
	}
	_, err = bring(repo, commit)
	if isNone(err) && m.Tokenizer != "" && m.Tokenizer != repo {
		p.vocabulary, err = bring(m.Tokenizer, "")
	}
	if isNone(err) {
		return nil // pictures can be encoded without
	}
	return err
}

// isNone says that a repository has no such files, or that none was fetched before.
func isNone(err error) bool {
	return errors.Is(err, hub.ErrNotCached) || errors.Is(err, hub.ErrFileNotFound)
}

// saidBeside is what the configuration in the folder says, nil for none.
func (p place) saidBeside() (*configs.Model, error) {
	if isTransformers(p.folder) {
		text, err := p.config(configs.TransformersFile)
		if err != nil || text == nil {
			return nil, err
		}
		m, err := configs.Transformers(text, nil)
		return &m, err
	}
	text, err := p.config(configs.OpenCLIPFile)
	if err != nil || text == nil {
		return nil, err
	}
	m, err := configs.OpenCLIP(text)
	return &m, err
}
