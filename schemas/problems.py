"""Refusals: what a caller did that cannot be done, named by a stable code (RFC 9457)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Fault:
    """One fault and its place: a JSON pointer (or line and column) and a plain sentence."""

    place: str
    code: str
    message: str


class Problem(Exception):
    """A refusal with a stable `code`; subclasses are listed in the generated error catalogue.

    `facts` are extra members of the problem document; they must hold nothing the caller may
    not see. `faults` name every fault of the input at once.
    """

    code: ClassVar[str] = "problem"
    title: ClassVar[str] = "The request was refused"
    status: ClassVar[int] = 400

    def __init__(self, detail: str = "", *, faults: Sequence[Fault] = (), **facts: object) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.faults = tuple(faults)
        self.facts = facts


class NotFound(Problem):
    """The thing does not exist, or the caller may not see it: the two look alike."""

    code = "not_found"
    title = "There is no such thing here"
    status = 404


class Forbidden(Problem):
    """The caller is known but may not do this."""

    code = "forbidden"
    title = "Your role does not allow this"
    status = 403


class Invalid(Problem):
    """The content does not hold up; every fault is named."""

    code = "invalid"
    title = "The content has faults"
    status = 422


class Conflict(Problem):
    """The thing is not in a state in which this can be done."""

    code = "conflict"
    title = "The present state does not allow this"
    status = 409
