"""Which kernel is checked, and where its spec is: pytest --kernel cliplab|python3|gophernotes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from dialect import DIALECTS, Dialect
from kernel import Kernel, started

REPOSITORY = Path(__file__).resolve().parents[2]
ENVIRONMENT = dict(os.environ)  # before the checks get a home of their own


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kernel", default="cliplab", choices=sorted(DIALECTS))
    parser.addoption("--cliplab", help="the binary; without it, it is built")
    parser.addoption("--gophernotes", help="the binary of gophernotes v0.7.5")
    parser.addoption("--screenshots", help="folder for the pictures of the browser")


@pytest.fixture(scope="session", autouse=True)
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh home, in which the kernels are installed and nobody's settings lie."""
    home = tmp_path_factory.mktemp("home")
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
    install_cliplab(request.config.getoption("--cliplab"), home)
    if binary := request.config.getoption("--gophernotes"):
        install_gophernotes(binary, home)
    return home


def install_cliplab(binary: str | None, home: Path) -> None:
    if binary is None:
        binary = str(home / "bin/cliplab")
        go = ["go", "build", "-o", binary, "./kernel/cliplab"]
        environment = {**ENVIRONMENT, "CGO_ENABLED": "0"}
        subprocess.run(go, cwd=REPOSITORY, env=environment, check=True)
    os.environ["CLIPLAB"] = os.path.abspath(binary)
    install = [binary, "install", "--prefix", str(home / "prefix"), "--name", "cliplab"]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def install_gophernotes(binary: str, home: Path) -> None:
    # Without another GOROOT it panics at start on Go 1.26: kernel-notes.md.
    argv = ["/usr/bin/env", "GOROOT=/nonexistent", "PATH=/usr/bin:/bin"]
    argv += [os.path.abspath(binary), "{connection_file}"]
    spec = home / "prefix/share/jupyter/kernels/gophernotes"
    spec.mkdir(parents=True)
    spec.joinpath("kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "gophernotes", "language": "go"})
    )


@pytest.fixture(scope="session")
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return DIALECTS[request.config.getoption("--kernel")]


@pytest.fixture
def needs(dialect: Dialect):
    """Skips a check of what the kernel does not have at all."""

    def check(capability: str) -> None:
        if capability not in dialect.capabilities:
            pytest.skip(f"{dialect.name} has no {capability}")

    return check


@pytest.fixture(scope="module")
def kernel(dialect: Dialect) -> Iterator[Kernel]:
    """One kernel for the checks of a file; each must leave it alive."""
    with started(dialect.name) as k:
        yield k
