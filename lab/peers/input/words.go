package main

import (
	"fmt"
	"os"

	"cliplab/lab/bpe"
	"cliplab/lab/unigram"
)

// words asks for the ids of the texts by a model of package unigram; Context is as in tokens, and
// Dialect "plain", "siglip" or "open_clip".
type words struct {
	Model string // path of spiece.model or tokenizer.json
}

var wordModels = map[string]*unigram.Model{}

func (w words) answer(t tokens) (any, error) {
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
	tokenizer := unigram.Tokenizer{Model: m, Dialect: dialect}
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
		a.Clean = append(a.Clean, m.Normalize(text))
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
