// Package fetch gets modules as the go command does, without needing it: versions, go.mod
// files and archives by the GOPROXY protocol into the module cache that the go command
// uses too, each checked against go.sum and the checksum database.
//
// It knows modules, not packages: which packages a module has and what they import is
// decided by kernel/modules. What only a version control system can tell ("direct") is
// asked of the go command, where there is one.
package fetch
