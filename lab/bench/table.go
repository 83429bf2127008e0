package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// WriteTable prints a report for people.
func (r *Report) WriteTable(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n", r.Machine)
	for _, name := range slices.Sorted(maps.Keys(r.Peers)) {
		fmt.Fprintf(&b, "  with     %s\n", r.Peers[name])
	}
	for _, name := range slices.Sorted(maps.Keys(r.Missing)) {
		fmt.Fprintf(&b, "  without  %s: %s\n", name, strings.TrimPrefix(r.Missing[name], "bench: "))
	}
	steps, others := r.split()
	if len(others) > 0 {
		writeOthers(&b, others, r.Times)
	}
	if len(steps) > 0 {
		writeSteps(&b, steps, r.Times)
	}
	r.writeEnd(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// split tells steps from other figures.
func (r *Report) split() (steps, others []Figure) {
	for _, f := range r.Figures {
		if f.Kind == Step {
			steps = append(steps, f)
		} else {
			others = append(others, f)
		}
	}
	return steps, others
}

func writeOthers(b *strings.Builder, figures []Figure, times int) {
	fmt.Fprintf(b, "CPU time of one thread, medians of %d turns; ratio is the peer's time over "+
		"ours, at most that if all\nproducts ran at the core's peak; 2 cores is the best by the "+
		"clock; outputs is 1 − cosine with fp32\n(int8: ours and the peer's); open is by the clock, "+
		"with resident memory\n", times)
	rows := [][]string{{"", "must", "ratio", "", "at most", "ours", "peer", "2 cores", "peer",
		"outputs", "GFLOP/s", "peer's best"}}
	for _, f := range figures {
		rows = append(rows, f.row())
	}
	b.WriteString(aligned(rows))
}

// writeEnd tells what failed, and how much was reached.
func (r *Report) writeEnd(b *strings.Builder) {
	for _, f := range r.Figures {
		if f.Fault != "" {
			fmt.Fprintf(b, "%s: %s\n", f.Name, f.Fault)
		}
	}
	reached, near, counted := 0, 0, 0
	for _, f := range r.Figures {
		if f.Peer != "" && f.Must > 0 {
			counted++
		}
		if f.Reached() && f.Must > 0 {
			reached++
		} else if f.Near() {
			near++
		}
	}
	fmt.Fprintf(b, "%d of %d reached, %d more within the scatter of the turns (≈); in %.0f s\n",
		reached, counted, near, r.Seconds)
}

// Line is a figure in one line, as it is taken.
func (f Figure) Line() string {
	row := f.row()
	if f.Kind == Step {
		row = f.stepRow()
	}
	return strings.TrimRight(strings.Join(row, "  "), " ")
}

func (f Figure) row() []string {
	row := []string{f.Title, "", "", "", "", duration(f.ours()), duration(f.theirs()),
		duration(f.Ours2), duration(f.Theirs2), f.agreed(), "", f.Peer}
	if f.Rate > 0 {
		row[10] = fmt.Sprintf("%.0f", f.Rate)
	}
	if f.AtMost > 0 {
		row[4] = fmt.Sprintf("%.2f×", f.AtMost)
	}
	if f.Must > 0 {
		row[1] = fmt.Sprintf("%.2f×", f.Must)
	}
	row[2], row[3] = f.verdict()
	if f.Kind == Open {
		row[7], row[8] = megabytes(f.Ours.Peak), megabytes(f.Theirs.Peak)
	}
	return row
}

// verdict is the ratio that decides, and its mark.
func (f Figure) verdict() (ratio, mark string) {
	switch {
	case f.Fault != "":
		return "failed", "✗"
	case f.Peer == "":
		return "no peer", ""
	}
	decides, _ := f.decides()
	ratio = fmt.Sprintf("%.2f×", decides)
	switch {
	case f.Must == 0:
		return ratio, ""
	case f.Reached():
		return ratio, "✓"
	case f.Near():
		return ratio, "≈"
	}
	return ratio, "✗"
}

// ours is a figure's time: of opening by the clock, else CPU time.
func (f Figure) ours() float64 {
	if f.Kind == Open {
		return median(f.Ours.Wall)
	}
	return median(f.Ours.CPU)
}

func (f Figure) theirs() float64 {
	if f.Kind == Open {
		return median(f.Theirs.Wall)
	}
	return median(f.Theirs.CPU)
}

// agreed tells how far outputs are from agreeing, 1 − cosine.
func (f Figure) agreed() string {
	switch {
	case f.Peer == "" || f.Fault != "":
		return ""
	case f.Case.Peer == "i8":
		return fmt.Sprintf("%.0e %.0e", 1-f.Agree, 1-f.Agree2)
	}
	return fmt.Sprintf("%.0e", max(0, 1-f.Agree))
}

func duration(s float64) string {
	switch {
	case s == 0:
		return "-"
	case s < 1e-3:
		return fmt.Sprintf("%.1f µs", s*1e6)
	case s < 1:
		return fmt.Sprintf("%.3g ms", s*1e3)
	}
	return fmt.Sprintf("%.2f s", s)
}

func megabytes(n int64) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("%d MB", n/1e6)
}

// aligned sets rows in columns: the first and the last to the left, numbers to the right.
func aligned(rows [][]string) string {
	var width []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			space := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i > 0 && i < len(row)-1 {
				cell = space + cell
			} else {
				cell += space
			}
			line.WriteString(cell + "  ")
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}
