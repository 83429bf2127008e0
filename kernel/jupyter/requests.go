package jupyter

import (
	"os"
	"runtime"
	"strings"
	"unicode/utf8"

	"cliplab/kernel/wire"
)

// handlers answer the requests, by message type. They are filled in at the start, since they
// mention each other.
var handlers map[string]func(*Kernel, *request)

func init() {
	handlers = map[string]func(*Kernel, *request){
		"kernel_info_request":     (*Kernel).kernelInfo,
		"execute_request":         (*Kernel).execute,
		"complete_request":        (*Kernel).complete,
		"inspect_request":         (*Kernel).inspect,
		"is_complete_request":     (*Kernel).isComplete,
		"history_request":         (*Kernel).history,
		"connect_request":         (*Kernel).connect,
		"comm_info_request":       (*Kernel).commInfo,
		"comm_open":               (*Kernel).comm,
		"comm_msg":                (*Kernel).comm,
		"comm_close":              (*Kernel).comm,
		"shutdown_request":        (*Kernel).shutdown,
		"interrupt_request":       (*Kernel).interrupted,
		"debug_request":           (*Kernel).debug,
		"usage_request":           (*Kernel).usage,
		"create_subshell_request": (*Kernel).createSubshell,
		"delete_subshell_request": (*Kernel).deleteSubshell,
		"list_subshell_request":   (*Kernel).listSubshells,
	}
}

// ok is a reply that says yes and nothing else.
var ok = map[string]string{"status": "ok"}

func (k *Kernel) kernelInfo(r *request) {
	version := strings.TrimPrefix(runtime.Version(), "go")
	k.reply(r, map[string]any{
		"status": "ok", "protocol_version": wire.Version,
		"implementation": "cliplab", "implementation_version": k.opt.Version,
		"language_info": map[string]any{
			"name": "go", "version": version, "mimetype": "text/x-go", "file_extension": ".go",
			"pygments_lexer": "go", "codemirror_mode": "go", "nbconvert_exporter": "script",
		},
		"banner": "Go " + version + " in cliplab " + k.opt.Version +
			": variables live on, packages import themselves, %help shows what else there is",
		"debugger":           false,
		"supported_features": []string{"kernel subshells"},
		"help_links": []map[string]string{
			{"text": "The Go language", "url": "https://go.dev/ref/spec"},
			{"text": "Go packages", "url": "https://pkg.go.dev/std"},
		},
	}, nil)
}

func (k *Kernel) connect(r *request) {
	ports := map[string]any{"status": "ok"}
	for _, p := range k.opt.Connection.Ports() {
		ports[p.Name+"_port"] = *p.Port
	}
	k.reply(r, ports, nil)
}

// debug says, in the words of the debug adapter protocol, that there is no debugger.
func (k *Kernel) debug(r *request) {
	var ask struct {
		Seq     int    `json:"seq"`
		Command string `json:"command"`
	}
	if err := r.Decode(&ask); err != nil {
		k.log.printf("%v", err)
	}
	k.reply(r, map[string]any{
		"type": "response", "request_seq": ask.Seq, "seq": ask.Seq, "success": false,
		"command": ask.Command, "message": "this kernel has no debugger",
	}, nil)
}

func (k *Kernel) complete(r *request) {
	ask := struct {
		Code   string `json:"code"`
		Cursor *int   `json:"cursor_pos"`
	}{}
	if err := r.Decode(&ask); err != nil {
		k.reply(r, failed("BadRequest", err.Error()), nil)
		return
	}
	c := k.opt.Cells.Complete(ask.Code, byteOffset(ask.Code, ask.Cursor))
	matches, kinds := make([]string, 0, len(c.Items)), make([]map[string]any, 0, len(c.Items))
	start, end := runeOffset(ask.Code, c.Start), runeOffset(ask.Code, c.End)
	for _, item := range c.Items {
		matches = append(matches, item.Text)
		kinds = append(kinds, map[string]any{"start": start, "end": end, "text": item.Text,
			"type": item.Kind, "signature": item.Detail})
	}
	k.reply(r, map[string]any{
		"status": "ok", "matches": matches, "cursor_start": start, "cursor_end": end,
		"metadata": map[string]any{"_jupyter_types_experimental": kinds},
	}, nil)
}

func (k *Kernel) inspect(r *request) {
	ask := struct {
		Code   string `json:"code"`
		Cursor *int   `json:"cursor_pos"`
		Detail int    `json:"detail_level"`
	}{}
	if err := r.Decode(&ask); err != nil {
		k.reply(r, failed("BadRequest", err.Error()), nil)
		return
	}
	info, found := k.opt.Cells.Inspect(ask.Code, byteOffset(ask.Code, ask.Cursor), ask.Detail)
	data := map[string]any{}
	if found {
		data["text/plain"] = info.Text
		if info.Markdown != "" {
			data["text/markdown"] = info.Markdown
		}
		if info.HTML != "" {
			data["text/html"] = info.HTML
		}
	}
	k.reply(r, map[string]any{
		"status": "ok", "found": found, "data": data, "metadata": map[string]any{},
	}, nil)
}

func (k *Kernel) isComplete(r *request) {
	var ask struct {
		Code string `json:"code"`
	}
	if err := r.Decode(&ask); err != nil {
		k.reply(r, failed("BadRequest", err.Error()), nil)
		return
	}
	status, indent := k.opt.Cells.IsComplete(ask.Code)
	answer := map[string]string{"status": status}
	if status == "incomplete" {
		answer["indent"] = indent
	}
	k.reply(r, answer, nil)
}

func (k *Kernel) usage(r *request) {
	host, _ := os.Hostname()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	k.reply(r, map[string]any{
		"status": "ok", "hostname": host, "pid": os.Getpid(), "kernel_cpu": cpuPercent(),
		"kernel_memory": residentBytes(mem.Sys), "cpu_count": runtime.NumCPU(),
	}, nil)
}

// byteOffset turns a cursor in characters into an offset in bytes. Without a cursor it is the
// end; one that is out of range is moved into it.
func byteOffset(code string, cursor *int) int {
	if cursor == nil {
		return len(code)
	}
	offset := 0
	for range *cursor {
		if offset >= len(code) {
			break
		}
		_, n := utf8.DecodeRuneInString(code[offset:])
		offset += n
	}
	return offset
}

// runeOffset is the other way round.
func runeOffset(code string, offset int) int {
	return utf8.RuneCountInString(code[:min(max(offset, 0), len(code))])
}
