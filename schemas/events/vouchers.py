"""Facts of vouchers."""

from typing import ClassVar

from schemas.events.base import DomainEvent


class VouchersIssued(DomainEvent):
    """What an area's ledger had posted got its vouchers, on every side."""

    name: ClassVar[str] = "vouchers.voucher.issued"

    voucher_count: int
