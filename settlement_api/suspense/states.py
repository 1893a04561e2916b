"""How a suspense case moves."""

from typing import Final

from schemas.codes.bank_statements import SuspenseStatus

SUSPENSE_MOVES: Final = {
    (SuspenseStatus.OPEN, SuspenseStatus.PROPOSED): "propose",
    (SuspenseStatus.PROPOSED, SuspenseStatus.OPEN): "refuse",
    (SuspenseStatus.PROPOSED, SuspenseStatus.RESOLVED): "confirm",
    (SuspenseStatus.OPEN, SuspenseStatus.RESOLVED): "believe_again",
}
