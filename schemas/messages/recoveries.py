"""Shortfalls and carried returns on the wire."""

from datetime import date, datetime
from uuid import UUID

from schemas.messages.base import Message, YuanText
from schemas.messages.fund_claims import MonthText


class ShortfallCaseView(Message):
    """What a batch paid for a hospital beyond its month's claim, and what is still open of it."""

    id: UUID
    payment_batch_id: UUID
    hospital_id: UUID
    scheme: str
    month: MonthText
    shortfall: YuanText
    recovered: YuanText
    open: YuanText
    opened_at: datetime


class CarryRequest(Message):
    """The month whose claims earlier shortfalls are to be taken from."""

    month: MonthText


class Carried(Message):
    """What was recovered."""

    amount: YuanText


class CarriedReturnView(Message):
    """Returns of a supplier to a hospital that outweigh what is to be paid, as last looked at."""

    id: UUID
    hospital_id: UUID
    supplier_id: UUID
    scheme: str
    amount: YuanText
    carried_since: date
    receivable_at: datetime | None
    closed_at: datetime | None


class CarriedTotal(Message):
    """What is carried in a scheme, and what suppliers owe after the months of carrying."""

    scheme: str
    carried_count: int
    carried: YuanText
    receivable_count: int
    receivable: YuanText
