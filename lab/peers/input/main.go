package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// answer is what one request gives; err goes out as {"error": …}.
type request struct {
	Op string // "picture", "tokens" or "words"
	picture
	tokens
	words
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<28)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var r request
		var result any
		err := json.Unmarshal(in.Bytes(), &r)
		if err == nil {
			result, err = r.answer()
		}
		if err != nil {
			result = map[string]string{"error": err.Error()}
		}
		if err := out.Encode(result); err != nil {
			fmt.Fprintln(os.Stderr, "input:", err)
			os.Exit(1)
		}
	}
}

func (r request) answer() (any, error) {
	switch r.Op {
	case "picture":
		return r.picture.answer()
	case "tokens":
		return r.tokens.answer()
	case "words":
		return r.words.answer(r.tokens)
	}
	return nil, fmt.Errorf("input: unknown op %q", r.Op)
}
