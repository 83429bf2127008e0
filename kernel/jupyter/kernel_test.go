package jupyter

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func wantKinds(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("iopub says\n%q\nwant\n%q", got, want)
	}
}

func TestExecute(t *testing.T) {
	f := begin(t)
	reply, said := f.run("x := 20\nprintln(\"hallo\")\nx + 1")
	if reply["status"] != "ok" || reply["execution_count"] != 1.0 {
		t.Errorf("reply is %v", reply)
	}
	wantKinds(t, kinds(t, said),
		[]string{"busy", "execute_input", "stderr: hallo\n", "execute_result", "idle"})
	data := fields(t, said[3])["data"].(map[string]any)
	if data["text/plain"] != "21" {
		t.Errorf("result is %v", data)
	}
	reply, said = f.run("var a []int\na[x] = 1")
	if reply["status"] != "error" || reply["execution_count"] != 2.0 {
		t.Errorf("reply is %v", reply)
	}
	wantKinds(t, kinds(t, said), []string{"busy", "execute_input", "error", "idle"})
	e := fields(t, said[2])
	if tb := fmt.Sprint(e["traceback"]); !strings.Contains(tb, "In[2]:2") {
		t.Errorf("error is %v", e)
	}
}

// The order of the wire must be the order of the cell, also when it prints on both streams.
func TestStreamsKeepTheirOrder(t *testing.T) {
	f := begin(t)
	_, said := f.run("for i := range 10000 {\nprintln(i)\n}")
	var text strings.Builder
	messages := 0
	for _, m := range said {
		if m.Header.Type == "stream" {
			messages++
			text.WriteString(fields(t, m)["text"].(string))
		}
	}
	lines := strings.Fields(text.String())
	if len(lines) != 10000 || lines[9999] != "9999" || messages > 50 {
		t.Errorf("%d lines in %d messages", len(lines), messages)
	}
}

func TestSilentAndHistory(t *testing.T) {
	f := begin(t)
	id := f.send("shell", "execute_request", map[string]any{"code": "y := 1\ny", "silent": true})
	if r := f.reply("shell", id); r["status"] != "ok" || r["execution_count"] != 0.0 {
		t.Errorf("silent reply is %v", r)
	}
	wantKinds(t, kinds(t, f.until(id)), []string{"busy", "idle"})
	if r, _ := f.run("y + 1"); r["execution_count"] != 1.0 {
		t.Errorf("reply is %v", r)
	}
	if r, _ := f.run("  \n"); r["execution_count"] != 1.0 {
		t.Errorf("a blank cell counts: %v", r)
	}
	id = f.send("shell", "history_request", map[string]any{
		"hist_access_type": "tail", "n": 5, "output": true})
	want := "[[1 1 [y + 1 2]]]"
	if got := fmt.Sprint(f.reply("shell", id)["history"]); got != want {
		t.Errorf("history is %s, want %s", got, want)
	}
}

func TestUserExpressions(t *testing.T) {
	f := begin(t)
	id := f.send("shell", "execute_request", map[string]any{"code": "z := 6",
		"user_expressions": map[string]string{"good": "z * 7", "bad": "nothing"}})
	r := f.reply("shell", id)["user_expressions"].(map[string]any)
	if got := fmt.Sprint(r["good"].(map[string]any)["data"]); got != "map[text/plain:42]" {
		t.Errorf("good is %s", got)
	}
	if r["bad"].(map[string]any)["status"] != "error" {
		t.Errorf("bad is %v", r["bad"])
	}
}

// A failing cell takes those with it that were sent before it failed, and no others.
func TestAbort(t *testing.T) {
	f := begin(t)
	first := f.send("shell", "execute_request", map[string]any{"code": "panic(1)"})
	second := f.send("shell", "execute_request", map[string]any{"code": "2"})
	info := f.send("shell", "kernel_info_request", nil)
	if r := f.reply("shell", first); r["status"] != "error" {
		t.Errorf("first is %v", r)
	}
	if r := f.reply("shell", second); r["status"] != "aborted" {
		t.Errorf("second is %v", r)
	}
	if r := f.reply("shell", info); r["status"] != "ok" {
		t.Errorf("kernel_info is %v", r)
	}
	if r, _ := f.run("3"); r["status"] != "ok" {
		t.Errorf("a cell after the failure is %v", r)
	}
	id := f.send("shell", "execute_request", map[string]any{
		"code": "panic(1)", "stop_on_error": false})
	after := f.send("shell", "execute_request", map[string]any{"code": "4"})
	f.reply("shell", id)
	if r := f.reply("shell", after); r["status"] != "ok" {
		t.Errorf("with stop_on_error false the next is %v", r)
	}
}

// Control is answered while a cell runs, interrupts it, and leaves the session as it was.
func TestInterrupt(t *testing.T) {
	f := begin(t)
	f.run("n := 1")
	for _, code := range []string{"for {\n}", "select {}", "<-make(chan int)"} {
		cell := f.send("shell", "execute_request", map[string]any{"code": code})
		time.Sleep(30 * time.Millisecond)
		info := f.send("control", "kernel_info_request", nil)
		if r := f.reply("control", info); r["status"] != "ok" {
			t.Errorf("kernel_info is %v", r)
		}
		began := time.Now()
		stop := f.send("control", "interrupt_request", nil)
		f.reply("control", stop)
		r := f.reply("shell", cell)
		if r["status"] != "error" || r["ename"] != "interrupted" {
			t.Errorf("%s: reply is %v", code, r)
		}
		if took := time.Since(began); took > 500*time.Millisecond {
			t.Errorf("%s: the interrupt took %v", code, took)
		}
	}
	time.Sleep(inFlight)
	if r, said := f.run("n + 1"); r["status"] != "ok" || len(said) != 4 {
		t.Errorf("after the interrupts: %v %q", r, kinds(t, said))
	}
}

// An interrupt that comes as soon as a front end hears of a cell must not get lost, though the
// code of the cell may not run yet.
func TestInterruptAtOnce(t *testing.T) {
	f := begin(t)
	for range 100 {
		cell := f.send("shell", "execute_request", map[string]any{"code": "for {\n}"})
		for f.next("iopub").Header.Type != "execute_input" {
		}
		stop := f.send("control", "interrupt_request", nil)
		if r := f.reply("shell", cell); r["ename"] != "interrupted" {
			t.Fatalf("reply is %v", r)
		}
		f.reply("control", stop)
		f.until(cell)
		time.Sleep(inFlight / 50)
	}
}

func TestSubshells(t *testing.T) {
	f := begin(t)
	id := f.send("control", "create_subshell_request", nil)
	sub := f.reply("control", id)["subshell_id"].(string)
	busy := f.send("shell", "execute_request", map[string]any{"code": "for {\n}"})
	info := f.sendTo(sub, "kernel_info_request", nil)
	if r := f.reply("shell", info); r["status"] != "ok" {
		t.Errorf("a subshell answers %v while the main shell is busy", r)
	}
	cell := f.sendTo(sub, "execute_request", map[string]any{"code": "1 + 1"})
	if r := f.reply("shell", cell); r["status"] != "ok" {
		t.Errorf("a subshell's cell is %v", r)
	}
	id = f.send("control", "list_subshell_request", nil)
	if got := fmt.Sprint(f.reply("control", id)["subshell_id"]); got != "["+sub+"]" {
		t.Errorf("subshells are %s", got)
	}
	f.reply("control", f.send("control", "interrupt_request", nil))
	f.reply("shell", busy)
	id = f.send("control", "delete_subshell_request", map[string]any{"subshell_id": sub})
	if r := f.reply("control", id); r["status"] != "ok" {
		t.Errorf("delete: %v", r)
	}
	if r := f.reply("shell", f.sendTo(sub, "kernel_info_request", nil)); r["status"] != "error" {
		t.Errorf("a deleted subshell answers %v", r)
	}
}

func TestStrangeRequests(t *testing.T) {
	f := begin(t)
	for kind := range handlers {
		if kind == "shutdown_request" {
			continue
		}
		for _, content := range []any{nil, []int{1}, "text", map[string]any{"code": 7}} {
			id := f.send("shell", kind, content)
			if strings.HasSuffix(kind, "_request") {
				f.reply("shell", id)
			}
			f.until(id)
		}
	}
	id := f.send("shell", "unheard_of_request", nil)
	if r := f.reply("shell", id); r["status"] != "error" {
		t.Errorf("reply is %v", r)
	}
	if r, _ := f.run("1"); r["status"] != "ok" {
		t.Errorf("reply is %v", r)
	}
}

func TestShutdown(t *testing.T) {
	f := begin(t)
	f.send("shell", "execute_request", map[string]any{"code": "for {\n}"})
	id := f.send("control", "shutdown_request", map[string]any{"restart": true})
	if r := f.reply("control", id); r["restart"] != true || r["status"] != "ok" {
		t.Errorf("reply is %v", r)
	}
	select {
	case err := <-f.done:
		if err != nil {
			t.Error(err)
		}
		f.done <- nil
	case <-time.After(2 * time.Second):
		t.Error("the kernel did not end")
	}
}
