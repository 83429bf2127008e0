// Package whole writes files that appear under their names when they are complete: what was there
// before stays until then, and stays for good where writing fails or the program is killed.
//
// It does not lock: of two that write the same file the last wins, whole (see package filelock).
// Checkpoints and the hub's cache are written with it; no notebook teaches it.
package whole
