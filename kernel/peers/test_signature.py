"""Checks 1, 2 and 14: nothing unsigned is believed, nothing signed is believed twice."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from dialect import Dialect
from kernel import Kernel, cell, started

FORGERIES: dict[str, Callable[[bytes], bytes]] = {
    "wrong": lambda s: s[:-1] + (b"0" if s[-1:] != b"0" else b"1"),
    "empty": lambda s: b"",
    "truncated": lambda s: s[:16],
    "not-hex": lambda s: b"z" * len(s),
    "upper": lambda s: s.upper()[:-1] + b"\xff",
}
KIND = {
    "shell": "execute_request",
    "control": "shutdown_request",
    "stdin": "input_reply",
}


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.parametrize("channel", KIND)
def test_forged_signature_is_dropped(
    kernel: Kernel, dialect: Dialect, channel: str, forgery: str
) -> None:
    kernel.drain("iopub", 0.05)
    before = len(kernel.logged.splitlines())
    content = {**cell(dialect.plain), "restart": False, "value": "forged"}
    ident, frames = kernel.message(KIND[channel], content)
    frames[1] = FORGERIES[forgery](frames[1])
    kernel.sockets[channel].send_multipart(frames)
    assert kernel.receive(channel, 0.3) is None, "a forged message was answered"
    assert kernel.receive("iopub", 0) is None, "a forged message was seen on iopub"
    kernel.check()
    if "one-line-log" in dialect.capabilities:
        lines = kernel.logged.splitlines()[before:]
        assert len(lines) == 1, f"one line of the log should tell of it: {lines}"


def test_replayed_message_runs_once(kernel: Kernel, dialect: Dialect, needs) -> None:
    needs("replay")
    kernel.run(dialect.assign)
    ident, frames = kernel.message("execute_request", cell(dialect.increment))
    for _ in range(2):
        kernel.sockets["shell"].send_multipart(frames)
    assert kernel.finish(ident).status == "ok"
    time.sleep(0.2)
    kernel.drain("shell")
    assert kernel.run(dialect.read).text.strip() == "42"


@pytest.mark.parametrize("scheme", ["hmac-sha512", "hmac-sha1", "hmac-md5"])
def test_other_digests_are_honoured(dialect: Dialect, needs, scheme: str) -> None:
    needs("sha512")
    with started(dialect.name, scheme=scheme) as k:
        assert k.run(dialect.plain).text.strip() == "1"


def test_empty_key_accepts_unsigned(dialect: Dialect) -> None:
    with started(dialect.name, key=b"") as k:
        assert k.run(dialect.plain).text.strip() == "1"
        if "one-line-log" in dialect.capabilities:
            assert len(k.logged.splitlines()) == 1, f"no warning, or more: {k.logged!r}"
