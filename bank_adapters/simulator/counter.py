"""What the counters of the simulated bank share: book, temper, schema and clock."""

import asyncio
from datetime import datetime

from lxml import etree

from bank_adapters.simulator.behavior import Behavior, MessageFault
from bank_adapters.simulator.book import Book
from bank_adapters.simulator.messages import SCHEMA_FILE, Instructed


class Counter:
    """What the handlers share: the book, the temper, and the schema of orders."""

    def __init__(self, book: Book, behavior: Behavior) -> None:
        self.book = book
        self.behavior = behavior
        self.schema = etree.XMLSchema(etree.parse(str(SCHEMA_FILE)))
        self.lock = asyncio.Lock()

    def at(self) -> datetime:
        """The bank's instant."""
        now = self.book.now()
        assert now is not None, "every request brings an instant or follows one"
        return now

    def fault(self, order: Instructed) -> MessageFault | None:
        """Only the first delivery goes wrong, or nothing would ever get through."""
        if self.book.count_delivery(order.message_id) > 1:
            return None
        return self.behavior.message_fault(
            debtor=order.debtor_account,
            sum_minor=sum(transfer.amount for transfer in order.transfers),
            count=len(order.transfers),
            day=order.execution_date,
        )
