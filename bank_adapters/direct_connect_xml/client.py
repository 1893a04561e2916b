"""The calls of this dialect over HTTP, each made once, each answer judged conservatively.

Only a package of the bank about what was sent or asked is a yes or a no. The front end's own
errors, pages, empty and cut bodies, time-outs and codes nobody declared leave the outcome unknown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode
from uuid import uuid4
from xml.sax.saxutils import escape

from lxml import etree

from bank_adapters.direct_connect_xml import wire
from bank_adapters.direct_connect_xml.config import DirectConnectXmlConfig
from bank_adapters.direct_connect_xml.status import DONE
from bank_adapters.errors import UnreadableMessage
from bank_adapters.http import BankHttp, HttpAnswer
from bank_adapters.iso20022.elements import text_of
from bank_adapters.signing import Signer
from schemas.bank import BankMeaning, BankReply, RenderedMessage, Verdict
from schemas.times import Clock

PATH: Final = "/servlet/package"
MOST_PAGES: Final = 10_000
PAGE_END: Final = b"\n"
"""Between the pages of a statement as they are kept; Base64 has none."""


@dataclass(frozen=True)
class FrontEnd:
    """What every call needs."""

    http: BankHttp
    config: DirectConnectXmlConfig
    signer: Signer
    clock: Clock

    async def call(
        self, code: str, serial: str, body: bytes, *, signature: bytes | None
    ) -> HttpAnswer:
        """One package, once, in the form that front ends take."""
        fields = {"TransCode": code, "PackageID": serial, "reqData": body}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if signature is not None:
            headers["X-Signature"] = signature.hex()
        content = urlencode(fields).encode("ascii")
        return await self.http.call("POST", PATH, body=content, headers=headers)

    async def ask(self, code: str, content: str) -> HttpAnswer:
        """A question, under a serial number of its own."""
        serial, at = uuid4().hex, await self.clock.now()
        body = wire.package(code, serial, content, at=at, config=self.config)
        return await self.call(code, serial, body, signature=self.signer.sign(body))

    async def is_reachable(self) -> bool:
        """Whether the front end answers."""
        return (await self.http.call("GET", "/health")).status == 200

    async def send_order(self, message: RenderedMessage) -> BankReply:
        """Delivers a payment package once."""
        answer = await self.call(
            wire.PAYMENT, message.message_id, message.body, signature=message.signature
        )
        return _judged(answer, lambda inner: self._payment_verdict(answer, inner, message))

    def _payment_verdict(
        self, answer: HttpAnswer, inner: etree._Element, message: RenderedMessage
    ) -> Verdict:
        report = wire.read_report(answer.body, self.config.codes)
        if (
            text_of(inner, "pub", "TransCode") != wire.PAYMENT
            or report.message_id != message.message_id
        ):
            return Verdict.UNKNOWN
        if report.default is BankMeaning.REJECTED:
            return Verdict.REFUSED
        return Verdict.TAKEN if report.default is None else Verdict.UNKNOWN

    async def ask_status(self, message_id: str, end_to_end_id: str | None) -> BankReply:
        """Asks for the results of a package, or of one line in it."""
        line = end_to_end_id or ""
        answer = await self.ask(
            wire.INQUIRY,
            f"<QryfSeqno>{escape(message_id)}</QryfSeqno><QryiSeqno>{escape(line)}</QryiSeqno>",
        )
        asked = (wire.INQUIRY, {"QryfSeqno": message_id, "QryiSeqno": line})
        return _judged(answer, lambda inner: self._asked_verdict(inner, *asked))

    def _asked_verdict(self, inner: etree._Element, kind: str, echoed: dict[str, str]) -> Verdict:
        """The answer must say what was asked, or it may be the answer to something else."""
        if text_of(inner, "pub", "TransCode") != kind or any(
            (text_of(inner, "out", name) or "") != value for name, value in echoed.items()
        ):
            return Verdict.UNKNOWN
        if wire.is_not_found(inner, self.config.codes):
            return Verdict.NOT_FOUND
        return Verdict.TAKEN if wire.code_of(inner) == DONE else Verdict.UNKNOWN

    async def get_statement(self, account: str, on: date) -> BankReply:
        """Every page of a day, from break-point to break-point, kept one after the other.

        A page that fails leaves the whole unknown: half a day is no statement.
        """
        pages: list[bytes] = []
        tags = {""}
        tag = ""
        day = f"{on:%Y%m%d}"
        asked = {"AccNo": account, "Date": day}
        while len(pages) < MOST_PAGES:
            place = f"<NextTag>{escape(tag)}</NextTag>"
            content = f"<AccNo>{escape(account)}</AccNo><Date>{day}</Date>{place}"
            answer = await self.ask(wire.STATEMENT, content)
            reply = _judged(answer, lambda inner: self._asked_verdict(inner, wire.STATEMENT, asked))
            pages.append(answer.body)
            whole = PAGE_END.join(pages)
            if reply.verdict is not Verdict.TAKEN:
                late = len(pages) > 1
                verdict = Verdict.UNKNOWN if late else reply.verdict
                return BankReply(verdict, reply.http_status, whole, reply.fault)
            tag = text_of(wire.unwrap(answer.body), "out", "NextTag") or ""
            if not tag:
                return BankReply(Verdict.TAKEN, answer.status, whole)
            if tag in tags:
                return BankReply(Verdict.UNKNOWN, answer.status, whole, "BreakPointRepeated")
            tags.add(tag)
        return BankReply(Verdict.UNKNOWN, None, PAGE_END.join(pages), "TooManyPages")


def _judged(answer: HttpAnswer, verdict: Callable[[etree._Element], Verdict]) -> BankReply:
    """The verdict on a readable package; unknown on everything else."""
    found = Verdict.UNKNOWN
    if answer.status == 200:
        try:
            found = verdict(wire.unwrap(answer.body))
        except UnreadableMessage:
            found = Verdict.UNKNOWN
    return BankReply(found, answer.status, answer.body, answer.fault)
