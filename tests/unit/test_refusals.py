"""What the database refuses is told apart: rivals may look again, a broken rule is our defect."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from schemas.problems import Conflict
from settlement_api.refusals import Unavailable, database_problem, nul_places


@pytest.mark.parametrize(
    "cause", [asyncpg.UniqueViolationError("rival"), asyncpg.SerializationError("rival")]
)
def test_a_rival_is_asked_to_look_again(cause: asyncpg.PostgresError) -> None:
    assert isinstance(database_problem(DBAPIError(None, None, cause)), Conflict)


def test_a_broken_check_is_no_rivalry() -> None:
    cause = asyncpg.CheckViolationError("ck_payable_share_reserved_not_negative")
    assert database_problem(DBAPIError(None, None, cause)) is None


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 12; another operation is in progress"),
        ConnectionRefusedError(111, "Connection refused"),
    ],
)
def test_a_server_that_is_gone_is_no_defect(error: Exception) -> None:
    assert isinstance(database_problem(error), Unavailable)


def test_each_text_with_a_nul_is_named_by_its_pointer() -> None:
    body = {"note": "a\0b", "lines": [{"a/b": "fine"}, {"a/b": "\0"}, 1, None], "whole": "ab"}
    assert nul_places(body) == ["/note", "/lines/1/a~1b"]
    assert nul_places("\0") == [""]
