package zmtp

import (
	"fmt"
	"net"
	"strings"
)

// endpoint is an address that package net understands.
type endpoint struct {
	network string // "tcp" or "unix"
	address string
}

// parseAddress reads tcp://host:port, where the host may be * or [v6], and ipc://path.
func parseAddress(address string) (endpoint, error) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return endpoint{}, fmt.Errorf("zmtp: address %q has no scheme; write tcp:// or ipc://", address)
	}
	switch scheme {
	case "tcp":
		host, port, err := net.SplitHostPort(rest)
		if err != nil {
			return endpoint{}, fmt.Errorf("zmtp: address %q: %w", address, err)
		}
		if host == "*" {
			host = ""
		}
		return endpoint{"tcp", net.JoinHostPort(host, port)}, nil
	case "ipc":
		// An abstract name (@…) has no file and so no permissions that would protect it.
		if rest == "" || rest[0] == '@' || rest == "*" {
			return endpoint{}, fmt.Errorf("zmtp: address %q names no file", address)
		}
		return endpoint{"unix", rest}, nil
	}
	return endpoint{}, fmt.Errorf("zmtp: address %q: transport %q is unknown; tcp and ipc are known",
		address, scheme)
}

// String is the address as ZeroMQ writes it.
func (e endpoint) String() string {
	if e.network == "unix" {
		return "ipc://" + e.address
	}
	return "tcp://" + e.address
}
