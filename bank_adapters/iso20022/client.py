"""The calls of this dialect over HTTP, each made once, each answer judged conservatively.

Only a readable status report is a yes or a no; a proxy's page, an empty or cut body, a time-out
and every 5xx leave the outcome unknown.
"""

from typing import Final

from bank_adapters.errors import UnreadableMessage
from bank_adapters.http import BankHttp, HttpAnswer
from bank_adapters.iso20022.wire import read_report
from schemas.bank import BankMeaning, BankReply, RenderedMessage, Verdict

XML: Final = "application/xml; charset=utf-8"
_CLEAR_NO: Final = frozenset({BankMeaning.REJECTED, BankMeaning.CANCELLED})
_UNCLEAR: Final = frozenset(
    {BankMeaning.DUPLICATE, BankMeaning.UNRECOGNIZED, BankMeaning.PENDING, BankMeaning.NOT_FOUND}
)


async def send_order(http: BankHttp, message: RenderedMessage) -> BankReply:
    """Delivers a pain.001 once."""
    headers = {"Content-Type": XML, "X-Message-Id": message.message_id}
    if message.signature is not None:
        headers["X-Signature"] = message.signature.hex()
    answer = await http.call("POST", "/payments", body=message.body, headers=headers)
    return _judge(answer, message.message_id)


async def ask_status(http: BankHttp, message_id: str, end_to_end_id: str | None) -> BankReply:
    """Asks for the status report of a message, or of one instruction in it."""
    params = {"end_to_end_id": end_to_end_id} if end_to_end_id else None
    answer = await http.call("GET", f"/payments/{message_id}/status", params=params)
    return _judge(answer, message_id)


async def get_statement(http: BankHttp, account_number: str, day: str) -> BankReply:
    """Fetches a statement; 404 and 409 (the day is not closed yet) mean there is none.

    Only in the bank's own words: a proxy's page is none.
    """
    answer = await http.call("GET", f"/accounts/{account_number}/statements/{day}")
    if answer.status == 200 and answer.body:
        return BankReply(Verdict.TAKEN, 200, answer.body)
    if answer.status in (404, 409) and _in_its_own_words(answer):
        return BankReply(Verdict.NOT_FOUND, answer.status, answer.body)
    return BankReply(Verdict.UNKNOWN, answer.status, answer.body, answer.fault)


async def is_reachable(http: BankHttp) -> bool:
    """Whether the bank's front-end answers."""
    answer = await http.call("GET", "/health")
    return answer.status == 200


def _judge(answer: HttpAnswer, message_id: str) -> BankReply:
    """A clear yes, a clear no, a clear "not found", or unknown."""
    return BankReply(_verdict(answer, message_id), answer.status, answer.body, answer.fault)


def _in_its_own_words(answer: HttpAnswer) -> bool:
    return answer.body.lstrip().startswith(b"{")


def _verdict(answer: HttpAnswer, message_id: str) -> Verdict:
    if answer.status == 404 and _in_its_own_words(answer):
        return Verdict.NOT_FOUND
    if answer.status not in (200, 202):
        return Verdict.UNKNOWN
    try:
        report = read_report(answer.body)
    except UnreadableMessage:
        return Verdict.UNKNOWN
    if report.message_id != message_id:
        return Verdict.UNKNOWN
    if report.default in _CLEAR_NO and not report.statuses:
        return Verdict.REFUSED
    if report.default in _UNCLEAR and not report.statuses:
        return Verdict.UNKNOWN
    return Verdict.TAKEN
