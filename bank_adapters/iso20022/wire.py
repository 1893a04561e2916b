"""ISO 20022 bytes: the pain.001.001.09 writer, and readers of pain.002 and camt.053.

Readers go by local name, so every version of a message is read; they refuse document types and
never load anything from outside. Schemas gate what leaves and only flag what arrives.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final
from xml.sax.saxutils import escape

from lxml import etree

from bank_adapters.errors import InvalidOutgoingMessage, UnfitInstruction, UnreadableMessage
from bank_adapters.iso20022 import status
from bank_adapters.iso20022.capabilities import faults_of
from schemas.bank import (
    BankAccount,
    BankMeaning,
    CreditInstruction,
    EntryDetail,
    InstructionStatus,
    PaymentOrder,
    RenderedMessage,
    StatementBalance,
    StatementEntry,
    StatementHeader,
    StatusReport,
)
from schemas.money import format_yuan, parse_scaled
from schemas.times import SHANGHAI

PAIN_001: Final = "pain.001.001.09"
PAIN_002: Final = "pain.002.001.10"
CAMT_053: Final = "camt.053.001.08"
MAX_FEN: Final = 10**18
"""ISO amounts have at most 18 digits."""
XSD_FOLDER: Final = Path(__file__).parent / "xsd"


@cache
def _schema(message_kind: str) -> etree.XMLSchema:
    """The official schema of a message, vendored (see xsd/PROVENANCE.md)."""
    return etree.XMLSchema(etree.parse(str(XSD_FOLDER / f"{message_kind}.xsd")))


def _parser() -> etree.XMLParser:
    """A parser that loads nothing from outside and expands no entity."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def is_valid(body: bytes, message_kind: str) -> bool:
    """Whether bytes satisfy the official schema of a message."""
    try:
        return bool(_schema(message_kind).validate(etree.fromstring(body, _parser())))
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
    if not schema.validate(etree.fromstring(body, _parser())):
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


# --- reading by local name ------------------------------------------------------------------


@lru_cache(maxsize=4_096)
def _local_name(tag: object) -> str:
    """The name behind the namespace; comments and instructions have a function for a tag."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _local(element: etree._Element) -> str:
    return _local_name(element.tag)


def _child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first descendant along a path of local names."""
    for name in path:
        if element is None:
            return None
        for child in element:
            if _local_name(child.tag) == name:
                element = child
                break
        else:
            return None
    return element


def _text(element: etree._Element | None, *path: str) -> str | None:
    """The stripped text along a path of local names; None when absent or empty."""
    found = _child(element, *path)
    return (found.text or "").strip() or None if found is not None else None


def _parse(body: bytes) -> etree._Element:
    """A whole small message. Raises UnreadableMessage for broken XML or a document type."""
    try:
        root = etree.fromstring(body, _parser())
    except etree.XMLSyntaxError as error:
        raise UnreadableMessage(f"not well-formed XML: {error.msg}") from error
    _refuse_document_type(root)
    return root


def _refuse_document_type(element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise UnreadableMessage("a document type is not allowed")


def _amount(text: str | None) -> int:
    """Fen of an ISO decimal; more than two decimals cannot be money here."""
    if text is None:
        raise UnreadableMessage("an amount is missing")
    try:
        return parse_scaled(text, scale=2)
    except ValueError:
        pass
    try:
        scaled = Decimal(text) * 100
    except InvalidOperation as error:
        raise UnreadableMessage(f"not an amount: {text[:40]!r}") from error
    if not scaled.is_finite() or abs(scaled) > MAX_FEN or scaled != scaled.to_integral_value():
        raise UnreadableMessage(f"not an amount in fen: {text[:40]!r}")
    return int(scaled)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise UnreadableMessage(f"not a date: {text[:40]!r}") from error


def _instant(text: str | None) -> datetime | None:
    """An ISO instant in UTC; without an offset it is meant in Asia/Shanghai."""
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise UnreadableMessage(f"not an instant: {text[:40]!r}") from error
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=SHANGHAI)
    return instant.astimezone(UTC)


# --- pain.002 in ----------------------------------------------------------------------------


def read_report(body: bytes) -> StatusReport:
    """A payment status report in neutral words, of any version. Raises UnreadableMessage.

    PART decides only the lines it lists; any other group or payment status speaks for every
    line that is not listed.
    """
    report = _child(_parse(body), "CstmrPmtStsRpt")
    group = _child(report, "OrgnlGrpInfAndSts")
    if report is None or group is None:
        raise UnreadableMessage("not a payment status report")
    reported_at = _instant(_text(report, "GrpHdr", "CreDtTm"))
    default, code, reason = _default_meaning(report, group)
    statuses = [
        _instruction_status(transaction, reported_at)
        for transaction in report.iter("{*}TxInfAndSts")
    ]
    return StatusReport(
        message_id=_text(group, "OrgnlMsgId"),
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
    payment = _child(report, "OrgnlPmtInfAndSts")
    for block, name in ((payment, "PmtInfSts"), (group, "GrpSts")):
        code = _text(block, name)
        if code is not None and code != "PART":
            return status.meaning_of(code, reason := _reason(block)), code, reason
        if code == "PART":
            break
    return None, "PART", None


def _reason(block: etree._Element | None) -> str | None:
    """Why: ISO's code, the bank's own or its words, of whichever reason tells most."""
    given = [] if block is None else [one for one in block if _local(one) == "StsRsnInf"]
    codes = [_text(one, "Rsn", "Cd") or _text(one, "Rsn", "Prtry") for one in given]
    words = [_text(one, "AddtlInf") for one in given]
    return status.telling_reason([reason for reason in (*codes, *words) if reason])


def _instruction_status(
    transaction: etree._Element, reported_at: datetime | None
) -> InstructionStatus:
    code = _text(transaction, "TxSts") or ""
    reason = _reason(transaction)
    return InstructionStatus(
        end_to_end_id=_text(transaction, "OrgnlEndToEndId") or "",
        meaning=status.meaning_of(code, reason),
        code=code,
        reason_code=reason,
        happened_at=_instant(_text(transaction, "AccptncDtTm")) or reported_at,
    )


# --- camt.053 in ----------------------------------------------------------------------------

Tree = dict[str, Any]
"""An element by its children's local names: text, or a tree, or a list for repeated ones."""
REPEATED: Final = frozenset({"NtryDtls", "TxDtls"})
CURRENCY: Final = "@Ccy"


def _tree(element: etree._Element) -> Tree:
    """Reads an element once; of several children of one name the first, but for REPEATED."""
    tree: Tree = {}
    for child in element:
        name = _local_name(child.tag)
        text = child.text
        if text is None or text.isspace():  # asked first: asking lxml for children costs more
            value: Any = _tree(child) if len(child) else None
        else:
            value = text.strip()
        if name in REPEATED:
            tree.setdefault(name, []).append(value)
        elif name not in tree:
            tree[name] = value
            if name == "Amt":
                tree[CURRENCY] = child.get("Ccy")
    return tree


def _at(tree: Tree | str | None, *path: str) -> str | None:
    """The text along a path of local names, or None."""
    found: Any = tree
    for name in path:
        if not isinstance(found, dict):
            return None
        found = found.get(name)
    return found if isinstance(found, str) else None


def read_statement(
    source: BinaryIO,
) -> Iterator[StatementHeader | StatementBalance | StatementEntry]:
    """Headers, balances and entries in the order of the file, in constant memory.

    A header precedes what belongs to it. Raises UnreadableMessage, perhaps after having given
    parts: callers keep nothing of a statement that does not end cleanly.
    """
    events = etree.iterparse(
        source,
        events=("end",),
        tag=("{*}Ntry", "{*}Bal", "{*}Stmt"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
    )
    try:
        yield from _statement_parts(events)
    except etree.XMLSyntaxError as error:
        raise UnreadableMessage(f"not well-formed XML: {error.msg}") from error


def _statement_parts(
    events: "etree.iterparse[tuple[str, etree._Element]]",
) -> Iterator[StatementHeader | StatementBalance | StatementEntry]:
    announced, seen = False, False
    for _, element in events:
        kind = _local(element)
        if kind == "Stmt":
            if not announced:
                yield _header(element)
            announced = False
            element.clear()
            continue
        if not announced and (parent := element.getparent()) is not None:
            if not seen:
                _refuse_document_type(element)
            yield _header(parent)
            announced = seen = True
        try:
            part = _balance(_tree(element)) if kind == "Bal" else _entry(_tree(element))
        except UnreadableMessage as error:
            raise UnreadableMessage(f"line {element.sourceline}, {kind}: {error}") from error
        yield part
        _forget(element)
    if not seen and events.root is not None and not _is_statement(events.root):
        raise UnreadableMessage(f"line {events.root.sourceline}: not an account statement")


def _is_statement(root: etree._Element) -> bool:
    return _child(root, "BkToCstmrStmt") is not None


def _forget(element: etree._Element) -> None:
    """Empties an element that was read and drops those before it of its kind."""
    element.clear()
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None and parent is not None and previous.tag == element.tag:
        parent.remove(previous)


def _header(statement: etree._Element) -> StatementHeader:
    account = _child(statement, "Acct", "Id")
    sequence = _text(statement, "ElctrncSeqNb")
    return StatementHeader(
        statement_id=_text(statement, "Id") or "",
        sequence=int(sequence) if sequence and sequence.isdigit() else None,
        account_number=_text(account, "Othr", "Id") or _text(account, "IBAN"),
        created_at=_instant(_text(statement, "CreDtTm")),
        from_at=_instant(_text(statement, "FrToDt", "FrDtTm")),
        to_at=_instant(_text(statement, "FrToDt", "ToDtTm")),
    )


def _balance(tree: Tree) -> StatementBalance:
    sign = -1 if _at(tree, "CdtDbtInd") == "DBIT" else 1
    return StatementBalance(
        code=_at(tree, "Tp", "CdOrPrtry", "Cd") or "",
        amount_minor=sign * _amount(_at(tree, "Amt")),
        currency=_at(tree, CURRENCY) or "",
        on=_date_choice(tree.get("Dt")),
    )


def _entry(tree: Tree) -> StatementEntry:
    """One entry; a status may be text (older versions) or a coded child."""
    blocks = [block for block in tree.get("NtryDtls", ()) if isinstance(block, dict)]
    inside = [one for block in blocks for one in block.get("TxDtls", ()) if isinstance(one, dict)]
    return StatementEntry(
        entry_reference=_at(tree, "NtryRef") or "",
        amount_minor=_amount(_at(tree, "Amt")),
        currency=_at(tree, CURRENCY) or "",
        credit=_direction(tree.get("CdtDbtInd")),
        booked="BOOK" in (tree.get("Sts"), _at(tree, "Sts", "Cd")),
        reversal=tree.get("RvslInd") in ("true", "1"),
        booking_date=_date_choice(tree.get("BookgDt")),
        value_date=_date_choice(tree.get("ValDt")),
        bank_reference=_at(tree, "AcctSvcrRef"),
        details=tuple(_detail(one) for one in inside),
        batch_references=_batch_references(blocks, inside),
        batch_count=_batch_count(blocks),
    )


def _batch_references(blocks: Sequence[Tree], inside: Sequence[Tree]) -> tuple[str, ...]:
    """The messages and payment blocks that an entry says it books, each once, in order."""
    holders = [(block, "Btch") for block in blocks] + [(one, "Refs") for one in inside]
    named = (_at(tree, part, name) for tree, part in holders for name in ("MsgId", "PmtInfId"))
    return tuple(dict.fromkeys(name for name in named if name and name != "NOTPROVIDED"))


def _batch_count(blocks: Sequence[Tree]) -> int | None:
    """Of how many payments the bank says an entry is; None unless every batch in it says so."""
    stated = [_at(block, "Btch", "NbOfTxs") or "" for block in blocks]
    numeric = stated and all(text.isascii() and text.isdigit() for text in stated)
    return sum(map(int, stated)) if numeric else None


def _direction(code: object) -> bool:
    if code not in ("CRDT", "DBIT"):
        raise UnreadableMessage("an entry is neither credit nor debit")
    return code == "CRDT"


def _date_choice(choice: Tree | str | None) -> date | None:
    """A day, given as such or as an instant; older versions give it without a choice."""
    if not isinstance(choice, dict):
        return _day(choice)
    return _day(choice.get("Dt") or choice.get("DtTm"))


def _detail(tree: Tree) -> EntryDetail:
    """One transaction of an entry; absent references stay None (ISO's NOTPROVIDED too)."""
    identity = _at(tree, "Refs", "EndToEndId")
    stated = _at(tree, "Amt") or _at(tree, "AmtDtls", "TxAmt", "Amt")
    name, account = _counterparty(tree.get("RltdPties"))
    returned = tree.get("RtrInf")
    return EntryDetail(
        end_to_end_id=None if identity == "NOTPROVIDED" else identity,
        amount_minor=_amount(stated) if stated else None,
        return_reason=None
        if returned is None
        else _at(returned, "Rsn", "Cd") or _at(returned, "Rsn", "Prtry") or "NARR",
        counterparty_name=name,
        counterparty_account=account,
        remittance=_at(tree, "RmtInf", "Ustrd"),
    )


def _counterparty(parties: Tree | None) -> tuple[str | None, str | None]:
    """The other side: the creditor if one is named, else the debtor."""
    for party, account in (("Cdtr", "CdtrAcct"), ("Dbtr", "DbtrAcct")):
        name = _at(parties, party, "Pty", "Nm") or _at(parties, party, "Nm")
        number = _at(parties, account, "Id", "Othr", "Id") or _at(parties, account, "Id", "IBAN")
        if name or number:
            return name, number
    return None, None
