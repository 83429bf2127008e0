package display

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// MimeVegaLite is the mime type of charts in Vega-Lite 5, which JupyterLab draws itself.
const MimeVegaLite = "application/vnd.vegalite.v5+json"

// VegaLite makes an output of a chart in Vega-Lite: JSON as string or []byte, or a value that
// encoding/json encodes. Where nothing draws it, a sentence says what it would show.
func VegaLite(spec any) Data {
	var raw []byte
	switch x := spec.(type) {
	case string:
		raw = []byte(x)
	case []byte:
		raw = x
	default:
		b, err := json.Marshal(spec)
		if err != nil {
			panic(fmt.Errorf("display: %T is no chart of Vega-Lite: %w", spec, err))
		}
		raw = b
	}
	var chart map[string]any
	if err := json.Unmarshal(raw, &chart); err != nil {
		panic(fmt.Errorf("display: a chart of Vega-Lite is a JSON object, not %.40q: %w", raw, err))
	}
	return MakeData3(MimeVegaLite, chartText(chart), chart)
}

// chartText says what a chart shows: "chart: Loss (line; step, loss; 3 rows)".
func chartText(chart map[string]any) string {
	var parts []string
	switch mark := chart["mark"].(type) {
	case string:
		parts = append(parts, mark)
	case map[string]any:
		parts = append(parts, fmt.Sprint(mark["type"]))
	}
	if encoding, ok := chart["encoding"].(map[string]any); ok {
		var fields []string
		for channel, e := range encoding {
			if m, ok := e.(map[string]any); ok && m["field"] != nil {
				fields = append(fields, fmt.Sprintf("%s: %v", channel, m["field"]))
			}
		}
		slices.Sort(fields)
		if len(fields) > 0 {
			parts = append(parts, strings.Join(fields, ", "))
		}
	}
	if data, ok := chart["data"].(map[string]any); ok {
		if values, ok := data["values"].([]any); ok {
			parts = append(parts, plural(len(values), "row"))
		}
	}
	text := "chart"
	switch title := chart["title"].(type) {
	case string:
		text += ": " + title
	case map[string]any:
		text += fmt.Sprintf(": %v", title["text"])
	}
	if len(parts) > 0 {
		text += " (" + strings.Join(parts, "; ") + ")"
	}
	return clip(text)
}
