"""What ties attempts to the lines a bank booked."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from schemas.codes.explanations import EdgeKind, NodeKind
from settlement_api.explanations.policy import Ties, tie_booked

ONE, OTHER, DEBIT = (UUID(int=number) for number in range(3))


def test_a_debit_that_people_booked_as_several_payments_is_tied_to_each_for_its_amount() -> None:
    entry = SimpleNamespace(
        id=DEBIT, end_to_end_id=None, is_credit=False, amount_minor=40_000, suspense_attempt_id=None
    )
    rows: dict[NodeKind, dict[UUID, Any]] = {
        NodeKind.PAYMENT_ATTEMPT: {
            one: SimpleNamespace(id=one, end_to_end_id=one.hex) for one in (ONE, OTHER)
        },
        NodeKind.STATEMENT_ENTRY: {DEBIT: entry},
    }
    evidence = [
        SimpleNamespace(
            attempt_id=attempt, statement_entry_id=DEBIT, meaning="booked_debit", amount_minor=fen
        )
        for attempt, fen in [(ONE, 15_000), (OTHER, 25_000)]
    ]
    ties = Ties(rows)
    tie_booked(ties, rows, evidence=evidence)
    found = [(edge.from_node.id, edge.to_node.id, edge.kind, edge.amount) for edge in ties.edges()]
    assert found == [
        (ONE, DEBIT, EdgeKind.BOOKED, "150.00"),
        (OTHER, DEBIT, EdgeKind.BOOKED, "250.00"),
    ]
