package main

import "cliplab/lab/bpe"

// tokens asks for the ids of a text.
type tokens struct {
	Text string
}

func (t tokens) answer() (any, error) {
	return map[string]any{"ids": bpe.New().Encode(t.Text), "clean": bpe.Clean(t.Text)}, nil
}
