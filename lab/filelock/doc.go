// Package filelock keeps programs apart that work on the same file, by a lock file beside it.
//
//	unlock, err := filelock.Lock(ctx, "features.npy.lock")
//	defer unlock()
//
// The system lets the lock go when the program ends, however it ends. Python's filelock takes the
// same lock on the same file, so that downloads of both sides wait for each other; see package
// lab/hub. On file systems without locks everybody gets the lock at once.
//
// It is no mutex for memory, and no lesson teaches it.
package filelock
