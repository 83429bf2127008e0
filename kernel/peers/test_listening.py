"""Checks 11 and 12: where the kernel listens, and where its key may not be seen."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import psutil
import pytest
from dialect import Dialect
from kernel import PORTS, Kernel, started


def test_listens_on_five_ports_of_one_address(kernel: Kernel) -> None:
    listening = [
        c.laddr
        for c in kernel.process.net_connections(kind="inet")
        if c.status == psutil.CONN_LISTEN
    ]
    assert {a.ip for a in listening} == {"127.0.0.1"}
    assert {kernel.info[f"{p}_port"] for p in PORTS} <= {a.port for a in listening}


def test_ports_of_the_file_and_no_more(kernel: Kernel, dialect: Dialect, needs) -> None:
    needs("private")
    listening = {
        c.laddr.port
        for c in kernel.process.net_connections(kind="inet")
        if c.status == psutil.CONN_LISTEN
    }
    assert listening == {kernel.info[f"{p}_port"] for p in PORTS}


def test_ipc(dialect: Dialect, needs) -> None:
    needs("ipc")
    with started(dialect.name, transport="ipc") as k:
        assert k.run(dialect.plain).text.strip() == "1"
        assert not [
            c for c in k.process.net_connections(kind="inet") if c.status == psutil.CONN_LISTEN
        ] or "private" not in dialect.capabilities
        paths = [Path(f"{k.info['ip']}-{k.info[f'{p}_port']}") for p in PORTS]
        for path in paths:
            mode = path.stat().st_mode
            assert stat.S_ISSOCK(mode)
            if "private" in dialect.capabilities:
                assert stat.S_IMODE(mode) == 0o600, f"{path} has mode {stat.S_IMODE(mode):o}"
        k.ask("shutdown_request", {"restart": False}, channel="control")
        assert k.exit_code(3) == 0
        if "private" in dialect.capabilities:
            assert not [p for p in paths if p.exists()], "sockets are left behind"


@pytest.mark.parametrize("where", ["arguments", "environment", "log", "cell"])
def test_key_is_told_to_nobody(kernel: Kernel, dialect: Dialect, where: str, needs) -> None:
    key = kernel.info["key"]
    family = [kernel.process, *kernel.process.children(recursive=True)]
    kernel.run(dialect.failure)
    match where:
        case "arguments":
            shown = str([p.cmdline() for p in family])
        case "environment":
            shown = str([p.environ() for p in family])
        case "log":
            shown = kernel.logged
        case _:
            if dialect.environment is None:
                pytest.skip("the language does not show it")
            run = kernel.run(dialect.environment)
            assert run.status == "ok" and os.environ["HOME"] in run.text
            shown = run.text
    assert key not in shown
