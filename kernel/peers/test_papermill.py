"""papermill runs our notebooks; parameters go through our own run -p, for it knows no Go."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import nbformat
import papermill
import pytest
from papermill.exceptions import PapermillException

SOURCE = Path(__file__).parent / "testdata/parameters.ipynb"


def printed(path: Path) -> str:
    nb = nbformat.read(path, as_version=4)
    return "".join(o.get("text", "") for c in nb.cells for o in c.get("outputs", []))


def test_papermill_runs_it(tmp_path: Path) -> None:
    target = tmp_path / "out.ipynb"
    papermill.execute_notebook(str(SOURCE), str(target), progress_bar=False)
    assert printed(target) == "nobody 2\n"


def test_papermill_reports_an_error_at_its_cell(tmp_path: Path) -> None:
    nb = nbformat.read(SOURCE, as_version=4)
    nb.cells[1].source = 'panic("on purpose")'
    source = tmp_path / "in.ipynb"
    nbformat.write(nb, source)
    with pytest.raises(PapermillException, match="on purpose"):
        papermill.execute_notebook(str(source), str(tmp_path / "o.ipynb"), progress_bar=False)


def test_papermill_itself_has_no_go(tmp_path: Path) -> None:
    """When this fails, papermill has learnt Go, and the README can say so."""
    with pytest.raises(PapermillException, match="No parameter translator"):
        papermill.execute_notebook(
            str(SOURCE), str(tmp_path / "out.ipynb"), {"epochs": 4}, progress_bar=False
        )


def test_our_run_takes_parameters(tmp_path: Path) -> None:
    target = tmp_path / "out.ipynb"
    command = [os.environ["CLIPLAB"], "run", str(SOURCE), "-p", "epochs=4", "-p", "name=Ada"]
    subprocess.run([*command, "--output", str(target)], check=True, timeout=60)
    assert printed(target) == "Ada 8\n"
    nb = nbformat.read(target, as_version=4)
    assert [c.metadata.get("tags") for c in nb.cells][:2] == [
        ["parameters"],
        ["injected-parameters"],
    ]
