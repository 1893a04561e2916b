"""The archive of a proof pack: its bytes, its members, and what is not one. Pure."""

import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any, Final, TypeVar
from uuid import UUID

from schemas.messages.base import Message
from schemas.messages.proof_packs import (
    CONTENT,
    ITEM_BYTES,
    ITEMS,
    MANIFEST,
    PackedApprovals,
    PackedBank,
    PackedDocuments,
    PackedExplanation,
    PackedPayment,
    PackedPostings,
    PackedSeals,
    PackManifest,
    PackMember,
)

LARGEST: Final = 80 << 20
"""Bytes of an archive that are read; packs are made smaller than this."""
UNREADABLE: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, RuntimeError),
    *(ValueError, KeyError, IndexError, TypeError, AttributeError),
)
"""What bytes that are no pack make their readers raise: they are told as findings."""
EPOCH: Final = (1980, 1, 1, 0, 0, 0)

Read = TypeVar("Read", bound=Message)


@dataclass(frozen=True)
class Finding:
    """A check that failed: the member, and the values that were compared."""

    member: str
    check: str
    expected: object
    found: object

    def __str__(self) -> str:
        return f"{self.member}: {self.check}: expected {self.expected}, found {self.found}"


Findings = Iterator[Finding]


# ── writing ─────────────────────────────────────────────────────────────────────────────────


def as_json(said: Message) -> bytes:
    """A member's bytes: the same message, the same bytes."""
    return f"{said.model_dump_json(indent=2)}\n".encode()


def manifest_of(
    members: Mapping[str, bytes],
    *,
    area_code: str,
    payment_id: UUID,
    not_signed: Sequence[str],
    absent: Sequence[str],
) -> PackManifest:
    """Names every member with its digest, in byte order of the names."""
    named = [
        PackMember(name=name, sha256=sha256(body).hexdigest(), byte_count=len(body))
        for name, body in sorted(members.items())
    ]
    return PackManifest(
        area_code=area_code,
        payment_id=payment_id,
        members=named,
        not_signed=list(not_signed),
        absent=list(absent),
    )


def archive(manifest: PackManifest, members: Mapping[str, bytes]) -> bytes:
    """A ZIP of the manifest and its members, stored: no clock, no compressor enters its bytes."""
    rest = {name: body for name, body in sorted(members.items()) if name != MANIFEST}
    return zipped({MANIFEST: as_json(manifest), **rest})


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A ZIP of exactly these members in this order."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for name, body in members.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            packed.writestr(entry, body)
    return out.getvalue()


# ── reading ─────────────────────────────────────────────────────────────────────────────────


@dataclass
class Pack:
    """A pack as read; amounts of the batch come from the bytes that were hashed."""

    manifest: PackManifest
    members: Mapping[str, bytes]
    payment: PackedPayment
    approvals: PackedApprovals
    bank: PackedBank
    postings: PackedPostings
    seals: PackedSeals
    documents: PackedDocuments
    explanation: PackedExplanation
    lines: list[list[Any]]
    """The batch's content, line by line: a kind and its fields."""
    items: list[bytes]

    def told(self, kind: str) -> list[list[Any]]:
        """Fields of the content's lines of a kind."""
        return [fields for name, *fields in self.lines if name == kind]


@dataclass(frozen=True)
class Item:
    """A part of a share that a payment pays, read from the bytes that were hashed."""

    payment_id: UUID
    share_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    amount_minor: int
    recovery_minor: int


def item_of(fields: bytes) -> Item:
    """An item of 80 bytes."""
    payment, share, hospital, supplier = (
        UUID(bytes=fields[start : start + 16]) for start in range(0, 64, 16)
    )
    amount, recovery = (int.from_bytes(fields[at : at + 8], signed=True) for at in (64, 72))
    return Item(payment, share, hospital, supplier, amount, recovery)


def members_of(body: bytes) -> tuple[dict[str, bytes], list[Finding]]:
    """The members, if the manifest names each with its digest and the archive has no more."""
    if len(body) > LARGEST:
        return {}, [Finding("pack", "size in bytes", f"at most {LARGEST}", len(body))]
    try:
        with zipfile.ZipFile(BytesIO(body)) as packed:
            entries = packed.infolist()
            if sum(entry.file_size for entry in entries) > LARGEST:
                return {}, [Finding("pack", "size of members", f"at most {LARGEST}", "more")]
            names = [entry.filename for entry in entries]
            members = {entry.filename: packed.read(entry) for entry in entries}
        manifest = PackManifest.model_validate_json(members[MANIFEST])
    except UNREADABLE as error:
        return {}, [Finding(MANIFEST, "is that of a proof pack", "version 1", first_line(error))]
    named = {member.name: member for member in manifest.members}
    findings = [
        Finding(name, "is in archive and manifest once", 1, f"{names.count(name)}, {name in named}")
        for name in sorted({*names, *named} - {MANIFEST})
        if names.count(name) != 1 or name not in named
    ]
    for name, member in sorted(named.items()):
        held = sha256(members.get(name, b"")).hexdigest()
        if name in members and (held, len(members[name])) != (member.sha256, member.byte_count):
            findings.append(Finding(name, "SHA-256", member.sha256, held))
    if not findings and archive(manifest, members) != body:
        findings.append(Finding("pack", "holds its members and nothing else", "same bytes", "more"))
    return members, findings


def read(members: Mapping[str, bytes]) -> Pack:
    """What the members say. Raises ValidationError or ValueError for another form."""
    lines = [json.loads(line) for line in members[CONTENT].split(b"\n")]
    raw = members[ITEMS]
    if len(raw) % ITEM_BYTES:
        raise ValueError(f"{ITEMS} has {len(raw)} bytes, not a multiple of {ITEM_BYTES}")
    return Pack(
        manifest=_member(PackManifest, members, MANIFEST),
        members=members,
        payment=_member(PackedPayment, members, "payment.json"),
        approvals=_member(PackedApprovals, members, "approvals.json"),
        bank=_member(PackedBank, members, "bank.json"),
        postings=_member(PackedPostings, members, "postings.json"),
        seals=_member(PackedSeals, members, "seals.json"),
        documents=_member(PackedDocuments, members, "documents.json"),
        explanation=_member(PackedExplanation, members, "explanation.json"),
        lines=lines,
        items=[raw[at : at + ITEM_BYTES] for at in range(0, len(raw), ITEM_BYTES)],
    )


def _member(kind: type[Read], members: Mapping[str, bytes], name: str) -> Read:
    """A member that is written as the format writes it: no field twice, none besides."""
    read = kind.model_validate_json(members[name])
    if as_json(read) != members[name]:
        raise ValueError(f"{name} is not written as the format writes it")
    return read


def first_line(error: Exception) -> str:
    """An exception in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
