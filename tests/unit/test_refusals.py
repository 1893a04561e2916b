"""What the database refuses is told apart: rivals may look again, a broken rule is our defect."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from schemas.problems import Conflict
from settlement_api.refusals import Unavailable, database_problem


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
