package hub

import "errors"

var (
	// ErrGated is returned when the repository wants a token that may read it.
	ErrGated = errors.New("hub: access refused")
	// ErrRepoNotFound is returned when there is no such repository, or none that the token may see.
	ErrRepoNotFound = errors.New("hub: no such repository")
	// ErrRevisionNotFound is returned when the repository has no such branch, tag or commit.
	ErrRevisionNotFound = errors.New("hub: no such revision")
	// ErrFileNotFound is returned when the revision has no such file.
	ErrFileNotFound = errors.New("hub: no such file")
	// ErrNotCached is returned when a file is not cached and the hub cannot be asked.
	ErrNotCached = errors.New("hub: not cached")
)
