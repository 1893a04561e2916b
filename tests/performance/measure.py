"""Figures, measured beside their limits in the same run, as a table and as JSON."""

import json
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One measured value, the limit measured in the same run, and whether the goal is met.

    `ratio` compares ours with the limit (larger is better) when there is one.
    """

    name: str
    value: float
    unit: str
    goal: str
    met: bool
    limit: float | None = None
    limit_name: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours in parts of the limit."""
        return self.value / self.limit if self.limit else None


@dataclass
class Stopwatch:
    """Seconds of each round of one piece of work."""

    rounds: list[float] = field(default_factory=list)

    @contextmanager
    def round(self) -> Iterator[None]:
        """Measures one round."""
        started = time.perf_counter()
        yield
        self.rounds.append(time.perf_counter() - started)

    @property
    def median(self) -> float:
        """Seconds of the middle round."""
        return median(self.rounds)


@dataclass
class CpuStopwatch:
    """Seconds of this process' own processor time of each round."""

    rounds: list[float] = field(default_factory=list)

    @contextmanager
    def round(self) -> Iterator[None]:
        """Measures one round."""
        started = time.process_time()
        yield
        self.rounds.append(time.process_time() - started)

    @property
    def best(self) -> float:
        """Of the quickest round: what else the machine does only adds to it."""
        return min(self.rounds)


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def forget_peak(process: int | str) -> None:
    """The kernel counts the most that is resident from now on (proc(5), clear_refs)."""
    Path(f"/proc/{process}/clear_refs").write_text("5")


def peak_bytes(process: int | str) -> int:
    """The most that was resident since, or ever (getrusage would tell of its parent as well)."""
    status = Path(f"/proc/{process}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def peak_megabytes(process: int | str) -> float:
    """`peak_bytes` for tables."""
    return peak_bytes(process) / (1 << 20)


def show(figures: list[Figure]) -> None:
    """Prints the table."""
    table = Table(title="Measured beside the limits, in this run", title_justify="left")
    for heading in ("work", "measured", "limit", "ratio", "goal", ""):
        table.add_column(heading, justify="right" if heading in ("measured", "ratio") else "left")
    for figure in figures:
        limit = f"{figure.limit:,.2f} {figure.limit_name}" if figure.limit else figure.limit_name
        table.add_row(
            f"{figure.name}\n[dim]{figure.note}[/]",
            f"{figure.value:,.2f} {figure.unit}",
            limit,
            f"{figure.ratio:.0%}" if figure.ratio else "",
            figure.goal,
            "[green]met[/]" if figure.met else "[red]not met[/]",
        )
    console = Console()
    Console(width=max(console.width, 150)).print(table)


def write_json(figures: list[Figure], path: Path) -> None:
    """Writes the figures with the machine they were measured on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "figures": [asdict(figure) | {"ratio": figure.ratio} for figure in figures],
    }
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
