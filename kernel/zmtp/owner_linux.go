package zmtp

import "syscall"

// ownerOnly sets the mode that the file of a Unix socket is made with, so that there is no
// moment at which others could connect.
func ownerOnly(_, _ string, c syscall.RawConn) error {
	var err error
	if e := c.Control(func(fd uintptr) { err = syscall.Fchmod(int(fd), 0o600) }); e != nil {
		return e
	}
	return err
}
