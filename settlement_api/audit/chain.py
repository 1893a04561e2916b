"""The arithmetic of the chain: canonical bytes of an event, digests and links. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

START: Final = bytes(32)
"""The link before the first."""

CANONICAL_FIELDS: Final = (
    "id",
    "name",
    "aggregate_id",
    "aggregate_version",
    "actor_kind",
    "actor_id",
    "actor_name",
    "facts",
    "occurred_at",
    "recorded_at",
)


@dataclass(frozen=True)
class Link:
    """One link: what is stored beside the event."""

    number: int
    kind: str
    event_id: UUID
    salt: bytes
    digest: bytes
    previous: bytes
    link: bytes
    mac: bytes


def canonical(event: Mapping[str, Any]) -> bytes:
    """An event as JSON with sorted keys, no spaces, UTC instants with a Z: the same everywhere."""
    said = {name: event[name] for name in CANONICAL_FIELDS}
    return msgspec.json.encode(said, order="deterministic")


def digest_of(salt: bytes, event: Mapping[str, Any]) -> bytes:
    """SHA-256 of salt and canonical event."""
    return sha256(salt + canonical(event)).digest()


def link_of(previous: bytes, number: int, kind: str, event_id: UUID, digest: bytes) -> bytes:
    """SHA-256 of previous link, number (8 bytes, big endian), kind, event id and digest."""
    said = previous + number.to_bytes(8, "big") + kind.encode() + event_id.bytes + digest
    return sha256(said).digest()


def mac_of(key: bytes, area_code: str, link: bytes) -> bytes:
    """HMAC-SM3 of area and link under a key that the database never holds.

    The link stands for all before it: whoever rewrites an event can compute every link anew, and
    no longer the MACs.
    """
    keyed = HMAC(key, SM3())
    keyed.update(area_code.encode() + link)
    return keyed.finalize()


@dataclass(frozen=True)
class End:
    """Where a chain ends: the area, the last link's number and its bytes."""

    area_code: str
    number: int
    link: bytes


def extend(
    end: End, *, key: bytes, kind: str, events: Sequence[Mapping[str, Any]], salts: bytes
) -> list[Link]:
    """The links that follow `end`, one per event; `salts` holds 16 bytes for each."""
    links, number, link = [], end.number, end.link
    for index, event in enumerate(events):
        salt = salts[index * 16 : index * 16 + 16]
        digest = digest_of(salt, event)
        number, previous = number + 1, link
        link = link_of(previous, number, kind, event["id"], digest)
        mac = mac_of(key, end.area_code, link)
        links.append(Link(number, kind, event["id"], salt, digest, previous, link, mac))
    return links
