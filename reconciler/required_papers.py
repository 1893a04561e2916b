"""Papers that a rule pack asks for besides those that are matched.

Whether a line lacks one is a fact of its document, read with the line; the rule pack says whether
it matters. What is held so is held in pairs like any goods that are matched and not paid, so that
returns and credit notes find them, and every quantity and fen still ends somewhere.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from reconciler.axis import Flags
from reconciler.columns import day_number
from schemas.codes.contracts import ProductKind

KINDS_OF_PRODUCT: Final = tuple(ProductKind)
"""Columns hold the place in this list + 1; 0 where the paper is there."""


@dataclass(frozen=True)
class Demand:
    """For which kinds of products a paper is asked for, and what its absence does.

    Documents dated before `since` are not asked: a rule never reaches back.
    """

    required_for: tuple[ProductKind, ...] = ()
    effect: Literal["information", "held"] = "information"
    since: date | None = None

    def lacked(self, kind: npt.NDArray[Any], day: npt.NDArray[Any]) -> Flags:
        """Lines that lack the paper and are asked for it."""
        if not self.required_for:
            return np.zeros(kind.size, np.bool_)
        asked = [KINDS_OF_PRODUCT.index(each) + 1 for each in self.required_for]
        since = -(2**31) if self.since is None else day_number(self.since)
        answer: Flags = np.isin(kind, asked) & (day >= since)
        return answer

    @property
    def holds(self) -> bool:
        """Whether goods without the paper are not payable."""
        return self.effect == "held"


NOT_ASKED: Final = Demand()
