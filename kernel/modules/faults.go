package modules

import (
	"errors"
	"fmt"
	"strings"
)

// Error says why a package cannot be imported.
type Error struct {
	Path string // of the package
	Msg  string // why, and what to do
	bad  bool   // the path is none at all
	mute bool   // there is nothing to advise
}

func (e *Error) Error() string { return "modules: " + e.Msg }

// Advice is the message for who typed the import, "" if there is nothing to say but that
// the package is not there.
func (e *Error) Advice() string {
	if e.mute {
		return ""
	}
	return e.Msg
}

func refuse(path, format string, args ...any) *Error {
	return &Error{Path: path, Msg: fmt.Sprintf("package %s cannot run in the kernel: ", path) +
		fmt.Sprintf(format, args...)}
}

// broken says that the Go of a package is wrong.
func broken(path, why string) *Error {
	return &Error{Path: path, Msg: "package " + path + " does not compile: " + why}
}

// because says that a package cannot be used since one that it needs cannot.
func because(path string, cause error) *Error {
	msg := advice(cause)
	if i := strings.Index(msg, since); i >= 0 {
		msg = msg[i+len(since):]
	}
	return &Error{Path: path, Msg: "package " + path + since + msg}
}

const since = " cannot be used, since "

// unknown says that nothing that was fetched has a package.
func unknown(path string) *Error {
	if !dotted(path) {
		return &Error{Path: path, Msg: fmt.Sprintf("package %s is neither in the kernel "+
			"nor in the module of the current folder", path), mute: true}
	}
	return &Error{Path: path,
		Msg: fmt.Sprintf("package %s was not fetched; run %%go get %s", path, path)}
}

// dotted tells whether a path starts like the name of a host; all others belong to the
// standard library or to the lab.
func dotted(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".")
}

// advice is what an error says to who typed an import.
func advice(err error) string {
	var a interface{ Advice() string }
	if errors.As(err, &a) && a.Advice() != "" {
		return a.Advice()
	}
	return err.Error()
}
