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


def processes_naming(text: str) -> dict[int, str]:
    """The commands of every running process that names `text`, by process id."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if text in command and is_alive(int(path.parent.name)):
            found[int(path.parent.name)] = command
    return found


def wait_until(question: Callable[[], bool], what: str) -> None:
    """Waits until something is so. Fails with `what` when it never is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not question():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)
