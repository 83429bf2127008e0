"""What a user waits for, measured on one kernel, by name of the row in the table."""

from __future__ import annotations

import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbclient
import nbformat
from dialect import Dialect
from kernel import Kernel, started

now = time.perf_counter


@dataclass(frozen=True)
class Figure:
    """The middle and the slow end of a series."""

    median: float
    p95: float
    count: int


def figure(values: list[float]) -> Figure:
    ranked = sorted(values)
    p95 = ranked[max(0, math.ceil(0.95 * len(ranked)) - 1)]
    return Figure(round(statistics.median(ranked), 3), round(p95, 3), len(ranked))


def launched(name: str, until: Callable[[Kernel], None], times: int) -> Figure:
    """Milliseconds from starting the process to an answer."""
    values = []
    for _ in range(times):
        begun = now()
        k = Kernel(name)
        try:
            until(k)
            values.append((now() - begun) * 1000)
        finally:
            k.close()
    return figure(values)


def launch_info(name: str, d: Dialect, times: int) -> Figure:
    return launched(name, lambda k: k.ask("kernel_info_request", {}, timeout=60) and None, times)


def launch_result(name: str, d: Dialect, times: int) -> Figure:
    content = {"code": d.plain, "silent": False}
    return launched(name, lambda k: k.ask("execute_request", content, timeout=60) and None, times)


def resident(name: str, d: Dialect, times: int) -> Figure:
    values = []
    for _ in range(3):
        k = Kernel(name)
        try:
            k.wait()
            time.sleep(0.5)
            values.append(k.megabytes)
        finally:
            k.close()
    return figure(values)


def executions(k: Kernel, code: Callable[[int], str], times: int) -> Figure:
    values = []
    for i in range(times):
        run = k.run(code(i))
        assert run.status == "ok" and run.idle
        values.append(max(run.idle_after, run.replied_after) * 1000)
    return figure(values)


def execute_same(k: Kernel, d: Dialect, times: int) -> Figure:
    return executions(k, lambda i: d.plain, times)


def execute_new(k: Kernel, d: Dialect, times: int) -> Figure:
    return executions(k, lambda i: d.vary.format(n=7_000_000 + i), times)


def execute_new_late(k: Kernel, d: Dialect, times: int) -> Figure:
    for i in range(2000):
        k.run(d.vary.format(n=8_000_000 + i))
    return executions(k, lambda i: d.vary.format(n=9_000_000 + i), times)


def complete(k: Kernel, d: Dialect, times: int) -> Figure | None:
    return requests(k, "complete_request", d.complete, times) if d.complete else None


def complete_emoji(k: Kernel, d: Dialect, times: int) -> Figure | None:
    if not d.complete or "\n" in d.complete:
        return None
    before = '"😀"; ' if d.language == "python" else "/* 😀 */ "
    return requests(k, "complete_request", before + d.complete, times)


def inspect(k: Kernel, d: Dialect, times: int) -> Figure | None:
    if "reply" not in d.capabilities:
        return None
    code = {"go": "strings.ToUpper", "python": "print"}[d.language]
    return requests(k, "inspect_request", code, times)


def requests(k: Kernel, kind: str, code: str, times: int) -> Figure:
    values = []
    for _ in range(times):
        begun = now()
        content = {"code": code, "cursor_pos": len(code), "detail_level": 0}
        reply = k.ask(kind, content)["content"]
        values.append((now() - begun) * 1000)
    if not reply.get("matches", reply.get("found")):
        raise ValueError(f"{kind} found nothing for {code!r}")
    return figure(values)


def interrupt(k: Kernel, d: Dialect, times: int) -> Figure | None:
    if "interrupt" not in d.capabilities:
        return None
    values = []
    k.run(d.assign)
    for _ in range(10):
        ident = k.start(d.loop)
        time.sleep(0.2)
        begun = time.monotonic()
        k.interrupt()
        run = k.finish(ident, 15, begun)
        assert run.status == "error"
        values.append(run.replied_after * 1000)
        time.sleep(0.2)
    assert k.run(d.read).text.strip() == "41", "the state is lost"
    return figure(values)


def control_busy(k: Kernel, d: Dialect, times: int) -> Figure | None:
    if "control" not in d.capabilities:
        return None
    ident = k.start(d.loop)
    time.sleep(0.2)
    values = []
    for _ in range(20):
        begun = now()
        k.ask("kernel_info_request", {}, "control")
        values.append((now() - begun) * 1000)
    k.interrupt()
    k.finish(ident)
    time.sleep(0.2)
    return figure(values)


def lines(k: Kernel, d: Dialect, times: int) -> Figure:
    values = []
    for _ in range(5):
        run = k.run(d.lines.format(n=10_000))
        text = "".join(m["content"].get("text", "") for m in run.outputs)
        assert text.count("\n") == 10_000
        values.append(run.idle_after * 1000)
    return figure(values)


def messages(k: Kernel, d: Dialect, times: int) -> Figure:
    return figure([len(k.run(d.lines.format(n=10_000)).outputs) for _ in range(5)])


def notebook(name: str, d: Dialect, count: int = 20) -> nbformat.NotebookNode:
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(d.plain) for _ in range(count)])
    nb.metadata.kernelspec = {"name": name, "display_name": name, "language": d.language}
    return nb


def nbclient_20(name: str, d: Dialect, times: int) -> Figure:
    values = []
    for _ in range(3):
        nb = notebook(name, d)
        begun = now()
        nbclient.NotebookClient(nb, timeout=120, kernel_name=name).execute()
        values.append(now() - begun)
    return figure(values)


def nbconvert_20(name: str, d: Dialect, times: int) -> Figure:
    values = []
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "cells.ipynb"
        nbformat.write(notebook(name, d), source)
        for _ in range(3):
            begun = now()
            command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "html", str(source)]
            subprocess.run(command, check=True, capture_output=True)
            values.append(now() - begun)
    return figure(values)


# On processes of their own, and on one kernel that all rows share, in this order.
OF_A_START = {
    "launch to kernel_info, ms": launch_info,
    "launch to first result, ms": launch_result,
    "resident after start, MB": resident,
    "20 cells, nbclient, s": nbclient_20,
    "20 cells, nbconvert to HTML, s": nbconvert_20,
}
OF_A_KERNEL = {
    "execute 1, reply and idle, ms": execute_same,
    "a cell never seen, ms": execute_new,
    "complete, ms": complete,
    "complete after an emoji, ms": complete_emoji,
    "inspect, ms": inspect,
    "control while busy, ms": control_busy,
    "interrupt of a loop, ms": interrupt,
    "10,000 lines, ms": lines,
    "10,000 lines, messages": messages,
    "a cell never seen, after 2,000, ms": execute_new_late,
}
FLOOR = ("execute 1, reply and idle, ms", "a cell never seen, ms")  # what an echo can do


def all_rows(name: str, d: Dialect, times: int) -> dict[str, Figure | str | None]:
    """Each row of a kernel; text where it failed, None where it does not apply."""
    rows: dict[str, Figure | str | None] = {}

    def note(row: str, measure: Callable[[], Figure | None]) -> None:
        try:
            rows[row] = measure()
        except Exception as error:  # one row fails, the others are measured
            rows[row] = f"failed: {error}"

    for row, of_start in OF_A_START.items():
        note(row, lambda of=of_start: of(name, d, max(5, times // 10)))
    with started(name) as k:
        for row, of_kernel in OF_A_KERNEL.items():
            if name != "echo" or row in FLOOR:
                note(row, lambda of=of_kernel: of(k, d, times))
    return rows
