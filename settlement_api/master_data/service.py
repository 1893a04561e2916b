"""Imports a file of master data: rows are checked, staged and stored set-wise, area by area."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from schemas.events.master_data import FileImported, RowsChanged
from schemas.messages.master_data import ImportReport, RowOutcome, RowResult
from settlement_api.encryption import Keyring
from settlement_api.master_data.errors import UnknownKind
from settlement_api.master_data.policy import (
    KINDS,
    CheckedRow,
    Kind,
    Seal,
    check_rows,
    staged_rows,
)
from settlement_api.persistence import Database, load_sql
from settlement_api.spreadsheets import read_sheet, require_columns
from settlement_api.unit_of_work import (
    PLATFORM_CHAIN,
    Actor,
    AreaScope,
    PlatformScope,
    Scope,
    UnitOfWork,
)

NO_AREA: Final = "999999"
"""Stands for the area of rows that name none: nothing is on file there."""


async def import_file(
    database: Database, kind: str, path: Path, *, keyring: Keyring, actor: Actor | None = None
) -> ImportReport:
    """Imports a CSV or XLSX file from disk; see `import_table`."""
    content = await asyncio.to_thread(path.read_bytes)
    return await import_table(database, kind, content, keyring=keyring, actor=actor)


async def import_table(
    database: Database,
    kind: str,
    content: bytes,
    *,
    keyring: Keyring,
    actor: Actor | None = None,
) -> ImportReport:
    """Imports a table, one transaction per file and area; importing it again changes nothing.

    Raises UnknownKind, and FileRefused when no row can be told; faults of rows are in the report.
    An import that was cut off has stored whole areas: run it again.
    """
    chosen = KINDS.get(kind)
    if chosen is None:
        raise UnknownKind(f"the kinds are {', '.join(KINDS)}")
    doer = actor or Actor.system("master_data.import")
    sheet = read_sheet(content)
    require_columns(sheet, known=list(chosen.row.model_fields), required=chosen.required)
    rows = check_rows(chosen, sheet)
    for scope, group in (await _by_scope(database, chosen, rows)).items():
        async with database.begin(scope, actor=doer) as uow:
            await _enter_gate(uow, kind)
            await store_rows(uow, kind=chosen, rows=group, keyring=keyring)
    report = _report(kind, sha256(content).hexdigest(), rows)
    async with database.platform(actor=doer) as uow:
        await _record(uow, report)
    return report


async def store_rows(
    uow: UnitOfWork, *, kind: Kind, rows: Sequence[CheckedRow], keyring: Keyring
) -> None:
    """Stores the sound rows of one area; marks those that changed something, and new faults."""
    since = await uow.fetch_value("SELECT statement_timestamp()")
    await uow.create_staging("staged", kind.staging_sql)
    columns = ("row_no", "sound", *kind.columns)
    seal = _sealer(keyring, uow.actor, await _fresh_ids(uow, len(rows) if kind.sealed else 0))
    await uow.copy_rows("staged", columns, staged_rows(kind, rows, seal=seal))
    await uow.raw.execute("ANALYZE staged")
    by_number = {row.source.number: row for row in rows}
    await _refuse_unknown(uow, kind, by_number)
    for change in kind.changes:
        for changed in await uow.fetch_all(load_sql(__file__, change), at=uow.at):
            by_number[changed.row_no].changed = True
    if any(row.changed for row in rows):
        area_code = uow.area_code if kind.area_led else None
        event = RowsChanged(area_code=area_code, aggregate_id=uuid4(), kind=kind.name, since=since)
        await uow.record(event)


async def _refuse_unknown(uow: UnitOfWork, kind: Kind, rows: Mapping[int, CheckedRow]) -> None:
    """Asks the database about every row until those left have no fault.

    A refused row may have been what another row relied on or gave way to, so it is asked again.
    """
    stem = kind.name.replace("-", "_")
    if kind.checks:
        while await _refuse(uow, f"{stem}_check", rows):
            pass
    await uow.execute("DELETE FROM staged WHERE NOT sound")
    if kind.clashes:
        while await _refuse(uow, f"{stem}_clash", rows):
            pass


async def _refuse(uow: UnitOfWork, question: str, rows: Mapping[int, CheckedRow]) -> int:
    """Adds the faults a question finds to their rows and takes those rows out of the staging."""
    faults = await uow.fetch_all(load_sql(__file__, question))
    for fault in faults:
        rows[fault.row_no].fault(fault.column_name, fault.code, fault.message)
    refused = [fault.row_no for fault in faults]
    if not refused:
        return 0
    return await uow.execute("DELETE FROM staged WHERE row_no = ANY(:refused)", refused=refused)


async def _by_scope(
    database: Database, kind: Kind, rows: Sequence[CheckedRow]
) -> dict[Scope, list[CheckedRow]]:
    """The rows by the transaction that stores them, areas in the order of their codes."""
    if not kind.area_led:
        return {PlatformScope(): list(rows)}
    if "area_code" not in kind.columns:
        areas = await _areas_of_hospitals(database, rows)
    else:
        areas = {row.source.number: row.source.cells.get("area_code", "") for row in rows}
    groups: dict[str, list[CheckedRow]] = defaultdict(list)
    for row in rows:
        area = areas[row.source.number]
        groups[area if _has_area_form(area) else NO_AREA].append(row)
    return {AreaScope(area): groups[area] for area in sorted(groups)}


def _has_area_form(text: str) -> bool:
    digits = len(text) == len(NO_AREA) and text.isascii() and text.isdigit()
    return digits and text != PLATFORM_CHAIN


async def _areas_of_hospitals(database: Database, rows: Sequence[CheckedRow]) -> dict[int, str]:
    """The area of each row by its hospital code; codes nobody knows become faults."""
    codes = {row.source.number: row.source.cells.get("hospital_code", "") for row in rows}
    async with database.platform() as uow:
        registered = await uow.fetch_all(
            "SELECT hospital_code, area_code FROM hospital_registry"
            " WHERE hospital_code = ANY(:codes)",
            codes=sorted(set(codes.values())),
        )
    known: dict[str, str] = {row.hospital_code: row.area_code for row in registered}
    for row in rows:
        code = codes[row.source.number]
        malformed = any(fault.column == "hospital_code" for fault in row.faults)
        if code and not malformed and code not in known:
            row.fault("hospital_code", "unknown_hospital", f"no hospital {code} is on file")
    return {number: known.get(code, "") for number, code in codes.items()}


async def _enter_gate(uow: UnitOfWork, kind: str) -> None:
    """Waits until no other import of this kind is under way."""
    await uow.execute(
        "INSERT INTO import_gate (kind) VALUES (:kind) ON CONFLICT DO NOTHING", kind=kind
    )
    await uow.execute("SELECT kind FROM import_gate WHERE kind = :kind FOR UPDATE", kind=kind)


async def _fresh_ids(uow: UnitOfWork, count: int) -> Iterator[UUID]:
    rows = await uow.fetch_all("SELECT uuidv7() AS id FROM generate_series(1, :n)", n=count)
    return (UUID(int=row.id.int) for row in rows)


def _sealer(keyring: Keyring, actor: Actor, ids: Iterator[UUID]) -> Seal:
    """How account numbers are stored: ciphertext for its row, key, blind index, last four."""
    proposed_by = actor.id if actor.kind == "user" else None

    def seal(account_number: str) -> Mapping[str, object]:
        account_id = next(ids)
        ciphertext, key_id = keyring.encrypt(account_number.encode(), of=account_id)
        return {
            "id": account_id,
            "account_ciphertext": ciphertext,
            "key_id": key_id,
            "account_blind_index": keyring.blind_index(account_number),
            "account_last4": account_number[-4:],
            "proposed_by": proposed_by,
        }

    return seal


def _report(kind: str, digest: str, rows: Sequence[CheckedRow]) -> ImportReport:
    results = [_result(row) for row in rows]
    counts = dict.fromkeys(RowOutcome, 0)
    for result in results:
        counts[result.outcome] += 1
    return ImportReport(
        kind=kind,
        sha256=digest,
        received=len(results),
        **{outcome.value: count for outcome, count in counts.items()},
        results=results,
    )


def _result(row: CheckedRow) -> RowResult:
    faults = tuple(row.faults if row.repeats is None else row.repeats.faults)
    if faults:
        outcome = RowOutcome.REJECTED
    else:
        outcome = RowOutcome.ACCEPTED if row.changed else RowOutcome.UNCHANGED
    note = f"repeats row {row.repeats.source.number}" if row.repeats else ""
    return RowResult(row=row.source.number, outcome=outcome, note=note, faults=faults)


async def _record(uow: UnitOfWork, report: ImportReport) -> None:
    await uow.execute(
        "UPDATE import_gate SET last_sha256 = :digest WHERE kind = :kind",
        digest=report.sha256,
        kind=report.kind,
    )
    await uow.record(
        FileImported(
            area_code=None,
            aggregate_id=uuid4(),
            kind=report.kind,
            sha256=report.sha256,
            received=report.received,
            accepted=report.accepted,
            unchanged=report.unchanged,
            rejected=report.rejected,
        )
    )
