package progress

import (
	"fmt"
	"html"
	"strings"
	"time"
)

// State is a bar at one moment. It shows itself in a notebook.
type State struct {
	Bar         *Bar // which bar: a key, not to be moved from within a sink
	Title       string
	Step, Total int // Total is 0 if the end is not known
	Note        string
	Elapsed     time.Duration
	Done        bool

	picture *picture // of Bar.Show
}

// Fraction is how much is done, in 0..1, and 0 if the end is not known.
func (s State) Fraction() float64 {
	if s.Total <= 0 {
		return 0
	}
	return min(max(float64(s.Step)/float64(s.Total), 0), 1)
}

// Left estimates the time to the end from the pace so far; 0 if it cannot be known.
func (s State) Left() time.Duration {
	f := s.Fraction()
	if f == 0 || s.Done {
		return 0
	}
	return time.Duration(float64(s.Elapsed) * (1 - f) / f)
}

// String is one line: title, bar, counts, times, note.
func (s State) String() string { return s.Line(24) }

// Line is String with a bar of the given width in characters.
func (s State) Line(width int) string {
	var b strings.Builder
	b.WriteString(s.Title)
	if s.Total > 0 {
		full := int(s.Fraction()*float64(width) + 0.5)
		fmt.Fprintf(&b, " [%s%s] %d/%d", strings.Repeat("█", full),
			strings.Repeat("·", width-full), s.Step, s.Total)
	} else {
		fmt.Fprintf(&b, " %d", s.Step)
	}
	fmt.Fprintf(&b, " %s", clock(s.Elapsed))
	if left := s.Left(); left >= time.Second {
		fmt.Fprintf(&b, " (%s left)", clock(left))
	}
	if s.Note != "" {
		b.WriteString("  " + s.Note)
	}
	return b.String()
}

// MIMEBundle is the bar as HTML that needs no script, and as one line of text.
func (s State) MIMEBundle() map[string]any {
	count := fmt.Sprintf("%d of %d", s.Step, s.Total)
	bar := fmt.Sprintf(`<progress value="%d" max="%d" style="width:12em;vertical-align:middle" `+
		`aria-label="%s">%.0f %%</progress> `, min(max(s.Step, 0), s.Total), s.Total,
		html.EscapeString(s.Title), 100*s.Fraction())
	if s.Total <= 0 {
		count, bar = fmt.Sprint(s.Step), ""
	}
	took, note := clock(s.Elapsed), ""
	if left := s.Left(); left >= time.Second {
		took += fmt.Sprintf(" (%s left)", clock(left))
	}
	if s.Note != "" {
		note = " · " + html.EscapeString(s.Note)
	}
	return map[string]any{
		"text/plain": s.String(),
		"text/html": fmt.Sprintf(`<div class="cliplab-progress">%s %s%s · %s%s%s</div>`,
			html.EscapeString(s.Title), bar, count, took, note, s.picture.markup()),
	}
}

// clock is a duration as one reads it: 0.4 s, 12 s, 3:05 min.
func clock(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	s := int(d.Seconds())
	return fmt.Sprintf("%d:%02d min", s/60, s%60)
}
