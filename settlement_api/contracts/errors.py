"""Refusals about products and contracts."""

from schemas.problems import NotFound


class UnknownProduct(NotFound):
    """There is no such product."""

    code = "unknown_product"
    title = "There is no such product"


class UnknownContract(NotFound):
    """There is no such price version, or it was corrected by a later one."""

    code = "unknown_contract"
    title = "There is no such contract"
