"""A running kernel, spoken to over plain pyzmq sockets, so that a check sees each message."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import zmq
from dialect import DIALECTS
from jupyter_client.manager import KernelManager
from jupyter_client.session import Session

Message = dict[str, Any]

PORTS = ("shell", "control", "iopub", "stdin", "hb")
KINDS = {
    "shell": zmq.DEALER,
    "control": zmq.DEALER,
    "stdin": zmq.DEALER,
    "iopub": zmq.SUB,
    "hb": zmq.REQ,
}


@dataclass
class Run:
    """What came of a cell: the reply, and all that iopub said of it from busy to idle."""

    reply: Message | None = None
    published: list[Message] = field(default_factory=list)
    replied_after: float = 0.0
    idle_after: float = 0.0

    @property
    def content(self) -> dict[str, Any]:
        assert self.reply is not None, f"no reply; iopub said {[m['msg_type'] for m in self.published]}"
        return self.reply["content"]

    @property
    def status(self) -> str:
        return self.content["status"]

    @property
    def idle(self) -> bool:
        return bool(self.published) and is_idle(self.published[-1])

    @property
    def outputs(self) -> list[Message]:
        return [m for m in self.published if m["msg_type"] not in ("status", "execute_input")]

    @property
    def text(self) -> str:
        """The printed and shown text, as a reader of the notebook has it."""
        parts = []
        for m in self.outputs:
            content = m["content"]
            if m["msg_type"] == "stream":
                parts.append(content["text"])
            elif "data" in content:
                parts.append(str(content["data"].get("text/plain", "")))
        return "".join(parts)


def is_idle(m: Message) -> bool:
    return m["msg_type"] == "status" and m["content"]["execution_state"] == "idle"


class FrontEnd:
    """One client: its own identity and sockets on a kernel's ports."""

    def __init__(self, info: dict[str, Any], channels: tuple[str, ...] = PORTS[:4]) -> None:
        self.info = info
        self.session = Session(key=info["key"].encode(), signature_scheme=info["signature_scheme"])
        self.sockets: dict[str, zmq.Socket[bytes]] = {}
        for channel in channels:
            self.sockets[channel] = self.dial(channel)

    def dial(self, channel: str, topic: bytes = b"") -> zmq.Socket[bytes]:
        s = zmq.Context.instance().socket(KINDS[channel])
        s.linger = 0
        if channel in ("shell", "control", "stdin"):
            s.identity = self.session.bsession
        if channel == "iopub":
            s.subscribe(topic)
        s.setsockopt(zmq.RECONNECT_IVL, 5)
        s.setsockopt(zmq.RCVHWM, 0)
        public, secret = self.info.get("curve_publickey"), self.info.get("curve_secretkey")
        if public and secret:
            s.curve_serverkey = s.curve_publickey = public.encode()
            s.curve_secretkey = secret.encode()
        s.connect(address(self.info, channel))
        return s

    def close(self) -> None:
        for s in self.sockets.values():
            s.close(0)

    def message(self, kind: str, content: Any, **header: Any) -> tuple[str, list[bytes]]:
        """The signed frames of a message, and its id."""
        m = self.session.msg(kind, content)
        m["header"].update(header)
        return m["header"]["msg_id"], self.session.serialize(m)

    def sign(self, *parts: bytes) -> list[bytes]:
        """Frames of header, parent, metadata and content as they are, rightly signed."""
        return [b"<IDS|MSG>", self.session.sign(list(parts)), *parts]

    def send(self, channel: str, kind: str, content: Any, **header: Any) -> str:
        ident, frames = self.message(kind, content, **header)
        self.sockets[channel].send_multipart(frames)
        return ident

    def receive(self, channel: str, timeout: float) -> Message | None:
        s = self.sockets[channel]
        if not s.poll(max(0, timeout * 1000)):
            return None
        _, parts = self.session.feed_identities(s.recv_multipart())
        return self.session.deserialize(parts)

    def reply(self, channel: str, ident: str, timeout: float = 10) -> Message | None:
        """The reply to a request, or None."""
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            m = self.receive(channel, left)
            if m and m["parent_header"].get("msg_id") == ident:
                return m
        return None

    def drain(self, channel: str, patience: float = 0) -> list[Message]:
        """All that has come, or comes until nothing comes for as long as the patience lasts."""
        got = []
        while (m := self.receive(channel, patience)) is not None:
            got.append(m)
        return got

    def ask(self, kind: str, content: Any, channel: str = "shell", timeout: float = 10) -> Message:
        """The reply to a request that must be answered."""
        m = self.reply(channel, self.send(channel, kind, content), timeout)
        assert m is not None, f"{kind} on {channel} was not answered in {timeout} s"
        return m

    def start(self, code: str, **content: Any) -> str:
        """Sends a cell and waits until the kernel is busy with it."""
        ident = self.send("shell", "execute_request", cell(code, **content))
        end = time.monotonic() + 10
        while time.monotonic() < end:
            m = self.receive("iopub", 1)
            if m and m["parent_header"].get("msg_id") == ident and m["msg_type"] == "execute_input":
                return ident
        raise AssertionError(f"the kernel did not start the cell {code[:80]!r} in 10 s")

    def finish(self, ident: str, timeout: float = 30, since: float | None = None) -> Run:
        """Collects what comes of a cell until both the reply and idle are here."""
        begun = time.monotonic() if since is None else since
        end = time.monotonic() + timeout
        run = Run()
        poller = zmq.Poller()
        poller.register(self.sockets["shell"], zmq.POLLIN)
        poller.register(self.sockets["iopub"], zmq.POLLIN)
        while (run.reply is None or not run.idle) and time.monotonic() < end:
            ready = dict(poller.poll(max(1, (end - time.monotonic()) * 1000)))
            if self.sockets["iopub"] in ready:
                m = self.receive("iopub", 0)
                if m and m["parent_header"].get("msg_id") == ident:
                    run.published.append(m)
                    run.idle_after = time.monotonic() - begun
            if self.sockets["shell"] in ready:
                m = self.receive("shell", 0)
                if m and m["parent_header"].get("msg_id") == ident:
                    run.reply, run.replied_after = m, time.monotonic() - begun
        return run

    def run(self, code: str, timeout: float = 30, **content: Any) -> Run:
        begun = time.monotonic()
        ident = self.send("shell", "execute_request", cell(code, **content))
        return self.finish(ident, timeout, begun)

    def wait(self, timeout: float = 60) -> Message:
        """Waits until the kernel answers on shell and this front end hears iopub too."""
        end = time.monotonic() + timeout
        reply = None
        while time.monotonic() < end:
            ident = self.send("shell", "kernel_info_request", {})
            reply = self.reply("shell", ident, end - time.monotonic()) or reply
            stop = time.monotonic() + 0.5
            while reply and (left := stop - time.monotonic()) > 0:
                m = self.receive("iopub", left)
                if m and m["parent_header"].get("msg_id") == ident and is_idle(m):
                    return reply
        raise AssertionError(f"the kernel does not answer on shell and iopub in {timeout} s")


class Kernel(FrontEnd):
    """A kernel process that this check started, and its first front end."""

    def __init__(self, name: str, **options: Any) -> None:
        self.name = name
        transport, env = options.pop("transport", "tcp"), options.pop("env", {})
        self.manager = KernelManager(kernel_name=name)
        for option in ("transport_encryption", "ip"):
            if option in options:
                setattr(self.manager, option, options.pop(option))
        if "key" in options:
            self.manager.session.key = options.pop("key")
        if "scheme" in options:
            self.manager.session.signature_scheme = options.pop("scheme")
        if transport == "ipc":
            self.manager.transport = "ipc"
            self.manager.ip = str(Path(tempfile.mkdtemp(prefix="peers-ipc-")) / "kernel")
        self.log = Path(tempfile.mkstemp(prefix="peers-log-")[1])
        self.writer = self.log.open("w")
        self.manager.start_kernel(
            stdout=self.writer, stderr=self.writer, env={**os.environ, **env}, **options
        )
        self.process = psutil.Process(self.manager.provisioner.pid)
        info = dict(self.manager.get_connection_info())
        info["key"] = self.manager.session.key.decode()
        super().__init__(text(info))

    @property
    def alive(self) -> bool:
        return self.manager.provisioner.process.poll() is None

    @property
    def logged(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def megabytes(self) -> float:
        return self.process.memory_info().rss / 1e6

    def exit_code(self, timeout: float) -> int | None:
        """The exit code of the process, or None if it still runs after the timeout."""
        end = time.monotonic() + timeout
        while (code := self.manager.provisioner.process.poll()) is None and time.monotonic() < end:
            time.sleep(0.005)
        return code

    def check(self) -> None:
        """Fails unless the kernel lives and answers."""
        assert self.alive, f"the kernel is dead; its log ends with {self.logged[-2000:]!r}"
        self.ask("kernel_info_request", {})
        self.drain("iopub", 0.05)

    def interrupt(self) -> None:
        if self.manager.kernel_spec.interrupt_mode == "message":
            self.send("control", "interrupt_request", {})
        else:
            self.manager.interrupt_kernel()

    def close(self) -> None:
        super().close()
        family = [self.process]
        with contextlib.suppress(psutil.Error):
            family += self.process.children(recursive=True)
        with contextlib.suppress(Exception):
            self.manager.shutdown_kernel(now=True)
        for p in family:
            with contextlib.suppress(psutil.Error):
                p.kill()
        self.writer.close()
        self.log.unlink(missing_ok=True)


@contextlib.contextmanager
def started(name: str, **options: Any) -> Iterator[Kernel]:
    """A kernel of its own for one check."""
    k = Kernel(name, **options)
    try:
        k.wait()
        if name in DIALECTS and DIALECTS[name].setup:
            assert k.run(DIALECTS[name].setup, store_history=False).status == "ok"
        yield k
    finally:
        k.close()


@contextlib.contextmanager
def another(k: Kernel, wait: bool = True) -> Iterator[FrontEnd]:
    """One more front end of a kernel."""
    f = FrontEnd(k.info)
    try:
        if wait:
            f.wait()
        yield f
    finally:
        f.close()


def cell(code: str, **content: Any) -> dict[str, Any]:
    """The content of an execute_request, with the protocol's defaults."""
    return {
        "code": code,
        "silent": False,
        "store_history": True,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": True,
        **content,
    }


def address(info: dict[str, Any], channel: str) -> str:
    port = info[f"{channel}_port"]
    if info["transport"] == "ipc":
        return f"ipc://{info['ip']}-{port}"
    return f"tcp://{info['ip']}:{port}"


def connect(info: dict[str, Any], channel: str) -> socket.socket:
    """A plain connection to a port, without any protocol."""
    return socket.create_connection((info["ip"], info[f"{channel}_port"]), timeout=5)


def text(info: dict[str, Any]) -> dict[str, Any]:
    return {k: v.decode() if isinstance(v, bytes) else v for k, v in info.items()}
