package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
)

// Connection is what a connection file says: where the five channels are, and the key.
type Connection struct {
	Transport       string `json:"transport"` // tcp or ipc
	IP              string `json:"ip"`        // or the path of ipc sockets, without -port
	ShellPort       int    `json:"shell_port"`
	IOPubPort       int    `json:"iopub_port"`
	StdinPort       int    `json:"stdin_port"`
	ControlPort     int    `json:"control_port"`
	HBPort          int    `json:"hb_port"`
	Key             string `json:"key"`
	SignatureScheme string `json:"signature_scheme"`
	KernelName      string `json:"kernel_name,omitempty"`

	// CURVE keys of the kernel in Z85, where the client asks for encryption.
	CurvePublicKey string `json:"curve_publickey,omitempty"`
	CurveSecretKey string `json:"curve_secretkey,omitempty"`

	// RegistrationPort is where the kernel tells the ports that it picked itself, if the front
	// end wants the handshake of JEP 66; the other ports are 0 then.
	RegistrationPort int `json:"registration_port,omitempty"`
}

// ReadConnection reads a connection file. The error says what in it cannot be used.
func ReadConnection(path string) (*Connection, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		var cause *os.PathError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return nil, fmt.Errorf("wire: connection file %s: %w", path, err)
	}
	c, err := ParseConnection(text)
	if err != nil {
		return nil, fmt.Errorf("wire: connection file %s: %w", path, err)
	}
	return c, nil
}

// ParseConnection reads the text of a connection file.
func ParseConnection(text []byte) (*Connection, error) {
	c := &Connection{Transport: "tcp", IP: "127.0.0.1", SignatureScheme: "hmac-sha256"}
	if err := json.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("not a connection: %w", err)
	}
	switch c.Transport {
	case "tcp":
		if net.ParseIP(c.IP) == nil && c.IP != "localhost" {
			return nil, fmt.Errorf("ip %q is not an address", c.IP)
		}
	case "ipc":
		if c.IP == "" {
			return nil, errors.New("transport ipc without a path in ip")
		}
	default:
		return nil, fmt.Errorf("transport %q is not known; tcp and ipc are", c.Transport)
	}
	if (c.CurvePublicKey == "") != (c.CurveSecretKey == "") {
		return nil, errors.New("one of curve_publickey and curve_secretkey is missing")
	}
	if c.RegistrationPort != 0 {
		return c, nil
	}
	for _, p := range c.Ports() {
		if *p.Port <= 0 || *p.Port > 65535 {
			return nil, fmt.Errorf("%s_port is %d, not a port", p.Name, *p.Port)
		}
	}
	return c, nil
}

// Write writes the connection to a file that only its owner can read, for further clients.
func (c *Connection) Write(path string) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

// Port is one channel's port, to be read or set.
type Port struct {
	Name string // as in the connection file, without _port
	Port *int
}

// Ports lists the five channels in the order of the specification.
func (c *Connection) Ports() []Port {
	return []Port{{"shell", &c.ShellPort}, {"iopub", &c.IOPubPort}, {"stdin", &c.StdinPort},
		{"control", &c.ControlPort}, {"hb", &c.HBPort}}
}

// Address is where the channel with a port is.
func (c *Connection) Address(port int) string {
	if c.Transport == "ipc" {
		return fmt.Sprintf("ipc://%s-%d", c.IP, port)
	}
	return "tcp://" + net.JoinHostPort(c.IP, strconv.Itoa(port))
}
