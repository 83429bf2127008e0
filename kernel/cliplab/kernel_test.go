package main

import (
	"fmt"
	"net"
	"strings"
	"testing"
)

// A connection that cannot be served ends the command with one line, and no stack trace.
func TestKernelRefusesBadConnections(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	ports := func(first int) string {
		return fmt.Sprintf(`"shell_port":%d,"iopub_port":%d,"stdin_port":%d,"control_port":%d,`+
			`"hb_port":%d`, first, first, first, first, first)
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":     {"", "not a connection"},
		"truncated": {`{"transport": "tc`, "not a connection"},
		"no ports":  {"{}", "shell_port is 0"},
		"transport": {`{"transport":"udp",` + ports(1) + "}", `transport "udp"`},
		"scheme":    {`{"signature_scheme":"rsa",` + ports(1) + "}", `scheme "rsa"`},
		"taken":     {`{"key":"k",` + ports(port) + "}", "heartbeat"},
		"half CURVE": {`{"curve_publickey":"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7",` +
			ports(1) + "}", "curve_secretkey"},
		"no CURVE": {`{"curve_publickey":"x","curve_secretkey":"y",` + ports(1) + "}", "CURVE"},
	} {
		status, _, said := try(t, "kernel", file(t, "connection.json", c.text))
		if status != exitFailed || strings.Count(said, "\n") != 1 || !strings.Contains(said, c.want) {
			t.Errorf("%s: status %d, says %q, want %q in one line", name, status, said, c.want)
		}
	}
	status, _, said := try(t, "kernel", "missing.json")
	if status != exitFailed || !strings.Contains(said, "missing.json: no such file") {
		t.Errorf("a missing file: status %d, says %q", status, said)
	}
	if status, _, said := try(t, "kernel"); status != exitUsage {
		t.Errorf("no file: status %d, says %q", status, said)
	}
}
