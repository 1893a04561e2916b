"""Refusals of an import as a whole; faults of rows are row results."""

from schemas.problems import NotFound


class UnknownKind(NotFound):
    """There is no such kind of master data."""

    code = "unknown_kind"
    title = "There is no such kind of master data"
