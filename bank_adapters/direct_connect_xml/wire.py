"""Packages of this dialect: `<CMS><eb><pub>` with `<in>` or `<out>`, in GBK.

The front end gives `reqData=` and the package in Base64, or `errorCode=` and a number: the
latter is its own word and never the bank's. What comes is kept as it came; reading takes
the wrapping off.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

from bank_adapters.direct_connect_xml.capabilities import CAPABILITIES, faults_of
from bank_adapters.direct_connect_xml.config import DirectConnectXmlConfig
from bank_adapters.direct_connect_xml.status import (
    DONE,
    line_meaning,
    payment_meaning,
    version_of,
)
from bank_adapters.errors import UnfitInstruction, UnreadableMessage
from bank_adapters.iso20022.elements import child_of, parse_message, text_of
from schemas.bank import (
    BankMeaning,
    CreditInstruction,
    InstructionStatus,
    PaymentOrder,
    RenderedMessage,
    StatusReport,
)
from schemas.codes.banks import CodeMeaning
from schemas.times import SHANGHAI

PAYMENT: Final = "PAYENT"
INQUIRY: Final = "QPAYENT"
STATEMENT: Final = "QHISD"
WRAPPING: Final = b"reqData="
CURRENCY: Final = "001"
"""This dialect's number of CNY."""
DECLARATION: Final = re.compile(r"\A<\?xml[^>]*\?>\s*")


# --- out ------------------------------------------------------------------------------------


def render_order(order: PaymentOrder, *, config: DirectConnectXmlConfig) -> RenderedMessage:
    """The bytes of a payment package. Raises UnfitInstruction for what would not arrive unchanged.

    The bank books one debit for the package (settle mode 2) and names the package in it.
    """
    _require_fit(order)
    lines = "".join(_line(order, instruction) for instruction in order.instructions)
    content = (
        f"<OnlBatF>1</OnlBatF><SettleMode>2</SettleMode>"
        f"<TotalNum>{len(order.instructions)}</TotalNum>"
        f"<TotalAmt>{order.control_sum_minor}</TotalAmt>"
        f"<PayDate>{order.execution_date:%Y%m%d}</PayDate>{lines}"
    )
    body = package(PAYMENT, order.message_id, content, at=order.created_at, config=config)
    return RenderedMessage(
        message_id=order.message_id,
        message_kind="direct_connect_xml.PAYENT",
        body=body,
        sha256=sha256(body).digest(),
        payment_count=len(order.instructions),
        control_sum_minor=order.control_sum_minor,
        signature=None,
    )


def package(
    code: str, serial: str, content: str, *, at: datetime, config: DirectConnectXmlConfig
) -> bytes:
    """One package in GBK; `serial` is never used again, not by a question either."""
    local = at.astimezone(SHANGHAI)
    text = (
        '<?xml version="1.0" encoding="GBK"?>\n'
        f"<CMS><eb><pub><TransCode>{code}</TransCode><CIS>{escape(config.customer_id)}</CIS>"
        f"<BankCode>{escape(config.bank_code)}</BankCode><ID>{escape(config.user_id)}</ID>"
        f"<TranDate>{local:%Y%m%d}</TranDate><TranTime>{local:%H%M%S}000</TranTime>"
        f"<fSeqno>{serial}</fSeqno></pub><in>{content}</in></eb></CMS>"
    )
    return text.encode("gbk")


def _require_fit(order: PaymentOrder) -> None:
    """Names every line that the bank could not carry; ids must be unique in the package."""
    faults = [
        (instruction.end_to_end_id, fault)
        for instruction in order.instructions
        for fault in faults_of(instruction)
    ]
    ids = [instruction.end_to_end_id for instruction in order.instructions]
    if len(set(ids)) != len(ids):
        faults.append((order.message_id, "an end-to-end id occurs twice"))
    if not 1 <= len(ids) <= CAPABILITIES.max_instructions:
        faults.append((order.message_id, f"a package has 1 to {CAPABILITIES.max_instructions}"))
    if faults:
        raise UnfitInstruction(faults)


def _line(order: PaymentOrder, instruction: CreditInstruction) -> str:
    """One line; its number is the use of the money (用途), which banks cut last."""
    payer, payee = order.debtor, instruction.payee
    return (
        f"<rd><iSeqno>{instruction.end_to_end_id}</iSeqno>"
        f"<PayAccNo>{escape(payer.number)}</PayAccNo>"
        f"<PayAccNameCN>{escape(payer.name)}</PayAccNameCN>"
        f"<RecAccNo>{escape(payee.number)}</RecAccNo>"
        f"<RecAccNameCN>{escape(payee.name)}</RecAccNameCN>"
        f"<RecBankNo>{escape(payee.cnaps_code)}</RecBankNo>"
        f"<CurrType>{CURRENCY}</CurrType><PayAmt>{instruction.amount_minor}</PayAmt>"
        f"<UseCN>{instruction.end_to_end_id}</UseCN>"
        f"<Summary>{escape(instruction.remittance)}</Summary></rd>"
    )


# --- in -------------------------------------------------------------------------------------


def unwrap(body: bytes) -> etree._Element:
    """The `<eb>` of what the front end gave. Raises UnreadableMessage for anything else."""
    if not body.startswith(WRAPPING):
        raise UnreadableMessage("the front end gave no package")
    try:
        text = b64decode(body.removeprefix(WRAPPING), validate=True).decode("gbk")
    except (NotBase64, UnicodeDecodeError) as error:
        raise UnreadableMessage(f"not a package in GBK and Base64: {error}") from error
    root = parse_message(DECLARATION.sub("", text).encode())
    inner = child_of(root, "eb")
    if inner is None or child_of(inner, "pub") is None:
        raise UnreadableMessage("not a package of this dialect")
    return inner


def code_of(inner: etree._Element) -> str:
    """The return code; one that is missing is not DONE."""
    return text_of(inner, "pub", "RetCode") or ""


def is_not_found(inner: etree._Element, codes: Mapping[str, CodeMeaning]) -> bool:
    """Whether the bank declares, in a code agreed with it, that it has nothing."""
    return codes.get(code_of(inner)) is CodeMeaning.NOT_FOUND


def read_report(body: bytes, codes: Mapping[str, CodeMeaning]) -> StatusReport:
    """The answer to a payment or to a question about one. Raises UnreadableMessage.

    A refused question says nothing of the payment: only the return code of a payment package
    speaks for its lines.
    """
    inner = unwrap(body)
    kind, code = text_of(inner, "pub", "TransCode"), code_of(inner)
    if kind not in (PAYMENT, INQUIRY):
        raise UnreadableMessage(f"not an answer about payments: {kind!r}")
    default = None
    if code != DONE:
        words = text_of(inner, "pub", "RetMsg") or ""
        asked = BankMeaning.PENDING
        default = payment_meaning(code, words, codes) if kind == PAYMENT else asked
    place = ("pub", "fSeqno") if kind == PAYMENT else ("out", "QryfSeqno")
    return StatusReport(
        message_id=text_of(inner, *place),
        default=default,
        default_code=code or "none",
        default_reason=text_of(inner, "pub", "RetMsg"),
        statuses=list(_statuses(inner, codes)) if code == DONE else [],
        code_map_version=version_of(codes),
    )


def _statuses(
    inner: etree._Element, codes: Mapping[str, CodeMeaning]
) -> Iterator[InstructionStatus]:
    for line in inner.iterfind("out/rd"):
        result, code = text_of(line, "Result") or "", text_of(line, "iRetCode")
        yield InstructionStatus(
            end_to_end_id=text_of(line, "iSeqno") or "",
            meaning=line_meaning(result, _told(code, text_of(line, "iRetMsg")), codes),
            code=result or "none",
            reason_code=code,
        )


def _told(code: str | None, words: str | None) -> str | None:
    """The code, unless the words beside it say "seen before"."""
    return "DUPL" if words and re.search("重复|重覆", words) else code
