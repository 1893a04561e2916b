"""Looking at processes of this machine from outside."""

import time
from collections.abc import Callable
from pathlib import Path

PATIENCE_SECONDS = 60.0


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that is only waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until(question: Callable[[], bool], what: str) -> None:
    """Waits until something is so. Fails with `what` when it never is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not question():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)


def descendants(pid: int) -> set[int]:
    """Every running process that this one started, and those that they started."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    found, open_ends = set(), [pid]
    while open_ends:
        below = children.get(open_ends.pop(), [])
        found.update(below)
        open_ends += below
    return found
