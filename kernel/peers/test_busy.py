"""Checks 16 and 17: a kernel that computes still answers on heartbeat and control."""

from __future__ import annotations

import statistics
import time

import pytest
from dialect import Dialect
from kernel import Kernel


def test_heartbeat_while_all_cores_compute(kernel: Kernel, dialect: Dialect) -> None:
    if dialect.parallel is None:
        pytest.skip("no cell for all cores")
    ident = kernel.start(dialect.parallel)
    hb = kernel.dial("hb")
    times = []
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        begun = time.perf_counter()
        hb.send(b"\x00 beat")
        assert hb.poll(5000), "no heartbeat while the kernel computes"
        assert hb.recv() == b"\x00 beat"
        times.append((time.perf_counter() - begun) * 1000)
        time.sleep(0.01)
    hb.close(0)
    assert kernel.finish(ident).status == "ok"
    # The median is 0.2 ms on a quiet machine; the bounds leave room for a shared one.
    assert statistics.median(times) < 5, f"median {statistics.median(times):.1f} ms"
    assert max(times) < 300, f"maximum {max(times):.1f} ms"


def test_heartbeat_of_several_frames(kernel: Kernel) -> None:
    hb = kernel.dial("hb")
    hb.send_multipart([b"a", b"", b"c"])
    assert hb.poll(2000) and hb.recv_multipart() == [b"a", b"", b"c"]
    hb.close(0)


def test_control_answers_while_busy(kernel: Kernel, dialect: Dialect, needs) -> None:
    needs("control")
    ident = kernel.start(dialect.loop)
    try:
        times = []
        for _ in range(20):
            begun = time.perf_counter()
            request = kernel.send("control", "kernel_info_request", {}, subshell_id=None, extra=[1])
            reply = kernel.reply("control", request, 5)
            times.append((time.perf_counter() - begun) * 1000)
            assert reply is not None, "control is not answered while a cell runs"
            assert reply["msg_type"] == "kernel_info_reply"
            assert reply["parent_header"]["extra"] == [1], "the parent header is not verbatim"
            assert "subshell_id" in reply["parent_header"]
        assert statistics.median(times) < 50, f"median {statistics.median(times):.1f} ms"
        assert kernel.receive("shell", 0) is None
    finally:
        kernel.interrupt()
        kernel.finish(ident)


def test_interrupt_reply_on_control(kernel: Kernel, dialect: Dialect, needs) -> None:
    needs("control")
    ident = kernel.start(dialect.loop)
    begun = time.perf_counter()
    request = kernel.send("control", "interrupt_request", {})
    reply = kernel.reply("control", request, 5)
    assert reply is not None and reply["msg_type"] == "interrupt_reply"
    assert reply["content"]["status"] == "ok"
    assert time.perf_counter() - begun < 0.5
    assert kernel.finish(ident).status == "error"


def test_subshell_answers_while_busy(kernel: Kernel, dialect: Dialect, needs) -> None:
    needs("subshells")
    created = kernel.ask("create_subshell_request", {}, "control")["content"]
    assert created["status"] == "ok"
    subshell = created["subshell_id"]
    assert subshell in kernel.ask("list_subshell_request", {}, "control")["content"]["subshell_id"]
    ident = kernel.start(dialect.loop)
    try:
        request = kernel.send("shell", "kernel_info_request", {}, subshell_id=subshell)
        reply = kernel.reply("shell", request, 5)
        assert reply is not None, "a subshell does not answer while the main shell is busy"
        assert reply["parent_header"]["subshell_id"] == subshell
    finally:
        kernel.interrupt()
        kernel.finish(ident)
    gone = kernel.ask("delete_subshell_request", {"subshell_id": subshell}, "control")
    assert gone["content"]["status"] == "ok"
    again = kernel.ask("delete_subshell_request", {"subshell_id": subshell}, "control")
    assert again["content"]["status"] == "error"
