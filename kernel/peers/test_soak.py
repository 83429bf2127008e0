"""Check 25: a long day of one kernel, and many short ones."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest
from dialect import Dialect
from kernel import Kernel, started


def measure(k: Kernel) -> tuple[int, int, float]:
    return k.process.num_fds(), k.process.num_threads(), k.megabytes


@pytest.mark.timeout(300)
def test_two_thousand_cells(dialect: Dialect) -> None:
    with started(dialect.name) as k:
        for _ in range(200):
            k.run(dialect.plain)
        descriptors, threads, megabytes = measure(k)
        first = k.run(dialect.plain).content["execution_count"]
        for i in range(2000):
            code = dialect.vary.format(n=10_000 + i) if i % 2 else dialect.plain
            run = k.run(code)
            assert run.status == "ok" and run.idle
            assert run.content["execution_count"] == first + 1 + i
        time.sleep(0.5)
        after = measure(k)
        assert after[0] <= descriptors + 3, f"descriptors {descriptors} → {after[0]}"
        assert after[1] <= threads + 3, f"threads {threads} → {after[1]}"
        assert after[2] <= megabytes + 20, f"{megabytes:.0f} → {after[2]:.0f} MB"


@pytest.mark.timeout(300)
def test_five_hundred_interrupts(dialect: Dialect, needs) -> None:
    needs("interrupt")
    with started(dialect.name) as k:
        k.run(dialect.assign)
        pause = 0.15 if "one-line-log" not in dialect.capabilities else 0.0
        descriptors, threads, megabytes = measure(k)
        for i in range(500):
            ident = k.start(dialect.loop)
            k.interrupt()
            assert k.finish(ident, 10).status == "error", f"interrupt {i}"
            time.sleep(pause)
            k.drain("control")
        assert k.run(dialect.read).text.strip() == "41"
        after = measure(k)
        assert after[0] <= descriptors + 3, f"descriptors {descriptors} → {after[0]}"
        assert after[1] <= threads + 6, f"threads {threads} → {after[1]}"
        assert after[2] <= megabytes + 20, f"{megabytes:.0f} → {after[2]:.0f} MB"


@pytest.mark.timeout(300)
def test_two_hundred_starts(dialect: Dialect, tmp_path: Path, needs) -> None:
    needs("one-line-log")  # a Python takes half a second each
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    me = psutil.Process()
    for _ in range(200):
        with started(dialect.name, env={"TMPDIR": str(temporary)}) as k:
            assert k.run(dialect.plain).text.strip() == "1"
            k.ask("shutdown_request", {"restart": False}, "control")
            assert k.exit_code(3) == 0
    assert not list(temporary.iterdir()), "files are left behind"
    left = [p for p in me.children(recursive=True) if "cliplab" in p.name()]
    assert not [p for p in left if p.status() != psutil.STATUS_ZOMBIE]
