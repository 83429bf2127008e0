"""What a cell looks like in the languages of the kernels that are compared.

A check is written once; each kernel runs it in its own dialect. A field that is None is
something that the kernel does not have, and the check says so by skipping.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Dialect:
    """The cells of one kernel."""

    name: str
    language: str
    assign: str  # gives x the value 41
    increment: str  # adds one to x
    read: str  # shows x
    printed: str  # prints {text}
    loop: str  # computes for ever
    sleep: str  # sleeps for a minute
    lines: str  # prints the numbers below {n}, a line each
    flood: str  # prints {n} megabytes, in lines of 1000 bytes
    large: str  # one literal of {filler}, whose length it shows
    failure: str  # raises an error
    failure_at: str = ""  # what its traceback must name: the line of the cell
    deep: str | None = None  # recursion without an end
    deaths: dict[str, str] = field(default_factory=dict)  # other ways to end a process
    parallel: str | None = None  # computes on all cores for about two seconds
    product: str | None = None  # a matrix product that lasts half a minute
    elsewhere: str | None = None  # computes for ever in a goroutine or thread, and waits for it
    ask: str | None = None  # shows what the front end's user answers
    spawn: str | None = None  # starts a child that would outlive the cell, prints nothing
    environment: str | None = None  # prints the arguments and environment of the process
    setup: str = ""  # what the other cells import
    plain: str = "1"  # shows 1
    vary: str = "{n}"  # shows the number
    incomplete: str = ""
    complete: str = ""  # source whose end can be completed
    completions: frozenset[str] = frozenset()  # some that must be among the matches
    capabilities: frozenset[str] = frozenset()


GO = Dialect(
    name="cliplab",
    language="go",
    assign="x := 41",
    increment="x++",
    read="x",
    printed="fmt.Println({text!r})".replace("{text!r}", '"{text}"'),
    loop="for {\n}",
    sleep="time.Sleep(time.Minute)",
    lines="for i := range {n} {{\n\tfmt.Println(i)\n}}",
    flood='line := strings.Repeat("x", 999)\nfor range {n} * 1000 {{\n\tfmt.Println(line)\n}}',
    large='len("{filler}")',
    failure='a := []int{1}\n_ = 0\ni := 5\na[i]',
    failure_at=":4",
    deep="func down(n int) int { return down(n+1) + 1 }\ndown(0)",
    deaths={
        "panic": 'panic("on purpose")',
        "goroutine": 'go func() { panic("on purpose") }()\ntime.Sleep(200 * time.Millisecond)',
        "nil": "var p *struct{ A int }\np.A",
        "map": "var m map[string]int\nm[\"a\"] = 1",
        "divide": "zero := 0\n1 / zero",
        "memory": "make([]byte, 1<<44)",
        "exit": "os.Exit(3)",
        "fatal": 'log.Fatal("on purpose")',
        "deadlock": "<-make(chan int)",
        "locks": "var mu sync.Mutex\nmu.Unlock()",
        "maps": "m := map[int]int{}\nfor g := range 8 {\n\tgo func() { for i := range 100000 "
        "{ m[i%7] = g } }()\n}\ntime.Sleep(300 * time.Millisecond)",
        "goexit": "runtime.Goexit()",
    },
    parallel="end := time.Now().Add(2 * time.Second)\nvar wg sync.WaitGroup\n"
    "for range runtime.NumCPU() {\n\twg.Go(func() {\n\t\tfor time.Now().Before(end) {\n\t\t}\n"
    "\t})\n}\nwg.Wait()",
    product="const n = 500\na, b, c := make([]float64, n*n), make([]float64, n*n), "
    "make([]float64, n*n)\nfor range 1000 {\n\tfor i := range n {\n\t\tfor j := range n {\n"
    "\t\t\tfor k := range n {\n\t\t\t\tc[i*n+j] += a[i*n+k] * b[k*n+j]\n\t\t\t}\n\t\t}\n\t}\n}",
    elsewhere="done := make(chan bool)\ngo func() {\n\tfor {\n\t}\n\tclose(done)\n}()\n<-done",
    ask='var answer string\nfmt.Print("name? ")\nfmt.Scanln(&answer)\nanswer',
    spawn='exec.Command("sleep", "300").Start()',
    environment="fmt.Println(os.Args, os.Environ())",
    setup='import (\n\t"fmt"\n\t"log"\n\t"os"\n\t"os/exec"\n\t"runtime"\n\t"sort"\n\t"strings"\n'
    '\t"sync"\n\t"time"\n)',
    incomplete="func f() {",
    complete="strings.ToUp",
    completions=frozenset({"strings.ToUpper", "ToUpper"}),
    capabilities=frozenset(
        "silent history expressions stop stdin control subshells welcome curve ipc sha512 replay "
        "parent reply interrupt parser one-line-log private every-welcome bounded".split()
    ),
)

PYTHON = Dialect(
    name="python3",
    language="python",
    assign="x = 41",
    increment="x += 1",
    read="x",
    printed='print("{text}")',
    loop="while True:\n    pass",
    sleep="import time\ntime.sleep(60)",
    lines="for i in range({n}):\n    print(i)",
    flood="for i in range({n} * 1000):\n    print('x' * 999)",
    large='len("{filler}")',
    failure="a = [1]\n_ = 0\ni = 5\na[i]",
    failure_at="line 4",
    deep="def down(n): return down(n+1) + 1\ndown(0)",
    deaths={"exit": "import sys\nsys.exit(3)", "panic": "raise Exception('on purpose')"},
    parallel="import time, threading\nend = time.time() + 2\n"
    "ts = [threading.Thread(target=lambda: [None for _ in iter(lambda: time.time() < end, "
    "False)]) for _ in range(2)]\n[t.start() for t in ts]; [t.join() for t in ts];",
    elsewhere="import threading, time\nt = threading.Thread(target=time.sleep, args=(60,), "
    "daemon=True)\nt.start(); t.join()",
    ask="input('name? ')",
    spawn="import subprocess\np = subprocess.Popen(['sleep', '300'])",
    environment="import os, sys\nprint(sys.argv, os.environ)",
    incomplete="def f(:"[:5] + "():",
    complete="impo",
    completions=frozenset({"import"}),
    capabilities=frozenset(
        "silent history expressions stop stdin control subshells welcome curve ipc sha512 replay "
        "parent reply interrupt parser".split()
    ),
)

GOPHERNOTES = Dialect(
    name="gophernotes",
    language="go",
    assign="x := 41",
    increment="x++",
    read="x",
    printed='import "fmt"\nfmt.Println("{text}")',
    loop="for {\n}",
    sleep='import "time"\ntime.Sleep(time.Minute)',
    lines='import "fmt"\nfor i := 0; i < {n}; i++ {{\n\tfmt.Println(i)\n}}',
    flood='import (\n\t"fmt"\n\t"strings"\n)\nline := strings.Repeat("x", 999)\n'
    "for i := 0; i < {n}*1000; i++ {{\n\tfmt.Println(line)\n}}",
    large='len("{filler}")',
    failure="a := []int{1}\n_ = 0\ni := 5\na[i]",
    deaths={"panic": 'panic("on purpose")'},
    incomplete="func f() {",
    complete='import "fmt"\nfmt.Prin',
    completions=frozenset({"Println"}),
)

DIALECTS = {d.name: d for d in (GO, PYTHON, GOPHERNOTES)}
