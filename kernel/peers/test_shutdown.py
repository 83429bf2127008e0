"""Checks 19 and 20: the end of a kernel, asked for or ordered."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import psutil
import pytest
from dialect import Dialect
from kernel import Kernel, started


def left_of(k: Kernel) -> list[psutil.Process]:
    return k.process.children(recursive=True)


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("busy", [False, True])
def test_shutdown(dialect: Dialect, tmp_path: Path, needs, busy: bool, restart: bool) -> None:
    needs("control")
    with started(dialect.name, env={"TMPDIR": str(tmp_path)}) as k:
        k.run(dialect.plain)
        if dialect.spawn and "one-line-log" in dialect.capabilities:
            k.run(dialect.spawn)
        children = left_of(k)
        if busy:
            k.start(dialect.loop)
            time.sleep(0.2)
        k.drain("iopub", 0.05)
        begun = time.monotonic()
        request = k.send("control", "shutdown_request", {"restart": restart})
        reply = k.reply("control", request, 3)
        assert reply is not None and reply["msg_type"] == "shutdown_reply"
        assert reply["content"]["restart"] is restart and reply["content"]["status"] == "ok"
        code = k.exit_code(5)
        assert code == 0, f"exit code {code}: {k.logged[-500:]}"
        if "one-line-log" in dialect.capabilities:
            assert time.monotonic() - begun < 1.5
            assert "shutdown_reply" in [m["msg_type"] for m in k.drain("iopub", 0.2)]
            assert not [p for p in children if alive(p)], "a child of a cell is left behind"
            assert not list(tmp_path.iterdir()), "files are left behind"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("busy", [False, True])
def test_signal_ends_it(dialect: Dialect, needs, name: str, busy: bool) -> None:
    needs("one-line-log")
    with started(dialect.name) as k:
        k.run(str(dialect.spawn))
        children = left_of(k)
        if busy:
            k.start(dialect.loop)
        k.process.send_signal(getattr(signal, name))
        assert k.exit_code(1.5) is not None, f"alive 1.5 s after {name}"
        time.sleep(0.1)
        assert not [p for p in children if alive(p)], "a child of a cell is left behind"


def alive(p: psutil.Process) -> bool:
    return p.is_running() and p.status() != psutil.STATUS_ZOMBIE
