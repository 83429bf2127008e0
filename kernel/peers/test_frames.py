"""Checks 3, 4 and 5: what is no message, a bad message, an unknown message."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect import Dialect
from jupyter_client.session import Session
from kernel import Kernel, Message, cell, is_idle

DEEP = b"[" * 200_000 + b"]" * 200_000

MALFORMED: dict[str, list[bytes]] = {
    "no delimiter": [b"a", b"b", b"c", b"d", b"e"],
    "delimiter alone": [b"<IDS|MSG>"],
    "three frames": [b"<IDS|MSG>", b"", b"{}"],
    "one empty frame": [b""],
    "two delimiters": [b"<IDS|MSG>", b"<IDS|MSG>", b"{}", b"{}", b"{}", b"{}"],
    "ten thousand frames": [b"x"] * 10_000,
    "ten thousand buffers": [b"<IDS|MSG>", b"0" * 64, *[b"{}"] * 4, *[b"x"] * 10_000],
}


@pytest.mark.parametrize("channel", ["shell", "control", "stdin"])
@pytest.mark.parametrize("frames", MALFORMED)
def test_malformed_frames_are_dropped(kernel: Kernel, channel: str, frames: str) -> None:
    kernel.sockets[channel].send_multipart(MALFORMED[frames])
    assert kernel.receive(channel, 0.2) is None
    kernel.check()


def bodies(session: Session) -> dict[str, list[bytes]]:
    header = session.msg("kernel_info_request")["header"]
    known = json.dumps(header, default=str).encode()
    execute = known.replace(b"kernel_info_request", b"execute_request")
    untyped = json.dumps({"msg_id": "u", "session": "s"}).encode()
    return {
        "header is no JSON": [b"{", b"{}", b"{}", b"{}"],
        "content is no JSON": [known, b"{}", b"{}", b"\xff\xfe{"],
        "header is a list": [b"[]", b"{}", b"{}", b"{}"],
        "header is null": [b"null", b"null", b"null", b"null"],
        "header is empty": [b"{}", b"{}", b"{}", b"{}"],
        "no type": [untyped, b"{}", b"{}", b"{}"],
        "type is a number": [b'{"msg_type": 7, "msg_id": []}', b"{}", b"{}", b"{}"],
        "parent is text": [known, b'"x"', b"{}", b"{}"],
        "content is a list": [execute, b"{}", b"{}", b"[1, 2]"],
        "code is a number": [execute, b"{}", b"{}", b'{"code": 5}'],
        "silent is text": [execute, b"{}", b"{}", b'{"code": "1", "silent": "no"}'],
        "expressions are a list": [
            execute, b"{}", b"{}", b'{"code": "1", "user_expressions": [[]]}'
        ],
        "content nested deep": [execute, b"{}", b"{}", DEEP],
        "header nested deep": [DEEP, b"{}", b"{}", b"{}"],
        "parent nested deep": [known, DEEP, b"{}", b"{}"],
        "not a number": [execute, b"{}", b"{}", b'{"code": NaN}'],
        "lone surrogate": [execute, b"{}", b"{}", b'{"code": "\\ud800"}'],
        "zero byte": [execute, b"{}", b"{}", b'{"code": "\\u0000"}'],
    }


@pytest.mark.parametrize("channel", ["shell", "control"])
@pytest.mark.parametrize("name", bodies(Session()))
def test_bad_body_is_survived(kernel: Kernel, channel: str, name: str) -> None:
    frames = kernel.sign(*bodies(kernel.session)[name])
    kernel.sockets[channel].send_multipart(frames)
    kernel.drain(channel, 0.2)
    kernel.drain("iopub", 0.1)
    kernel.check()


def test_missing_fields_take_the_defaults(kernel: Kernel, dialect: Dialect) -> None:
    ident = kernel.send("shell", "execute_request", {"code": dialect.plain})
    run = kernel.finish(ident)
    assert run.status == "ok" and run.text.strip() == "1"
    assert run.content["user_expressions"] == {}


KNOWN = (
    "execute inspect complete history is_complete connect comm_info kernel_info interrupt "
    "debug create_subshell list_subshell delete_subshell usage"
).split()


@pytest.mark.parametrize("channel", ["shell", "control"])
@pytest.mark.parametrize("kind", KNOWN)
def test_known_type_with_nothing_in_it(kernel: Kernel, channel: str, kind: str) -> None:
    kernel.drain("iopub", 0.05)
    ident = kernel.send(channel, f"{kind}_request", {})
    reply = kernel.reply(channel, ident, 5)
    if reply is not None:
        assert reply["content"].get("status", "ok") in ("ok", "error", "aborted") or (
            kind == "is_complete"
        )
        assert reply["msg_type"] == f"{kind}_reply"
    framed(kernel, ident)
    kernel.check()


@pytest.mark.parametrize("channel", ["shell", "control"])
@pytest.mark.parametrize("kind", ["nonsense_request", "nonsense", "comm_open", "comm_close", ""])
def test_unknown_type(kernel: Kernel, channel: str, kind: str) -> None:
    kernel.drain("iopub", 0.05)
    ident = kernel.send(channel, kind, {})
    reply = kernel.reply(channel, ident, 0.3)
    if reply is not None:
        assert reply["content"]["status"] == "error"
        assert reply["content"]["ename"]
        assert isinstance(reply["content"]["traceback"], list)
    kernel.check()


def test_every_request_is_answered(kernel: Kernel, dialect: Dialect, needs) -> None:
    needs("reply")
    requests: dict[str, dict[str, Any]] = {
        "kernel_info": {},
        "execute": cell(dialect.plain),
        "complete": {"code": "", "cursor_pos": 0},
        "inspect": {"code": "", "cursor_pos": 0, "detail_level": 0},
        "is_complete": {"code": ""},
        "history": {"hist_access_type": "tail", "n": 3, "raw": True, "output": False},
        "comm_info": {},
    }
    for kind, content in requests.items():
        ident = kernel.send("shell", f"{kind}_request", content)
        reply = kernel.reply("shell", ident, 10)
        assert reply is not None, f"{kind}_request was not answered"
        assert reply["msg_type"] == f"{kind}_reply"
        framed(kernel, ident)


def framed(kernel: Kernel, ident: str) -> None:
    """Busy comes first and idle last on iopub, whatever the request was."""
    seen: list[Message] = []
    while not (seen and is_idle(seen[-1])):
        m = kernel.receive("iopub", 3)
        assert m is not None, f"no idle; iopub said {[(s['msg_type']) for s in seen]}"
        if m["parent_header"].get("msg_id") == ident:
            seen.append(m)
    assert seen[0]["content"].get("execution_state") == "busy"


def test_cursor_outside_the_code(kernel: Kernel, needs) -> None:
    needs("reply")
    for position in (-5, 99, 2**40):
        for kind in ("complete", "inspect"):
            content = {"code": "ab", "cursor_pos": position, "detail_level": 0}
            assert kernel.ask(f"{kind}_request", content)["content"]["status"] in ("ok", "error")


@pytest.mark.parametrize("before", ["", "é", "😀", "日本語 😀😀"])
def test_completion_counts_code_points(kernel: Kernel, dialect: Dialect, needs, before: str) -> None:
    needs("reply")
    comment = {"go": f"/* {before} */ ", "python": f"'{before}'; "}[dialect.language]
    kernel.run(dialect.plain)
    code = comment + dialect.complete
    content = kernel.ask("complete_request", {"code": code, "cursor_pos": len(code)})["content"]
    assert dialect.completions & set(content["matches"]), content
    assert content["cursor_end"] == len(code)
    assert len(comment) <= content["cursor_start"] <= len(code)
