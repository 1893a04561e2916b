"""The simulated bank behind a front end: XML packages in GBK, read and written here on its own.

It knows nothing of our adapter. Its front end takes a form and gives `reqData=` with Base64, or an
`errorCode=` of its own; the bank books one debit for a package and pages its statements.
"""

import asyncio
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from litestar import Request, Response, post
from litestar.datastructures import State
from lxml import etree

from bank_adapters.simulator.behavior import MessageFault
from bank_adapters.simulator.book import DayOpen, NoAccount
from bank_adapters.simulator.counter import Counter
from bank_adapters.simulator.messages import BookedEntry, Instructed, LineStatus, Transfer

BODY_LIMIT: Final = 64 << 20
PAGE_ROWS: Final = 3
"""Entries of a page: few, so that every statement of some length has break-points."""
MALFORMED, SEEN, NOTHING, OPEN = "E0001", "E0002", "E0003", "E0004"
"""Its return codes: not a package it takes, a serial number seen before, nothing of what is asked
for, and a day that is not closed."""
RESULT_OF: Final = {"ACSC": "7", "ACSP": "9", "RJCT": "6"}


class BadPackage(ValueError):
    """The bytes are not a package that the bank takes."""


@post("/servlet/package", status_code=200, request_max_body_size=BODY_LIMIT)
async def take_package(request: Request[Any, Any, State]) -> Response[bytes]:
    """Whatever comes through the front end."""
    counter: Counter = request.app.state.counter
    form = parse_qs((await request.body()).decode("ascii"), encoding="latin-1")
    try:
        raw = form["reqData"][0].encode("latin-1")
        root = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
    except (KeyError, ValueError, etree.XMLSyntaxError):
        return Response(b"errorCode=-10003", media_type="text/plain")
    kind, serial = _text(root, "eb/pub/TransCode"), _text(root, "eb/pub/fSeqno")
    try:
        if kind == "PAYENT":
            return await _pay(counter, root, serial, raw)
        if kind == "QPAYENT":
            return _tell(counter, root, serial)
        if kind == "QHISD":
            return _state(counter, root, serial)
        raise BadPackage(kind)
    except BadPackage as error:
        return _packed(kind, serial, MALFORMED, str(error))


def _text(node: etree._Element, path: str) -> str:
    return (node.findtext(path) or "").strip()


async def _pay(counter: Counter, root: etree._Element, serial: str, raw: bytes) -> Response[bytes]:
    order = _read_order(root, serial)
    async with counter.lock:
        fault = counter.fault(order)
        if fault is MessageFault.LOST:
            return Response(b"", status_code=504)
        if counter.book.knows(serial):
            return _packed("PAYENT", serial, SEEN, "批次号重复")
        counter.book.act(order, sha256(raw).hexdigest())
    if fault is MessageFault.SILENT:
        await asyncio.sleep(counter.behavior.slow_seconds)
        return Response(b"", status_code=504)
    if fault is MessageFault.BAD_GATEWAY:
        return Response(b"errorCode=-10007", status_code=502, media_type="text/plain")
    if fault is MessageFault.EMPTY:
        return Response(b"", media_type="text/plain")
    if fault is MessageFault.SLOW:
        await asyncio.sleep(counter.behavior.slow_seconds)
    lines = [
        LineStatus(one.end_to_end_id, counter.behavior.reply_status, one.reason)
        if one.status == "ACSC"
        else one
        for one in counter.book.statuses(serial, None)
    ]
    told = [*lines, *lines] if fault is MessageFault.TWICE else lines
    return _packed("PAYENT", serial, "0", "", _results(told))


def _read_order(root: etree._Element, serial: str) -> Instructed:
    """A payment package, its count and its sum held to its lines."""
    lines = root.findall("eb/in/rd")
    try:
        transfers = [
            Transfer(
                end_to_end_id=_text(line, "iSeqno"),
                amount=int(_text(line, "PayAmt")),
                payee_name=_text(line, "RecAccNameCN"),
                payee_account=_text(line, "RecAccNo"),
                payee_bank=_text(line, "RecBankNo"),
                remittance=f"{_text(line, 'UseCN')} {_text(line, 'Summary')}",
            )
            for line in lines
        ]
        stated = int(_text(root, "eb/in/TotalNum")), int(_text(root, "eb/in/TotalAmt"))
    except ValueError as error:
        raise BadPackage("金额格式错误") from error
    payers = {_text(line, "PayAccNo") for line in lines}
    if stated != (len(transfers), sum(one.amount for one in transfers)) or len(payers) != 1:
        raise BadPackage("总笔数或总金额不符")
    if {_text(line, "CurrType") for line in lines} != {"001"}:
        raise BadPackage("币种错误")
    if _text(root, "eb/in/SettleMode") != "2":
        raise BadPackage("入账方式错误")
    return Instructed(
        message_id=serial,
        debtor_account=payers.pop(),
        debtor_name=_text(lines[0], "PayAccNameCN"),
        execution_date=_text(root, "eb/in/PayDate"),
        transfers=transfers,
    )


def _results(lines: Sequence[LineStatus]) -> str:
    return "".join(
        f"<rd><iSeqno>{one.end_to_end_id}</iSeqno><Result>{RESULT_OF[one.status]}</Result>"
        f"<iRetCode>{one.reason or ''}</iRetCode><iRetMsg></iRetMsg></rd>"
        for one in lines
    )


def _tell(counter: Counter, root: etree._Element, serial: str) -> Response[bytes]:
    package, line = _text(root, "eb/in/QryfSeqno"), _text(root, "eb/in/QryiSeqno")
    found = counter.book.statuses(package, line or None)
    echo = f"<QryfSeqno>{escape(package)}</QryfSeqno><QryiSeqno>{escape(line)}</QryiSeqno>"
    if not counter.book.knows(package) or (line and not found):
        return _packed("QPAYENT", serial, NOTHING, "无此记录", echo)
    return _packed("QPAYENT", serial, "0", "", echo + _results(found))


def _state(counter: Counter, root: etree._Element, serial: str) -> Response[bytes]:
    """One page of a closed day; the break-point is the place of the next entry."""
    account, day = _text(root, "eb/in/AccNo"), _text(root, "eb/in/Date")
    echo = f"<AccNo>{escape(account)}</AccNo><Date>{escape(day)}</Date>"
    try:
        on = date.fromisoformat(day)
        _, opening, entries = counter.book.statement(account, on)
        start = int(_text(root, "eb/in/NextTag") or 0)
    except NoAccount:
        return _packed("QHISD", serial, NOTHING, "无此账户", echo)
    except DayOpen:
        return _packed("QHISD", serial, OPEN, "未日终", echo)
    except ValueError as error:
        raise BadPackage("日期或断点错误") from error
    rows = list(_rows(entries, counter.book.packages(account)))
    end = start + PAGE_ROWS
    closing = opening + sum(entry.amount for entry in entries)
    page = "".join(rows[start:end])
    tag = end if end < len(rows) else ""
    return _packed(
        "QHISD",
        serial,
        "0",
        "",
        f"{echo}<BeginBal>{opening}</BeginBal><EndBal>{closing}</EndBal>"
        f"<TotalNum>{len(rows)}</TotalNum><NextTag>{tag}</NextTag>{page}",
    )


def _rows(entries: Sequence[BookedEntry], packages: dict[str, str]) -> Iterator[str]:
    """Credits one by one; the debits of a package as one, where its first one stood."""
    debits: dict[str, list[BookedEntry]] = {}
    for entry in entries:
        if entry.amount < 0 and entry.end_to_end_id is not None:
            debits.setdefault(packages[entry.end_to_end_id], []).append(entry)
    for entry in entries:
        if entry.amount > 0:
            yield _credit(entry)
            continue
        package = packages[entry.end_to_end_id or ""]
        if (together := debits.get(package, [])) and together[0] is entry:
            yield (
                f"<rd><SerialNo>{entry.number}</SerialNo><Drcrf>1</Drcrf><CurrType>001</CurrType>"
                f"<Amount>{-sum(one.amount for one in together)}</Amount>"
                f"<PackageNo>{package}</PackageNo><PackageNum>{len(together)}</PackageNum></rd>"
            )


def _credit(entry: BookedEntry) -> str:
    reason = f"<BackReason>{entry.return_reason}</BackReason>" if entry.return_reason else ""
    return (
        f"<rd><SerialNo>{entry.number}</SerialNo><Drcrf>2</Drcrf><CurrType>001</CurrType>"
        f"<Amount>{entry.amount}</Amount><iSeqno>{entry.end_to_end_id or ''}</iSeqno>"
        f"<RecipAccNo>{escape(entry.counterparty_account)}</RecipAccNo>"
        f"<RecipName>{escape(entry.counterparty_name)}</RecipName>"
        f"<Summary>{escape(entry.remittance)}</Summary>{reason}</rd>"
    )


def _packed(kind: str, serial: str, code: str, words: str, out: str = "") -> Response[bytes]:
    """A package of the bank as its front end hands it on."""
    text = (
        '<?xml version="1.0" encoding="GBK"?>\n'
        f"<CMS><eb><pub><TransCode>{escape(kind)}</TransCode><fSeqno>{escape(serial)}</fSeqno>"
        f"<RetCode>{code}</RetCode><RetMsg>{escape(words)}</RetMsg></pub>"
        f"<out>{out}</out></eb></CMS>"
    )
    body = b"reqData=" + b64encode(text.encode("gbk"))
    return Response(body, media_type="text/plain")
