"""Beancount, an independent reader of books: in an environment and a process of its own."""

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.performance.peers import PeerUnavailable, open_environment

LOCKED: Final = Path(__file__).with_suffix(".txt")


def installed_checker(folder: Path) -> Path:
    """The path of `bean-check`. Where it cannot be installed the test is skipped and says why;
    in CI, which says so by `CI`, it fails, so that the proof is never left out unnoticed."""
    try:
        return open_environment(folder, str(LOCKED)).with_name("bean-check")
    except PeerUnavailable as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"beancount: {error}")


def complaints(checker: Path, books: Path) -> str:
    """What bean-check says against the books; nothing when it read and balanced all of them."""
    done = subprocess.run(
        [str(checker), "--no-cache", str(books)],
        check=False,
        capture_output=True,
        timeout=120,
        text=True,
    )
    said = done.stdout + done.stderr
    assert (done.returncode == 0) == (said == ""), said
    return said
