package jupyter

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"cliplab/kernel/display"
	"cliplab/kernel/engine"
	"cliplab/kernel/magic"
	"cliplab/kernel/session"
)

// executeRequest is the content of an execute_request.
type executeRequest struct {
	Code            string            `json:"code"`
	Silent          bool              `json:"silent"`
	StoreHistory    bool              `json:"store_history"`
	UserExpressions map[string]string `json:"user_expressions"`
	AllowStdin      bool              `json:"allow_stdin"`
	StopOnError     bool              `json:"stop_on_error"`
}

// executeReply is the content of an execute_reply.
type executeReply struct {
	Status          string           `json:"status"`
	Count           int              `json:"execution_count"`
	UserExpressions map[string]any   `json:"user_expressions"`
	Payload         []map[string]any `json:"payload"`

	Name      string   `json:"ename,omitempty"`
	Value     string   `json:"evalue,omitempty"`
	Traceback []string `json:"traceback,omitempty"`
}

// cells is what the cells of all shells share.
type cells struct {
	mu    sync.Mutex
	count int
	now   *output // of the cell that started last
}

// number is the execution count of a request: one more than the last if it counts.
func (c *cells) number(counts bool) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if counts {
		c.count++
	}
	return c.count
}

func (c *cells) current() *output {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// redirect sends what compiled code prints and shows to out, from now on; the result brings the
// output before back.
func (k *Kernel) redirect(out *output) (restore func()) {
	direct := func(o *output) {
		k.cells.mu.Lock()
		k.cells.now = o
		k.cells.mu.Unlock()
		k.capture.Direct(o.writer("stdout"), o.writer("stderr"))
		display.SetSink(o.display)
	}
	before := k.cells.current()
	direct(out)
	return func() {
		if before != nil {
			direct(before)
		}
	}
}

// execute runs a cell.
func (k *Kernel) execute(r *request) {
	ask := executeRequest{StoreHistory: true, AllowStdin: true, StopOnError: true}
	if err := r.Decode(&ask); err != nil {
		k.reply(r, failed("BadRequest", err.Error()), nil)
		return
	}
	if r.abort {
		k.reply(r, map[string]any{"status": "aborted", "execution_count": k.cells.number(false)},
			map[string]any{"status": "aborted"})
		return
	}
	r.Content = nil // it may be large, and is held in ask
	if len(ask.Code) > hugeCell {
		defer debug.FreeOSMemory()
		defer debug.SetGCPercent(debug.SetGCPercent(10))
	}
	blank := strings.TrimSpace(ask.Code) == ""
	ask.StoreHistory = ask.StoreHistory && !ask.Silent && !blank
	c := &call{kernel: k, request: r, ask: ask, began: time.Now(),
		out:   &output{pub: k.pub, parent: r.RawHeader, silent: ask.Silent},
		reply: executeReply{Count: k.cells.number(ask.StoreHistory), Payload: []map[string]any{}},
	}
	c.out.publish("execute_input", map[string]any{
		"code": ask.Code, "execution_count": c.reply.Count,
	}, nil)
	k.redirect(c.out)
	c.run()
	k.capture.Drain()
	c.out.flush()
	stops := c.reply.Status == "error" && ask.StopOnError
	if stops {
		time.Sleep(burst)
	}
	k.reply(r, c.reply, map[string]any{
		"started": c.began.UTC().Format("2006-01-02T15:04:05.000000Z"),
		"status":  c.reply.Status, "engine": k.codec.Session(), "dependencies_met": true,
	})
	if stops {
		r.shell.fail()
	}
}

// hugeCell is the bytes of a cell from which on memory is worth more than time: what compiling
// leaves of each copy of its text is collected at once.
const hugeCell = 4 << 20

// burst is how long an error reply waits for cells that the front end sends at the same time as
// the one that failed, as "run all" does: they are to be aborted.
const burst = 2 * time.Millisecond

// call is one execution of a cell.
type call struct {
	kernel  *Kernel
	request *request
	ask     executeRequest
	began   time.Time
	out     *output
	mu      sync.Mutex // of the payload, which goroutines of the cell add to
	reply   executeReply
}

// run executes the cell and fills in the reply.
func (c *call) run() {
	number := c.reply.Count
	if !c.ask.StoreHistory {
		number = -1
	}
	o := c.start(c.ask.Code, number, c.out)
	if o.err != nil {
		c.fail(o.err)
	} else {
		c.succeed(o)
	}
	if h := c.kernel.opt.History; h != nil && c.ask.StoreHistory {
		text, _ := o.data[display.MimeText].(string)
		h.Add(c.reply.Count, c.ask.Code, text)
	}
}

func (c *call) succeed(o outcome) {
	c.reply.Status = "ok"
	for _, w := range o.res.Warnings {
		fmt.Fprintln(c.out.writer("stderr"), "warning: "+w.String())
	}
	for _, n := range o.res.Notes {
		c.out.display(display.Output{Data: display.Note(n).MIMEBundle()})
	}
	if o.data != nil {
		c.out.publish("execute_result", map[string]any{
			"execution_count": c.reply.Count, "data": encodable(o.data),
			"metadata": orEmpty(o.metadata),
		}, nil)
	}
	c.reply.UserExpressions = map[string]any{}
	for name, expression := range c.ask.UserExpressions {
		c.reply.UserExpressions[name] = c.evaluate(expression)
	}
}

// evaluate is one of the user's expressions, as a reply holds it.
func (c *call) evaluate(expression string) any {
	o := c.start(expression, -1, &output{pub: c.kernel.pub, silent: true})
	if o.err != nil {
		f := magic.AsFailure(o.err)
		return map[string]any{"status": "error", "ename": f.Name, "evalue": f.Value,
			"traceback": f.Traceback}
	}
	return map[string]any{"status": "ok", "data": encodable(o.data),
		"metadata": orEmpty(o.metadata)}
}

func (c *call) fail(err error) {
	f := magic.AsFailure(err)
	c.reply.Status = "error"
	c.reply.Name, c.reply.Value, c.reply.Traceback = f.Name, f.Value, f.Traceback
	c.out.publish("error", map[string]any{
		"ename": f.Name, "evalue": f.Value, "traceback": f.Traceback,
	}, nil)
}

// patience is how long an interrupted cell may run its deferred calls, and compiled code may
// take to notice, before the cell is given back without it.
const patience = 2 * time.Second

var errStuck = errors.New("the cell was interrupted, but compiled code that it called does not " +
	"stop; it runs on in the background")

// outcome is what came of a cell: its value as it is shown, nil if there is none to show.
type outcome struct {
	res            *session.Result
	data, metadata map[string]any
	err            error
}

// start runs code and waits for its end, or for an interrupt and its end.
func (c *call) start(code string, number int, out *output) outcome {
	k := c.kernel
	x := k.exec(out)
	x.Number = number
	input := func(prompt string, password bool) (string, error) {
		if !c.ask.AllowStdin {
			return "", errNoStdin
		}
		out.flush()
		return k.ask(x.Context(), c.request, prompt, password)
	}
	x.Input = input
	x.Stdin = &typed{ask: func() (string, error) { return input("", false) }}
	host := &magic.Host{Input: input, Page: c.page, NextInput: c.nextInput, Clear: out.clear}
	defer c.request.shell.run(x)()
	ended := make(chan outcome, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				ended <- outcome{err: fmt.Errorf("internal error: %v", p)}
			}
		}()
		var o outcome
		if o.res, o.err = k.opt.Cells.Execute(code, x, host); o.err == nil {
			o.show(x)
		}
		ended <- o
	}()
	select {
	case o := <-ended:
		return o
	case <-x.Context().Done():
	}
	for range 2 { // an interrupt, then a harder one
		select {
		case o := <-ended:
			return o
		case <-time.After(patience / 2):
			x.Interrupt()
		}
	}
	return outcome{err: errStuck}
}

// show makes the bundle of the value. Methods of the value run as code of the cell, so that an
// interrupt stops them too.
func (o *outcome) show(x *engine.Exec) {
	if len(o.res.Values) == 0 || o.res.Quiet {
		return
	}
	var data, metadata map[string]any
	if o.err = x.Do(func() { data, metadata = display.Values(o.res.Values) }); o.err == nil {
		o.data, o.metadata = data, metadata
	}
}

// exec is an execution that prints and shows through out.
func (k *Kernel) exec(out *output) *engine.Exec {
	x := engine.NewExec(context.Background())
	x.Stdout, x.Stderr = out.writer("stdout"), out.writer("stderr")
	x.Display = func(data, metadata map[string]any, id string, update bool) {
		out.display(display.Output{Data: data, Metadata: metadata, ID: id, Update: update})
	}
	x.Clear = out.clear
	return x
}

// page shows help in the front end's pager.
func (c *call) page(data map[string]any) {
	c.pay(map[string]any{"source": "page", "data": encodable(data), "start": 0})
}

// nextInput proposes the text of the next cell, or replaces that of this one.
func (c *call) nextInput(text string, replace bool) {
	c.pay(map[string]any{"source": "set_next_input", "text": text, "replace": replace})
}

func (c *call) pay(payload map[string]any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reply.Payload = append(c.reply.Payload, payload)
}
