"""Check 10: several front ends on one kernel at once."""

from __future__ import annotations

import contextlib
import threading

import pytest
from dialect import Dialect
from kernel import FrontEnd, Kernel, another, started


@pytest.mark.parametrize("count", [2, 20])
def test_each_gets_its_own_replies(kernel: Kernel, dialect: Dialect, count: int) -> None:
    with contextlib.ExitStack() as stack:
        fronts = [stack.enter_context(another(kernel)) for _ in range(count)]
        failures: list[str] = []

        def talk(me: int, f: FrontEnd) -> None:
            try:
                for j in range(10):
                    word = f"front {me} says {j}"
                    run = f.run(dialect.printed.format(text=word), timeout=60)
                    assert run.status == "ok" and run.idle
                    assert run.text == word + "\n", run.text
                    assert run.reply and run.reply["parent_header"]["session"] == f.session.session
                    assert f.receive("shell", 0) is None, "somebody else's reply"
            except Exception as error:  # a thread's own
                failures.append(f"front {me}: {error!r}")

        threads = [threading.Thread(target=talk, args=pair) for pair in enumerate(fronts)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert not failures, failures


def test_every_subscriber_is_welcomed(dialect: Dialect, needs) -> None:
    needs("welcome")
    with started(dialect.name) as k:
        fronts = [k] if "every-welcome" not in dialect.capabilities else [0, 1, 2]
        for _ in fronts:
            s = k.dial("iopub")
            try:
                if "every-welcome" in dialect.capabilities:
                    assert s.poll(3000), "no iopub_welcome"
                    m = k.session.deserialize(k.session.feed_identities(s.recv_multipart())[1])
                    assert m["msg_type"] == "iopub_welcome"
                    assert m["content"]["subscription"] == ""
                    assert m["parent_header"] == {}
            finally:
                s.close(0)
        if "every-welcome" in dialect.capabilities:
            s = k.dial("iopub", b"kernel")
            assert s.poll(3000), "no iopub_welcome for a topic"
            parts = k.session.feed_identities(s.recv_multipart())[1]
            assert k.session.deserialize(parts)["content"]["subscription"] == "kernel"
            s.close(0)


def test_all_see_what_one_runs(kernel: Kernel, dialect: Dialect) -> None:
    with another(kernel) as other:
        kernel.drain("iopub", 0.1)
        ident = other.send("shell", "execute_request", {"code": dialect.plain})
        other.finish(ident)
        seen = [
            m["msg_type"]
            for m in kernel.drain("iopub", 0.3)
            if m["parent_header"].get("msg_id") == ident
        ]
        assert seen == ["status", "execute_input", "execute_result", "status"]
