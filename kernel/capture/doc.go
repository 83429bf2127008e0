// Package capture takes over os.Stdout and os.Stderr while cells run, for compiled code that
// prints without knowing of cells. Interpreted code prints to its cell directly.
//
// It knows nothing of cells but where their text should go. No lesson teaches it.
package capture
