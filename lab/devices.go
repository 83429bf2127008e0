package lab

import (
	"fmt"
	"html"
	"strings"

	"cliplab/lab/cuda"
	"cliplab/lab/cuda/driver"
)

// Device is a place where training computes. Config.Device of lab/train takes its name.
type Device struct {
	Name   string // "cpu", "cuda:0"
	Model  string // what it is
	Memory uint64 // bytes, of a GPU
	Why    string // why it is not used, with the remedy; "" when it can be used
}

// DeviceList is a list of devices that shows itself as a table.
type DeviceList []Device

// Devices are the CPU and all GPUs, and where there is no GPU the reason: no driver and where it
// was looked for, a driver that is too old, a card that is, or CLIPLAB_DEVICE=cpu. The NVIDIA
// driver is opened here and by training on a GPU, and not before.
func Devices() DeviceList {
	var all DeviceList
	for _, d := range cuda.Devices() {
		all = append(all, Device(d))
	}
	return all
}

// memory is the device's memory for people.
func (d Device) memory() string {
	if d.Memory == 0 {
		return ""
	}
	return driver.Bytes(d.Memory)
}

// String is one line: name, what it is, and why it is not used.
func (d Device) String() string { return cuda.Device(d).String() }

// String is one line for each device.
func (l DeviceList) String() string {
	var lines []string
	for _, d := range l {
		lines = append(lines, d.String())
	}
	return strings.Join(lines, "\n")
}

// MIMEBundle shows the devices in a notebook as a table.
func (l DeviceList) MIMEBundle() map[string]any {
	var b strings.Builder
	const left, right = ` style="text-align:left">`, ` style="text-align:right">` // said, as front
	// ends differ: JupyterLab puts cells without a style right, others left
	b.WriteString("<table><thead><tr><th" + left + "device</th><th" + left + "what it is</th><th" +
		right + "memory</th><th" + left + "why it is not used</th></tr></thead><tbody>")
	for _, d := range l {
		fmt.Fprintf(&b, "<tr><td"+left+"<code>%s</code></td><td"+left+"%s</td><td"+right+
			"%s</td><td"+left+"%s</td></tr>",
			html.EscapeString(d.Name), html.EscapeString(d.Model), d.memory(), html.EscapeString(d.Why))
	}
	b.WriteString("</tbody></table>")
	return map[string]any{"text/plain": l.String(), "text/html": b.String()}
}
