"""Check 6: what else may knock at the ports of a kernel."""

from __future__ import annotations

import random
import socket
import struct
from collections.abc import Iterator

import pytest
from dialect import Dialect
from kernel import PORTS, Kernel, another, connect, started

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\x04\x26\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER\x08Identity\x00\x00\x00\x00"

BYTES: dict[str, bytes] = {
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "TLS hello": bytes.fromhex("1603010200010001fc0303") + bytes(506),
    "random": random.Random(7).randbytes(4096),
    "greeting, then random": GREETING + random.Random(8).randbytes(4096),
    "old ZMTP 1.0": b"\x01\x00" + b"\x05\x00abcd" * 10,
    "unknown mechanism": GREETING[:12] + b"MAGIC".ljust(20, b"\0") + bytes(32) + READY,
    "frame of 2^63": GREETING + READY + b"\x02" + struct.pack(">Q", 2**63) + b"abc",
    "frame of 2^62": GREETING + READY + b"\x02" + struct.pack(">Q", 2**62) + b"abc",
    "command of 2^40": GREETING + b"\x06" + struct.pack(">Q", 2**40) + b"abc",
    "frames without an end": GREETING + READY + b"\x01\x00" * 200_000,
    "subscriptions": GREETING + READY + b"".join(
        b"\x00\x05\x01" + struct.pack(">I", i) for i in range(50_000)
    ),
    "property without an end": GREETING + b"\x04\x10\x05READY\xffxxxxxxxxx",
}


@pytest.fixture(scope="module")
def kernel(dialect: Dialect) -> Iterator[Kernel]:
    with started(dialect.name) as k:
        k.run(dialect.plain)
        yield k


@pytest.mark.parametrize("name", BYTES)
def test_foreign_bytes(kernel: Kernel, dialect: Dialect, name: str) -> None:
    before = kernel.megabytes
    for port in PORTS:
        with connect(kernel.info, port) as s:
            try:
                s.sendall(BYTES[name])
                s.settimeout(0.2)
                while s.recv(65536):
                    pass
            except OSError:
                pass
        kernel.check()
    assert kernel.megabytes - before < 50
    with another(kernel):
        pass


def test_half_open_connections(kernel: Kernel, dialect: Dialect) -> None:
    before, descriptors = kernel.megabytes, kernel.process.num_fds()
    for port in PORTS:
        held: list[socket.socket] = []
        try:
            for i in range(1000):
                s = connect(kernel.info, port)
                if i % 2:
                    s.sendall(GREETING[:11])
                held.append(s)
        except OSError as error:
            pytest.fail(f"{port}: connection {len(held)} was refused: {error}")
        kernel.check()
        assert kernel.run(dialect.plain).status == "ok"
        for s in held:
            s.close()
    with another(kernel):
        pass
    kernel.check()
    assert kernel.megabytes - before < 50
    assert kernel.process.num_fds() <= descriptors + 20


def test_slow_greeting(kernel: Kernel) -> None:
    """A peer that sends its greeting byte by byte holds nobody up."""
    with connect(kernel.info, "shell") as s:
        for b in GREETING[:20]:
            s.sendall(bytes([b]))
            kernel.ask("kernel_info_request", {}, timeout=2)
