"""ISO 20022 bytes: the pain.001.001.09 writer and the reader of pain.002.

Schemas gate what leaves and only flag what arrives.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

from bank_adapters.errors import InvalidOutgoingMessage, UnfitInstruction, UnreadableMessage
from bank_adapters.iso20022 import status
from bank_adapters.iso20022.capabilities import faults_of
from bank_adapters.iso20022.elements import (
    child_of,
    instant_of,
    local_name,
    parse_message,
    safe_parser,
    text_of,
)
from schemas.bank import (
    BankAccount,
    BankMeaning,
    CreditInstruction,
    InstructionStatus,
    PaymentOrder,
    RenderedMessage,
    StatusReport,
)
from schemas.money import format_yuan
from schemas.times import SHANGHAI

PAIN_001: Final = "pain.001.001.09"
PAIN_002: Final = "pain.002.001.10"
CAMT_053: Final = "camt.053.001.08"
XSD_FOLDER: Final = Path(__file__).parent / "xsd"


@cache
def _schema(message_kind: str) -> etree.XMLSchema:
    """The official schema of a message, vendored (see xsd/PROVENANCE.md)."""
    return etree.XMLSchema(etree.parse(str(XSD_FOLDER / f"{message_kind}.xsd")))


def is_valid(body: bytes, message_kind: str) -> bool:
    """Whether bytes satisfy the official schema of a message."""
    try:
        return bool(_schema(message_kind).validate(etree.fromstring(body, safe_parser())))
    except etree.XMLSyntaxError:
        return False


# --- pain.001 out ---------------------------------------------------------------------------


def render_order(order: PaymentOrder, *, initiating_party: str) -> RenderedMessage:
    """The bytes of a pain.001, validated against the official schema.

    Raises UnfitInstruction when a line would not arrive unchanged, InvalidOutgoingMessage when
    our own bytes fail the schema.
    """
    _require_fit(order)
    body = "".join(_order_parts(order, initiating_party)).encode()
    schema = _schema(PAIN_001)
    if not schema.validate(etree.fromstring(body, safe_parser())):
        raise InvalidOutgoingMessage(str(schema.error_log))
    return RenderedMessage(
        message_id=order.message_id,
        message_kind=PAIN_001,
        body=body,
        sha256=sha256(body).digest(),
        payment_count=len(order.instructions),
        control_sum_minor=order.control_sum_minor,
        signature=None,
    )


def _require_fit(order: PaymentOrder) -> None:
    """Names every line that the bank could not carry; ids must be unique in the message."""
    faults = [
        (instruction.end_to_end_id, fault)
        for instruction in order.instructions
        for fault in faults_of(instruction)
    ]
    ids = [instruction.end_to_end_id for instruction in order.instructions]
    if len(set(ids)) != len(ids):
        faults.append((order.message_id, "an end-to-end id occurs twice"))
    if not ids:
        faults.append((order.message_id, "a message needs an instruction"))
    if faults:
        raise UnfitInstruction(faults)


def _order_parts(order: PaymentOrder, initiating_party: str) -> Iterator[str]:
    total, count = format_yuan(order.control_sum_minor), len(order.instructions)
    created = order.created_at.astimezone(SHANGHAI).isoformat(timespec="seconds")
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{PAIN_001}"><CstmrCdtTrfInitn>'
        f"<GrpHdr><MsgId>{order.message_id}</MsgId><CreDtTm>{created}</CreDtTm>"
        f"<NbOfTxs>{count}</NbOfTxs><CtrlSum>{total}</CtrlSum>"
        f"<InitgPty><Nm>{escape(initiating_party)}</Nm></InitgPty></GrpHdr>"
        f"<PmtInf><PmtInfId>{order.message_id}</PmtInfId><PmtMtd>TRF</PmtMtd>"
        f"<BtchBookg>false</BtchBookg><NbOfTxs>{count}</NbOfTxs><CtrlSum>{total}</CtrlSum>"
        f"<ReqdExctnDt><Dt>{order.execution_date.isoformat()}</Dt></ReqdExctnDt>"
        f"{_party('Dbtr', order.debtor)}{_account('DbtrAcct', order.debtor)}"
        f"{_agent('DbtrAgt', order.debtor)}"
    )
    for instruction in order.instructions:
        yield _transfer(instruction)
    yield "</PmtInf></CstmrCdtTrfInitn></Document>"


def _transfer(instruction: CreditInstruction) -> str:
    """One transfer; the end-to-end id goes first in the remittance because banks truncate."""
    identity, payee = instruction.end_to_end_id, instruction.payee
    return (
        f"<CdtTrfTxInf><PmtId><InstrId>{identity}</InstrId>"
        f"<EndToEndId>{identity}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="CNY">{format_yuan(instruction.amount_minor)}</InstdAmt></Amt>'
        f"{_agent('CdtrAgt', payee)}{_party('Cdtr', payee)}{_account('CdtrAcct', payee)}"
        f"<RmtInf><Ustrd>{identity} {escape(instruction.remittance)}</Ustrd></RmtInf>"
        "</CdtTrfTxInf>"
    )


def _party(element: str, account: BankAccount) -> str:
    return f"<{element}><Nm>{escape(account.name)}</Nm></{element}>"


def _account(element: str, account: BankAccount) -> str:
    number = escape(account.number)
    return f"<{element}><Id><Othr><Id>{number}</Id></Othr></Id></{element}>"


def _agent(element: str, account: BankAccount) -> str:
    """The bank by its clearing code; CNAPS is in ISO's list of clearing systems."""
    return (
        f"<{element}><FinInstnId><ClrSysMmbId><ClrSysId><Cd>CNAPS</Cd></ClrSysId>"
        f"<MmbId>{escape(account.cnaps_code)}</MmbId></ClrSysMmbId></FinInstnId></{element}>"
    )


# --- pain.002 in ----------------------------------------------------------------------------


def read_report(body: bytes) -> StatusReport:
    """A payment status report in neutral words, of any version. Raises UnreadableMessage.

    PART decides only the lines it lists; any other group or payment status speaks for every
    line that is not listed.
    """
    report = child_of(parse_message(body), "CstmrPmtStsRpt")
    group = child_of(report, "OrgnlGrpInfAndSts")
    if report is None or group is None:
        raise UnreadableMessage("not a payment status report")
    reported_at = instant_of(text_of(report, "GrpHdr", "CreDtTm"))
    default, code, reason = _default_meaning(report, group)
    statuses = [
        _instruction_status(transaction, reported_at)
        for transaction in report.iter("{*}TxInfAndSts")
    ]
    return StatusReport(
        message_id=text_of(group, "OrgnlMsgId"),
        default=default,
        default_code=code,
        default_reason=reason,
        statuses=statuses,
        code_map_version=status.CODE_MAP_VERSION,
    )


def _default_meaning(
    report: etree._Element, group: etree._Element
) -> tuple[BankMeaning | None, str, str | None]:
    """What the report says of unlisted lines: the payment block's status, else the group's."""
    payment = child_of(report, "OrgnlPmtInfAndSts")
    for block, name in ((payment, "PmtInfSts"), (group, "GrpSts")):
        code = text_of(block, name)
        if code is not None and code != "PART":
            return status.meaning_of(code, reason := _reason(block)), code, reason
        if code == "PART":
            break
    return None, "PART", None


def _reason(block: etree._Element | None) -> str | None:
    """Why: ISO's code, the bank's own or its words, of whichever reason tells most."""
    given = [] if block is None else [one for one in block if local_name(one) == "StsRsnInf"]
    codes = [text_of(one, "Rsn", "Cd") or text_of(one, "Rsn", "Prtry") for one in given]
    words = [text_of(one, "AddtlInf") for one in given]
    return status.telling_reason([reason for reason in (*codes, *words) if reason])


def _instruction_status(
    transaction: etree._Element, reported_at: datetime | None
) -> InstructionStatus:
    code = text_of(transaction, "TxSts") or ""
    reason = _reason(transaction)
    return InstructionStatus(
        end_to_end_id=text_of(transaction, "OrgnlEndToEndId") or "",
        meaning=status.meaning_of(code, reason),
        code=code,
        reason_code=reason,
        happened_at=instant_of(text_of(transaction, "AccptncDtTm")) or reported_at,
    )
