"""Run by the peers' own Python: Tryton's flow from purchase to posted invoice, and its CPU seconds.

The client is Tryton's own (proteus), in the server's process, so that nothing is spent on HTTP.
"""

import json
import os
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

DATABASE = "tryton_peer"
DAY = date(2026, 7, 1)
MODULES = ["purchase", "account_invoice_stock"]


def serve_from(address: str, folder: Path) -> None:
    """Settings are read when the server's packages are first imported."""
    settings = folder / "trytond.conf"
    settings.write_text(f"[database]\nuri = {address}\npath = {folder}\n")
    os.environ["TRYTOND_CONFIG"] = str(settings)
    os.environ["DB_NAME"] = DATABASE


def open_books() -> dict[str, Any]:
    """A company with a chart of accounts, a supplier and a product."""
    from proteus import Model
    from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts
    from trytond.modules.account_invoice.tests.tools import (
        create_payment_term,
        set_fiscalyear_invoice_sequences,
    )
    from trytond.modules.company.tests.tools import create_company
    from trytond.tests.tools import activate_modules

    activate_modules(MODULES, create_company, create_chart)
    year = set_fiscalyear_invoice_sequences(create_fiscalyear(today=DAY))
    year.click("create_period")
    accounts = get_accounts()
    category = Model.get("product.category")(name="Goods", accounting=True)
    category.account_expense, category.account_revenue = accounts["expense"], accounts["revenue"]
    category.save()
    supplier = Model.get("party.party")(name="Supplier")
    supplier.save()
    term = create_payment_term()
    term.save()
    template = Model.get("product.template")(name="Product", type="goods", purchasable=True)
    (template.default_uom,) = Model.get("product.uom").find([("name", "=", "Unit")])
    template.account_category = category
    template.save()
    return {"supplier": supplier, "term": term, "product": template.products[0]}


def play(order_count: int, line_count: int, books: dict[str, Any]) -> None:
    """Orders, received in full, invoiced in full and posted."""
    from proteus import Model

    purchase_model, line_model = Model.get("purchase.purchase"), Model.get("purchase.line")
    shipment_model, move_model = Model.get("stock.shipment.in"), Model.get("stock.move")
    for _ in range(order_count):
        purchase = purchase_model(party=books["supplier"], payment_term=books["term"])
        purchase.invoice_method = "fulfillment"
        for number in range(1, line_count + 1):
            line = line_model()
            purchase.lines.append(line)
            line.product, line.quantity = books["product"], float(number)
            line.unit_price = Decimal("5.0000")
        purchase.click("quote")
        purchase.click("confirm")
        shipment = shipment_model(supplier=books["supplier"])
        for move in purchase.moves:
            shipment.incoming_moves.append(move_model(id=move.id))
        shipment.save()
        shipment.click("receive")
        shipment.click("do")
        purchase.reload()
        (invoice,) = purchase.invoices
        invoice.invoice_date = DAY
        invoice.click("post")
        if invoice.state != "posted" or len(invoice.lines) != line_count:
            raise ValueError(f"an invoice ended {invoice.state} with {len(invoice.lines)} lines")


def backend_seconds(address: str) -> float:
    """CPU seconds so far of the server's processes that work for this database."""
    import psycopg

    with psycopg.connect(address) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s", [DATABASE]
        ).fetchall()
    ticks = 0
    for (pid,) in found:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(told[11]) + int(told[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    address, folder = sys.argv[1], Path(sys.argv[2])
    order_count, line_count = int(sys.argv[3]), int(sys.argv[4])
    serve_from(address, folder)
    books = open_books()
    play(1, line_count, books)
    before = time.process_time() + backend_seconds(address)
    play(order_count, line_count, books)
    taken = time.process_time() + backend_seconds(address) - before
    json.dump({"lines": order_count * line_count, "cpu_seconds": taken}, sys.stdout)


if __name__ == "__main__":
    main()
