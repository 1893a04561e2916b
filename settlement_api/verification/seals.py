"""Whether events are those that this installation sealed: what no statement can recompute."""

from itertools import groupby
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from settlement_api.audit.chain import digest_of, mac_of
from settlement_api.persistence import load_sql
from settlement_api.verification.policy import AreaAnswer

READ_AT_ONCE: Final = 2_000


async def ask_seals(connection: AsyncConnection, *, key: bytes) -> list[AreaAnswer]:
    """Per chain: seals whose event was changed or that the holder of the chain key did not make.

    Links are recomputed by `seals_chain`; a link that fits them all and has no MAC of ours was
    written by somebody who could write rows and did not have the key.
    """
    answers: dict[str, AreaAnswer] = {}
    rows = await connection.stream(
        text(load_sql(__file__, "sealed_events")), execution_options={"yield_per": READ_AT_ONCE}
    )
    async for partition in rows.partitions():
        for area_code, seals in groupby(partition, lambda row: str(row.area_code)):
            answers[area_code] = _judged(area_code, list(seals), key, answers.get(area_code))
    return list(answers.values())


def _judged(area_code: str, seals: list[Any], key: bytes, before: AreaAnswer | None) -> AreaAnswer:
    foreign = [seal for seal in seals if not _is_ours(area_code, seal, key)]
    sample = f"link {foreign[0].number}: {foreign[0].event_id}" if foreign else None
    if before is not None:
        sample = before.sample or sample
    return AreaAnswer(
        area_code,
        len(seals) + (before.examined if before else 0),
        len(foreign) + (before.broken if before else 0),
        sample=sample,
    )


def _is_ours(area_code: str, seal: Any, key: bytes) -> bool:
    if seal.id is None or mac_of(key, area_code, seal.link) != seal.mac:
        return False
    return digest_of(seal.salt, seal._mapping) == bytes(seal.digest)
