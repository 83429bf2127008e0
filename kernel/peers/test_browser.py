"""JupyterLab 4 and Notebook 7 in headless Chromium, used as a person uses them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from server import browser, server

TOUR = Path(__file__).parent / "testdata/tour.ipynb"
PATHS = {"jupyterlab": "lab/tree", "notebook": "notebooks"}


class Notebook:
    """An open notebook in a front end."""

    def __init__(self, page: Page, application: str, pictures: Path) -> None:
        self.page, self.application, self.pictures = page, application, pictures

    def cell(self, index: int):
        return self.page.locator(f".jp-Cell[data-windowed-list-index='{index}']")

    def command(self, menu: str, entry: str) -> None:
        self.page.locator(".lm-MenuBar-itemLabel", has_text=menu).first.click()
        self.page.locator(".lm-Menu-itemLabel").get_by_text(entry, exact=True).click()

    def append(self, code: str):
        """A new last cell with the code, not run yet; its editor has the cursor."""
        self.page.locator(".jp-Notebook").press("Escape")
        cells = self.page.locator(".jp-Cell")
        cells.last.locator(".jp-InputPrompt, .jp-RenderedHTMLCommon").first.click()
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("b")
        new = cells.last
        new.locator(".cm-content").click()
        self.page.keyboard.insert_text(code)
        return new

    def idle(self, seconds: float = 60) -> None:
        expect(self.page.locator(".jp-Notebook .jp-InputPrompt", has_text="[*]")).to_have_count(
            0, timeout=seconds * 1000
        )

    def picture(self, name: str) -> None:
        self.page.screenshot(path=self.pictures / f"{self.application}-{name}.png")


@pytest.fixture(autouse=True)
def ending(request: pytest.FixtureRequest) -> Iterator[None]:
    """A picture of how each test ended, for those that fail."""
    yield
    notebook: Notebook = request.getfixturevalue("notebook")
    notebook.picture(f"after-{request.node.originalname}")


@pytest.fixture(scope="module", params=sorted(PATHS))
def notebook(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Notebook]:
    folder = tmp_path_factory.mktemp(request.param)
    pictures = Path(request.config.getoption("--screenshots") or folder)
    pictures.mkdir(exist_ok=True)
    shutil.copy(TOUR, folder)
    with server(request.param, folder) as url, browser() as page:
        heard: list[bool] = []  # whether the front end knows its kernel: it drops what is run sooner
        page.on("websocket", lambda w: w.on("framereceived", lambda data: heard.append(
            b"kernel_info_reply" in (data if isinstance(data, bytes) else data.encode())
        )))  # fmt: skip
        page.goto(f"{url}/{PATHS[request.param]}/tour.ipynb")
        expect(page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=60_000)
        end = time.monotonic() + 60
        while not any(heard):
            assert time.monotonic() < end, "the front end did not reach its kernel in 60 s"
            page.wait_for_timeout(200)
        page.wait_for_timeout(4000)  # the front end gets ready, widgets last
        yield Notebook(page, request.param, pictures)


def test_run_all(notebook: Notebook) -> None:
    notebook.command("Run", "Run All Cells")
    page = notebook.page
    expect(page.get_by_text("hello, TOUR").last).to_be_visible()
    expect(page.locator(".jp-OutputArea-output img").first).to_be_visible()
    expect(page.locator(".jp-OutputArea-output table").first).to_be_visible()
    expect(page.locator(".jp-OutputArea-executeResult", has_text="42").last).to_be_visible()
    size = page.locator(".jp-OutputArea-output img").first.bounding_box()
    assert size and size["width"] >= 100 and size["height"] >= 50
    notebook.idle()
    notebook.picture("run-all")


def test_slider_moves(notebook: Notebook) -> None:
    page = notebook.page
    track = page.locator(".widget-slider .noUi-target").first
    expect(track).to_be_visible()
    box = track.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_text("moved to 5").last).to_be_visible()
    notebook.append("slider.Value() * 100")
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".jp-OutputArea-executeResult", has_text="500").last).to_be_visible()
    notebook.picture("slider")


def test_completion_popup(notebook: Notebook) -> None:
    page = notebook.page
    notebook.append("strings.ToUp")
    page.keyboard.press("Tab")
    popup = page.locator(".jp-Completer")
    expect(popup).to_be_visible()
    expect(popup.locator(".jp-Completer-item", has_text="ToUpper").first).to_be_visible()
    notebook.picture("completion")
    page.keyboard.press("Escape")


def test_help_tooltip(notebook: Notebook) -> None:
    page = notebook.page
    notebook.append("strings.ToUpper")
    page.keyboard.press("Shift+Tab")
    tip = page.locator(".jp-Tooltip")
    expect(tip).to_be_visible()
    expect(tip.get_by_text("returns", exact=False).first).to_be_visible()
    notebook.picture("tooltip")
    page.keyboard.press("Escape")


def test_error_is_shown_with_its_line(notebook: Notebook) -> None:
    page = notebook.page
    notebook.append("a := []int{1}\na[len(a)+4]")
    page.keyboard.press("Shift+Enter")
    error = page.locator("[data-mime-type='application/vnd.jupyter.stderr']").last
    expect(error).to_contain_text("index out of range [5] with length 1")
    expect(error).to_contain_text(":2")
    notebook.picture("error")


def test_input(notebook: Notebook) -> None:
    page = notebook.page
    notebook.append('word, _ := display.Input("name? ")\nfmt.Println("got", word)')
    page.keyboard.press("Shift+Enter")
    box = page.locator(".jp-Stdin-input")
    expect(box).to_be_visible()
    box.fill("Gopher")
    box.press("Enter")
    expect(page.get_by_text("got Gopher").last).to_be_visible()
    notebook.picture("input")


def test_interrupt_keeps_the_state(notebook: Notebook) -> None:
    page = notebook.page
    notebook.append("kept := 7")
    page.keyboard.press("Shift+Enter")
    notebook.append("for {\n}")
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".jp-InputPrompt", has_text="[*]").first).to_be_visible()
    time.sleep(0.5)
    notebook.command("Kernel", "Interrupt Kernel")
    notebook.idle(10)
    notebook.append("kept * 6")
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".jp-OutputArea-executeResult", has_text="42").last).to_be_visible()
    notebook.picture("interrupt")


def test_restart_begins_anew(notebook: Notebook) -> None:
    page = notebook.page
    notebook.command("Kernel", "Restart Kernel…")
    page.locator(".jp-Dialog button", has_text="Restart").last.click()
    page.wait_for_timeout(1500)
    notebook.append("kept")
    page.keyboard.press("Shift+Enter")
    error = page.locator("[data-mime-type='application/vnd.jupyter.stderr']").last
    expect(error).to_contain_text("undefined: kept")
    notebook.picture("restart")
