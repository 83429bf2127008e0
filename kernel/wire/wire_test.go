package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// header has a field that this package does not know, and a null that it does.
const header = `{"msg_id":"1","msg_type":"kernel_info_request","session":"s",` +
	`"date":"2026-01-01T00:00:00.000000Z","username":"u","version":"5.3",` +
	`"subshell_id":null,"own":[1]}`

// signatures are what Python 3.11 makes of the message with key "secret":
// hmac.new(b"secret", header + b"{}" + b"{}" + b'{"a":1}', NAME).hexdigest()
var signatures = map[string]string{
	"hmac-sha256": "e97b72ed13e7dae80afe258c2153cf6fbf0ac82855e81545f9f427a010ab268c",
	"hmac-md5":    "d5ab9114a1fea32ddce074ca1d825732",
	"hmac-sha512": "9e751f1cd1ece5dffc1843ed02d8f2b069b91d5edf43a220f48316bd22333d8e" +
		"359914d8d244abbbbc9d5ede021f26889443c2bcd067ef79e2e16da92df6e79c",
}

func request(signature string) [][]byte {
	var frames [][]byte
	for _, part := range []string{"id", "<IDS|MSG>", signature, header, "{}", "{}", `{"a":1}`,
		"buffer"} {
		frames = append(frames, []byte(part))
	}
	return frames
}

func TestDecode(t *testing.T) {
	for scheme, signature := range signatures {
		c, err := NewCodec(scheme, "secret")
		if err != nil {
			t.Fatal(err)
		}
		m, err := c.Decode(request(signature))
		if err != nil {
			t.Fatalf("%s: %v", scheme, err)
		}
		if m.Header.Type != "kernel_info_request" || string(m.RawHeader) != header ||
			string(m.Identities[0]) != "id" || string(m.Buffers[0]) != "buffer" {
			t.Errorf("%s: message is %+v", scheme, m)
		}
		if _, err := c.Decode(request(signature)); !errors.Is(err, ErrReplay) {
			t.Errorf("%s: a replay gives %v", scheme, err)
		}
		for _, wrong := range []string{"", "zz", signature[1:], "0" + signature,
			strings.ToUpper(signature)} {
			if _, err := c.Decode(request(wrong)); !errors.Is(err, ErrSignature) {
				t.Errorf("%s: signature %q gives %v", scheme, wrong, err)
			}
		}
	}
}

// What was signed for one message must not serve another.
func TestEveryPartIsSigned(t *testing.T) {
	for i := 3; i <= 6; i++ {
		c, _ := NewCodec("hmac-sha256", "secret")
		frames := request(signatures["hmac-sha256"])
		frames[i] = append(bytes.Clone(frames[i]), ' ')
		if _, err := c.Decode(frames); !errors.Is(err, ErrSignature) {
			t.Errorf("part %d can be changed: %v", i, err)
		}
	}
}

func TestMalformed(t *testing.T) {
	c, _ := NewCodec("", "")
	deep := strings.Repeat("[", 200_000)
	for name, frames := range map[string][]string{
		"nothing":        {},
		"no delimiter":   {"a", "b", "c"},
		"delimiter only": {"<IDS|MSG>"},
		"short":          {"<IDS|MSG>", "", "{}"},
		"no type":        {"<IDS|MSG>", "", "{}", "{}", "{}", "{}"},
		"bad header":     {"<IDS|MSG>", "", "{", "{}", "{}", "{}"},
		"wrong type":     {"<IDS|MSG>", "", `{"msg_type":1}`, "{}", "{}", "{}"},
		"bad content":    {"<IDS|MSG>", "", header, "{}", "{}", "}"},
		"deep":           {"<IDS|MSG>", "", header, "{}", "{}", deep},
	} {
		var raw [][]byte
		for _, f := range frames {
			raw = append(raw, []byte(f))
		}
		if m, err := c.Decode(raw); err == nil {
			t.Errorf("%s is taken as %+v", name, m)
		}
	}
	raw := [][]byte{[]byte("<IDS|MSG>"), nil, []byte(header), nil, nil, nil}
	if m, err := c.Decode(raw); err != nil || string(m.Content) != "{}" {
		t.Errorf("empty parts give %v, %v", m, err)
	}
}

func TestRoundTrip(t *testing.T) {
	c, _ := NewCodec("hmac-sha256", "k")
	frames, err := c.Encode(Outgoing{Identities: [][]byte{{0, 1}}, Type: "stream",
		Parent: json.RawMessage(header), Content: map[string]string{"text": "<ä>"},
		Buffers: [][]byte{{9}}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Decode(frames)
	if err != nil {
		t.Fatal(err)
	}
	if string(m.Parent) != header || string(m.Content) != `{"text":"<ä>"}` ||
		m.Header.Session != c.Session() || !slices.Equal(m.Buffers[0], []byte{9}) {
		t.Errorf("message is %+v", m)
	}
	if _, err := c.Encode(Outgoing{Type: "x", Content: func() {}}); err == nil {
		t.Error("a function is encoded")
	}
}

func TestReplaysAreForgottenInOrder(t *testing.T) {
	c, _ := NewCodec("", "k")
	for i := range remembered + 10 {
		if c.replayed(strconv.Itoa(i)) {
			t.Fatalf("signature %d is called a replay", i)
		}
	}
	if len(c.seen) != remembered || len(c.ring) != remembered {
		t.Errorf("%d and %d are kept, want %d", len(c.seen), len(c.ring), remembered)
	}
	if !c.replayed(strconv.Itoa(remembered + 9)) {
		t.Error("the last one is forgotten")
	}
}

func TestConnection(t *testing.T) {
	const ports = `"shell_port":1,"iopub_port":2,"stdin_port":3,"control_port":4,"hb_port":5`
	c, err := ParseConnection([]byte(`{"transport":"tcp","ip":"127.0.0.1","key":"k",` + ports + `}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Address(c.StdinPort); got != "tcp://127.0.0.1:3" {
		t.Errorf("address is %s", got)
	}
	c, err = ParseConnection([]byte(`{"transport":"ipc","ip":"/tmp/x/kernel",` + ports + `}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Address(c.HBPort); got != "ipc:///tmp/x/kernel-5" {
		t.Errorf("address is %s", got)
	}
	for text, want := range map[string]string{
		"":                                      "not a connection",
		`{"ip":"nowhere",` + ports + `}`:        `ip "nowhere"`,
		`{"transport":"udp",` + ports + `}`:     `transport "udp"`,
		`{"shell_port":1}`:                      "iopub_port is 0",
		`{"curve_publickey":"x",` + ports + `}`: "curve_secretkey",
		`{"shell_port":"a"}`:                    "not a connection",
	} {
		if _, err := ParseConnection([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, want %q", text, err, want)
		}
	}
	if _, err := ReadConnection("missing.json"); err == nil ||
		strings.Count(err.Error(), "missing.json") != 1 {
		t.Errorf("a missing file gives %v", err)
	}
	if _, err := NewCodec("rsa-sha256", ""); err == nil {
		t.Error("scheme rsa-sha256 is taken")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("id\n<IDS|MSG>\n\n" + header + "\n{}\n{}\n{}"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, _ := NewCodec("", "")
		if m, err := c.Decode(bytes.Split(raw, []byte("\n"))); err == nil && m.Header.Type == "" {
			t.Error("a message without type")
		}
	})
}

func FuzzConnection(f *testing.F) {
	f.Add([]byte(`{"transport":"tcp","ip":"::1","shell_port":1}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if c, err := ParseConnection(raw); err == nil && c.RegistrationPort == 0 {
			for _, p := range c.Ports() {
				if *p.Port <= 0 {
					t.Errorf("port %s is %d", p.Name, *p.Port)
				}
			}
		}
	})
}
