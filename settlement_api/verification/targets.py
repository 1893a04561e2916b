"""Whether payables still are what matching makes of the documents, asked of the kernel itself."""

from datetime import datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from reconciler import columns as c
from reconciler.columns import Integers, Rows
from reconciler.copy_layouts import PLANNING
from reconciler.dossier import Dossier
from reconciler.line_ids import uuids
from settlement_api.persistence import load_sql
from settlement_api.reconciliation.service import recompute
from settlement_api.unit_of_work import Actor, AreaScope, RawConnection, UnitOfWork
from settlement_api.verification.policy import AreaAnswer

VERIFIER: Final = Actor.system("verification")
MEASURES: Final = ("quantity", "amount")


async def ask_targets(connection: AsyncConnection, *, at: datetime) -> list[AreaAnswer]:
    """Per area: order lines whose open + committed payables differ from their target.

    The target is computed anew from the documents, as matching would on the business day of `at`
    (domain.md section 5a). Lines of an area where matching waits for its turn are not counted as
    broken. Needs matching's staging tables on the connection; writes nothing else.
    """
    rows = (await connection.execute(text(load_sql(__file__, "matched_areas")))).all()
    settings = await connection.begin_nested()
    raw = (await connection.get_raw_connection()).driver_connection
    assert raw is not None
    await raw.execute(PLANNING)
    answers = [await _ask_area(connection, raw, row.area_code, row.waits, at) for row in rows]
    await settings.rollback()
    return answers


async def _ask_area(
    connection: AsyncConnection, raw: RawConnection, area_code: str, waits: bool, at: datetime
) -> AreaAnswer:
    await raw.execute(f"DELETE FROM match_key; SET LOCAL app.area_code = '{area_code}'")
    async with AsyncSession(connection, expire_on_commit=False) as session:
        uow = UnitOfWork(session, raw, AreaScope(area_code), VERIFIER, at)
        try:
            dossier, outcome = await recompute(uow)
        except AssertionError as defect:  # rows that matching itself takes for impossible
            return AreaAnswer(area_code, 1, 1, sample=str(defect))
    return _judged(area_code, dossier, outcome.payables, waits)


def _judged(area_code: str, dossier: Dossier, target: Rows, waits: bool) -> AreaAnswer:
    payables = dossier.raw["payables"]
    open_rows = payables[~payables["committed"]]
    order_of = c.row_of(payables["order_line_id"], dossier.orders["id"])
    homeless = int(np.count_nonzero(order_of < 0))
    open_of = c.row_of(open_rows["order_line_id"], dossier.orders["id"])
    differs = np.zeros(dossier.orders.size, bool)
    # An order that a charge names stands once more in the charge's component: as one line here.
    ordered = c.row_of(dossier.orders["id"], dossier.orders["id"])[target["order"]]
    for measure in MEASURES:
        wanted = _by_order(ordered, target[measure], differs.size)
        differs |= wanted != _by_order(open_of, open_rows[measure], differs.size)
    examined = np.unique(np.concatenate((order_of[order_of >= 0], ordered)))
    wrong = uuids(dossier.orders["id"][differs])
    broken = 0 if waits else len(wrong) + homeless
    sample = "matching waits for its turn" if waits else str(wrong[0]) if wrong else None
    committed = int(payables["amount"][payables["committed"]].sum())
    return AreaAnswer(
        area_code, examined.size, broken, committed + int(target["amount"].sum()), sample
    )


def _by_order(order: Integers, measured: Any, size: int) -> Integers:
    """Sums by order line; rows whose order line is not there are left to the caller."""
    sums = np.zeros(size, np.int64)
    known = order >= 0
    np.add.at(sums, order[known], measured[known].astype(np.int64))
    return sums
