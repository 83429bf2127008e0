"""Check 24: the options of an execute_request."""

from __future__ import annotations

import pytest
from dialect import Dialect
from kernel import Kernel, cell


@pytest.mark.parametrize("stop", [True, False])
def test_queue_behind_an_error(kernel: Kernel, dialect: Dialect, needs, stop: bool) -> None:
    needs("stop")
    kernel.run(dialect.assign)
    content = [cell(dialect.failure, stop_on_error=stop)] + [cell(dialect.increment)] * 2
    idents = [kernel.send("shell", "execute_request", c) for c in content]
    got = [kernel.reply("shell", i) for i in idents]
    statuses = [m["content"]["status"] for m in got if m]
    assert statuses == ["error", *(["aborted"] * 2 if stop else ["ok"] * 2)]
    kernel.drain("iopub", 0.3)
    assert kernel.run(dialect.read).text.strip() == ("41" if stop else "43")


def test_silent(kernel: Kernel, dialect: Dialect, needs) -> None:
    needs("silent")
    kernel.run(dialect.assign)
    before = kernel.run(dialect.plain).content["execution_count"]
    run = kernel.run(dialect.increment, silent=True)
    assert run.status == "ok"
    run = kernel.run(dialect.plain, silent=True)
    assert not [m for m in run.published if m["msg_type"] in ("execute_input", "execute_result")]
    after = kernel.run(dialect.read)
    assert after.text.strip() == "42"
    assert after.content["execution_count"] == before + 1


def test_silent_error_is_still_an_error(kernel: Kernel, dialect: Dialect, needs) -> None:
    needs("silent")
    assert kernel.run(dialect.failure, silent=True).status == "error"


def test_store_history_false(kernel: Kernel, dialect: Dialect, needs) -> None:
    needs("history")
    before = kernel.run(dialect.plain).content["execution_count"]
    hidden = dialect.printed.format(text="not to be remembered")
    assert kernel.run(hidden, store_history=False).status == "ok"
    shown = dialect.printed.format(text="to be remembered")
    assert kernel.run(shown).content["execution_count"] == before + 1
    tail = {"hist_access_type": "tail", "n": 2, "raw": True, "output": False}
    entries = kernel.ask("history_request", tail)["content"]["history"]
    inputs = [e[2] for e in entries]
    assert inputs == [dialect.plain, shown]


def test_user_expressions(kernel: Kernel, dialect: Dialect, needs) -> None:
    needs("expressions")
    kernel.run(dialect.assign)
    run = kernel.run(
        dialect.increment, user_expressions={"now": dialect.read, "bad": "no_such_name"}
    )
    values = run.content["user_expressions"]
    assert values["now"]["status"] == "ok"
    assert values["now"]["data"]["text/plain"] == "42"
    assert values["bad"]["status"] == "error" and values["bad"]["ename"]
    assert kernel.run("", user_expressions={"now": dialect.read}).content["user_expressions"]


def test_allow_stdin(kernel: Kernel, dialect: Dialect, needs) -> None:
    needs("stdin")
    ident = kernel.start(str(dialect.ask), allow_stdin=True)
    question = kernel.receive("stdin", 10)
    assert question is not None and question["msg_type"] == "input_request"
    assert question["parent_header"]["msg_id"] == ident
    assert question["content"]["password"] is False
    kernel.send("stdin", "input_reply", {"value": "Gopher", "status": "ok"})
    run = kernel.finish(ident)
    assert run.status == "ok" and "Gopher" in run.text


def test_no_stdin_allowed(kernel: Kernel, dialect: Dialect, needs) -> None:
    needs("stdin")
    run = kernel.run(str(dialect.ask), allow_stdin=False, timeout=10)
    assert run.reply is not None, "it waits for an answer that nobody may give"
    assert kernel.receive("stdin", 0.1) is None
    kernel.check()


def test_empty_cell(kernel: Kernel, dialect: Dialect) -> None:
    before = kernel.run(dialect.plain).content["execution_count"]
    run = kernel.run("")
    assert run.status == "ok" and not run.outputs
    assert kernel.run(dialect.plain).content["execution_count"] <= before + 2
