package driver

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNoDriver is returned when this machine has no NVIDIA driver, or one that cannot be used.
var ErrNoDriver = errors.New("driver: no usable NVIDIA driver")

// Error is a failed call: which, for what, and how the driver names the reason.
type Error struct {
	Call   string // "cuLaunchKernel"
	Asked  string // "softmax, grid [8 1 1], block [256 1 1]"
	Code   Result
	Name   string // "CUDA_ERROR_INVALID_VALUE"
	Text   string
	Detail string // of a simulated device: which thread did what
}

func (e *Error) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "driver: %s", e.Call)
	if e.Asked != "" {
		fmt.Fprintf(&s, " (%s)", e.Asked)
	}
	fmt.Fprintf(&s, ": %s (%d)", e.Name, e.Code)
	if e.Text != "" {
		fmt.Fprintf(&s, ", %s", e.Text)
	}
	if e.Detail != "" {
		fmt.Fprintf(&s, ": %s", e.Detail)
	}
	if e.Lost() {
		s.WriteString("; the GPU is lost to this process: restart the kernel, or the command, to use " +
			"it again")
	}
	return s.String()
}

// Lost tells whether the device takes no more calls from this process: a kernel broke, or the
// hardware did (cuda.h: "the process must be terminated and relaunched").
func (e *Error) Lost() bool {
	switch e.Code {
	case 214, 220: // ECC and NVLink errors that could not be corrected
		return true
	case 46, 702, 999: // device unavailable, launch timeout, unknown, as off the bus
		return true
	}
	return e.Code == IllegalAddress || e.Code >= 714 && e.Code <= LaunchFailed
}

// MemoryError is returned when memory does not suffice; the device goes on.
type MemoryError struct {
	What                string
	Needed, Free, Total uint64 // bytes
	Device              string
}

func (e *MemoryError) Error() string {
	return fmt.Sprintf("driver: no memory for %s: %s (%d bytes) needed, %s (%d bytes) of %s free "+
		"on %s; a smaller batch needs less", e.What, Bytes(e.Needed), e.Needed, Bytes(e.Free), e.Free,
		Bytes(e.Total), e.Device)
}

// Bytes is a size for people, in powers of 1024.
func Bytes(n uint64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	x, i := float64(n), 0
	for x >= 1024 && i < len(units)-1 {
		x, i = x/1024, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", x, units[i])
}

// detailed is an API that knows more of its last failure.
type detailed interface{ Detail() string }

// check turns a result into an error.
func (d *Driver) check(r Result, call, asked string, args ...any) error {
	if r == Success {
		return nil
	}
	if len(args) > 0 {
		asked = fmt.Sprintf(asked, args...)
	}
	e := &Error{Call: "cu" + call, Asked: asked, Code: r, Name: d.api.GetErrorName(r),
		Text: d.api.GetErrorString(r)}
	if e.Name == "" {
		e.Name = "unknown error"
	}
	if more, ok := d.api.(detailed); ok {
		e.Detail = more.Detail()
	}
	return e
}
