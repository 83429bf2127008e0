package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Version is the version of the messaging protocol that is spoken.
const Version = "5.5"

// Header says what a message is and who sent it.
type Header struct {
	ID       string `json:"msg_id"`
	Session  string `json:"session"`
	Username string `json:"username"`
	Date     string `json:"date"`
	Type     string `json:"msg_type"`
	Version  string `json:"version"`
	Subshell string `json:"subshell_id,omitempty"` // of requests; "" is the parent shell
}

// Message is a message that arrived, its signature checked.
type Message struct {
	Identities [][]byte // the way back to its sender
	Header     Header
	RawHeader  json.RawMessage // as it came: the parent header of all answers
	Parent     json.RawMessage
	Metadata   json.RawMessage
	Content    json.RawMessage
	Buffers    [][]byte
}

// Outgoing is a message to be sent. Metadata and Content are anything that encodes as a JSON
// object; nil is {}.
type Outgoing struct {
	Identities [][]byte // or the topic, on iopub
	Type       string
	Parent     json.RawMessage // header of the message that this one answers; nil is {}
	Metadata   any
	Content    any
	Buffers    [][]byte
}

// delimiter stands between identities and the message proper.
var delimiter = []byte("<IDS|MSG>")

// parts is the number of frames from signature to content.
const parts = 5

// split finds identities, the five parts, and buffers of a message.
func split(frames [][]byte) (identities, body, buffers [][]byte, err error) {
	for i, f := range frames {
		if !bytes.Equal(f, delimiter) {
			continue
		}
		rest := frames[i+1:]
		if len(rest) < parts {
			return nil, nil, nil, fmt.Errorf(
				"wire: %d frames after the delimiter, a message has at least %d", len(rest), parts)
		}
		return frames[:i], rest[:parts], rest[parts:], nil
	}
	return nil, nil, nil, fmt.Errorf("wire: no delimiter %s in %d frames", delimiter, len(frames))
}

// parse reads the parts of a message whose signature was right.
func parse(identities, body, buffers [][]byte) (*Message, error) {
	m := &Message{Identities: identities, Buffers: buffers}
	if err := json.Unmarshal(body[1], &m.Header); err != nil {
		return nil, fmt.Errorf("wire: header %.80q: %w", body[1], err)
	}
	if m.Header.Type == "" {
		return nil, fmt.Errorf("wire: header %.80q has no msg_type", body[1])
	}
	m.RawHeader = body[1]
	for i, dst := range []*json.RawMessage{&m.Parent, &m.Metadata, &m.Content} {
		part := body[i+2]
		if len(bytes.TrimSpace(part)) == 0 {
			part = []byte("{}")
		}
		if !json.Valid(part) {
			return nil, fmt.Errorf("wire: part %d of a %s is not JSON: %.80q", i+2, m.Header.Type,
				part)
		}
		*dst = part
	}
	return m, nil
}

// Decode reads the content into v, which holds the defaults of fields that may be missing.
func (m *Message) Decode(v any) error {
	if err := json.Unmarshal(m.Content, v); err != nil {
		return fmt.Errorf("wire: content of %s: %w", m.Header.Type, err)
	}
	return nil
}

// now is the time as Jupyter writes it.
func now() string { return time.Now().UTC().Format("2006-01-02T15:04:05.000000Z") }

// object encodes v, with {} for nil.
func object(v any) ([]byte, error) {
	if v == nil {
		return []byte("{}"), nil
	}
	if raw, ok := v.(json.RawMessage); ok {
		if len(raw) == 0 {
			return []byte("{}"), nil
		}
		return raw, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
