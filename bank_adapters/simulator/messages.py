"""The simulated bank's own reading of pain.001 and writing of pain.002 and camt.053."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

from schemas.times import SHANGHAI

NAMESPACE: Final = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
SCHEMA_FILE: Final = Path(__file__).parents[1] / "iso20022" / "xsd" / "pain.001.001.09.xsd"


class BadMessage(ValueError):
    """The bytes are not a valid pain.001."""


@dataclass(frozen=True)
class Transfer:
    """One credit transfer as instructed; `amount` in fen."""

    end_to_end_id: str
    amount: int
    payee_name: str
    payee_account: str
    payee_bank: str
    remittance: str


@dataclass(frozen=True)
class Instructed:
    """A message as instructed."""

    message_id: str
    debtor_account: str
    debtor_name: str
    execution_date: str
    transfers: Sequence[Transfer]


@dataclass(frozen=True)
class LineStatus:
    """What the bank says of one transfer."""

    end_to_end_id: str
    status: str
    reason: str | None


@dataclass(frozen=True)
class BookedEntry:
    """One line of the bank's book; `amount` in fen, positive for a credit of the account."""

    number: int
    booked_on: date
    amount: int
    end_to_end_id: str | None
    counterparty_name: str
    counterparty_account: str
    remittance: str
    return_reason: str | None


def fen(text: str) -> int:
    """Fen of a decimal in yuan."""
    return int(Decimal(text) * 100)


def yuan(amount: int) -> str:
    """A decimal in yuan of a non-negative amount of fen."""
    return f"{amount // 100}.{amount % 100:02d}"


def read_order(body: bytes, schema: etree.XMLSchema) -> Instructed:
    """A pain.001 with one payment block. Raises BadMessage for anything invalid or unadded."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise BadMessage("not well-formed") from error
    if not schema.validate(root):
        raise BadMessage(str(schema.error_log))
    blocks = root.findall(f".//{NAMESPACE}PmtInf")
    if len(blocks) != 1:
        raise BadMessage("exactly one payment block is taken")
    transfers = [_transfer(node) for node in blocks[0].findall(_path("CdtTrfTxInf"))]
    _check_totals(root, transfers)
    return Instructed(
        message_id=_need(root, ".//" + _path("GrpHdr/MsgId")),
        debtor_account=_need(blocks[0], _path("DbtrAcct/Id/Othr/Id")),
        debtor_name=_need(blocks[0], _path("Dbtr/Nm")),
        execution_date=_need(blocks[0], _path("ReqdExctnDt/Dt")),
        transfers=transfers,
    )


def _path(path: str) -> str:
    return "/".join(NAMESPACE + step for step in path.split("/"))


def _need(node: etree._Element, path: str) -> str:
    text = node.findtext(path)
    if not text:
        raise BadMessage(f"{path.replace(NAMESPACE, '')} is missing")
    return text


def _transfer(node: etree._Element) -> Transfer:
    amount = node.find(_path("Amt/InstdAmt"))
    if amount is None or amount.get("Ccy") != "CNY":
        raise BadMessage("only CNY is taken")
    return Transfer(
        end_to_end_id=_need(node, _path("PmtId/EndToEndId")),
        amount=fen(amount.text or ""),
        payee_name=_need(node, _path("Cdtr/Nm")),
        payee_account=_need(node, _path("CdtrAcct/Id/Othr/Id")),
        payee_bank=_need(node, _path("CdtrAgt/FinInstnId/ClrSysMmbId/MmbId")),
        remittance=node.findtext(_path("RmtInf/Ustrd")) or "",
    )


def _check_totals(root: etree._Element, transfers: Sequence[Transfer]) -> None:
    count = int(_need(root, ".//" + _path("GrpHdr/NbOfTxs")))
    total = fen(_need(root, ".//" + _path("GrpHdr/CtrlSum")))
    if count != len(transfers) or total != sum(transfer.amount for transfer in transfers):
        raise BadMessage("count or control sum differs from the lines")


def write_report(
    *,
    message_id: str,
    report_id: str,
    at: datetime,
    group_status: str,
    group_reason: str | None,
    lines: Iterable[LineStatus],
) -> bytes:
    """A pain.002.001.10. `report_id` is at most 35 characters."""
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>{report_id}</MsgId><CreDtTm>{_instant(at)}</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{escape(message_id)}</OrgnlMsgId>"
        "<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        f"<GrpSts>{group_status}</GrpSts>{_reason(group_reason)}</OrgnlGrpInfAndSts>"
    )
    listed = [
        f"<TxInfAndSts><OrgnlEndToEndId>{escape(line.end_to_end_id)}</OrgnlEndToEndId>"
        f"<TxSts>{line.status}</TxSts>{_reason(line.reason)}</TxInfAndSts>"
        for line in lines
    ]
    if listed:
        block = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{escape(message_id)}</OrgnlPmtInfId>"
        listed = [block, *listed, "</OrgnlPmtInfAndSts>"]
    return "".join([head, *listed, "</CstmrPmtStsRpt></Document>"]).encode()


def _reason(code: str | None) -> str:
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>" if code else ""


def _instant(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat(timespec="milliseconds")


def write_statement(
    *,
    account: str,
    on: date,
    sequence: int,
    opening: int,
    entries: Sequence[BookedEntry],
) -> bytes:
    """A camt.053.001.08 of one account and day; `opening` and the entries in signed fen."""
    closing = opening + sum(entry.amount for entry in entries)
    start = f"{on.isoformat()}T00:00:00+08:00"
    end = f"{(on + timedelta(days=1)).isoformat()}T00:00:00+08:00"
    identity = f"S{on.strftime('%Y%m%d')}-{account[-20:]}"
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>{identity}</MsgId><CreDtTm>{end}</CreDtTm></GrpHdr>"
        f"<Stmt><Id>{identity}</Id><ElctrncSeqNb>{sequence}</ElctrncSeqNb>"
        f"<CreDtTm>{end}</CreDtTm><FrToDt><FrDtTm>{start}</FrDtTm><ToDtTm>{end}</ToDtTm></FrToDt>"
        f"<Acct><Id><Othr><Id>{escape(account)}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>"
        f"{_balance('OPBD', opening, on)}{_balance('CLBD', closing, on)}"
    )
    return "".join([head, *_entries(entries), "</Stmt></BkToCstmrStmt></Document>"]).encode()


def _balance(code: str, amount: int, on: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="CNY">{yuan(abs(amount))}</Amt>{_indicator(amount)}'
        f"<Dt><Dt>{on.isoformat()}</Dt></Dt></Bal>"
    )


def _indicator(amount: int) -> str:
    return f"<CdtDbtInd>{'DBIT' if amount < 0 else 'CRDT'}</CdtDbtInd>"


def _entries(entries: Sequence[BookedEntry]) -> Iterator[str]:
    for entry in entries:
        day = f"<Dt>{entry.booked_on.isoformat()}</Dt>"
        yield (
            f'<Ntry><NtryRef>{entry.number}</NtryRef><Amt Ccy="CNY">{yuan(abs(entry.amount))}</Amt>'
            f"{_indicator(entry.amount)}<Sts><Cd>BOOK</Cd></Sts>"
            f"<BookgDt>{day}</BookgDt><ValDt>{day}</ValDt>"
            f"<AcctSvcrRef>B{entry.number:012d}</AcctSvcrRef>{_transaction_code(entry)}"
            f"<NtryDtls><TxDtls>{_references(entry)}{_parties(entry)}"
            f"<RmtInf><Ustrd>{escape(entry.remittance) or '-'}</Ustrd></RmtInf>"
            f"{_return(entry)}</TxDtls></NtryDtls></Ntry>"
        )


def _transaction_code(entry: BookedEntry) -> str:
    family, sub = ("RCDT", "ESCT") if entry.amount > 0 else ("ICDT", "ESCT")
    if entry.return_reason:
        sub = "RRTN"
    return (
        f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family}</Cd>"
        f"<SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn></BkTxCd>"
    )


def _references(entry: BookedEntry) -> str:
    identity = escape(entry.end_to_end_id or "NOTPROVIDED")
    return f"<Refs><EndToEndId>{identity}</EndToEndId></Refs>"


def _parties(entry: BookedEntry) -> str:
    """The other side: the debtor of incoming money, the creditor of outgoing and returned."""
    incoming = entry.amount > 0 and entry.end_to_end_id is None
    side = "Dbtr" if incoming else "Cdtr"
    return (
        f"<RltdPties><{side}><Pty><Nm>{escape(entry.counterparty_name)}</Nm></Pty></{side}>"
        f"<{side}Acct><Id><Othr><Id>{escape(entry.counterparty_account)}</Id></Othr></Id></{side}Acct>"
        "</RltdPties>"
    )


def _return(entry: BookedEntry) -> str:
    if not entry.return_reason:
        return ""
    return f"<RtrInf><Rsn><Cd>{entry.return_reason}</Cd></Rsn></RtrInf>"
