package jupyter

import "cliplab/kernel/history"

// history answers with inputs of this session and of those before.
func (k *Kernel) history(r *request) {
	ask := struct {
		Output  bool   `json:"output"`
		Access  string `json:"hist_access_type"`
		Session int    `json:"session"`
		Start   int    `json:"start"`
		Stop    *int   `json:"stop"`
		N       *int   `json:"n"`
		Pattern string `json:"pattern"`
		Unique  bool   `json:"unique"`
	}{Access: "tail", Pattern: "*"}
	if err := r.Decode(&ask); err != nil {
		k.reply(r, failed("BadRequest", err.Error()), nil)
		return
	}
	n, stop := 0, 0
	if ask.N != nil {
		n = *ask.N
	}
	if ask.Stop != nil {
		stop = *ask.Stop
	}
	var entries []history.Entry
	if k.opt.History != nil {
		switch ask.Access {
		case "range":
			entries = k.opt.History.Range(ask.Session, ask.Start, stop)
		case "search":
			entries = k.opt.History.Search(ask.Pattern, n, ask.Unique)
		default:
			entries = k.opt.History.Tail(n)
		}
	}
	rows := make([][3]any, 0, len(entries))
	for _, e := range entries {
		var cell any = e.Input
		if ask.Output {
			cell = [2]any{e.Input, nilIfEmpty(e.Output)}
		}
		rows = append(rows, [3]any{e.Session, e.Line, cell})
	}
	k.reply(r, map[string]any{"status": "ok", "history": rows}, nil)
}

func nilIfEmpty(s string) any {
	if s == "" {
		return nil
	}
	return s
}
