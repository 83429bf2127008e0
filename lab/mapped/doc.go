// Package mapped lends the bytes of files as memory, without reading them, and turns what goes
// wrong with that into errors.
//
//	m, err := mapped.Open(file)
//	x := m.Floats(start, n)
//	err = m.Do(func() { sum = add(x) })
//
// The system brings a page of the file when it is first looked at. When another program cuts the
// file short meanwhile there is no page to bring, and the processor stops the goroutine that
// looks: outside of Do that ends the program, within it becomes an error that names the file.
//
// It knows no formats. Packages safetensors and bulk open files with it; notebook 02 opens a
// checkpoint.
package mapped
