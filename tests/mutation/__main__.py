"""Puts faults into the kernel one at a time and says which of them no test notices.

`python -m tests.mutation [--every N] [--seconds S] [--only MODULE] [--jobs J]`: every N-th mutant
of each module, for at most so long. Tests are collected once; each mutant is put in a process of
its own, which runs them in order and ends at the first that fails.
"""

import argparse
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.mutation import mutants, worlds
from tests.mutation.mutants import Mutant

MODULES: Final = (
    *("tolerance", "pricing", "allocation", "netting", "commitments", "contract_binding"),
    *("axis", "exact_arithmetic", "supplements", "required_papers", "lots", "charges"),
)
PROPERTIES: Final = "tests/unit/test_purchase_matching_properties.py"
TESTS: Final = (
    *("tests/unit/test_kernel_arithmetic.py", "tests/unit/test_commitments.py"),
    *("tests/unit/test_purchase_matching.py", "tests/unit/test_tolerances.py"),
    *("tests/unit/test_supplements.py", "tests/unit/test_accepted_lower.py"),
    *("tests/unit/test_lots.py", "tests/unit/test_required_papers.py"),
    "tests/mutation/worlds.py",
    f"{PROPERTIES}::test_products_past_64_bits_equal_fractions",
    f"{PROPERTIES}::test_parts_always_add_up_to_the_whole",
    f"{PROPERTIES}::test_price_band_equals_fractions",
    f"{PROPERTIES}::test_unit_prices_are_ordered_as_fractions",
    f"{PROPERTIES}::test_bands_beyond_any_amount_stay_there",
)
MOST_SECONDS: Final = 60
"""Of processor time for one mutant: what takes longer loops, and is noticed by that."""
NOTICED, SURVIVED = 1, 0


class Runner:
    """A pytest plugin: instead of running the collected tests once, runs them for each mutant."""

    def __init__(self, chosen: list[Mutant], seconds: float, jobs: int) -> None:
        self._chosen, self._jobs = chosen, jobs
        self._until = time.monotonic() + seconds
        self.survivors: list[Mutant] = []
        self.counted: Counter[str] = Counter()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Asks the SQL rule once; without a fault all tests must pass."""
        worlds.warm()
        _, status = os.waitpid(_fork(session, None), 0)
        if os.waitstatus_to_exitcode(status) != SURVIVED:
            raise pytest.UsageError("a test fails without any fault")
        running: dict[int, Mutant] = {}
        left = iter(self._chosen)
        self._start(session, left, running)
        while running:
            pid, status = os.wait()
            self._count(running.pop(pid), os.waitstatus_to_exitcode(status))
            self._start(session, left, running)
        return True

    def _start(
        self, session: pytest.Session, left: Iterator[Mutant], running: dict[int, Mutant]
    ) -> None:
        """As many beside each other as there are cores, while there is time."""
        while len(running) < self._jobs and time.monotonic() < self._until:
            mutant = next(left, None)
            if mutant is None:
                return
            running[_fork(session, mutant)] = mutant

    def _count(self, mutant: Mutant, code: int) -> None:
        self.counted[mutant.module] += 1
        if code == SURVIVED:
            self.survivors.append(mutant)
            sys.stdout.write(f"survived: {mutant}\n")
            sys.stdout.flush()


def _fork(session: pytest.Session, mutant: Mutant | None) -> int:
    """The process that runs the tests of a mutant, or without a fault."""
    pid = os.fork()
    if pid:
        return pid
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    _silence(keep_errors=mutant is None)
    if mutant is not None:
        mutants.put(mutant)
    os._exit(NOTICED if any(_fails(item) for item in session.items) else SURVIVED)


def _silence(*, keep_errors: bool) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    if not keep_errors:
        os.dup2(nowhere, 2)


def _fails(item: Any) -> bool:
    """Whether a test fails: only its call, as none of these has fixtures."""
    try:
        callspec = getattr(item, "callspec", None)
        item.obj(**(callspec.params if callspec else {}))
    except BaseException as error:
        os.write(2, f"{item.nodeid}: {error!r}\n".encode())
        return True
    return False


def main() -> int:
    """Prints the survivors and how many mutants of each module were tried."""
    reading = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    reading.add_argument("--every", type=int, default=1)
    reading.add_argument("--seconds", type=float, default=3_600)
    reading.add_argument("--only", default="")
    reading.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    wanted = reading.parse_args()
    names = [f"reconciler.{name}" for name in MODULES if wanted.only in name]
    every = {name: mutants.mutants_of(name) for name in names}
    chosen = [mutant for found in every.values() for mutant in found[:: wanted.every]]
    chosen.sort(key=lambda mutant: (mutant.place, mutant.module))  # all modules from the start
    runner = Runner(chosen, wanted.seconds, wanted.jobs)
    options = ["-q", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:xdist"]
    options += ["-o", "python_files=*.py", "-o", "python_functions=test_* check_*"]
    ended = pytest.main([*options, *TESTS], plugins=[runner])
    for name, found in every.items():
        lived = sum(mutant.module == name for mutant in runner.survivors)
        sys.stdout.write(
            f"{name}: {len(found)} mutants, {runner.counted[name]} tried,"
            f" {runner.counted[name] - lived} noticed, {lived} survived\n"
        )
    return int(ended)


if __name__ == "__main__":
    sys.exit(main())
