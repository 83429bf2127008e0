package jupyter

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"cliplab/kernel/wire"
)

// errNoStdin is what a cell gets that asks where nobody can answer.
var errNoStdin = errors.New("this front end does not allow input (allow_stdin is false); " +
	"run the cell where one can type, or give the value in the cell")

// questions are the input requests that wait for an answer, by the identity of the front end.
type questions struct {
	mu      sync.Mutex
	pending map[string]chan string
}

// ask asks the front end that sent r, and waits for its answer or the end of ctx.
func (k *Kernel) ask(ctx context.Context, r *request, prompt string, password bool) (string,
	error) {
	answer := make(chan string, 1)
	who := string(lastFrame(r.Identities))
	k.questions.mu.Lock()
	k.questions.pending[who] = answer
	k.questions.mu.Unlock()
	defer func() {
		k.questions.mu.Lock()
		defer k.questions.mu.Unlock()
		if k.questions.pending[who] == answer {
			delete(k.questions.pending, who)
		}
	}()
	frames, err := k.codec.Encode(wire.Outgoing{
		Identities: r.Identities, Type: "input_request", Parent: r.RawHeader,
		Content: map[string]any{"prompt": prompt, "password": password},
	})
	if err != nil {
		return "", err
	}
	if err := k.stdin.socket.Send(frames); err != nil {
		return "", err
	}
	select {
	case text := <-answer:
		return text, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// answer takes an input_reply to the cell that waits for it.
func (k *Kernel) answer(m *wire.Message) {
	if m.Header.Type != "input_reply" {
		return
	}
	var content struct {
		Value json.RawMessage `json:"value"`
	}
	var text string
	if m.Decode(&content) != nil || json.Unmarshal(content.Value, &text) != nil {
		text = string(content.Value)
	}
	k.questions.mu.Lock()
	defer k.questions.mu.Unlock()
	who := string(lastFrame(m.Identities))
	if waiting := k.questions.pending[who]; waiting != nil {
		delete(k.questions.pending, who)
		waiting <- text
	}
}

func lastFrame(identities [][]byte) []byte {
	if len(identities) == 0 {
		return nil
	}
	return identities[len(identities)-1]
}

// typed is standard input of a cell: each line is asked for when it is needed.
type typed struct {
	ask  func() (string, error)
	mu   sync.Mutex
	left []byte
}

// Read asks for a line when the one before is used up.
func (t *typed) Read(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.left) == 0 {
		line, err := t.ask()
		if err != nil {
			return 0, err
		}
		t.left = append([]byte(line), '\n')
	}
	n := copy(p, t.left)
	t.left = t.left[n:]
	return n, nil
}
