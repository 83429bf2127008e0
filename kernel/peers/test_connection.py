"""Check 13: connection files that cannot be served, refused at once and in one line."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dialect import Dialect
from jupyter_client.kernelspec import KernelSpecManager
from kernel import PORTS, Kernel

Change = Callable[[dict[str, Any]], Any]

BROKEN: dict[str, Change | str] = {
    "malformed": "{",
    "half written": '{"shell_port": 5',
    "empty": "",
    "no object": "[]",
    "null": "null",
    "no file": "absent",
    "a folder": "folder",
    "unreadable": "unreadable",
    "unknown scheme": lambda c: c.update(signature_scheme="hmac-nonsense"),
    "unknown transport": lambda c: c.update(transport="pigeon"),
    "port is text": lambda c: c.update(shell_port="many"),
    "port too high": lambda c: c.update(shell_port=70_000),
    "port missing": lambda c: c.pop("control_port"),
    "address of another": lambda c: c.update(ip="192.0.2.1"),
    "address is none": lambda c: c.update(ip="not an address"),
    "half of the curve": lambda c: c.update(curve_publickey="x" * 40),
}


def launch(dialect: Dialect, file: Path) -> tuple[int | None, str, float]:
    spec = KernelSpecManager().get_kernel_spec(dialect.name)
    argv = [a.replace("{connection_file}", str(file)) for a in spec.argv]
    begun = time.monotonic()
    p = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        out, _ = p.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        p.kill()
        out, _ = p.communicate()
        return None, out.decode(), 5
    return p.returncode, out.decode(), time.monotonic() - begun


def refused(dialect: Dialect, file: Path) -> None:
    code, out, seconds = launch(dialect, file)
    assert code, f"exit code {code} after {seconds:.1f} s: {out[-500:]}"
    assert seconds < 1.5
    if "one-line-log" in dialect.capabilities:
        assert len(out.strip().splitlines()) == 1, out
        assert "goroutine" not in out and ".go:" not in out
        assert file.name in out or "connection" in out or "listen" in out, out


@pytest.mark.parametrize("name", BROKEN)
def test_broken_connection_file(kernel: Kernel, dialect: Dialect, tmp_path: Path, name: str, needs):
    needs("one-line-log")
    change = BROKEN[name]
    file = tmp_path / "connection.json"
    content = {**kernel.info, **{f"{p}_port": 0 for p in PORTS}}
    match change:
        case "absent":
            pass
        case "folder":
            file.mkdir()
        case "unreadable":
            file.write_text("{}")
            file.chmod(0)
            if os.access(file, os.R_OK):
                file.unlink()
                file.symlink_to("/proc/self/mem")  # root reads all but this
        case str():
            file.write_text(change)
        case _:
            change(content)
            file.write_text(json.dumps(content))
    refused(dialect, file)


@pytest.mark.parametrize("port", PORTS)
def test_port_taken(kernel: Kernel, dialect: Dialect, tmp_path: Path, port: str, needs) -> None:
    needs("one-line-log")
    file = tmp_path / "connection.json"
    zero = {f"{p}_port": 0 for p in PORTS}
    taken = {f"{port}_port": kernel.info[f"{port}_port"]}
    file.write_text(json.dumps({**kernel.info, **zero, **taken}))
    refused(dialect, file)
    kernel.check()
