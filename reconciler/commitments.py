"""Target minus committed: what is still to apply for once some payables can no longer change.

The account is kept per group: order line, contract row (the price version), route, month of
acceptance, which decides the fund's share, and the rules it was decided by (docs/decisions/0011,
0018, 0027). In every group open plus committed equals the target: in fen always, in units unless
the fen are equal already and nothing is open there (no payable is of 0 fen). So neither sum depends
on what was applied for, or when.
"""

from dataclasses import dataclass

import numpy as np

from reconciler.axis import Flags, Integers, Overlaps, begins, lay, running_start, total_by
from reconciler.columns import PurchaseColumns, Rows, find_rows, number_keys, where
from reconciler.contract_binding import bind, routes_of
from reconciler.exact_arithmetic import round_share, stretch
from reconciler.frozen import Frozen, freeze
from reconciler.match_rules import MatchRules
from reconciler.outcome import KINDS, PAYABLE
from schemas.codes.reconciliation import PayableKind

_GOODS, _RETURN = KINDS.index(PayableKind.GOODS), KINDS.index(PayableKind.RETURN)
_ADJUSTMENT, _ROUNDING = KINDS.index(PayableKind.PRICE_ADJ), KINDS.index(PayableKind.ROUNDING)


@dataclass(frozen=True)
class _Account:
    """Target slices and committed originals, and the number of the group that each is of."""

    target: Rows
    of_target: Integers
    frozen: Frozen
    of_frozen: Integers
    size: int

    def of(self, orders: Flags) -> "_Account":
        """The groups of the order lines flagged."""
        due, done = orders[self.target["order"]], orders[self.frozen.rows["order"]]
        frozen = Frozen(where(self.frozen.rows, done), self.frozen.row[done])
        return _Account(
            where(self.target, due), self.of_target[due], frozen, self.of_frozen[done], self.size
        )

    def open(self, measure: str) -> Integers:
        """Per group: what the target has more than was committed, less than nothing if fewer."""
        due = total_by(self.of_target, self.target[measure], self.size)
        return due - total_by(self.of_frozen, self.frozen.rows[measure], self.size)


def open_payables(columns: PurchaseColumns, target: Rows, rules: MatchRules) -> Rows:
    """Payables that remain to be applied for; negative where more was committed than is due."""
    # Units applied for under earlier rules are counted as long as they lie on a slice: how many
    # there are decides what counts under those rules.
    worthy = where(target, (target["amount"] != 0) | (target["terms"] != 0))
    if columns.committed["charge"].all():
        return worthy
    frozen, routes = _under_todays_contracts(columns, freeze(columns.committed), rules)
    keys = _group_keys(worthy, worthy["route"])
    of_target, of_frozen = _numbered(keys, _group_keys(frozen.rows, routes))
    account = _Account(worthy, of_target, frozen, of_frozen, _size(of_target, of_frozen))
    orders = columns.orders.size
    anew = _laid_otherwise(account, orders)
    matched = total_by(target["order"], target["quantity"], orders)
    fewer = matched < total_by(frozen.rows["order"], frozen.rows["quantity"], orders)
    found = np.concatenate((_by_pair(account.of(~anew)), _by_group(account.of(anew), fewer)))
    return _with_every_unit(account, found)


def _under_todays_contracts(
    columns: PurchaseColumns, frozen: Frozen, rules: MatchRules
) -> tuple[Frozen, Integers]:
    """The originals under the contract rows that bind their basis days today, and the routes that
    these give: what contracts say later changes the price of what was applied for, and nothing
    else. Only documents move goods from one group to another.
    """
    rows = frozen.rows.copy()
    order, day = rows["order"], rows["basis_day"].astype(np.int64)
    required = rules.requiring_authorization(rows["terms"])
    binding = bind(columns, order, day, authorization_required=required)
    rows["contract"] = binding.contract
    return Frozen(rows, frozen.row), routes_of(columns, order, binding)


def _group_keys(rows: Rows, route: Integers) -> list[Integers]:
    month = rows["clock_day"].astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    terms = rows["terms"].astype(np.int64)
    return [rows["order"], rows["contract"], route.astype(np.int64), month, terms]


def _pair_keys(of: Integers, rows: Rows) -> list[Integers]:
    return [of, rows["receipt"], rows["invoice"]]


def _numbered(first: list[Integers], second: list[Integers]) -> tuple[Integers, Integers]:
    """The same small number for rows of either that agree in every key."""
    number = number_keys([np.concatenate(pair) for pair in zip(first, second, strict=True)])
    return number[: first[0].size], number[first[0].size :]


def _size(first: Integers, second: Integers) -> int:
    """How many numbers there are."""
    return 1 + int(max(first.max(initial=-1), second.max(initial=-1)))


def _laid_otherwise(account: _Account, orders: int) -> Flags:
    """Order lines where more of some pair of documents is committed than the target has of it."""
    due, done = _numbered(
        _pair_keys(account.of_target, account.target),
        _pair_keys(account.of_frozen, account.frozen.rows),
    )
    size = _size(due, done)
    units = total_by(due, account.target["quantity"], size)
    over = total_by(done, account.frozen.rows["quantity"], size) > units
    over |= (units == 0) & (total_by(done, account.frozen.rows["amount"], size) != 0)
    flags = np.zeros(orders, np.bool_)
    flags[account.frozen.rows["order"][over[done]]] = True
    return flags


def _by_pair(account: _Account) -> Rows:
    """What is left of each pair: more goods, or corrections of what was committed of it."""
    pair, done = _numbered(
        _pair_keys(account.of_target, account.target),
        _pair_keys(account.of_frozen, account.frozen.rows),
    )
    size = _size(pair, done)
    rest = account.target.copy()
    rest["quantity"] -= total_by(done, account.frozen.rows["quantity"], size)[pair]
    rest["amount"] -= total_by(done, account.frozen.rows["amount"], size)[pair]
    goods = (rest["quantity"] > 0) & (rest["amount"] > 0)
    units = total_by(pair[~goods], rest["quantity"][~goods], size)
    fen = total_by(pair[~goods], rest["amount"][~goods], size)
    of_pair = np.zeros(size, np.int64)
    of_pair[pair] = account.of_target
    fen = _net_of_group(of_pair, fen, account.size)
    borne = _borne(done, account.frozen.rows["amount"], units, fen)
    return np.concatenate((rest[goods], _adjusting(account.frozen, *borne)))


def _net_of_group(of_pair: Integers, fen: Integers, size: int) -> Integers:
    """Changes of pairs, less those that others of the same group make good: fen that were applied
    for under one pair instead of another are not taken back and given again.
    """
    net, group = total_by(of_pair, fen, size), np.arange(size)
    lowered, raised = lay(group, -net, of_pair, -fen), lay(group, net, of_pair, fen)
    return raised.demanded(fen.size) - lowered.demanded(fen.size)


def _by_group(account: _Account, fewer: Flags) -> Rows:
    """Order lines whose committed pairs are no longer the target's: what is left of each group.

    `fewer`: order lines of which fewer units are matched than were committed; elsewhere units
    that are taken back only move to another price version, route or month.
    """
    frozen, of = account.frozen, account.of_frozen
    units, fen = account.open("quantity"), account.open("amount")
    taken = _taken_back(account, np.maximum(-units, 0))
    worth = round_share(frozen.rows["amount"], taken, np.maximum(frozen.rows["quantity"], 1))
    fen = fen + total_by(of, worth, account.size)
    goods = (units > 0) & (fen > 0)
    more = _further_goods(account, taken, np.where(goods, units, 0), fen)
    raised, changed = _borne(
        of,
        frozen.rows["amount"] - worth,
        np.where(goods, 0, np.maximum(units, 0)),
        np.where(goods, 0, fen),
    )
    back = fewer[frozen.rows["order"]]
    returned = _correcting(frozen, np.where(back, -taken, 0), np.where(back, -worth, 0))
    returned["kind"] = _RETURN
    adjusted = _adjusting(
        frozen, raised - np.where(back, 0, taken), changed - np.where(back, 0, worth)
    )
    return np.concatenate((more, returned, adjusted))


def _taken_back(account: _Account, surplus: Integers) -> Integers:
    """Units off each original: where its receipt no longer covers them, off the newest first.

    A group that has too many units has at least as many on receipts that do not cover them.
    """
    gone = _over_receipt(account)
    newest = np.arange(gone.size)[::-1]
    laid = lay(np.arange(surplus.size), surplus, account.of_frozen[newest], gone[newest])
    return total_by(newest[laid.demand], laid.quantity, gone.size)


def _over_receipt(account: _Account) -> Integers:
    """Units of each original that its receipt line no longer covers in its group, newest first."""
    rows = account.frozen.rows
    due, done = _numbered(
        [account.of_target, account.target["receipt"]], [account.of_frozen, rows["receipt"]]
    )
    size = _size(due, done)
    over = total_by(done, rows["quantity"], size) - total_by(due, account.target["quantity"], size)
    newest = np.arange(rows.size)[::-1]
    laid = lay(np.arange(size), over, done[newest], rows["quantity"][newest])
    return total_by(newest[laid.demand], laid.quantity, rows.size)


def _further_goods(account: _Account, taken: Integers, wanted: Integers, amount: Integers) -> Rows:
    """Goods per group, out of receipts of the group and invoices of the order line that are not
    committed: no document line is cited for more than the target cites it. Their fen by worth.
    """
    target, rows = account.target, account.frozen.rows
    kept = rows["quantity"] - taken
    quantity = np.concatenate((target["quantity"], -kept))
    group = np.concatenate((account.of_target, account.of_frozen))
    order = np.concatenate((target["order"], rows["order"]))
    received = _left(group, np.concatenate((target["receipt"], rows["receipt"])), quantity)
    invoiced = _left(order, np.concatenate((target["invoice"], rows["invoice"])), quantity)
    of_group = np.zeros(account.size, np.int64)
    of_group[group] = order
    by = np.argsort(received.demand, kind="stable")
    by = by[wanted[received.supply[by]] > 0]
    group, receipt = received.supply[by], received.demand[by]
    laid = lay(of_group[group], received.quantity[by], invoiced.supply, invoiced.quantity)
    group, receipt = group[laid.supply], receipt[laid.supply]
    like = find_rows([group, receipt], [account.of_target, target["receipt"]])
    out = where(target, like)
    out["invoice"], out["quantity"] = invoiced.demand[laid.demand], laid.quantity
    worth = _worth(target, out)
    nothing = total_by(group, worth, account.size)[group] == 0
    out["amount"] = _shared_out(group, np.where(nothing, out["quantity"], worth), amount)
    return where(out, out["amount"] != 0)


def _worth(target: Rows, goods: Rows) -> Integers:
    """What the target pays for as many units of the same invoice line."""
    due, mine = _numbered([target["order"], target["invoice"]], [goods["order"], goods["invoice"]])
    size = _size(due, mine)
    units, fen = (total_by(due, target[name], size) for name in ("quantity", "amount"))
    return round_share(fen[mine], goods["quantity"], units[mine])


def _left(of: Integers, line: Integers, quantity: Integers) -> Overlaps:
    """What is left of each document line, by what it is laid on; committed quantities negative.

    What was committed of a line that is not laid here any more comes off the oldest others.
    """
    key = number_keys([of, line])
    first = np.unique(key, return_index=True)[1]
    of, line = of[first], line[first]
    net = total_by(key, quantity, first.size)
    size = 1 + int(of.max(initial=-1))
    missing = total_by(of, np.maximum(-net, 0), size)
    left = np.maximum(net, 0)
    off = lay(of, left, np.arange(size), missing)
    return Overlaps(of, line, left - off.supplied(left.size))


def _shared_out(group: Integers, weight: Integers, amount: Integers) -> Integers:
    """Each group's open amount over its goods by weight, as differences of rounded cumulatives."""
    by = np.argsort(group, kind="stable")
    start = running_start(group[by], weight[by]) if by.size else by
    whole = total_by(group, weight, amount.size)[group[by]]
    shared = np.zeros_like(weight)
    shared[by] = stretch(amount[group[by]], start, start + weight[by], whole)
    return shared


def _borne(
    of_original: Integers, worth: Integers, units: Integers, fen: Integers
) -> tuple[Integers, Integers]:
    """Units and fen that each original bears of what is due per pair or group.

    What lowers comes off the oldest first and takes none below nothing; what raises goes onto
    the oldest; units stand on the first that bears fen.
    """
    size = of_original.size
    off = lay(of_original, worth, np.arange(fen.size), -fen)
    up = np.flatnonzero(fen > 0)
    original = np.concatenate((off.supply, find_rows([up], [of_original])))
    of = np.concatenate((off.demand, up))
    changed = total_by(original, np.concatenate((-off.quantity, fen[up])), size)
    by = np.lexsort((original, of))
    by = by[begins(of[by])]
    return total_by(original[by], units[of[by]], size), changed


def _adjusting(frozen: Frozen, quantity: Integers, amount: Integers) -> Rows:
    """Corrections that are no return: of a price, or of a fen of rounding."""
    out = _correcting(frozen, quantity, amount)
    out["kind"] = np.where(np.abs(out["amount"]) <= 1, _ROUNDING, _ADJUSTMENT)
    return out


def _correcting(frozen: Frozen, quantity: Integers, amount: Integers) -> Rows:
    """A correction of each original that bears fen: of its lines, group and clock."""
    hit = np.flatnonzero(amount)
    out = np.zeros(hit.size, PAYABLE)
    of_original = ("order", "receipt", "invoice", "contract", "route", "basis_day", "clock_day")
    for name in (*of_original, "terms"):
        out[name] = frozen.rows[name][hit]
    out["quantity"], out["amount"] = quantity[hit], amount[hit]
    out["adjusts"] = frozen.row[hit]
    return out


def _with_every_unit(account: _Account, found: Rows) -> Rows:
    """Units worth no fen of their own stand on the first open payable of their group."""
    corrected = find_rows([found["adjusts"]], [account.frozen.row])
    like = find_rows(
        _group_keys(found, found["route"]), _group_keys(account.target, account.target["route"])
    )
    group = np.zeros(found.size, np.int64)
    goods = found["adjusts"] < 0
    group[goods] = account.of_target[like[goods]]
    group[~goods] = account.of_frozen[corrected[~goods]]
    left = account.open("quantity") - total_by(group, found["quantity"], account.size)
    groups, first = np.unique(group, return_index=True)
    out = found.copy()
    out["quantity"][first] += left[groups]
    return out
