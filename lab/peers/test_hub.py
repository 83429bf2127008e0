"""The cache of lab/hub against huggingface_hub's: each uses what the other has downloaded.

    pip install huggingface_hub pytest && pytest lab/peers/test_hub.py

All traffic is to 127.0.0.1, where lab/peers/hub serves two repositories.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import huggingface_hub
import pytest

# Older ones keep no listing of a commit, do not mark the cache, and always make links.
KEEPS_LISTINGS = hasattr(huggingface_hub, "get_cached_repo_tree")
needs_listings = pytest.mark.skipif(not KEEPS_LISTINGS, reason="this huggingface_hub is older")

ROOT = Path(__file__).resolve().parents[2]
REPO = "openai/clip-tiny"
FILES = {
    "config.json": b'{"projection_dim": 8}',
    "onnx/model q4.txt": b"in a folder, with a space",
    "merges.txt": "a ä\n".encode(),
    "model.safetensors": bytes(range(256)) * 4000,
}

PYTHON = """
import sys, json
from huggingface_hub import hf_hub_download, snapshot_download, try_to_load_from_cache
what, repo, revision, *rest = sys.argv[1:]
try:
    if what == "file":
        print(hf_hub_download(repo, rest[0], revision=revision))
    elif what == "known":
        print(type(try_to_load_from_cache(repo, rest[0], revision=revision)).__name__)
    else:
        print(snapshot_download(repo, revision=revision, allow_patterns=rest or None))
except Exception as e:
    print(type(e).__name__, e, file=sys.stderr)
    sys.exit(1)
"""


@pytest.fixture(scope="module")
def go(tmp_path_factory) -> str:
    binary = tmp_path_factory.mktemp("go") / "hub"
    subprocess.run(["go", "build", "-o", str(binary), "./lab/peers/hub"], cwd=ROOT, check=True,
                   env={**os.environ, "CGO_ENABLED": "0"})
    return str(binary)


class Hub:
    def __init__(self, go: str, folder: Path) -> None:
        for repo in (REPO, "other/again"):
            for name, content in FILES.items():
                path = folder / repo / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        self.process = subprocess.Popen([go, "serve", str(folder)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.url = self.process.stdout.readline().strip()

    def asked(self) -> list[dict]:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline()) or []

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(10)


@pytest.fixture(scope="module")
def hub(go, tmp_path_factory):
    hub = Hub(go, tmp_path_factory.mktemp("repos"))
    yield hub
    hub.close()


class Sides:
    """Both programs over one cache."""

    def __init__(self, go: str, hub: Hub, home: Path) -> None:
        self.home = home
        self.commands = {"go": [go], "python": [sys.executable, "-c", PYTHON]}
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
        self.env |= {"HF_HOME": str(home), "HF_ENDPOINT": hub.url, "NO_PROXY": "127.0.0.1",
                     "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}

    def run(self, side: str, *args: str, **env: str) -> subprocess.CompletedProcess:
        return subprocess.run([*self.commands[side], *args], env=self.env | env, text=True,
                              capture_output=True, timeout=60)

    def ok(self, side: str, *args: str, **env: str) -> Path:
        done = self.run(side, *args, **env)
        assert done.returncode == 0, done.stderr
        return Path(done.stdout.strip())


@pytest.fixture
def sides(go, hub, tmp_path) -> Sides:
    hub.asked()
    return Sides(go, hub, tmp_path / "home")


def layout(home: Path) -> dict[str, str]:
    """What is in a cache: links by their target, files by their content."""
    found = {}
    for path in sorted((home / "hub").rglob("*")):
        name = str(path.relative_to(home / "hub"))
        if path.is_symlink():
            found[name] = "-> " + os.readlink(path)
        elif path.is_file():
            found[name] = path.read_bytes().hex()
        if name == "CACHEDIR.TAG":
            found[name] = path.read_text().splitlines()[0]  # the rest is a comment
        if "/trees/" in name and path.is_file():
            found[name] = json.loads(path.read_text())
        if not KEEPS_LISTINGS and (name == "CACHEDIR.TAG" or "/trees/" in name):
            del found[name]
    return found


def test_same_layout(go, hub, tmp_path):
    """The same downloads leave the same cache, file by file and link by link."""
    caches = {}
    for side in ("python", "go"):
        s = Sides(go, hub, tmp_path / side)
        s.ok(side, "snapshot", REPO, "main")
        s.ok(side, "file", "other/again", "v1", "onnx/model q4.txt")
        assert s.run(side, "file", REPO, "main", "none.json").returncode == 1
        caches[side] = layout(s.home)
    assert caches["go"].keys() == caches["python"].keys()
    assert caches["go"] == caches["python"]
    assert any("/.no_exist/" in name for name in caches["go"])


@pytest.mark.parametrize("first,second", [("python", "go"), ("go", "python")])
def test_uses_the_others(sides, hub, first, second):
    path = sides.ok(first, "snapshot", REPO, "main")
    file = sides.ok(first, "file", "other/again", "v1", "config.json")
    hub.asked()
    offline = {"HF_HUB_OFFLINE": "1"}
    assert sides.ok(second, "snapshot", REPO, "main", **offline) == path
    assert sides.ok(second, "file", "other/again", "v1", "config.json", **offline) == file
    assert sides.ok(second, "file", REPO, path.name, "onnx/model q4.txt", **offline).read_bytes() \
        == FILES["onnx/model q4.txt"]
    assert sides.run(second, "file", "other/again", "v1", "merges.txt", **offline).returncode == 1
    assert hub.asked() == []
    assert sides.ok(second, "snapshot", REPO, "main") == path
    assert not any(r["Storage"] for r in hub.asked()), "fetched again"


@needs_listings
@pytest.mark.parametrize("first,second", [("python", "go"), ("go", "python")])
def test_completes_the_others(sides, first, second):
    """A snapshot of some files is not taken for a whole one, and is made whole."""
    path = sides.ok(first, "snapshot", REPO, "main", "*.json")
    assert sides.run(second, "snapshot", REPO, "main", HF_HUB_OFFLINE="1").returncode == 1
    assert sides.ok(second, "snapshot", REPO, "main") == path
    for name, content in FILES.items():
        assert (path / name).read_bytes() == content


@needs_listings
@pytest.mark.parametrize("first,second", [("python", "go"), ("go", "python")])
def test_without_links(sides, first, second):
    path = sides.ok(first, "snapshot", REPO, "main", HF_HUB_DISABLE_SYMLINKS="1")
    assert not any(p.is_symlink() for p in path.rglob("*"))
    assert sides.ok(second, "snapshot", REPO, "main", HF_HUB_OFFLINE="1") == path
    assert (path / "model.safetensors").read_bytes() == FILES["model.safetensors"]


def test_known_missing(sides):
    assert sides.run("go", "file", REPO, "main", "none.json").returncode == 1
    assert sides.run("python", "known", REPO, "main", "none.json").stdout.strip() == "object"


def test_partial_of_older_python(sides, hub):
    """Python to 1.x left the part of a cut download under the name that Go takes up."""
    import hashlib
    weights = FILES["model.safetensors"]
    blobs = sides.home / "hub" / "models--openai--clip-tiny" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / (hashlib.sha256(weights).hexdigest() + ".incomplete")).write_bytes(weights[:5000])
    path = sides.ok("go", "file", REPO, "main", "model.safetensors")
    assert path.read_bytes() == weights
    assert [r["Range"] for r in hub.asked() if r["Storage"]] == ["bytes=5000-"]


@pytest.mark.parametrize("side", ["go", "python"])
def test_one_lock(sides, side):
    """Who holds the lock of a content keeps the other waiting: Python's filelock is ours."""
    import hashlib
    from filelock import FileLock
    sha = hashlib.sha256(FILES["model.safetensors"]).hexdigest()
    path = sides.home / "hub" / ".locks" / "models--openai--clip-tiny" / f"{sha}.lock"
    path.parent.mkdir(parents=True)
    with FileLock(path):
        p = subprocess.Popen([*sides.commands[side], "file", REPO, "main", "model.safetensors"],
                             env=sides.env, stdout=subprocess.PIPE, text=True)
        time.sleep(3)
        assert p.poll() is None, "did not wait"
    out, _ = p.communicate(timeout=60)
    assert Path(out.strip()).read_bytes() == FILES["model.safetensors"]
