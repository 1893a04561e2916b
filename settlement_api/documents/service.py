"""Stores documents of one area, set-wise: identity, revisions, lines, corrections, claims."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from schemas.codes.documents import (
    ISSUERS,
    DocumentKind,
    DocumentState,
    Issuer,
    RecordOutcome,
)
from schemas.codes.supplier_codes import alias_in
from schemas.events.documents import IntakeChunkApplied, InvoiceFlagsChanged
from schemas.units import Measures, ProductFacts
from settlement_api.documents import queries
from settlement_api.documents.errors import OF_ANOTHER_AREA
from settlement_api.documents.policy import (
    CORRECTIVE,
    HEAD,
    RESOLVED,
    TARGETS,
    Accepted,
    Known,
    Placed,
    Row,
    Sender,
    Target,
    Verdict,
    decide,
    is_issuer,
    line_rows,
    missing_products,
    needs_whole_gate,
    rejected,
    resolve,
    stated_total,
)
from settlement_api.persistence import load_sql
from settlement_api.trace_codes.service import MovedReceipts, claim_codes
from settlement_api.unit_of_work import UnitOfWork

IDENTITY_COLUMNS = ("position", "source_system", "kind", "issuer_code", "external_number")
DOCUMENT_COLUMNS = (
    *("id", "source_system", "kind", "issuer_code", "external_number", "revision"),
    *("hospital_id", "supplier_id", "supplier_alias", "document_date", "stated_total_minor"),
    *("total_difference_minor", "content_sha256", "raw_position", "raw_length", "state"),
    "superseded_by_id",
)
INVOICES = frozenset({DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE})
LINE_TABLES: Mapping[str, Target] = {target.table: target for target in TARGETS.values()}
ROUNDS = 3


@dataclass(frozen=True)
class Chunk:
    """Which stretch of which intake is being applied, and on whose behalf it came."""

    intake_id: UUID
    chunk_number: int
    sender: Sender
    more_follows: bool = False


@dataclass
class _Stored:
    """What a chunk has come to, while it is worked on."""

    verdicts: list[Verdict | None]
    accepted: list[Accepted] = field(default_factory=list)


TargetKey = tuple[str, UUID, UUID, str]
"""Kind, hospital, supplier and number of a document that corrections may be about."""


async def apply_documents(
    uow: UnitOfWork,
    *,
    placed: Sequence[Placed],
    products: Mapping[str, ProductFacts],
    chunk: Chunk,
) -> list[Verdict]:
    """Stores what is new among documents of this area; one verdict each, in their order.

    Everything happens in the caller's transaction, which sees every correction that was
    committed before and is seen by every one after (the area's document gate).
    """
    await _pass_gate(uow, whole=needs_whole_gate(placed))
    stored = await _store_documents(uow, placed, chunk)
    if stored.accepted:
        waiting = await _waiting(uow)
        await _store_lines(uow, stored.accepted, await _measures(uow, stored.accepted, products))
        old_ids = await _supersede(uow, stored.accepted)
        touched = await _settle_corrections(uow, stored.accepted, old_ids, waiting)
        await _claim_codes(uow, stored, old_ids, touched, chunk)
        await _claim_invoices(uow, stored.accepted, touched, chunk)
        await uow.record(_event(uow, chunk, stored.accepted))
    return [verdict for verdict in stored.verdicts if verdict is not None]


async def resolve_lines(uow: UnitOfWork) -> set[str]:
    """Looks up again what lines name that was not on file when they came; product codes changed.

    Products become known and quantities and prices those of the smallest unit. Nothing is stored
    in the area meanwhile (its document gate).
    """
    await _pass_gate(uow, whole=True)
    lines = await uow.fetch_all(load_sql(__file__, "unresolved_lines"), area_code=uow.area_code)
    codes = {line.product_code for line in lines}
    measures = Measures(await queries.load_products(uow, codes) if codes else {})
    found: dict[str, dict[Row, str]] = {}
    for line in lines:
        row = resolve(line, measures[line.product_code, line.unit])
        if row is not None:
            found.setdefault(line.line_table, {})[row] = line.product_code
    for table, rows in found.items():
        await _write_resolved(uow, table, rows)
    return {code for rows in found.values() for code in rows.values()}


async def _write_resolved(uow: UnitOfWork, table: str, rows: Iterable[Row]) -> None:
    ids, products, known, first, second, prices, packs = map(list, zip(*rows, strict=True))
    await uow.execute(
        f"UPDATE {table} AS line"
        f" SET product_id = given.product_id, unit_factor_known = given.known, {RESOLVED[table]}"
        " FROM unnest(CAST(:ids AS uuid[]), CAST(:products AS uuid[]), CAST(:known AS boolean[]),"
        " CAST(:first AS bigint[]), CAST(:second AS bigint[]), CAST(:prices AS bigint[]),"
        " CAST(:packs AS bigint[])) AS given (id, product_id, known, first_milli, second_milli,"
        " price_micro, price_pack_size)"
        " WHERE line.area_code = :area_code AND line.id = given.id AND NOT line.unit_factor_known",
        area_code=uow.area_code,
        ids=ids,
        products=products,
        known=known,
        first=first,
        second=second,
        prices=prices,
        packs=packs,
    )


async def _pass_gate(uow: UnitOfWork, *, whole: bool) -> None:
    await uow.execute(
        "INSERT INTO document_gate (area_code) VALUES (:area_code) ON CONFLICT DO NOTHING",
        area_code=uow.area_code,
    )
    lock = "FOR UPDATE" if whole else "FOR SHARE"
    await uow.execute(
        f"SELECT 1 FROM document_gate WHERE area_code = :area_code {lock}", area_code=uow.area_code
    )


async def _store_documents(uow: UnitOfWork, placed: Sequence[Placed], chunk: Chunk) -> _Stored:
    """Decides and inserts; whatever a rival stored at the same moment is decided again."""
    stored = _Stored([None] * len(placed))
    await uow.raw.execute(_staging("staged_identity", IDENTITY_COLUMNS[1:], "0 AS position, "))
    await uow.raw.execute(_staging("staged_document", DOCUMENT_COLUMNS, ""))
    elsewhere = await _of_other_areas(uow, placed)
    for position in elsewhere:
        stored.verdicts[position] = rejected([OF_ANOTHER_AREA])
    open_positions = [at for at in range(len(placed)) if at not in elsewhere]
    for _ in range(ROUNDS):
        open_positions = await _store_round(uow, placed, open_positions, stored, chunk)
        if not open_positions:
            return stored
    raise AssertionError("rivals kept storing the same documents")


async def _of_other_areas(uow: UnitOfWork, placed: Sequence[Placed]) -> set[int]:
    """Registers the numbers of supplier-issued documents; the positions of those that another
    area has. A rival's transaction with the same number is waited for."""
    issued = {
        at: one.identity
        for at, one in enumerate(placed)
        if ISSUERS[one.arrival.kind] is Issuer.SUPPLIER
    }
    if not issued:
        return set()
    columns = zip(*set(issued.values()), strict=True)
    given = dict(zip(("sources", "kinds", "issuers", "numbers"), columns, strict=True))
    await uow.execute(load_sql(__file__, "register_identities"), area_code=uow.area_code, **given)
    taken = await queries.identities_elsewhere(uow, given)
    return {at for at, identity in issued.items() if identity in taken}


def _staging(name: str, columns: Iterable[str], first: str) -> str:
    listed = ", ".join(columns)
    return (
        f"CREATE TEMP TABLE {name} ON COMMIT DROP AS"
        f" SELECT {first}{listed} FROM document WITH NO DATA"
    )


async def _store_round(
    uow: UnitOfWork,
    placed: Sequence[Placed],
    positions: Sequence[int],
    stored: _Stored,
    chunk: Chunk,
) -> list[int]:
    """One look, one decision each, one insert; the positions that lost to a rival."""
    await uow.raw.execute("TRUNCATE staged_identity")
    await uow.copy_rows(
        "staged_identity",
        IDENTITY_COLUMNS,
        [(at, *placed[position].identity) for at, position in enumerate(positions)],
    )
    known = await queries.known_identities(uow, len(positions))
    ids = await _new_ids(uow, len(positions))
    seen: dict[tuple[str, str, str, str], list[Known]] = {}
    decided: dict[int, Accepted | Verdict] = {}
    for position, revisions, new_id in zip(positions, known, ids, strict=True):
        one = placed[position]
        revisions = seen.setdefault(one.identity, revisions)  # noqa: PLW2901 - the shared list
        decided[position] = decide(
            one, revisions, new_id, shows_hashes=is_issuer(chunk.sender, one)
        )
    inserted = await _insert_documents(
        uow, [one for one in decided.values() if isinstance(one, Accepted)], chunk
    )
    return _take(decided, inserted, {one for one in ids if one not in inserted}, stored)


def _take(
    decided: Mapping[int, Accepted | Verdict],
    inserted: set[UUID],
    missing: set[UUID],
    stored: _Stored,
) -> list[int]:
    """Writes down what is settled; returns what leaned on a row that a rival stored first."""
    lost = []
    for position, one in decided.items():
        if one.document_id in missing:
            lost.append(position)
        elif isinstance(one, Accepted):
            stored.accepted.append(one)
            stored.verdicts[position] = Verdict(RecordOutcome.ACCEPTED, one.document_id)
        else:
            stored.verdicts[position] = one
    return lost


async def _new_ids(uow: UnitOfWork, count: int) -> list[UUID]:
    rows = await uow.raw.fetch("SELECT uuidv7() AS id FROM generate_series(1, $1::int)", count)
    return [row["id"] for row in rows]


async def _insert_documents(
    uow: UnitOfWork, accepted: Sequence[Accepted], chunk: Chunk
) -> set[UUID]:
    if not accepted:
        return set()
    await uow.copy_rows("staged_document", DOCUMENT_COLUMNS, map(_document_row, accepted))
    rows = await uow.fetch_all(
        load_sql(__file__, "insert_documents"),
        area_code=uow.area_code,
        intake_id=chunk.intake_id,
        document_ids=[one.document_id for one in accepted],
    )
    inserted = {row.id for row in rows}
    lost = [one.document_id for one in accepted if one.document_id not in inserted]
    if lost:
        await uow.execute("DELETE FROM staged_document WHERE id = ANY(:ids)", ids=lost)
    return inserted


def _document_row(accepted: Accepted) -> tuple[object, ...]:
    placed, arrival = accepted.placed, accepted.placed.arrival
    state = DocumentState.SUPERSEDED if accepted.superseded_by else DocumentState.EFFECTIVE
    return (
        *(accepted.document_id, *placed.identity, accepted.revision),
        *(placed.hospital_id, placed.supplier_id, alias_in(arrival.document.supplier_uscc)),
        *(arrival.document.document_date, *stated_total(arrival.document), arrival.sha256),
        *(arrival.position, arrival.length, state.value, accepted.superseded_by),
    )


async def _store_lines(uow: UnitOfWork, accepted: Sequence[Accepted], measures: Measures) -> None:
    by_table: dict[str, list[Accepted]] = {}
    for one in accepted:
        by_table.setdefault(TARGETS[one.placed.arrival.kind].table, []).append(one)
    for table, documents in by_table.items():
        target = LINE_TABLES[table]
        columns = (*HEAD, *target.columns)
        listed = ", ".join(columns)
        await uow.raw.execute(
            f"CREATE TEMP TABLE staged_{table} ON COMMIT DROP AS"
            f" SELECT {listed} FROM {table} WITH NO DATA"
        )
        rows = [row for one in documents for row in line_rows(target, one, measures)]
        await uow.copy_rows(f"staged_{table}", columns, rows)
        await uow.execute(
            f"INSERT INTO {table} (area_code, {listed})"
            f" SELECT :area_code, {listed} FROM staged_{table}",
            area_code=uow.area_code,
        )


async def _measures(
    uow: UnitOfWork, accepted: Sequence[Accepted], products: Mapping[str, ProductFacts]
) -> Measures:
    """What is not among the products read before may be on file by now: behind the gate it is
    found either here or by `resolve_lines`."""
    missing = missing_products(accepted, products)
    return Measures(
        {**products, **await queries.load_products(uow, missing)} if missing else products
    )


async def _supersede(uow: UnitOfWork, accepted: Sequence[Accepted]) -> list[UUID]:
    """Marks lower revisions and their lines; the ids of the documents that no longer count."""
    above: dict[UUID, Accepted] = {}
    for one in sorted(accepted, key=lambda one: one.revision):
        above |= dict.fromkeys(one.supersedes, one)
    if not above:
        return []
    await uow.execute(
        load_sql(__file__, "supersede_documents"),
        area_code=uow.area_code,
        old_ids=list(above),
        new_ids=[one.document_id for one in above.values()],
    )
    for table in {TARGETS[one.placed.arrival.kind].table for one in above.values()}:
        await uow.execute(
            f"UPDATE {table} SET state = 'superseded' WHERE area_code = :area_code"
            " AND document_id = ANY(:ids) AND state <> 'superseded'",
            area_code=uow.area_code,
            ids=list(above),
        )
    return list(above)


async def _waiting(uow: UnitOfWork) -> set[TargetKey]:
    """Documents just stored whose corrections came before them."""
    rows = await uow.fetch_all(load_sql(__file__, "waiting_corrections"), area_code=uow.area_code)
    return {tuple(row) for row in rows}


async def _settle_corrections(
    uow: UnitOfWork,
    accepted: Sequence[Accepted],
    old_ids: Sequence[UUID],
    waiting: set[TargetKey],
) -> set[TargetKey]:
    """Recomputes which lines count, for every document that a correction touches: these."""
    corrections = [
        one.document_id for one in accepted if one.placed.arrival.kind in CORRECTIVE
    ] + list(old_ids)
    touched = set(waiting)
    if corrections:
        rows = await uow.fetch_all(
            load_sql(__file__, "corrected_targets"),
            area_code=uow.area_code,
            document_ids=corrections,
        )
        touched |= {tuple(row) for row in rows}
    for kind, (table, number, kinds) in SETTLED.items():
        keys = sorted(key[1:] for key in touched if key[0] == kind)
        if keys:
            await uow.execute(
                load_sql(__file__, "settle_lines").format(table=table, number=number),
                area_code=uow.area_code,
                kind=kind,
                kinds=kinds,
                by_source=kind != DocumentKind.INVOICE,
                hospital_ids=[key[0] for key in keys],
                supplier_ids=[key[1] for key in keys],
                numbers=[key[2] for key in keys],
            )
    return touched


SETTLED = {
    "purchase_order": ("purchase_order_line", "order_number", ("purchase_order", "order_change")),
    "goods_receipt": ("goods_receipt_line", "receipt_number", ("goods_receipt",)),
    "invoice": ("invoice_line", "invoice_number", ("invoice",)),
}
"""Kinds that corrections are about: their lines, the number in them, the kinds among them."""


async def _claim_invoices(
    uow: UnitOfWork, accepted: Sequence[Accepted], touched: set[TargetKey], chunk: Chunk
) -> None:
    """Claims invoice numbers province-wide and flags the ones claimed too often or too far."""
    invoices = [one for one in accepted if one.placed.arrival.kind in INVOICES]
    keys = {one.placed.arrival.document.external_number for one in invoices}
    keys |= {number for kind, *_, number in touched if kind == DocumentKind.INVOICE}
    if not keys:
        return
    ordered = sorted(keys)
    await uow.execute(load_sql(__file__, "lock_invoice_numbers"), keys=ordered)
    await uow.execute(
        load_sql(__file__, "claim_invoices"),
        area_code=uow.area_code,
        document_ids=[one.document_id for one in invoices],
    )
    await uow.execute(load_sql(__file__, "refresh_claims"), area_code=uow.area_code, keys=ordered)
    changed = await uow.fetch_all(
        load_sql(__file__, "flag_invoices"), area_code=uow.area_code, keys=ordered
    )
    if changed:
        await uow.record(
            InvoiceFlagsChanged(
                area_code=uow.area_code,
                aggregate_id=chunk.intake_id,
                invoice_numbers=[row.invoice_key for row in changed],
            )
        )


async def _claim_codes(
    uow: UnitOfWork, stored: _Stored, old_ids: Sequence[UUID], touched: set[TargetKey], chunk: Chunk
) -> None:
    """Claims the trace codes that receipts state; those of receipts that count no more are free."""
    receipts = [one for one in stored.accepted if one.placed.identity[1] == "goods_receipt"]
    lines = [
        (one.document_id, line) for one in receipts for line in one.placed.arrival.document.lines
    ]
    stated = {(at, line.line_number): line.trace_codes for at, line in lines if line.trace_codes}
    settled = [(key[1], key[3]) for key in touched if key[0] == "goods_receipt"]
    moved = MovedReceipts(old_ids if receipts else (), settled)
    await claim_codes(uow, stated=stated, moved=moved, intake_id=chunk.intake_id)


def _event(uow: UnitOfWork, chunk: Chunk, accepted: Sequence[Accepted]) -> IntakeChunkApplied:
    positions = [one.placed.arrival.position for one in accepted]
    return IntakeChunkApplied(
        area_code=uow.area_code,
        aggregate_id=chunk.intake_id,
        aggregate_version=chunk.chunk_number,
        intake_id=chunk.intake_id,
        chunk_number=chunk.chunk_number,
        first_position=min(positions),
        last_position=max(positions),
        document_count=len(accepted),
        on_behalf=(chunk.sender.hospital_id or chunk.sender.supplier_id) is None,
        more_follows=chunk.more_follows,
    )
