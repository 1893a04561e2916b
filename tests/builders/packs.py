"""Proof packs opened, and forged by who can write all of one."""

from hashlib import sha256
from typing import Any

import msgspec

from schemas.messages.proof_packs import MANIFEST, PackManifest
from settlement_api.pack_archive import as_json, members_of, zipped


def opened(pack: bytes) -> dict[str, bytes]:
    members, findings = members_of(pack)
    assert not findings
    return members


def forged(members: dict[str, bytes]) -> bytes:
    """An archive whose manifest was written anew for what it holds now."""
    manifest = PackManifest.model_validate_json(members[MANIFEST])
    named = [
        {"name": name, "sha256": sha256(body).hexdigest(), "byte_count": len(body)}
        for name, body in members.items()
        if name != MANIFEST
    ]
    changed = PackManifest.model_validate(manifest.model_dump() | {"members": named})
    return zipped(members | {MANIFEST: as_json(changed)})


def rewritten(body: bytes, place: tuple[Any, ...], value: Any) -> bytes:
    """A JSON member with another value at one place, written as the format writes it."""
    said = msgspec.json.decode(body)
    node = said
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = value
    return msgspec.json.format(msgspec.json.encode(said), indent=2) + b"\n"
