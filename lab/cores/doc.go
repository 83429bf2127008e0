// Package cores says on how many goroutines a computation is spread. It knows nothing of what is
// computed. No lesson teaches it.
package cores
