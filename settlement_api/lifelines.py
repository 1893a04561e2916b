"""Children that do not outlive their parent, however it ends.

A program killed without a warning cannot stop what it started: the kernel does (Linux).
"""

import ctypes
import os
import signal
from collections.abc import Callable
from typing import Final

PR_SET_PDEATHSIG: Final = 1
_LIBRARY: Final = ctypes.CDLL(None, use_errno=True)  # loaded here: a fork must not load anything


def ending_with_parent(number: signal.Signals) -> Callable[[], None]:
    """What a child runs between fork and exec (`preexec_fn`) to get this signal when its parent
    ends. The kernel takes the thread that forks for the parent: it has to live as long as the
    program."""
    parent = os.getpid()

    def tie() -> None:
        _LIBRARY.prctl(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:  # it ended before the tie was there
            os._exit(1)

    return tie
