"""A Jupyter server for one check, and the browser that looks at it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

# All cells are in the page, also those out of sight; and no questions about news.
SETTINGS = {
    "notebook-extension/tracker": '{"windowingMode": "none"}',
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@contextlib.contextmanager
def server(application: str, folder: Path) -> Iterator[str]:
    """The address of a server of jupyterlab or notebook on a folder."""
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
    log = (folder / ".server.log").open("w")
    command = [sys.executable, "-m", application, "--no-browser", "--allow-root"]
    command += [f"--port={port}", f"--ServerApp.root_dir={folder}", "--IdentityProvider.token="]
    command += ["--ServerApp.disable_check_xsrf=True"]
    settings = folder / ".settings"
    for name, content in SETTINGS.items():
        file = settings / f"@jupyterlab/{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    environment = {**os.environ, "JUPYTERLAB_SETTINGS_DIR": str(settings)}
    p = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 60
        while True:
            assert p.poll() is None, f"the server ended: {(folder / '.server.log').read_text()[-2000:]}"
            assert time.monotonic() < end, "the server does not answer in 60 s"
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/api", timeout=2).close()
                break
            time.sleep(0.2)
        yield url
    finally:
        p.terminate()
        p.wait(20)
        log.close()


@contextlib.contextmanager
def browser() -> Iterator[Page]:
    """A page of the Chromium of this machine, without a window."""
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert executable, "no Chromium on PATH: apt-get install chromium"
    with sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1280, "height": 1400})
        page.set_default_timeout(15_000)
        expect.set_options(timeout=10_000)
        yield page
        chromium.close()
