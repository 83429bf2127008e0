package jupyter

import (
	"context"
	"errors"
	"fmt"
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
	if c.reply.Status == "error" && ask.StopOnError {
		r.shell.fail()
	}
	k.reply(r, c.reply, map[string]any{
		"started": c.began.UTC().Format("2006-01-02T15:04:05.000000Z"),
		"status":  c.reply.Status, "engine": k.codec.Session(), "dependencies_met": true,
	})
}

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
	res, err := c.start(c.ask.Code, number, c.out)
	if err != nil {
		c.fail(err)
	} else {
		c.succeed(res)
	}
	if h := c.kernel.opt.History; h != nil && c.ask.StoreHistory {
		h.Add(c.reply.Count, c.ask.Code, c.shown(res))
	}
}

// shown is the result as text, for the history.
func (c *call) shown(res *session.Result) string {
	if res == nil || len(res.Values) == 0 || res.Quiet {
		return ""
	}
	data, _ := display.Values(res.Values)
	text, _ := data[display.MimeText].(string)
	return text
}

func (c *call) succeed(res *session.Result) {
	c.reply.Status = "ok"
	for _, w := range res.Warnings {
		fmt.Fprintln(c.out.writer("stderr"), "warning: "+w.String())
	}
	if len(res.Values) > 0 && !res.Quiet && !c.ask.Silent {
		data, metadata := display.Values(res.Values)
		c.out.publish("execute_result", map[string]any{
			"execution_count": c.reply.Count, "data": encodable(data),
			"metadata": orEmpty(metadata),
		}, nil)
	}
	c.reply.UserExpressions = map[string]any{}
	for name, expression := range c.ask.UserExpressions {
		c.reply.UserExpressions[name] = c.evaluate(expression)
	}
}

// evaluate is one of the user's expressions, as a reply holds it.
func (c *call) evaluate(expression string) any {
	res, err := c.start(expression, -1, &output{pub: c.kernel.pub, silent: true})
	if err != nil {
		f := describe(err)
		return map[string]any{"status": "error", "ename": f.Name, "evalue": f.Value,
			"traceback": f.Traceback}
	}
	data, metadata := display.Values(res.Values)
	return map[string]any{"status": "ok", "data": encodable(data), "metadata": orEmpty(metadata)}
}

func (c *call) fail(err error) {
	f := describe(err)
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

// start runs code and waits for its end, or for an interrupt and its end.
func (c *call) start(code string, number int, out *output) (*session.Result, error) {
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
	type outcome struct {
		res *session.Result
		err error
	}
	ended := make(chan outcome, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				ended <- outcome{nil, fmt.Errorf("internal error: %v", p)}
			}
		}()
		res, err := k.opt.Cells.Execute(code, x, host)
		ended <- outcome{res, err}
	}()
	select {
	case o := <-ended:
		return o.res, o.err
	case <-x.Context().Done():
	}
	for range 2 { // an interrupt, then a harder one
		select {
		case o := <-ended:
			return o.res, o.err
		case <-time.After(patience / 2):
			x.Interrupt()
		}
	}
	return nil, errStuck
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

// describe is an error of a cell in Jupyter's terms.
func describe(err error) *magic.Failure {
	var f *magic.Failure
	if !errors.As(err, &f) {
		f = &magic.Failure{Name: "error", Value: err.Error()}
	}
	if f.Traceback == nil {
		f.Traceback = []string{f.Error()}
	}
	return f
}
