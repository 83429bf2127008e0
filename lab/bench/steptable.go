package bench

import (
	"fmt"
	"strings"
)

// writeSteps prints steps of training: one row for each peer.
func writeSteps(b *strings.Builder, figures []Figure, times int) {
	fmt.Fprintf(b, "steps of training: forward, backward, AdamW of the same batch; medians of %d "+
		"turns, ours and the peer's in turn;\nratio is the peer's time over ours, on two threads by "+
		"the clock, on one by its CPU time; GFLOP/s are of the\nproducts that a step needs at least; "+
		"memory is the most that was resident, of the process and in brackets\nwithout what it had "+
		"before the work; made is what a step allocates; losses is how far the first two differ\n",
		times)
	rows := [][]string{{"", "must", "2 threads", "", "ours", "peer", "GFLOP/s", "peer", "1 thread",
		"ours", "peer", "GFLOP/s", "memory", "peer", "made", "losses", "peer"}}
	for _, f := range figures {
		rows = append(rows, f.stepRow())
	}
	b.WriteString(aligned(rows))
}

func (f Figure) stepRow() []string {
	row := make([]string, 17)
	row[0], row[16] = f.Title, f.Peer
	if f.Peer == "" {
		row[16] = f.Against
	}
	if f.Must > 0 {
		row[1] = fmt.Sprintf("%.2f×", f.Must)
	}
	row[2], row[3] = f.verdict()
	if two := f.Two; two != nil {
		row[4], row[5] = duration(f.Ours2), duration(f.Theirs2)
		row[6], row[7] = number(two.Rate), number(two.Rate2)
	}
	if f.Ratio > 0 {
		row[8] = fmt.Sprintf("%.2f×", f.Ratio)
	}
	row[9], row[10], row[11] = duration(f.ours()), duration(f.theirs()), number(f.Rate)
	row[12], row[13] = f.Ours.memory(), f.Theirs.memory()
	row[14] = kilobytes(f.Ours.Made)
	row[15] = f.agreed()
	return row
}

// memory is the most of a process, and what its work added.
func (t Turns) memory() string {
	if t.Peak == 0 {
		return "-"
	}
	return fmt.Sprintf("%d (%d) MB", t.Peak/1e6, (t.Peak-t.Rest)/1e6)
}

func number(x float64) string {
	if x == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f", x)
}

func kilobytes(n int64) string { return fmt.Sprintf("%.1f kB", float64(n)/1e3) }
