"""Which kernel is checked, and where its spec is: pytest --kernel cliplab|python3|gophernotes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import specs
from dialect import DIALECTS, Dialect
from kernel import Kernel, started


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kernel", default="cliplab", choices=sorted(DIALECTS))
    parser.addoption("--cliplab", help="the binary; without it, it is built")
    parser.addoption("--gophernotes", help="the binary of gophernotes v0.7.5")
    parser.addoption("--screenshots", help="folder for the pictures of the browser")


@pytest.fixture(scope="session", autouse=True)
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh home, in which the kernels are installed."""
    home = tmp_path_factory.mktemp("home")
    specs.own_home(home)
    specs.install_cliplab(request.config.getoption("--cliplab"), home)
    if binary := request.config.getoption("--gophernotes"):
        specs.install_gophernotes(binary, home)
    return home


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
