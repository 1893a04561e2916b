"""What an answer says of our payments, and what of it a person must look at. Pure."""

from uuid import UUID

import pytest

from schemas.bank import BankMeaning, InstructionStatus, StatusReport, Verdict
from schemas.codes.payments import AnswerFinding, EvidenceSource
from settlement_api.payments.policy import Answer, finding_of, news_of

OURS = {"E1": UUID(int=1), "E2": UUID(int=2)}
RJCT, DUPLICATE = BankMeaning.REJECTED, BankMeaning.DUPLICATE


def answer(**changes: object) -> Answer:
    values: dict[str, object] = {
        "id": UUID(int=9),
        "message_id": "M1",
        "source": EvidenceSource.STATUS_INQUIRY,
        "verdict": Verdict.TAKEN,
        "inquiry_no": 1,
        "asked_end_to_end_id": None,
        "http_status": 200,
    }
    return Answer(**(values | changes))  # type: ignore[arg-type]


def report(
    *lines: tuple[str, BankMeaning, str | None],
    default: BankMeaning | None = None,
    reason: str | None = None,
    message_id: str = "M1",
) -> StatusReport:
    statuses = [InstructionStatus(name, said, said.upper(), why) for name, said, why in lines]
    return StatusReport(message_id, default, "CODE", reason, statuses, "test")


@pytest.mark.parametrize(
    ("is_redelivered", "reason", "meaning"),
    [
        (False, None, RJCT),
        (True, None, DUPLICATE),
        (True, "AC04", RJCT),
        (False, "AC04", RJCT),
    ],
)
def test_a_refusal_without_a_reason_of_what_went_out_twice_is_doubted(
    is_redelivered: bool, reason: str | None, meaning: BankMeaning
) -> None:
    given = answer(is_redelivered=is_redelivered)
    (listed,) = news_of(given, report(("E1", RJCT, reason)), {"E1": UUID(int=1)})
    (unlisted,) = news_of(given, report(default=RJCT, reason=reason), {"E1": UUID(int=1)})
    assert (listed.meaning, unlisted.meaning) == (meaning, meaning)


UNKNOWN = BankMeaning.UNRECOGNIZED
ODD = [
    (report(("E1", RJCT, "AC04")), None),
    (report(("E1", UNKNOWN, None)), AnswerFinding.UNRECOGNIZED_CODE),
    (report(default=UNKNOWN), AnswerFinding.UNRECOGNIZED_CODE),
    (report(("E9", RJCT, None)), AnswerFinding.UNKNOWN_PAYMENT),
    (report(("E1", RJCT, None), message_id="M2"), AnswerFinding.OTHER_MESSAGE),
    (None, AnswerFinding.UNREADABLE),
]


@pytest.mark.parametrize(("said", "finding"), ODD)
def test_what_a_person_must_look_at(
    said: StatusReport | None, finding: AnswerFinding | None
) -> None:
    assert finding_of(answer(), said, OURS) is finding


def test_no_word_of_the_bank_is_nothing_to_look_at() -> None:
    assert finding_of(answer(http_status=502), None, OURS) is None
    assert finding_of(answer(http_status=None), None, OURS) is None
    assert finding_of(answer(verdict=Verdict.NOT_FOUND), None, OURS) is None


def test_a_report_of_another_message_is_no_news() -> None:
    assert news_of(answer(), report(("E1", RJCT, None), message_id="M2"), OURS) == []
