"""Match runs of an area, and the committing of payables that are applied for."""

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import lru_cache
from os import urandom
from typing import Any, Final
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import Row

from reconciler.columns import CopyLayout
from reconciler.copy_layouts import (
    DISCREPANCY_LAYOUT,
    FORECAST_LAYOUT,
    PAYABLE_LAYOUT,
    PLANNING,
    STAGING_TABLES,
    staged_discrepancies,
    staged_forecasts,
    staged_payables,
)
from reconciler.dossier import Changes, Dossier, changes_of, pools_of_payables
from reconciler.line_ids import Ids, ids_like
from reconciler.match_rules import MatchRules
from reconciler.outcome import EFFECTS, KINDS, REASONS, ROUTES, Outcome
from reconciler.purchase_matching import KERNEL_VERSION, match_purchases
from schemas.codes.ledger import NO_SCHEME, AccountKind, Book
from schemas.codes.reconciliation import MatchTrigger, Route
from schemas.codes.remedies import ASKING
from schemas.events.reconciliation import MatchRunCompleted
from schemas.messages.rule_pack import RulePack
from schemas.money import Money
from settlement_api.documents.service import resolve_lines
from settlement_api.ledger.service import AccountKey, EntryDraft, Leg, post_entries
from settlement_api.persistence import load_sql
from settlement_api.reconciliation import policy, queries
from settlement_api.reconciliation.queries import Begun, TermsThen
from settlement_api.rule_packs.service import Terms, terms_in_force
from settlement_api.unit_of_work import UnitOfWork

NIL: Final = UUID(int=0)
ASKING_EFFECTS: Final = [effect.value for effect in ASKING]


@dataclass(frozen=True)
class MatchResult:
    """What a run did; None instead of it where no component was touched."""

    run_id: UUID
    run_number: int
    order_lines: int
    payables_inserted: int
    payables_superseded: int
    discrepancies_inserted: int
    discrepancies_superseded: int


@dataclass(frozen=True)
class _Cause:
    """What started a run."""

    trigger: MatchTrigger
    intake_id: UUID | None = None
    match_request_id: UUID | None = None
    whole: bool = False


async def match_arrival(
    uow: UnitOfWork, *, intake_id: UUID, first_position: int, last_position: int
) -> MatchResult | None:
    """Matches the components that the documents of one applied chunk touch."""
    begun = await _begin(uow)
    touched = await uow.execute(
        queries.if_by_totals(load_sql(__file__, "touch_arrived"), begun.totals),
        area_code=uow.area_code,
        intake_id=intake_id,
        first_position=first_position,
        last_position=last_position,
    )
    return await _run(uow, begun, touched, _Cause(MatchTrigger.ARRIVAL, intake_id))


async def match_claims(uow: UnitOfWork, *, invoice_numbers: Sequence[str]) -> MatchResult | None:
    """Matches the area's documents of invoice numbers whose flags changed in another area."""
    begun = await _begin(uow)
    touched = await uow.execute(
        load_sql(__file__, "touch_claims"),
        area_code=uow.area_code,
        invoice_numbers=list(invoice_numbers),
    )
    return await _run(uow, begun, touched, _Cause(MatchTrigger.INVOICE_FLAG))


async def match_traces(uow: UnitOfWork, *, codes: Sequence[str]) -> MatchResult | None:
    """Matches the area's receipts that state trace codes which stand twice now, or no more."""
    begun = await _begin(uow)
    binds = {"area_code": uow.area_code, "codes": list(codes)}
    touched = await uow.execute(load_sql(__file__, "touch_traces"), **binds)
    return await _run(uow, begun, touched, _Cause(MatchTrigger.TRACE_CODE))


async def match_terms(uow: UnitOfWork, *, since: datetime) -> MatchResult | None:
    """Matches what master data recorded or superseded since then (the database's clock) is about.

    Lines that named products or units before they were on file are resolved first.
    """
    codes = await resolve_lines(uow)
    codes |= await queries.products_of_changed_terms(uow, since=since)
    succeeded = await queries.have_succeeded(uow, since=since)
    if not codes and not succeeded:
        return None
    begun = await _begin(uow)
    touched = await uow.execute(
        load_sql(__file__, "touch_products"), area_code=uow.area_code, product_codes=sorted(codes)
    )
    if succeeded:
        touched += await uow.execute(
            load_sql(__file__, "touch_succeeded"), area_code=uow.area_code, since=since
        )
    return await _run(uow, begun, touched, _Cause(MatchTrigger.MASTER_DATA))


async def match_area(uow: UnitOfWork) -> MatchResult | None:
    """Matches every component of the area; what has not changed is left as it stands."""
    begun = await _begin(uow)
    touched = await uow.execute(load_sql(__file__, "touch_all"), area_code=uow.area_code)
    return await _run(uow, begun, touched, _Cause(MatchTrigger.MANUAL, whole=True))


async def match_requested(uow: UnitOfWork, *, request_id: UUID, size: int) -> MatchResult | None:
    """Matches the next `size` components of a request; None when none is left or it is over."""
    begun = await _begin(uow)
    binds = {"area_code": uow.area_code, "match_request_id": request_id, "components": size}
    touched = await uow.execute(load_sql(__file__, "touch_requested"), **binds)
    cause = _Cause(MatchTrigger.MANUAL, match_request_id=request_id)
    return await _run(uow, begun, touched, cause)


async def hold_matching(uow: UnitOfWork) -> None:
    """Keeps runs and applications of the area out until this transaction ends.

    To be called before anything else that a run locks.
    """
    await uow.fetch_all(load_sql(__file__, "hold_head"), area_code=uow.area_code)


async def share_matching(uow: UnitOfWork) -> None:
    """Keeps runs of the area out until this transaction ends; others may share it."""
    await uow.fetch_all(load_sql(__file__, "share_head"), area_code=uow.area_code)


async def match_component(
    uow: UnitOfWork, *, hospital_id: UUID, supplier_id: UUID, component_code: str
) -> MatchResult | None:
    """Matches one component, because people decided where an invoice line of it belongs."""
    begun = await _begin(uow)
    touched = await uow.execute(
        load_sql(__file__, "touch_one"),
        hospital_id=hospital_id,
        supplier_id=supplier_id,
        component_code=component_code,
    )
    return await _run(uow, begun, touched, _Cause(MatchTrigger.RESOLUTION))


async def recompute(uow: UnitOfWork) -> tuple[Dossier, Outcome]:
    """What matching makes of the whole area now, and what stands: the writing is left undone.

    Fills the staging table `match_key`, which must be there and empty.
    """
    touched = await uow.execute(load_sql(__file__, "touch_all"), area_code=uow.area_code)
    pack = (await terms_in_force(uow, uow.on)).pack
    dossier, rules, _ = await _read(uow, touched, pack, True, whole=True)
    return dossier, match_purchases(dossier.columns, rules)


async def commit_payables(uow: UnitOfWork, *, payable_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Open payables → committed, once and for all; no match run of the area goes on meanwhile.

    Returns those that were open (id, parties, quantity, amount, kind, adjusts, dates): the caller
    compares their number with what it asked for.
    """
    await share_matching(uow)
    return await uow.fetch_all(
        load_sql(__file__, "commit_payables"),
        area_code=uow.area_code,
        payable_ids=list(payable_ids),
    )


async def _begin(uow: UnitOfWork) -> Begun:
    """Takes the area's run number and an id (waiting for a run under way); empties the staging.

    Links are looked for afterwards: those that such a run has seen must be seen here.
    """
    begun = await uow.fetch_one(load_sql(__file__, "lock_head"), area_code=uow.area_code)
    if begun is None:
        await uow.execute(load_sql(__file__, "open_head"), area_code=uow.area_code)
        begun = await uow.fetch_one(load_sql(__file__, "lock_head"), area_code=uow.area_code)
    assert begun is not None, "the area's head was just made"
    await uow.keep_staging(STAGING_TABLES)
    await uow.raw.execute(PLANNING)
    totals = await queries.has_links_by_totals(uow)
    return Begun(UUID(str(begun.run_id)), begun.run_number, totals)


async def _run(uow: UnitOfWork, begun: Begun, touched: int, cause: _Cause) -> MatchResult | None:
    if not touched:
        return None
    terms = await terms_in_force(uow, uow.on)
    dossier, rules, then = await _read(uow, touched, terms.pack, begun.totals, whole=cause.whole)
    outcome = match_purchases(dossier.columns, rules)
    changes = changes_of(dossier, outcome)
    result = MatchResult(
        run_id=begun.run_id,
        run_number=begun.run_number,
        order_lines=int(np.count_nonzero(~dossier.orders["of_charges"])),
        payables_inserted=changes.payables.size,
        payables_superseded=len(changes.superseded_payables),
        discrepancies_inserted=changes.discrepancies.size,
        discrepancies_superseded=len(changes.superseded_discrepancies),
    )
    decided = _Decided(terms, then)
    await _write_payables(uow, dossier, changes, result, decided, cause=cause)
    await _write_discrepancies(uow, dossier, changes, result, terms, cause=cause)
    await _write_forecasts(uow, dossier, outcome, result, cause)
    if cause.whole:
        await uow.raw.execute(queries.WRITTEN)
    await _post(uow, dossier, changes, result)
    await _record(uow, dossier, outcome, result, cause)
    return result


async def _read(
    uow: UnitOfWork, touched: int, pack: RulePack, totals: bool, *, whole: bool
) -> tuple[Dossier, MatchRules, TermsThen]:
    """The documents, today's rules with the earlier ones of payables, and whose the latter are.

    What only earlier rules look at is not known to be wanted before payables are read: then all
    is read once more. `totals`: whether links by totals are looked at.
    """
    today = policy.rules_of(pack)
    asked = replace(today.asked, totals=totals)
    raw = await queries.read_columns(uow, touched=touched, asked=asked, whole=whole)
    then = await queries.terms_then(uow, raw, pack)
    rules = replace(today, earlier=then.rules)
    if (wanted := replace(rules.asked, totals=totals)) != asked:
        raw = await queries.read_columns(uow, touched=touched, asked=wanted, whole=whole)
    return await queries.dossier_of(uow, raw, terms=then), rules, then


async def _store_context(uow: UnitOfWork, terms: Terms) -> UUID:
    """What payables were decided by, once per digest; only payables point to it."""
    content, digest = _context_of(terms)
    stored = await uow.fetch_value(
        load_sql(__file__, "store_context"),
        area_code=uow.area_code,
        digest=digest,
        content=content,
    )
    return UUID(str(stored))


@lru_cache(maxsize=8)
def _context_of(terms: Terms) -> tuple[str, bytes]:
    """Contract rows are never updated in place, so their ids on payables complete the context."""
    pack, calendar = terms.pack, terms.calendar
    days = sorted((day.isoformat(), works) for day, works in calendar.exceptions.items())
    content = {
        "kernel": KERNEL_VERSION,
        "rule_pack": {"code": pack.code, "version": pack.version},
        "rule_pack_digest": _digest(pack.model_dump(mode="json")).hex(),
        "calendar_years": sorted(calendar.years),
        "calendar_digest": _digest(days).hex(),
        "reasons_digest": _digest([str(reason) for reason in REASONS]).hex(),
    }
    return json.dumps(content, sort_keys=True), _digest(content)


def _digest(content: object) -> bytes:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()


def _writing(name: str, dossier: Dossier, cause: _Cause) -> str:
    """The statement that writes staged rows, with the plan for so many."""
    size = queries.size_of(dossier.raw["keys"].size, whole=cause.whole)
    return load_sql(__file__, name) + size


async def _stage(
    uow: UnitOfWork, table: str, layout: CopyLayout, columns: dict[str, npt.NDArray[Any]]
) -> None:
    assert uow.raw.is_in_transaction(), "COPY outside a transaction survives rollback"
    await uow.raw.copy_to_table(
        table,
        source=_in_one_part(layout.write(columns)),
        columns=[name for name, _ in layout.fields],
        format="binary",
    )


async def _in_one_part(body: bytes) -> AsyncIterator[bytes]:
    """A body as COPY takes it: as a file it would be read in a thread."""
    yield body


@dataclass(frozen=True)
class _Decided:
    """By what payables are decided: the terms of today, and earlier ones."""

    terms: Terms
    earlier: TermsThen


async def _write_payables(
    uow: UnitOfWork,
    dossier: Dossier,
    changes: Changes,
    result: MatchResult,
    decided: _Decided,
    *,
    cause: _Cause,
) -> None:
    rows = changes.payables
    await _supersede(uow, "supersede_payables", result, changes.superseded_payables)
    if not rows.size:
        return
    terms, then = decided.terms, decided.earlier
    context_ids = [await _store_context(uow, terms), *then.contexts]
    other_due_days = (terms.pack.deadlines.other_due_days, *then.other_due_days)
    due_days = policy.due_days_of(rows, terms.calendar, other_due_days)
    columns = staged_payables(dossier, rows, due_days)
    columns["id"] = _fresh_ids(result, rows.size)
    await _stage(uow, "match_payable", PAYABLE_LAYOUT, columns)
    await uow.execute(
        _writing("insert_payables", dossier, cause),
        area_code=uow.area_code,
        run_id=result.run_id,
        context_ids=context_ids,
        kinds=[str(kind) for kind in KINDS],
        routes=[str(route) for route in ROUTES],
        nil=NIL,
    )


async def _write_discrepancies(
    uow: UnitOfWork,
    dossier: Dossier,
    changes: Changes,
    result: MatchResult,
    terms: Terms,
    *,
    cause: _Cause,
) -> None:
    rows = changes.discrepancies
    await _supersede(uow, "supersede_discrepancies", result, changes.superseded_discrepancies)
    if not rows.size:
        return
    columns = staged_discrepancies(dossier, rows)
    columns["id"] = _fresh_ids(result, rows.size)
    days = terms.pack.deadlines.act_within_working_days
    deadlines = policy.acting_deadlines(days, terms.calendar, uow.on)
    await _stage(uow, "match_discrepancy", DISCREPANCY_LAYOUT, columns)
    await uow.execute(
        _writing("insert_discrepancies", dossier, cause),
        area_code=uow.area_code,
        run_id=result.run_id,
        reasons=[str(reason) for reason in REASONS],
        effects=[str(effect) for effect in EFFECTS],
        asking=ASKING_EFFECTS,
        deadlines=[deadlines[reason] for reason in REASONS],
        superseded=changes.superseded_discrepancies,
        nil=NIL,
    )


def _fresh_ids(result: MatchResult, count: int) -> Ids:
    """Ids for the rows of a run: made here, as the server opens its source of random numbers anew
    for every single one, which costs more than any index."""
    return ids_like(result.run_id, urandom(8 * count))


async def _supersede(uow: UnitOfWork, name: str, result: MatchResult, ids: list[UUID]) -> None:
    if ids:
        marked = await uow.execute(
            load_sql(__file__, name), area_code=uow.area_code, run_id=result.run_id, ids=ids
        )
        assert marked == len(ids), "a row changed under the area's match lock"


async def _write_forecasts(
    uow: UnitOfWork, dossier: Dossier, outcome: Outcome, result: MatchResult, cause: _Cause
) -> None:
    if not outcome.forecasts.size:
        return
    await _stage(
        uow, "match_forecast", FORECAST_LAYOUT, staged_forecasts(dossier, outcome.forecasts)
    )
    await uow.execute(
        _writing("write_forecasts", dossier, cause),
        area_code=uow.area_code,
        run_id=result.run_id,
        routes=[str(route) for route in ROUTES],
        reasons=[str(reason) for reason in REASONS],
        nil=NIL,
    )


async def _post(uow: UnitOfWork, dossier: Dossier, changes: Changes, result: MatchResult) -> None:
    """Trade book: what stands posted is always the sum of open and committed payables."""
    owed = policy.owed_changes(
        dossier,
        changes.payables,
        pools_of_payables(dossier, changes.payables),
        changes.superseded_rows,
        ROUTES.index(Route.OUTSIDE),
    )
    legs = [_owed_leg(hospital, supplier, fen) for (hospital, supplier), fen in owed.items()]
    if legs:
        entry = EntryDraft(Book.TRADE, NO_SCHEME, "match_run", result.run_id, uow.on, legs)
        await post_entries(uow, entries=[entry])


def _owed_leg(hospital_id: UUID, supplier_id: UUID, fen: int) -> Leg:
    purchases = AccountKey(AccountKind.PURCHASES, hospital_id)
    owed = AccountKey(AccountKind.OWED, hospital_id, supplier_id)
    debit, credit = (purchases, owed) if fen > 0 else (owed, purchases)
    return Leg(debit, credit, Money(abs(fen)))


async def _record(
    uow: UnitOfWork,
    dossier: Dossier,
    outcome: Outcome,
    result: MatchResult,
    cause: _Cause,
) -> None:
    totals, counts = outcome.totals, asdict(result)
    await uow.execute(
        load_sql(__file__, "insert_run"),
        area_code=uow.area_code,
        trigger=cause.trigger.value,
        intake_id=cause.intake_id,
        match_request_id=cause.match_request_id,
        matched_at=uow.at,
        receipt_lines=dossier.raw["receipts"].size,
        invoice_lines=dossier.blue.size,
        **counts,
        **asdict(totals),
    )
    await uow.record(
        MatchRunCompleted(
            area_code=uow.area_code,
            aggregate_id=result.run_id,
            run_number=result.run_number,
            trigger=cause.trigger.value,
            intake_id=cause.intake_id,
            payables_inserted=result.payables_inserted,
            payables_superseded=result.payables_superseded,
            discrepancies_inserted=result.discrepancies_inserted,
            discrepancies_superseded=result.discrepancies_superseded,
            matched_minor=totals.invoiced_matched,
            waiting_minor=totals.invoiced_waiting,
            held_minor=totals.invoiced_held,
        )
    )
