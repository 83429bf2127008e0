"""Measures kernels side by side in one run: python kernel/peers/bench --cliplab BINARY …"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

PEERS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PEERS))
sys.path.insert(0, str(PEERS / "bench"))

import specs  # noqa: E402
from dialect import DIALECTS, Dialect  # noqa: E402
from measure import Figure, all_rows  # noqa: E402
from must import MUSTS, table  # noqa: E402

ECHO = Dialect("echo", "echo", *[""] * 10, plain="1", vary="{n}")


def main() -> int:
    p = argparse.ArgumentParser(prog="kernel/peers/bench", description=__doc__)
    p.add_argument("--cliplab", help="our binary; without it, it is built")
    p.add_argument("--echo", help="the echo kernel; without it, it is built")
    p.add_argument("--gophernotes", help="its binary; without it, it is left out")
    p.add_argument("--kernels", default="cliplab,python3,gophernotes,echo")
    p.add_argument("--times", type=int, default=200, help="executions of a cell (200)")
    p.add_argument("--json", type=Path, help="file for the figures")
    p.add_argument("--check", action="store_true", help="exit 1 if a limit is missed")
    a = p.parse_args()
    with tempfile.TemporaryDirectory(prefix="peers-bench-") as folder:
        home = Path(folder)
        specs.own_home(home)
        specs.install_cliplab(a.cliplab, home)
        specs.install_echo(a.echo, home)
        if a.gophernotes:
            specs.install_gophernotes(a.gophernotes, home)
        wanted = [k for k in a.kernels.split(",") if k != "gophernotes" or a.gophernotes]
        results = {}
        for name in wanted:
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            results[name] = all_rows(name, DIALECTS.get(name, ECHO), a.times)
    print(f"median (p95); {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(table(results))
    for name, rows in results.items():
        for row, value in rows.items():
            if isinstance(value, str):
                print(f"{name}: {row}: {value}")
    missed = [
        row
        for row, must in MUSTS.items()
        if must.missed(results.get("cliplab", {}).get(row), results.get("echo", {}).get(row))
    ]
    if a.json:
        a.json.write_text(json.dumps(document(results, missed), indent=1, ensure_ascii=False))
    return 1 if a.check and missed else 0


def document(results: dict, missed: list[str]) -> dict:
    figures = {
        name: {
            row: dataclasses.asdict(v) if isinstance(v, Figure) else v for row, v in rows.items()
        }
        for name, rows in results.items()
    }
    machine = {"cores": os.cpu_count(), "load": os.getloadavg()[0], "python": platform.python_version()}
    return {"machine": machine, "kernels": figures, "missed": missed}


if __name__ == "__main__":
    sys.exit(main())
