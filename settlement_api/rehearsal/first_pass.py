"""`zhijie first-pass`: how many invoices match at once, with and without proposals.

The same generated documents come in twice, each time into a fresh database. Once suppliers send
the invoices that the generator drew, with all its exceptions; once they send none of these, ask
for proposals whenever documents have come in, and issue exactly what is proposed.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from settlement_api.config import Settings
from settlement_api.persistence import Database, load_sql
from settlement_api.rehearsal import setting_up, synthetic, trading
from settlement_api.rehearsal.client import Caller, gather_bounded
from settlement_api.rehearsal.demo import generate, make_console
from settlement_api.rehearsal.opening import (
    Ports,
    clear_state,
    rehearsal_settings,
    run_on_stage,
)
from settlement_api.rehearsal.processes import free_port
from settlement_api.rehearsal.report import grouped_yuan
from settlement_api.rehearsal.stage import Stage
from settlement_api.rehearsal.wire import TAX_SYSTEM

FOLDER = "first-pass"
INVOICING = frozenset({"invoice", "invoice_void", "credit_note"})
"""What suppliers who invoice from proposals do not send."""
AT_ONCE = 4
ISSUED_PREFIX = 555

Figures = Mapping[str, int]


class Seller:
    """Suppliers who issue what is proposed, each invoice under the next number."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._issued = 0
        self.lines = 0

    async def invoice_all(self, day: date) -> None:
        """Every supplier asks for its proposals and sends them as invoices; matched at the end."""
        stage = self._stage
        await stage.be_quiet()  # what has come in is matched
        ranked = sorted(stage.suppliers.values(), key=lambda party: party.code)
        await gather_bounded(
            lambda party: self._invoice(stage.system_of(party.id), party.code, day),
            ranked,
            at_once=AT_ONCE,
        )
        await stage.be_quiet()

    async def _invoice(self, system: Caller, uscc: str, day: date) -> None:
        proposals = [each async for each in system.pages("/invoice-proposals")]
        for proposal in proposals:
            if proposal["lines"]:
                await system.post("/documents/invoice", self._document(proposal, uscc, day))

    def _document(self, proposal: Mapping[str, Any], uscc: str, day: date) -> dict[str, Any]:
        names = (
            *("line_number", "product_code", "quantity", "unit", "net_amount", "tax_amount"),
            *("order_number", "order_line_number", "receipt_number", "receipt_line_number"),
        )
        self._issued += 1
        self.lines += len(proposal["lines"])
        return {
            "kind": "invoice",
            "source_system": TAX_SYSTEM,
            "external_number": synthetic.invoice_number(ISSUED_PREFIX, self._issued),
            "hospital_code": proposal["hospital_code"],
            "supplier_uscc": uscc,
            "document_date": day.isoformat(),
            "total_amount": proposal["total_amount"],
            "lines": [{name: line[name] for name in names} for line in proposal["lines"]],
        }


async def play(stage: Stage, *, with_proposals: bool) -> Figures:
    """The documents of the month, and the first-pass figures of what suppliers sent."""
    await setting_up.set_everything_up(stage)
    if with_proposals:
        seller = Seller(stage)
        await trading.take_documents_in(stage, leave_out=INVOICING, after_each=seller.invoice_all)
    else:
        await trading.take_documents_in(stage)
    return await first_pass(stage.installation.database)


async def first_pass(database: Database) -> Figures:
    """Invoice lines and their fen, and how much of both the first run made payable in full."""
    async with database.system() as connection:
        rows = await connection.execute(text(load_sql(__file__, "first_pass")))
        return {name: int(value) for name, value in rows.mappings().one().items()}


async def run(*, scale: str, seed: int, settings: Settings, console: Console | None = None) -> int:
    """Both ways, one after the other, each in a fresh folder; prints the two rates."""
    screen = console or make_console()
    figures: dict[str, Figures] = {}
    for title, with_proposals in (("as drawn", False), ("from proposals", True)):
        ports = Ports(free_port(), free_port())
        state = (settings.state_directory / FOLDER).resolve()
        chosen = rehearsal_settings(settings, state=state, ports=ports).model_copy(
            update={"hourly_rounds": False}
        )
        clear_state(state)
        manifest = generate(screen, state, scale=scale, seed=seed)

        async def perform(
            stage: Stage, title: str = title, with_proposals: bool = with_proposals
        ) -> int:
            figures[title] = await play(stage, with_proposals=with_proposals)
            return 0

        status = await run_on_stage(chosen, ports, manifest, perform, console=screen)
        if status:
            return status
        clear_state(state)
    screen.print(table_of(figures))
    return 0


def table_of(figures: Mapping[str, Figures]) -> Table:
    """One row for each way of invoicing."""
    table = Table(title="First-pass match rate of invoice lines", title_justify="left")
    table.add_column("invoices")
    for name in ("lines", "at once", "rate", "yuan", "at once", "rate"):
        table.add_column(name, justify="right")
    for title, row in figures.items():
        table.add_row(
            *(title, f"{row['lines']:,}", f"{row['lines_at_once']:,}"),
            percent(row["lines_at_once"], row["lines"]),
            *(grouped_yuan(row["invoiced_minor"]), grouped_yuan(row["at_once_minor"])),
            percent(row["at_once_minor"], row["invoiced_minor"]),
        )
    return table


def percent(part: int, whole: int) -> str:
    """A share in per cent, rounded down: only the whole is 100 %."""
    if not whole:
        return "-"
    hundredths = part * 10_000 // whole
    return f"{hundredths // 100}.{hundredths % 100:02d} %"
