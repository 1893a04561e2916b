"""Where the real data lies, and how a test says that it is missing."""

import csv
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data"


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of one CSV of the shared data; skips the test, saying why, when it is absent."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"needs the real data file shared/data/{name} beside the project")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
