"""The limits of the kernel, in absolute terms or over the floor of the echo kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from measure import Figure

Rows = dict[str, Figure | str | None]


@dataclass(frozen=True)
class Must:
    """What a median, and perhaps the 95th percentile, may be at most."""

    said: str
    median: Callable[[float], float]  # given the floor
    p95: float | None = None

    def missed(self, row: Figure | str | None, floor: Figure | str | None) -> bool:
        if not isinstance(row, Figure):
            return True
        limit = self.median(floor.median if isinstance(floor, Figure) else float("nan"))
        return row.median > limit or (self.p95 is not None and row.p95 > self.p95)


def at_most(limit: float, p95: float | None = None) -> Must:
    said = f"≤ {limit:g}" + (f", p95 ≤ {p95:g}" if p95 else "")
    return Must(said, lambda floor: limit, p95)


MUSTS = {
    "launch to kernel_info, ms": Must("floor + 10", lambda floor: floor + 10),
    "launch to first result, ms": Must("floor + 15", lambda floor: floor + 15),
    "resident after start, MB": at_most(40),
    "20 cells, nbclient, s": Must("floor × 1.1", lambda floor: floor * 1.1),
    "20 cells, nbconvert to HTML, s": Must("floor × 1.1", lambda floor: floor * 1.1),
    "execute 1, reply and idle, ms": at_most(0.8, 1.5),
    "a cell never seen, ms": at_most(1.2),
    "a cell never seen, after 2,000, ms": at_most(1.2),
    "complete, ms": at_most(2),
    "complete after an emoji, ms": at_most(2),
    "control while busy, ms": at_most(5),
    "interrupt of a loop, ms": at_most(10),
    "10,000 lines, ms": at_most(30),
    "10,000 lines, messages": at_most(49),
}


def table(results: dict[str, Rows]) -> str:
    """The table for people; a row that our kernel misses is marked."""
    kernels = list(results)
    head = ["", *kernels, "must", ""]
    body = []
    rows = dict.fromkeys(row for r in results.values() for row in r)
    for row in rows:
        cells = [shown(results[k].get(row)) for k in kernels]
        must = MUSTS.get(row)
        ours, floor = results.get("cliplab", {}).get(row), results.get("echo", {}).get(row)
        missed = must is not None and "cliplab" in results and must.missed(ours, floor)
        body.append([row, *cells, must.said if must else "", "MISSED" if missed else ""])
    widths = [max(len(line[i]) for line in [head, *body]) for i in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(w) for cell, w in zip(line, widths)).rstrip() for line in [head, *body]
    )


def shown(value: Figure | str | None) -> str:
    if isinstance(value, Figure):
        return f"{value.median:.4g} ({value.p95:.4g})"
    return "failed" if value else "-"
