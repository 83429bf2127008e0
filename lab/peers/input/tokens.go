package main

import (
	"encoding/base64"
	"fmt"

	"cliplab/lab/bpe"
)

// tokens asks for the ids of some texts. Texts travel in base64, so that any bytes can.
type tokens struct {
	Dialect string // "openai", "open_clip" or "transformers"
	Texts   []string
	Context int // 0: ids only; else rows of that length, cut where they are too long
	Rounds  int // how often to make the rows; answers nothing
}

// tokenized is the answer.
type tokenized struct {
	IDs     [][]int
	Clean   []string // what is really tokenized
	Decoded []string
	Rows    [][]int
}

// decoded are the texts, which travel as base64 since some are no UTF-8.
func (t tokens) decoded() ([]string, error) {
	texts := make([]string, len(t.Texts))
	for i, text := range t.Texts {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, err
		}
		texts[i] = string(raw)
	}
	return texts, nil
}

func (t tokens) answer() (any, error) {
	dialects := map[string]bpe.Dialect{
		"openai": bpe.OpenAI, "open_clip": bpe.OpenCLIP, "transformers": bpe.HuggingFace,
	}
	dialect, ok := dialects[t.Dialect]
	if !ok {
		return nil, fmt.Errorf("input: unknown dialect %q", t.Dialect)
	}
	tokenizer := bpe.NewDialect(dialect)
	texts, err := t.decoded()
	if err != nil {
		return nil, err
	}
	var a tokenized
	for _, text := range texts {
		ids := tokenizer.Encode(text)
		a.IDs = append(a.IDs, ids)
		a.Clean = append(a.Clean, tokenizer.Clean(text))
		a.Decoded = append(a.Decoded, tokenizer.Decode(ids))
	}
	if t.Context == 0 {
		return a, nil
	}
	for range t.Rounds {
		if _, err := tokenizer.Tokenize(texts, t.Context, bpe.Truncate); err != nil {
			return nil, err
		}
	}
	if t.Rounds > 0 {
		return nil, nil
	}
	batch, err := tokenizer.Tokenize(texts, t.Context, bpe.Truncate)
	if err != nil {
		return nil, err
	}
	a.Rows = batch.IDs
	return a, nil
}
