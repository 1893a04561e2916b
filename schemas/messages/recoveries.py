"""Shortfalls on the wire."""

from datetime import datetime
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
