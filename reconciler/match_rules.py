"""What rule packs decide about matching: today's, and those under which goods were applied for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from reconciler.axis import Flags
from reconciler.columns import Asked, Integers
from reconciler.required_papers import NOT_ASKED, Demand
from reconciler.substitution import NO_SUBSTITUTES, Substitution
from reconciler.tolerance import Tolerance


@dataclass(frozen=True)
class MatchRules:
    """What a rule pack decides about matching.

    `authorization_required`: goods of a supplier whom the winner has not authorized for the area
    are settled by the hospital itself. `date_basis`: the first of these dates that a slice has
    decides contract and price (order_date, delivery_date or receipt_date, acceptance_date,
    invoice_date). `tolerances`: what may exceed a price or an ordered quantity, at most one for a
    reason. `two_invoice_chain`: what an invoice line that names no upstream invoice comes to.
    `trace_codes`: the same of a receipt line with fewer trace codes than packs.
    `hold_expired_since`: goods that came from that day on with a lot that had expired are not paid;
    of others it is only said. `substitution`: whether goods of another product of the contract
    product group may stand in for those ordered.
    `earlier`: rules under which goods were applied for, which are valued by them as long as they
    count (docs/decisions/0027). `terms` 0 of a row means these rules, n the nth of `earlier`.
    """

    authorization_required: bool = True
    date_basis: tuple[str, ...] = ("order_date", "receipt_date")
    tolerances: tuple[Tolerance, ...] = ()
    two_invoice_chain: Demand = NOT_ASKED
    trace_codes: Demand = NOT_ASKED
    hold_expired_since: date | None = None
    substitution: Substitution = NO_SUBSTITUTES
    earlier: tuple["MatchRules", ...] = ()

    @property
    def asked(self) -> Asked:
        """What must be read besides the lines."""
        every = (self, *self.earlier)
        return Asked(
            documents=any(each.per_document for rules in every for each in rules.tolerances),
            papers=any(
                demand.required_for
                for rules in every
                for demand in (rules.two_invoice_chain, rules.trace_codes)
            ),
        )

    def under(self, terms: Integers) -> Iterator[tuple["MatchRules", Flags]]:
        """Each set of rules that rows are of, and which rows."""
        if not self.earlier:
            yield self, np.ones(terms.size, np.bool_)
            return
        for number, rules in enumerate((self, *self.earlier)):
            yield rules, terms == number

    def requiring_authorization(self, terms: Integers) -> Flags:
        """Rows whose supplier must be authorized."""
        required = np.zeros(terms.size, np.bool_)
        for rules, mine in self.under(terms):
            required[mine] = rules.authorization_required
        return required
