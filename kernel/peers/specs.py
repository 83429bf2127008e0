"""Puts the kernels that are compared into a home of their own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ENVIRONMENT = dict(os.environ)  # before the checks get a home of their own


def own_home(home: Path) -> None:
    """Nobody's settings, history or kernels play a part from now on."""
    os.environ.update(
        HOME=str(home),
        XDG_STATE_HOME=str(home / "state"),
        IPYTHONDIR=str(home / "ipython"),
        JUPYTER_CONFIG_DIR=str(home / "config"),
        JUPYTER_DATA_DIR=str(home / "data"),
        JUPYTER_RUNTIME_DIR=str(home / "runtime"),
        JUPYTER_PATH=str(home / "prefix/share/jupyter"),
        JUPYTER_PLATFORM_DIRS="1",
    )


def build(package: str, binary: Path) -> str:
    environment = {**ENVIRONMENT, "CGO_ENABLED": "0"}
    command = ["go", "build", "-o", str(binary), package]
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True)
    return str(binary)


def install_cliplab(binary: str | None, home: Path) -> None:
    binary = os.path.abspath(binary or build("./kernel/cliplab", home / "bin/cliplab"))
    os.environ["CLIPLAB"] = binary
    command = [binary, "install", "--prefix", str(home / "prefix"), "--name", "cliplab"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def install_gophernotes(binary: str, home: Path) -> None:
    # Without another GOROOT it panics at start on Go 1.26: kernel-notes.md.
    argv = ["/usr/bin/env", "GOROOT=/nonexistent", "PATH=/usr/bin:/bin", os.path.abspath(binary)]
    write(home, "gophernotes", argv, "go")


def install_echo(binary: str | None, home: Path) -> None:
    binary = os.path.abspath(binary or build("./kernel/peers/echo", home / "bin/echo"))
    write(home, "echo", [binary], "echo")


def write(home: Path, name: str, argv: list[str], language: str) -> None:
    folder = home / "prefix/share/jupyter/kernels" / name
    folder.mkdir(parents=True)
    spec = {"argv": [*argv, "{connection_file}"], "display_name": name, "language": language}
    folder.joinpath("kernel.json").write_text(json.dumps(spec))
