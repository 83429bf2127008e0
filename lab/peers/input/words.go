package main

import (
	"fmt"
	"os"

	"cliplab/lab/bpe"
	"cliplab/lab/gemma"
	"cliplab/lab/unigram"
)

// words asks for the ids of the texts by a model of package unigram or gemma; Context is as in
// tokens, and Dialect "plain", "siglip" or "open_clip", or "gemma" or "gemma_open_clip".
type words struct {
	Model  string // path of spiece.model or tokenizer.json
	Config string // path of tokenizer_config.json of gemma, "" for none
}

var wordModels = map[string]*unigram.Model{}

// tokenizer is what unigram's and gemma's do.
type tokenizer interface {
	Pieces(text string) []bpe.Piece
	Tokenize(texts []string, context int, opts ...bpe.Option) (*bpe.Tokens, error)
}

func (w words) answer(t tokens) (any, error) {
	if t.Dialect == "gemma" || t.Dialect == "gemma_open_clip" {
		return w.gemma(t)
	}
	dialects := map[string]unigram.Dialect{"plain": unigram.Plain, "siglip": unigram.SigLIP,
		"open_clip": unigram.OpenCLIP}
	dialect, ok := dialects[t.Dialect]
	if !ok {
		return nil, fmt.Errorf("input: unknown dialect %q", t.Dialect)
	}
	m := wordModels[w.Model]
	if m == nil {
		data, err := os.ReadFile(w.Model)
		if err != nil {
			return nil, err
		}
		if m, err = unigram.Read(data); err != nil {
			return nil, err
		}
		wordModels[w.Model] = m
	}
	return cut(t, &unigram.Tokenizer{Model: m, Dialect: dialect}, m.Normalize)
}

func (w words) gemma(t tokens) (any, error) {
	data, err := os.ReadFile(w.Model)
	if err != nil {
		return nil, err
	}
	var config []byte
	if w.Config != "" {
		if config, err = os.ReadFile(w.Config); err != nil {
			return nil, err
		}
	}
	g, err := gemma.Read(data, config)
	if err != nil {
		return nil, err
	}
	if t.Dialect == "gemma_open_clip" {
		g.Clean = unigram.OpenCLIP.Canonical
	}
	return cut(t, g, g.Normalize)
}

// cut gives ids, normal texts and rows.
func cut(t tokens, tokenizer tokenizer, normalize func(string) string) (any, error) {
	texts, err := t.decoded()
	if err != nil {
		return nil, err
	}
	var a tokenized
	for _, text := range texts {
		ids := []int{}
		for _, p := range tokenizer.Pieces(text) {
			ids = append(ids, p.ID)
		}
		a.IDs = append(a.IDs, ids)
		a.Clean = append(a.Clean, normalize(text))
	}
	if t.Context > 0 {
		batch, err := tokenizer.Tokenize(texts, t.Context, bpe.Truncate)
		if err != nil {
			return nil, err
		}
		a.Rows = batch.IDs
	}
	return a, nil
}
