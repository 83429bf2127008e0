"""nbclient runs notebooks and nbconvert makes pages of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

TESTDATA = Path(__file__).parent / "testdata"


def new(*cells: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(c) for c in cells],
        metadata={"kernelspec": {"name": "cliplab", "display_name": "Go", "language": "go"}},
    )


def test_nbclient_runs_the_tour() -> None:
    nb = nbformat.read(TESTDATA / "tour.ipynb", as_version=4)
    nbclient.NotebookClient(nb, timeout=60, kernel_name="cliplab", store_widget_state=True).execute()
    nbformat.validate(nb)
    output = {c.id: c.outputs for c in nb.cells if c.cell_type == "code"}
    assert output["hello"][0].text == "hello, TOUR\n"
    assert output["picture"][0].data["image/png"]
    assert "Bern" in output["table"][0].data["text/html"]
    assert "<b>bold</b>" in output["html"][0].data["text/html"]
    assert output["slider"][0].data["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert output["last"][0].data["text/plain"] == "42"
    assert nb.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    info = nb.metadata.language_info
    assert (info.name, info.file_extension, info.pygments_lexer) == ("go", ".go", "go")
    timing = nb.cells[1].metadata.execution
    assert timing["iopub.status.busy"] <= timing["shell.execute_reply"]


def test_nbclient_stops_at_an_error() -> None:
    nb = new("1", 'panic("on purpose")', "2")
    with pytest.raises(CellExecutionError, match="on purpose"):
        nbclient.NotebookClient(nb, timeout=30, kernel_name="cliplab").execute()
    assert nb.cells[1].outputs[-1].output_type == "error"
    assert not nb.cells[2].outputs


def test_nbclient_interrupts_at_its_timeout() -> None:
    nb = new("for {\n}", "6 * 7")
    client = nbclient.NotebookClient(
        nb, timeout=2, kernel_name="cliplab", interrupt_on_timeout=True, allow_errors=True
    )
    client.execute()
    assert nb.cells[1].outputs[0].data["text/plain"] == "42"


def convert(source: Path, to: str, target: Path) -> str:
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", to]
    command += ["--output-dir", str(target), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    suffix = {"html": ".html", "script": ".go", "markdown": ".md"}[to]
    return (target / source.with_suffix(suffix).name).read_text()


def test_nbconvert_to_html(tmp_path: Path) -> None:
    page = convert(TESTDATA / "tour.ipynb", "html", tmp_path)
    assert "hello, TOUR" in page
    assert "highlight hl-go" in page, "cells are not coloured as Go"
    assert '<span class="nx">Println</span>' in page
    assert "data:image/png;base64," in page
    assert "<b>bold</b> word" in page
    assert "Bern" in page and "<table" in page
    assert 'data-mime-type="application/vnd.jupyter.stderr"' not in page


def test_nbconvert_to_markdown_and_go(tmp_path: Path) -> None:
    assert "hello, TOUR" in convert(TESTDATA / "tour.ipynb", "markdown", tmp_path)
    assert "strings.ToUpper" in convert(TESTDATA / "tour.ipynb", "script", tmp_path)


def test_jupytext_round_trip(tmp_path: Path) -> None:
    import jupytext

    nb = jupytext.read(TESTDATA / "tour.ipynb")
    text = jupytext.writes(nb, fmt="go:percent")
    assert "// %%" in text and 'fmt.Println("hello, "' in text
    back = jupytext.reads(text, fmt="go:percent")
    assert [c.source for c in back.cells] == [c.source for c in nb.cells]
    assert back.metadata.kernelspec.name == "cliplab"
    nbclient.NotebookClient(back, timeout=60, kernel_name="cliplab").execute()
    assert back.cells[-1].outputs[0].data["text/plain"] == "42"
