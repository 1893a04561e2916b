"""Packages that do the same work, in an environment of their own: never dependencies of ours.

`peers.txt` and `tryton.txt` lock them with their digests. They are installed from whatever index
this machine's installer is set to; where it cannot be reached, the rows say so.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

PEERS: Final = ("reconcile-py", "reconcile-py, its caps raised", "reconcile-mcp")
HERE: Final = Path(__file__).parent
INSTALL_SECONDS: Final = 180
MOST_SECONDS: Final = 60
"""Of processor time for one peer at one size."""


class PeerUnavailable(Exception):
    """The peer could not be installed, or did not end in its time: the message says which."""


def open_environment(folder: Path, locked: str = "peers.txt") -> Path:
    """Installs the locked peers under `folder`; returns their Python. Raises PeerUnavailable."""
    home = folder / Path(locked).stem
    python = home / "bin" / "python"
    uv = (sys.executable, "-m", "uv", "--quiet")
    _run(*uv, "venv", "--python", sys.executable, str(home))
    _run(
        *uv, "pip", "install", "--python", str(python), "--require-hashes",
        "--requirement", str(HERE / locked),
    )  # fmt: skip
    return python


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise PeerUnavailable(f"not installed within {INSTALL_SECONDS} s") from error
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        raise PeerUnavailable("not installed: the package index did not give it") from error


def run_peer(python: Path, name: str, records: str) -> dict[str, Any]:
    """Claims and CPU seconds of a peer on the records (JSON). Raises PeerUnavailable."""
    return run_script(python, "peer_splits.py", name, str(MOST_SECONDS), told=records)


def run_script(python: Path, script: str, *words: str, told: str = "") -> dict[str, Any]:
    """What a script of ours says (JSON) when the peers' Python runs it. Raises PeerUnavailable."""
    try:
        done = subprocess.run(
            [str(python), str(HERE / script), *words],
            input=told.encode(),
            check=True,
            capture_output=True,
            timeout=10 * MOST_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise PeerUnavailable(f"not done within {10 * MOST_SECONDS} s") from error
    except subprocess.CalledProcessError as error:
        if error.returncode < 0:
            raise PeerUnavailable(f"not done within {MOST_SECONDS} CPU s") from error
        raise PeerUnavailable(f"failed: {error.stderr.decode()[-200:]}") from error
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
