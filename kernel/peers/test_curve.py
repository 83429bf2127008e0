"""Check 15: with keys in the file, nobody without them hears or is heard."""

from __future__ import annotations

from contextlib import suppress

import pytest
import zmq
from dialect import Dialect
from jupyter_client.manager import start_new_kernel
from kernel import FrontEnd, started


@pytest.mark.parametrize("policy", ["auto", "required"])
def test_keyed_client_works(dialect: Dialect, needs, policy: str) -> None:
    needs("curve")
    with started(dialect.name, transport_encryption=policy) as k:
        assert k.info.get("curve_publickey"), "no keys in the file"
        assert k.run(dialect.plain).text.strip() == "1"
        hb = k.dial("hb")
        hb.send(b"ping")
        assert hb.poll(3000) and hb.recv() == b"ping"
        hb.close(0)


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_keyless_client_gets_nothing(dialect: Dialect, needs, transport: str) -> None:
    needs("curve")
    with started(dialect.name, transport_encryption="required", transport=transport) as k:
        plain = {x: v for x, v in k.info.items() if not x.startswith("curve")}
        public, secret = (x.decode() for x in zmq.curve_keypair())
        strangers = [plain, {**plain, "curve_publickey": public, "curve_secretkey": secret}]
        for info in strangers:
            f = FrontEnd(info)
            try:
                f.sockets["shell"].setsockopt(zmq.SNDTIMEO, 1000)
                with suppress(zmq.Again):  # refused so soon that there is nobody to send to
                    f.send("shell", "kernel_info_request", {})
                k.run(dialect.printed.format(text="secret"))
                assert f.receive("iopub", 1) is None, "a stranger reads what is printed"
                assert f.receive("shell", 0.2) is None, "a stranger is answered"
            finally:
                f.close()
        k.check()


def test_blocking_client_of_an_encrypted_kernel(dialect: Dialect, needs) -> None:
    needs("curve")
    manager, client = start_new_kernel(kernel_name=dialect.name, transport_encryption="required")
    try:
        reply = client.execute_interactive(dialect.plain, timeout=20, output_hook=lambda m: None)
        assert reply["content"]["status"] == "ok"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
