"""Checks 21 and 22: the kernel goes with its front end, and the front end notices its death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbclient
import nbformat
import psutil
import pytest
from dialect import Dialect
from kernel import started
from nbclient.exceptions import DeadKernelError

PARENT = """
import sys, time
from jupyter_client.manager import start_new_kernel
km, kc = start_new_kernel(kernel_name=sys.argv[1])
print(km.provisioner.pid, flush=True)
{rest}
time.sleep(300)
"""
SUBREAPER = "import ctypes; ctypes.CDLL(None).prctl(36, 1)\n"


def parent(name: str, rest: str = "", before: str = "") -> tuple[subprocess.Popen[str], int]:
    script = before + PARENT.format(rest=rest)
    p = subprocess.Popen([sys.executable, "-c", script, name], stdout=subprocess.PIPE, text=True)
    assert p.stdout is not None
    return p, int(p.stdout.readline())


def gone(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize("subreaper", [False, True])
def test_parent_is_killed(dialect: Dialect, needs, busy: bool, subreaper: bool) -> None:
    needs("parent")
    rest = f"kc.execute({dialect.loop!r})" if busy else ""
    if subreaper:  # this process adopts the orphan, so that its parent is never process 1
        import ctypes

        ctypes.CDLL(None).prctl(36, 1)
    p, pid = parent(dialect.name, rest)
    try:
        time.sleep(1.5)
        assert psutil.pid_exists(pid), "it went while its parent lived"
        p.send_signal(signal.SIGKILL)
        p.wait()
        assert gone(pid, 3), "it outlives its parent by 3 s"
    finally:
        if subreaper:
            ctypes.CDLL(None).prctl(36, 0)
        if psutil.pid_exists(pid) and not gone(pid, 0.1):
            os.kill(pid, signal.SIGKILL)


def test_stays_while_the_parent_lives(dialect: Dialect) -> None:
    with started(dialect.name) as k:
        time.sleep(3)
        k.check()


def test_killed_while_a_cell_runs(dialect: Dialect, tmp_path: Path) -> None:
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(dialect.loop)])
    client = nbclient.NotebookClient(nb, kernel_name=dialect.name, timeout=60)
    with client.setup_kernel():
        pid = client.km.provisioner.pid
        child = psutil.Process(pid)
        import threading

        threading.Timer(1.0, child.kill).start()
        begun = time.monotonic()
        with pytest.raises(DeadKernelError):
            client.execute_cell(nb.cells[0], 0)
        assert time.monotonic() - begun < 4


def test_next_start_takes_the_same_ports(dialect: Dialect) -> None:
    with started(dialect.name) as k:
        k.start(dialect.loop)
        k.process.kill()
        k.exit_code(2)
        k.manager.restart_kernel(now=True)
        k.drain("shell")
        assert k.manager.shell_port == k.info["shell_port"]
        k.wait(20)
        assert k.run(dialect.plain).text.strip() == "1"
        k.process = psutil.Process(k.manager.provisioner.pid)
