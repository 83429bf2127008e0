//go:build !unix

package jupyter

// parentGone cannot tell: on Windows Jupyter names a handle, and ends the kernel's job itself.
func parentGone(int) func() bool { return nil }

func cpuSeconds() float64 { return 0 }
