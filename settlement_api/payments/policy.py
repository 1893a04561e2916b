"""What a bank's answer says about the attempts of its message, and when it can pay. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from schemas.bank import BankMeaning, StatusReport, Verdict
from schemas.codes.payments import AnswerFinding, EvidenceSource
from schemas.times import SHANGHAI, WorkingCalendar
from settlement_api.outcomes.policy import News


def execution_date(at: datetime, calendar: WorkingCalendar, *, cut_off: time) -> date:
    """The day on which a bank can pay what reaches it at `at`.

    `cut_off` is the last minute of its channel, in Shanghai: later than that, or on a day that is
    no working day, the next working day (banks.md section 4). Raises CalendarMissing.
    """
    local = at.astimezone(SHANGHAI)
    late = local.time() > cut_off
    return calendar.on_or_after(local.date() + timedelta(days=int(late)))


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as kept: `asked_end_to_end_id` names the one payment it was asked about, if one.

    `message_id` is that of the message it answers. `is_redelivered`: its bytes went to the bank
    twice, so that a refusal may be of the second delivery only.
    """

    id: UUID
    message_id: str
    source: EvidenceSource
    verdict: Verdict
    inquiry_no: int
    asked_end_to_end_id: str | None
    is_redelivered: bool = False
    http_status: int | None = None


def news_of(answer: Answer, report: StatusReport | None, ours: Mapping[str, UUID]) -> list[News]:
    """News about the attempts of the answer's own message; of others it says nothing here.

    `ours` maps the end-to-end ids of that message to attempts.
    """
    if answer.verdict is Verdict.NOT_FOUND:
        return _denials(answer, ours)
    if report is None or report.message_id != answer.message_id:
        return []
    return _listed(answer, report, ours) + _unlisted(answer, report, ours)


def _denials(answer: Answer, ours: Mapping[str, UUID]) -> list[News]:
    asked = answer.asked_end_to_end_id
    return [
        News(
            attempt_id,
            answer.source,
            BankMeaning.NOT_FOUND,
            "NOTF",
            "http-1",
            reference=str(answer.inquiry_no),
            bank_message_id=answer.id,
        )
        for attempt_id in ([ours[asked]] if asked else ours.values())
    ]


def _listed(answer: Answer, report: StatusReport, ours: Mapping[str, UUID]) -> list[News]:
    return [
        News(
            ours[status.end_to_end_id],
            answer.source,
            _doubted(answer, status.meaning, status.reason_code),
            status.code,
            report.code_map_version,
            reason_code=status.reason_code,
            happened_at=status.happened_at,
            bank_message_id=answer.id,
        )
        for status in report.statuses
        if status.end_to_end_id in ours
    ]


def _unlisted(answer: Answer, report: StatusReport, ours: Mapping[str, UUID]) -> list[News]:
    """The report's word on the whole message, for those it does not list one by one."""
    if report.default is None or answer.asked_end_to_end_id is not None:
        return []
    unlisted = ours.keys() - {status.end_to_end_id for status in report.statuses}
    return [
        News(
            ours[end_to_end_id],
            answer.source,
            _doubted(answer, report.default, report.default_reason),
            report.default_code,
            report.code_map_version,
            reason_code=report.default_reason,
            bank_message_id=answer.id,
        )
        for end_to_end_id in sorted(unlisted)
    ]


def _doubted(answer: Answer, meaning: BankMeaning, reason: str | None) -> BankMeaning:
    """A refusal without a reason, of what was delivered twice, may mean "seen before"."""
    if answer.is_redelivered and meaning is BankMeaning.REJECTED and reason is None:
        return BankMeaning.DUPLICATE
    return meaning


_ANSWERED: Final = frozenset({200, 202})


def finding_of(
    answer: Answer, report: StatusReport | None, ours: Mapping[str, UUID]
) -> AnswerFinding | None:
    """What about an answer a person must look at, or None; the gravest of what there is.

    Proxies' errors and time-outs are no word of the bank: they are asked about again.
    """
    if answer.verdict is Verdict.NOT_FOUND:
        return None
    if report is None:
        return AnswerFinding.UNREADABLE if answer.http_status in _ANSWERED else None
    if report.message_id != answer.message_id:
        return AnswerFinding.OTHER_MESSAGE
    meanings = {status.meaning for status in report.statuses} | {report.default}
    if BankMeaning.UNRECOGNIZED in meanings:
        return AnswerFinding.UNRECOGNIZED_CODE
    if any(status.end_to_end_id not in ours for status in report.statuses):
        return AnswerFinding.UNKNOWN_PAYMENT
    return None
