"""What bytes tell the bank to pay, and whether a signature over them speaks for us. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lxml import etree

from bank_adapters.signing import holds
from settlement_api.signing.policy import Key, could_sign

YUAN: Final = re.compile(r"[0-9]+\.[0-9]{2}")


@dataclass(frozen=True, order=True)
class Transfer:
    """One payment as the bank reads it, in fen of CNY; the payee by account, name and bank."""

    end_to_end_id: str
    amount_minor: int
    account: str
    name: str
    cnaps_code: str


def transfers_in(body: bytes) -> list[Transfer]:
    """Every credit transfer of a pain.001, in the order of their ids.

    Read without what wrote it. Raises ValueError for bytes that are none, or of another currency.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError("the message is no XML") from error
    return sorted(_transfers(root))


def _transfers(root: Any) -> Iterator[Transfer]:
    for each in root.iter("{*}CdtTrfTxInf"):
        amount = each.find("{*}Amt/{*}InstdAmt")
        if amount is None or amount.get("Ccy") != "CNY" or not YUAN.fullmatch(amount.text or ""):
            raise ValueError("a transfer without an amount of CNY")
        yield Transfer(
            _text(each, "PmtId", "EndToEndId"),
            int(amount.text.replace(".", "")),
            _text(each, "CdtrAcct", "Id", "Othr", "Id"),
            _text(each, "Cdtr", "Nm"),
            _text(each, "CdtrAgt", "FinInstnId", "ClrSysMmbId", "MmbId"),
        )


def _text(node: Any, *path: str) -> str:
    return node.findtext("/".join(f"{{*}}{step}" for step in path)) or ""


def speaks_for_us(key: Key, body: bytes, signature: bytes, *, at: datetime) -> bool:
    """Judged as of `at`, when it was made, whatever became of the key since.

    Raises ValueError when the registered key is none for its algorithm.
    """
    if not could_sign(key, at):
        return False
    return holds(key.algorithm, key.public_key, body, signature, user_id=key.user_id)
