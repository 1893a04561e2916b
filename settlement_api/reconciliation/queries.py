"""Reads of matching: documents of the touched components as columns, and lists for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, func
from sqlmodel import col, select

from reconciler import copy_layouts
from reconciler.columns import Asked, Rows
from reconciler.dossier import (
    Dossier,
    LineName,
    NamedOrders,
    assemble,
    contexts_of,
    lines_to_trace,
)
from reconciler.match_rules import MatchRules
from reconciler.relatives import related
from schemas.codes.reconciliation import DiscrepancyReason
from schemas.codes.remedies import ASKING, UNSETTLED
from schemas.messages.rule_pack import RulePack
from schemas.tables.parties import Supplier
from schemas.tables.reconciliation import Discrepancy, MatchRun, OrderLineForecast, Payable
from settlement_api.parties.queries import with_present_names
from settlement_api.persistence import load_sql
from settlement_api.reconciliation.policy import rules_of
from settlement_api.rule_packs.service import pack_of
from settlement_api.unit_of_work import UnitOfWork

FEW: Final = 100
"""Components that are looked up one by one; arrivals hardly ever touch more."""

MANY: Final = 10_000
"""Components whose rows are held whole by the server before they are sent."""

WHOLE: Final = "SET LOCAL enable_hashjoin = on; SET LOCAL enable_nestloop = off"
"""Every component of an area: each table is read from end to end, whatever statistics say, so that
plans are kept as those of few components are."""

WRITTEN: Final = "SET LOCAL enable_nestloop = on"
"""After a whole area's rows are written: what is posted to the ledger is few again."""

HASHED: Final = "SET LOCAL enable_hashjoin = on"

EVERYTHING: Final = Asked()

NOTHING_OF_TOTALS: Final = {
    "link_named": "SELECT ''::text AS invoice_number, ''::text AS order_number,"
    " 0 AS order_line_number, ''::text AS receipt_number, 0 AS receipt_line_number",
    "link_totals": "SELECT false AS uneven, 0::bigint AS invoiced, 0::bigint AS linked",
    "link_goods": "SELECT 0::bigint AS quantity",
}
"""What stands for the parts of a question that nobody asks: a text is read through each time."""

FENCE: Final = "OFFSET 0"
"""Keeps the planner from joining the other way round: each component is looked up by index."""


@dataclass(frozen=True)
class Begun:
    """A run's id and number, and whether the area has links by totals."""

    run_id: UUID
    run_number: int
    totals: bool


async def read_columns(
    uow: UnitOfWork, *, touched: int, asked: Asked = EVERYTHING, whole: bool = False
) -> dict[str, Rows]:
    """Everything of the touched components (`match_key`), each kind as copied rows.

    Up to MANY components are read by one statement, few of them or a `whole` area by a plan that
    is kept and hangs on no statistics; more by COPY, a kind at a time. Where others are joined to
    them (products of one group, names that a supplier had), those are staged first.
    """
    if touched > FEW:
        await uow.raw.execute(WHOLE if whole else HASHED)
    size = size_of(touched, whole=whole)
    await _join_relatives(uow, size, whole=whole)
    if touched > FEW and (touched > MANY or not whole):
        await uow.raw.execute("ANALYZE match_key")
    if touched > MANY:
        return {name: await _copied(uow, name, asked) for name in copy_layouts.READ}
    fence = FENCE if touched <= FEW else ""
    found = await uow.fetch_one(_all_at_once(fence, asked) + size)
    assert found is not None, "a row of aggregates"
    parts = zip(copy_layouts.READ.values(), found, strict=True)
    read = (layout.read_records(part) for layout, part in parts)
    return dict(zip(copy_layouts.READ, read, strict=True))


def size_of(touched: int, *, whole: bool) -> str:
    """A remark at a statement's end: plans are kept by their words, and the plan of an arriving
    order would join the rows of a whole day one by one."""
    if touched <= FEW:
        return ""
    return " -- of a whole area" if whole and touched <= MANY else " -- of many components"


@cache
def _all_at_once(fence: str, asked: Asked) -> str:
    """One row, a column for each kind: its rows as `record_send` writes them, end to end."""
    return f"{_shared(fence)} SELECT " + ", ".join(
        "(SELECT coalesce(string_agg(record_send(line), ''), '')"
        f" FROM ({_question(name, fence, asked)}) AS line)"
        for name in copy_layouts.READ
    )


async def _join_relatives(uow: UnitOfWork, size: str, *, whole: bool) -> None:
    """Stages the components joined to those touched, and what they are joined by.

    Of a whole area all that have documents are touched, and only names are looked for that have
    none: what one of them may deliver, all may.
    """
    found = await uow.fetch_one(load_sql(__file__, "have_relatives") + size)
    assert found is not None, "a row of two answers"
    if found.of_names or (found.of_groups and not whole):
        await uow.execute(with_present_names(load_sql(__file__, "add_relatives")) + size)
    if found.of_names or found.of_groups:
        await uow.execute(with_present_names(load_sql(__file__, "number_relatives")) + size)


def listing_components(question: str) -> str:
    """A question about `component`s with its parts written out: present names, and the listing
    of each component, or of the first of those that are joined."""
    listing = load_sql(__file__, "first_of_kin")
    return with_present_names(question.replace(":first_of_kin", listing))


def _shared(fence: str) -> str:
    return copy_layouts.SHARED.replace(":fence", fence)


@cache
def _question(name: str, fence: str, asked: Asked) -> str:
    question = load_sql(copy_layouts.__file__, f"copy_{name}")
    if name == "links":
        question = with_totals(question, asked.totals)
    words = {
        ":fence": fence,
        ":of_documents": str(asked.documents).lower(),
        ":of_papers": str(asked.papers).lower(),
        ":lot_number": copy_layouts.CANONICAL_LOT,
    }
    for token, literal in (copy_layouts.REPEATED | words).items():
        question = question.replace(token, literal)
    return question


def with_totals(question: str, totals: bool = True) -> str:
    """A question about links, with what it asks of those by totals written out, if it does."""
    for part in ("link_named", "link_totals", "link_goods"):
        text = load_sql(copy_layouts.__file__, part) if totals else NOTHING_OF_TOTALS[part]
        question = question.replace(f":{part}", text)
    return if_by_totals(question, totals)


def if_by_totals(question: str, totals: bool) -> str:
    """A question with or without what it asks for links by totals: what is written as false is
    left out of its plan."""
    return question.replace(":by_totals", str(totals).lower())


async def has_links_by_totals(uow: UnitOfWork) -> bool:
    """Whether the area has any; hardly any has."""
    question = load_sql(__file__, "links_by_totals")
    return bool(await uow.fetch_value(question, area_code=uow.area_code))


async def _copied(uow: UnitOfWork, name: str, asked: Asked) -> Rows:
    parts: list[bytes] = []

    async def keep(part: bytes) -> None:
        parts.append(bytes(part))

    question = f"{_shared('')} SELECT * FROM ({_question(name, '', asked)}) AS line"
    await uow.raw.copy_from_query(question, output=keep, format="binary")
    return copy_layouts.READ[name].read(b"".join(parts))


@dataclass(frozen=True)
class TermsThen:
    """Rules under which payables of some components were decided that are not today's, the oldest
    first, of each the newest decision context and the days that its pack allows for what is due
    without a contract, and of every context that has such rules their place among them, from 1."""

    rules: tuple[MatchRules, ...] = ()
    contexts: tuple[UUID, ...] = ()
    other_due_days: tuple[int, ...] = ()
    places: Mapping[UUID, int] = field(default_factory=dict)


SAME_AS_TODAY: Final = TermsThen()


_PACKS_NAMED: Final[dict[UUID, tuple[str, int]]] = {}
"""Code and version of the pack that each decision context names, of those that were asked for: no
context ever changes, and no id comes back."""
MOST_NAMED: Final = 10_000


async def terms_then(uow: UnitOfWork, raw: Mapping[str, Rows], pack: RulePack) -> TermsThen:
    """By what the payables among the copied rows were decided, where today's pack decides by other
    rules: packs may differ in what is not matching's.

    Nothing is asked where every context is known to name today's pack, as mostly they do.
    """
    contexts = contexts_of(raw)
    if all(_PACKS_NAMED.get(key) == (pack.code, pack.version) for key in contexts):
        return SAME_AS_TODAY
    rows = await uow.fetch_all(
        load_sql(__file__, "packs_of_contexts"), area_code=uow.area_code, ids=contexts
    )
    packs = {row.id: pack_of(row.content) for row in rows}
    if len(_PACKS_NAMED) > MOST_NAMED:
        _PACKS_NAMED.clear()
    _PACKS_NAMED.update({key: (then.code, then.version) for key, then in packs.items()})
    today = rules_of(pack)
    rules_by = {key: rules_of(then) for key, then in packs.items()}
    others = tuple(dict.fromkeys(rules for rules in rules_by.values() if rules != today))
    newest = {rules: key for key, rules in rules_by.items()}
    places = {key: others.index(rules) + 1 for key, rules in rules_by.items() if rules != today}
    contexts = [newest[rules] for rules in others]
    due_days = tuple(packs[key].deadlines.other_due_days for key in contexts)
    return TermsThen(others, tuple(contexts), due_days, places)


async def dossier_of(
    uow: UnitOfWork,
    raw: Mapping[str, Rows],
    *,
    strangers: frozenset[UUID] = frozenset(),
    terms: TermsThen = SAME_AS_TODAY,
) -> Dossier:
    """Copied rows as matching looks at them, with what lies outside the components looked up.

    `strangers`: invoice lines already known to name another supplier's order. `terms`: of payables.
    """
    raw = related(raw)
    named = NamedOrders.of(raw)
    foreign, replaced = set(strangers), {}
    if absent := named.strangers():
        foreign |= await invoices_of_other_parties(uow, ids=absent)
    if lost := lines_to_trace(raw):
        replaced = await numbers_of_lines(uow, ids=lost)
    return assemble(raw, named, replaced, foreign, terms.places)


async def numbers_of_lines(uow: UnitOfWork, *, ids: list[UUID]) -> dict[UUID, LineName]:
    """What document lines go by that the copied columns no longer hold."""
    rows = await uow.fetch_all(
        load_sql(__file__, "numbers_of_lines"), area_code=uow.area_code, ids=ids
    )
    return {row.id: LineName(row.number, row.line_number, row.source) for row in rows}


async def invoices_of_other_parties(uow: UnitOfWork, *, ids: list[UUID]) -> set[UUID]:
    """Invoice lines that name an order placed with another supplier."""
    rows = await uow.fetch_all(
        load_sql(__file__, "invoices_of_other_parties"), area_code=uow.area_code, ids=ids
    )
    return {row.id for row in rows}


async def areas_claiming(uow: UnitOfWork, *, invoice_numbers: list[str]) -> list[str]:
    """Areas whose documents claim one of these invoice numbers."""
    rows = await uow.fetch_all(
        load_sql(__file__, "areas_claiming"), invoice_numbers=invoice_numbers
    )
    return [row.area_code for row in rows]


async def products_of_changed_terms(uow: UnitOfWork, *, since: datetime) -> set[str]:
    """Codes of products whose contracts or authorizations changed since then."""
    rows = await uow.fetch_all(
        load_sql(__file__, "changed_terms"), area_code=uow.area_code, since=since
    )
    return {row.product_code for row in rows}


async def have_succeeded(uow: UnitOfWork, *, since: datetime) -> bool:
    """Whether a supplier's successor was recorded since then."""
    chosen = select(Supplier.id).where(col(Supplier.succeeded_at) >= since).limit(1)
    return (await uow.session.exec(chosen)).first() is not None


async def list_payables(
    uow: UnitOfWork,
    *,
    after: UUID | None,
    limit: int,
    status: str | None = None,
    route: str | None = None,
    order_line_id: UUID | None = None,
) -> list[Payable]:
    """Payables the scope may see, newest last, after a key."""
    chosen = select(Payable).order_by(col(Payable.id)).limit(limit)
    if after is not None:
        chosen = chosen.where(col(Payable.id) > after)
    for column, value in (
        (col(Payable.status), status),
        (col(Payable.route), route),
        (col(Payable.order_line_id), order_line_id),
    ):
        if value is not None:
            chosen = chosen.where(column == value)
    return list((await uow.session.exec(chosen)).all())


async def list_discrepancies(
    uow: UnitOfWork,
    *,
    after: UUID | None,
    limit: int,
    reason: DiscrepancyReason | None = None,
    status: str | None = None,
    order_line_id: UUID | None = None,
    overdue_on: date | None = None,
) -> list[Discrepancy]:
    """Discrepancies the scope may see, newest last, after a key; with `overdue_on` those that
    were to be acted on before that day."""
    chosen = select(Discrepancy).order_by(col(Discrepancy.id)).limit(limit)
    if after is not None:
        chosen = chosen.where(col(Discrepancy.id) > after)
    for column, value in (
        (col(Discrepancy.reason), reason.value if reason else None),
        (col(Discrepancy.status), status),
        (col(Discrepancy.order_line_id), order_line_id),
    ):
        if value is not None:
            chosen = chosen.where(column == value)
    if overdue_on is not None:
        day = func.coalesce(col(Discrepancy.act_by_date), col(Discrepancy.deadline_date))
        chosen = chosen.where(col(Discrepancy.status).in_(UNSETTLED)).where(day < overdue_on)
        chosen = chosen.where(col(Discrepancy.effect).in_(ASKING))
    return list((await uow.session.exec(chosen)).all())


async def overdue_discrepancies(uow: UnitOfWork) -> Sequence[Row[Any]]:
    """Those of today by reason (reason, how_many, quantity_milli, amount_minor, oldest)."""
    return await uow.fetch_all(
        load_sql(__file__, "overdue_discrepancies"),
        unsettled=[status.value for status in UNSETTLED],
        asking=[effect.value for effect in ASKING],
        on_date=uow.on,
    )


async def find_forecast(uow: UnitOfWork, *, order_line_id: UUID) -> OrderLineForecast | None:
    """The forecast of one order line, if it was ever matched and the scope may see it."""
    chosen = select(OrderLineForecast).where(col(OrderLineForecast.id) == order_line_id)
    return (await uow.session.exec(chosen)).one_or_none()


async def list_runs(uow: UnitOfWork, *, after: UUID | None, limit: int) -> list[MatchRun]:
    """Match runs of the area, newest last, after a key."""
    chosen = select(MatchRun).order_by(col(MatchRun.id)).limit(limit)
    if after is not None:
        chosen = chosen.where(col(MatchRun.id) > after)
    return list((await uow.session.exec(chosen)).all())
