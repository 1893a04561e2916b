"""What this dialect can do, and whether an instruction fits through it unchanged."""

from datetime import time
from typing import Final

from bank_adapters.port import Capabilities
from schemas.bank import CreditInstruction

CAPABILITIES: Final = Capabilities(
    collects=False,
    deduplicates_message_id=False,
    max_instructions=1_000,
    name_max_characters=60,
    account_max_characters=32,
    remittance_max_characters=60,
    name_encoding="gbk",
    inquiry_spacing_seconds=300,
    cut_off=time(17, 30),
)
"""The lengths count bytes of GBK here: a Chinese character takes two. Each figure is to be
confirmed by the bank."""


def faults_of(instruction: CreditInstruction) -> list[str]:
    """Why the bank could not carry the instruction unchanged; empty when it can."""
    payee = instruction.payee
    limits = (
        ("payee name", payee.name, CAPABILITIES.name_max_characters),
        ("payee account", payee.number, CAPABILITIES.account_max_characters),
        ("remittance", instruction.remittance, CAPABILITIES.remittance_max_characters),
    )
    faults = [fault for what, text, most in limits for fault in _text_faults(what, text, most)]
    if not (len(payee.cnaps_code) == 12 and payee.cnaps_code.isascii()):
        faults.append("clearing code is not 12 digits")
    if instruction.amount_minor <= 0:
        faults.append("amount is not positive")
    return faults


def _text_faults(what: str, text: str, most: int) -> list[str]:
    faults = [] if text.isprintable() else [f"{what} holds a character that is not plain text"]
    try:
        length = len(text.encode(CAPABILITIES.name_encoding))
    except UnicodeEncodeError as error:
        return [*faults, f"{what} holds {text[error.start]!r}, which GBK cannot carry"]
    if not 1 <= length <= most:
        faults.append(f"{what} has {length} bytes of GBK, the bank carries 1 to {most}")
    return faults
