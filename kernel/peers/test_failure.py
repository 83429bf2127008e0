"""Check 23: what would end a process ends only the cell."""

from __future__ import annotations

import pytest
from dialect import DIALECTS, Dialect
from kernel import Kernel

NAMES = sorted({name for d in DIALECTS.values() for name in d.deaths} | {"failure", "deep"})


@pytest.mark.parametrize("name", NAMES)
def test_error_of_the_cell(kernel: Kernel, dialect: Dialect, name: str) -> None:
    code = {**dialect.deaths, "failure": dialect.failure, "deep": dialect.deep}.get(name)
    if code is None:
        pytest.skip("not in this language")
    kernel.run(dialect.assign)
    run = kernel.run(code, timeout=60)
    assert kernel.alive, f"the kernel died: {kernel.logged[-1500:]}"
    may = name in ("goroutine", "maps", "goexit")  # a survivor may also go on
    assert run.idle and (run.status == "error" or may), run.content
    if run.status == "error":
        assert run.content["ename"] and isinstance(run.content["evalue"], str)
        trace = run.content["traceback"]
        assert isinstance(trace, list) and all(isinstance(line, str) for line in trace)
        errors = [m["content"] for m in run.outputs if m["msg_type"] == "error"]
        assert len(errors) == 1
        assert errors[0]["traceback"] == trace
    if name == "failure":
        assert dialect.failure_at in "\n".join(run.content["traceback"])
    assert kernel.run(dialect.read).text.strip() == "41", "the state is lost"


def test_errors_come_back_the_same_way_twice(kernel: Kernel, dialect: Dialect) -> None:
    first, second = (kernel.run(dialect.failure).content for _ in range(2))
    assert first["ename"] == second["ename"] and first["evalue"] == second["evalue"]
