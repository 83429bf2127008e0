package magic_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var wallTime = regexp.MustCompile(`Wall time: ([0-9.]+) (ns|µs|ms|s)\n$`)

// wall returns what is wrong with the time that a cell says it took. However busy the machine
// is, that is no less than the code sleeps, no more than the whole cell took by the test's own
// clock, and told in three digits; the processor's times stand above it from 10 ms on.
func (o *outcome) wall(atLeast string) string {
	least, err := time.ParseDuration(atLeast)
	if err != nil {
		return err.Error()
	}
	out := o.stdout.String()
	m := wallTime.FindStringSubmatch(out)
	if m == nil {
		return fmt.Sprintf("  no wall time in %q", out)
	}
	if digits := strings.TrimLeft(strings.ReplaceAll(m[1], ".", ""), "0"); len(digits) > 3 {
		return fmt.Sprintf("  wall time of more than three digits: %s", m[1])
	}
	value, err := strconv.ParseFloat(m[1], 64)
	unit := map[string]float64{"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}[m[2]]
	wall := time.Duration(value * unit)
	const rounding = 0.006 // of three digits
	switch slack := time.Duration(rounding * float64(wall)); {
	case err != nil:
		return err.Error()
	case wall+slack < least:
		return fmt.Sprintf("  wall time %v, the code sleeps %v", wall, least)
	case wall-slack > o.took:
		return fmt.Sprintf("  wall time %v of a cell that took %v", wall, o.took)
	case wall > 11*time.Millisecond && !strings.HasPrefix(out, "CPU times: user "),
		wall < 9*time.Millisecond && strings.Contains(out, "CPU times"):
		return fmt.Sprintf("  CPU times belong to walls from 10 ms on: %q", out)
	}
	return ""
}
