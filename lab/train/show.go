package train

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// tableRows is about how many lines of a history are shown.
const tableRows = 20

var columns = []string{"step", "loss", "share of chance", "exp(t)", "learning rate", "gradient"}

// MIMEBundle shows the history in a notebook: a line, its warnings, and a table of evenly
// spaced steps, the first and the last among them.
func (h *History) MIMEBundle() map[string]any {
	var b strings.Builder
	lines := strings.Split(h.String(), "\n")
	fmt.Fprintf(&b, "<p>%s</p>", html.EscapeString(lines[0]))
	for _, line := range lines[1:] {
		fmt.Fprintf(&b, "<p>⚠ %s</p>", html.EscapeString(line))
	}
	b.WriteString(`<table style="text-align:right"><thead><tr>`)
	for _, name := range columns {
		fmt.Fprintf(&b, `<th style="text-align:right">%s</th>`, name)
	}
	b.WriteString("</tr></thead><tbody>")
	for _, i := range h.shown() {
		row := fmt.Sprintf("%d|%.4f|%.0f %%|%.2f|%.2e|%.3f", i+1, h.Loss[i],
			100*h.Loss[i]/math.Max(h.Chance(), 1e-9), h.LogitScale[i], h.Rate[i], h.gradNorm(i))
		const cell = `<td style="text-align:right">`
		fmt.Fprintf(&b, "<tr>%s%s</td></tr>", cell, strings.ReplaceAll(row, "|", "</td>"+cell))
	}
	b.WriteString("</tbody></table>")
	return map[string]any{"text/plain": h.String(), "text/html": b.String()}
}

// shown are the steps of the table.
func (h *History) shown() []int {
	n := h.Steps()
	if n <= tableRows {
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		return all
	}
	var some []int
	for k := range tableRows {
		some = append(some, k*(n-1)/(tableRows-1))
	}
	return some
}
