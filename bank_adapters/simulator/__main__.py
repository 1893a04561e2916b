"""Runs the simulated bank: `python -m bank_adapters.simulator --port 8090 --book bank.sqlite`."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from bank_adapters.simulator.behavior import read_behavior
from bank_adapters.simulator.book import Book
from bank_adapters.simulator.server import create_bank


def main(arguments: list[str] | None = None) -> None:
    """Opens the book and serves until it is told to stop.

    `--behavior` names a JSON file of rules, `--instant` the first business instant (else the
    real time until a caller brings another).
    """
    parser = argparse.ArgumentParser(prog="bank_adapters.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--book", type=Path, default=Path(".zhijie/bank.sqlite"))
    parser.add_argument("--behavior", type=Path, default=None)
    parser.add_argument("--instant", type=datetime.fromisoformat, default=None)
    options = parser.parse_args(arguments)
    behavior = read_behavior(options.behavior)
    book = Book(options.book, behavior)
    if book.now() is None:
        book.follow(options.instant or datetime.now(UTC))
    uvicorn.run(
        create_bank(book, behavior),
        host=options.host,
        port=options.port,
        log_level="warning",
        timeout_keep_alive=75,
        access_log=False,
    )


if __name__ == "__main__":
    main()
