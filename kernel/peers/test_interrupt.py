"""Check 18: an interrupt stops the cell, at once, and nothing else."""

from __future__ import annotations

import signal
import time

import pytest
from dialect import Dialect
from kernel import Kernel, cell


def cells(dialect: Dialect) -> dict[str, str | None]:
    return {
        "loop": dialect.loop,
        "sleep": dialect.sleep,
        "product": dialect.product,
        "elsewhere": dialect.elsewhere,
        "receive": "<-make(chan int)\n" if dialect.name == "cliplab" else None,
        "select": "go func() { for { time.Sleep(time.Second) } }()\nselect {}"
        if dialect.name == "cliplab"
        else None,
        "printing": 'for {\n\tfmt.Println("again")\n}' if dialect.name == "cliplab" else None,
        "native": "s := make([]int, 1<<24)\nfor {\n\tsort.Ints(s)\n}"
        if dialect.name == "cliplab"
        else None,
        "lock": "var mu sync.Mutex\nmu.Lock()\ngo func() { for { time.Sleep(time.Second) } }()\n"
        "mu.Lock()"
        if dialect.name == "cliplab"
        else None,
        "shell": "!sleep 60" if dialect.name in ("cliplab", "python3") else None,
    }


NAMES = "loop sleep product elsewhere receive select printing native lock shell".split()


@pytest.mark.parametrize("how", ["message", "SIGINT"])
@pytest.mark.parametrize("name", NAMES)
def test_interrupt_stops(kernel: Kernel, dialect: Dialect, needs, name: str, how: str) -> None:
    needs("interrupt")
    code = cells(dialect)[name]
    if code is None:
        pytest.skip("not in this language")
    kernel.run(dialect.assign)
    ident = kernel.start(code)
    time.sleep(0.3)
    begun = time.monotonic()
    if how == "message":
        kernel.send("control", "interrupt_request", {})
    else:
        kernel.process.send_signal(signal.SIGINT)
    run = kernel.finish(ident, 10, begun)
    assert run.status == "error", f"after {run.replied_after:.2f} s"
    assert [m["msg_type"] for m in run.outputs if m["msg_type"] != "stream"] == ["error"]
    # 100 ms on an idle machine.
    assert run.replied_after < (0.4 if name != "native" else 3), f"{run.replied_after * 1000:.0f} ms"
    time.sleep(0.15)  # ipykernel aborts what is sent sooner
    again = kernel.run(dialect.read)
    assert again.status == "ok" and again.text.strip() == "41"


def test_cell_sent_right_after_an_interrupt_runs(kernel: Kernel, dialect: Dialect, needs) -> None:
    needs("one-line-log")  # ipykernel aborts it, and is known for it
    for _ in range(10):
        ident = kernel.start(dialect.loop)
        kernel.interrupt()
        assert kernel.finish(ident).status == "error"
        assert kernel.run(dialect.plain).status == "ok"


def test_interrupt_while_asking(kernel: Kernel, dialect: Dialect, needs) -> None:
    needs("stdin")
    ident = kernel.start(str(dialect.ask), allow_stdin=True)
    assert kernel.receive("stdin", 10) is not None
    begun = time.monotonic()
    kernel.interrupt()
    run = kernel.finish(ident, 10, begun)
    assert run.status == "error" and run.replied_after < 0.5
    time.sleep(0.15)
    kernel.check()


@pytest.mark.parametrize("how", ["message", "SIGINT"])
def test_interrupt_when_idle_does_nothing(
    kernel: Kernel, dialect: Dialect, needs, how: str
) -> None:
    needs("interrupt")
    kernel.run(dialect.assign)
    for _ in range(10):
        if how == "message":
            kernel.ask("interrupt_request", {}, "control")
        else:
            kernel.process.send_signal(signal.SIGINT)
        time.sleep(0.02)
    time.sleep(0.2)
    kernel.drain("iopub", 0.1)
    kernel.check()
    assert kernel.run(dialect.read).text.strip() == "41"


def test_interrupt_drops_the_queue(kernel: Kernel, dialect: Dialect, needs) -> None:
    """Cells that wait behind the interrupted one do not run, as with ipykernel."""
    needs("stop")
    kernel.run(dialect.assign)
    ident = kernel.start(dialect.loop)
    waiting = [
        kernel.send("shell", "execute_request", cell(dialect.increment)) for _ in range(3)
    ]
    time.sleep(0.2)
    kernel.interrupt()
    replies = {}
    while len(replies) < 4:
        reply = kernel.receive("shell", 10)
        assert reply is not None, f"only {len(replies)} of 4 replies"
        replies[reply["parent_header"]["msg_id"]] = reply["content"]["status"]
    assert replies[ident] == "error"
    assert [replies[w] for w in waiting] == ["aborted"] * 3
    time.sleep(0.15)
    assert kernel.run(dialect.read).text.strip() == "41"
