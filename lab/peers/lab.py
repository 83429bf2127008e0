"""The Go side of the checks: builds lab/peers/input once and asks it line by line."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Lab:
    def __init__(self) -> None:
        folder = tempfile.mkdtemp(prefix="cliplab-peers-")
        binary = Path(folder) / "input"
        subprocess.run(["go", "build", "-o", str(binary), "./lab/peers/input"], cwd=ROOT,
                       check=True, env={**os.environ, "CGO_ENABLED": "0"})
        self.process = subprocess.Popen([str(binary)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def ask(self, **request) -> dict:
        """One answer; a failure there is {"error": …}."""
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(10)
