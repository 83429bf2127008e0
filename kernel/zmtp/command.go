package zmtp

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// A command is a frame that starts with the length of its name and the name.

// splitCommand returns name and data of the body of a command frame.
func splitCommand(body []byte) (name string, data []byte, err error) {
	if len(body) == 0 || len(body) < 1+int(body[0]) {
		return "", nil, fmt.Errorf("zmtp: command of %d bytes is cut short", len(body))
	}
	end := 1 + int(body[0])
	return string(body[1:end]), body[end:], nil
}

// appendName starts the body of a command frame.
func appendName(b []byte, name string) []byte {
	return append(append(b, byte(len(name))), name...)
}

// metadata are the properties that peers tell each other in the handshake. Names are in
// lower case, since they compare without case.
type metadata map[string]string

// parseMetadata reads *(name-size name value-size value).
func parseMetadata(b []byte) (metadata, error) {
	m := metadata{}
	for len(b) > 0 {
		n := int(b[0])
		if len(b) < 1+n+4 {
			return nil, fmt.Errorf("zmtp: metadata is cut short within a name of %d bytes", n)
		}
		if slices.ContainsFunc(b[1:1+n], func(c byte) bool { return c >= 0x80 }) {
			return nil, fmt.Errorf("zmtp: property %q has a name that is not ASCII", b[1:1+n])
		}
		name := strings.ToLower(string(b[1 : 1+n]))
		size := binary.BigEndian.Uint32(b[1+n:])
		b = b[1+n+4:]
		if uint64(size) > uint64(len(b)) {
			return nil, fmt.Errorf("zmtp: property %q says %d bytes and has %d", name, size, len(b))
		}
		m[name] = string(b[:size])
		b = b[size:]
	}
	return m, nil
}

func appendProperty(b []byte, name, value string) []byte {
	b = appendName(b, name)
	b = binary.BigEndian.AppendUint32(b, uint32(len(value)))
	return append(b, value...)
}

// properties are those of a socket of kind k; only some kinds have an identity to tell.
func properties(k Kind, identity []byte) []byte {
	b := appendProperty(nil, "Socket-Type", k.String())
	if k == Dealer || k == Req || k == Router {
		b = appendProperty(b, "Identity", string(identity))
	}
	return b
}

// refusal is the error that a peer's ERROR command states.
func refusal(data []byte) error {
	if len(data) > 0 && int(data[0]) == len(data)-1 {
		data = data[1:]
	}
	return fmt.Errorf("zmtp: the peer refuses: %q", data)
}
