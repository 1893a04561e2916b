"""Which contract row an order line falls under on its basis date, and why none when none does."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from reconciler.axis import Flags, Integers, begins, expand
from reconciler.columns import NO_DAY, NOT_STATED, PurchaseColumns, Rows, where
from reconciler.exact_arithmetic import ratio_key
from reconciler.outcome import ROUTES, reason_code
from schemas.codes.reconciliation import DiscrepancyReason, Route

_IN_FORCE: Final = 2
_EXPIRED: Final = 1
_NO_REASON: Final = -1


@dataclass(frozen=True)
class Binding:
    """Per subject: the contract row (or NOT_STATED), whether its price is in force for the area,
    and the reason code why the line is not under a contract (-1 when it is).
    """

    contract: Integers
    in_force: Flags
    reason: Integers


def bind(
    columns: PurchaseColumns, order: Integers, day: Integers, *, authorization_required: Flags
) -> Binding:
    """Binds each (order line, basis day); some need an authorization of their supplier.

    The named contract and manufacturer come first; a line that names no manufacturer takes the
    row whose price equals its own, else the lowest (domain.md section 5).
    """
    contracts = columns.contracts
    lines = where(columns.orders, order)
    by_product = np.argsort(contracts["product"], kind="stable")
    products = contracts["product"][by_product]
    subject, place = expand(
        np.searchsorted(products, lines["product"], side="left"),
        np.searchsorted(products, lines["product"], side="right"),
    )
    candidate = by_product[place]
    kept = _named(where(lines, subject), where(contracts, candidate))
    subject, candidate = subject[kept], candidate[kept]
    standing = _standing(where(contracts, candidate), day[subject])
    best = _best(lines, contracts, (subject, candidate), standing)
    contract = np.full(order.size, NOT_STATED, np.int64)
    rank = np.full(order.size, -1, np.int64)
    contract[subject[best]], rank[subject[best]] = candidate[best], standing[best]
    in_force = rank == _IN_FORCE
    authorized = ~authorization_required
    if authorization_required.any():
        authorized |= _authorized(columns, lines, contract, day)
    return Binding(
        np.where(in_force, contract, NOT_STATED),
        in_force,
        _reason(lines, rank, authorized),
    )


def routes_of(columns: PurchaseColumns, order: Integers, binding: Binding) -> Integers:
    """By the fund under a contract, else by the hospital; what was paid elsewhere, outside both."""
    return np.select(
        [columns.orders["offline"][order], binding.reason < 0],
        [ROUTES.index(Route.OUTSIDE), ROUTES.index(Route.DIRECT)],
        ROUTES.index(Route.SELF),
    )


def _named(lines: Rows, contracts: Rows) -> Flags:
    """Whether the row is of the contract and the manufacturer that the line names, if it does."""
    agreement, maker = lines["agreement"], lines["manufacturer"]
    answer: Flags = ((agreement == 0) | (agreement == contracts["agreement"])) & (
        (maker == 0) | (maker == contracts["manufacturer"])
    )
    return answer


def _standing(contracts: Rows, day: Integers) -> Integers:
    """2 in force for the area on that day, 1 for the area but not on that day, 0 not for it."""
    dated = (contracts["valid_from"] <= day) & (day <= contracts["valid_to"]) & (day != NO_DAY)
    return np.where(contracts["covers"], np.where(dated, _IN_FORCE, _EXPIRED), 0)


def _best(
    lines: Rows, contracts: Rows, pairs: tuple[Integers, Integers], standing: Integers
) -> Integers:
    """Positions of the chosen pair of each subject: standing, equal price, lowest price, row."""
    subject, candidate = pairs
    if not subject.size:
        return subject
    cost = ratio_key(contracts["price"], contracts["pack"])
    own = ratio_key(np.maximum(lines["price"], 0), lines["pack"])
    same = lines["price"][subject] > 0
    for contract_part, line_part in zip(cost, own, strict=True):
        same &= contract_part[candidate] == line_part[subject]
    high, middle, low = (part[candidate] for part in cost)
    order = np.lexsort((candidate, low, middle, high, ~same, -standing, subject))
    chosen = subject[order]
    return order[begins(chosen)]


def _authorized(columns: PurchaseColumns, lines: Rows, contract: Integers, day: Integers) -> Flags:
    """Whether the supplier won the contract itself or may distribute the product that day."""
    winner = np.zeros(lines.size, np.bool_)
    bound = contract >= 0
    winner[bound] = columns.contracts["holder"][contract[bound]] == lines["supplier"][bound]
    grants = columns.authorizations
    width = 1 + int(max(grants["supplier"].max(initial=0), lines["supplier"].max(initial=0)))
    granted = grants["product"] * width + grants["supplier"]
    by = np.argsort(granted, kind="stable")
    wanted = np.where(
        lines["product"] < 0, NOT_STATED, lines["product"] * width + lines["supplier"]
    )
    line, place = expand(
        np.searchsorted(granted[by], wanted, side="left"),
        np.searchsorted(granted[by], wanted, side="right"),
    )
    grant = where(grants, by[place])
    holds = (grant["valid_from"] <= day[line]) & (day[line] <= grant["valid_to"])
    winner[line[holds]] = True
    return winner


def holds_contract(columns: PurchaseColumns, order: Integers, day: Integers) -> Flags:
    """Whether the supplier of each order line held a contract for its product on that day, for
    whichever area: it sells what it won as the product's maker."""
    lines, contracts = where(columns.orders, order), columns.contracts
    by = np.argsort(contracts["product"], kind="stable")
    products = contracts["product"][by]
    line, place = expand(
        np.searchsorted(products, lines["product"], side="left"),
        np.searchsorted(products, lines["product"], side="right"),
    )
    terms = where(contracts, by[place])
    holds = (terms["holder"] == lines["supplier"][line]) & (lines["product"][line] >= 0)
    holds &= (terms["valid_from"] <= day[line]) & (day[line] <= terms["valid_to"])
    held = np.zeros(order.size, np.bool_)
    held[line[holds]] = True
    return held


def _reason(lines: Rows, rank: Integers, authorized: Flags) -> Integers:
    reason = DiscrepancyReason
    return np.select(
        [
            lines["product"] < 0,
            rank < 0,
            rank == 0,
            rank == _EXPIRED,
            lines["unit"] != 0,
            ~authorized,
        ],
        [
            reason_code(reason.PRODUCT_UNKNOWN),
            reason_code(reason.NO_CONTRACT),
            reason_code(reason.AREA_NOT_COVERED),
            reason_code(reason.CONTRACT_EXPIRED),
            reason_code(reason.UNIT_NOT_CONVERTIBLE),
            reason_code(reason.SUPPLIER_NOT_AUTHORISED),
        ],
        _NO_REASON,
    )
