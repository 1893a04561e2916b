"""What this dialect can do, and whether an instruction fits through it unchanged."""

from datetime import time
from typing import Final

from bank_adapters.port import Capabilities
from schemas.bank import CreditInstruction

CAPABILITIES: Final = Capabilities(
    collects=False,
    deduplicates_message_id=False,
    max_instructions=10_000,
    name_max_characters=60,
    account_max_characters=32,
    remittance_max_characters=107,
    name_encoding="gbk",
    inquiry_spacing_seconds=300,
    cut_off=time(17, 30),
)
"""Names of 60 and accounts of 32 survive end to end (banks.md section 4); the remittance shares
140 characters with the end-to-end id, which goes first because banks truncate. The cut-off is that
of the high-value system HVPS."""


def faults_of(instruction: CreditInstruction) -> list[str]:
    """Why the bank could not carry the instruction unchanged; empty when it can."""
    payee = instruction.payee
    limits = (
        ("payee name", payee.name, CAPABILITIES.name_max_characters),
        ("payee account", payee.number, CAPABILITIES.account_max_characters),
        ("remittance", instruction.remittance, CAPABILITIES.remittance_max_characters),
    )
    faults = [
        f"{what} has {len(text)} characters, the bank carries 1 to {most}"
        for what, text, most in limits
        if not 1 <= len(text) <= most
    ]
    faults += [
        f"{what} holds a character that is not plain text"
        for what, text, _ in limits
        if not text.isprintable()
    ]
    if not (len(payee.cnaps_code) == 12 and payee.cnaps_code.isascii()):
        faults.append("clearing code is not 12 digits")
    if instruction.amount_minor <= 0:
        faults.append("amount is not positive")
    return faults + _encoding_faults(payee.name)


def _encoding_faults(name: str) -> list[str]:
    """Names pass systems that hold GBK only: rare characters beyond it would arrive as '?'."""
    try:
        name.encode(CAPABILITIES.name_encoding)
    except UnicodeEncodeError as error:
        return [f"payee name holds {name[error.start]!r}, which GBK cannot carry"]
    return []
