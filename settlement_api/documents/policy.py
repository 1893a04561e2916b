"""Which document may come in from whom, and what a repeated number means. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from schemas.codes.documents import (
    ISSUERS,
    DocumentKind,
    DocumentState,
    Issuer,
    RecordOutcome,
)
from schemas.messages.documents import AMOUNT, PRICE, QUANTITY, QUANTITY_OR_NONE, TOTAL
from schemas.problems import Fault
from schemas.units import UNCONVERTED, Measure, Measures, ProductFacts
from settlement_api.documents.errors import STRANGERS, Rejection


@dataclass(frozen=True, slots=True)
class Arrival:
    """A document as it came: its place in the intake, its bytes' digest, and what it says."""

    record_number: int
    last_record_number: int
    position: int
    length: int
    sha256: bytes
    kind: DocumentKind
    document: Any
    """The derived Struct of schemas.messages.bulk."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An arrival whose parties are known."""

    arrival: Arrival
    hospital_id: UUID
    supplier_id: UUID
    issuer_code: str
    next_revision: bool
    """Whether its source has no revisions: other bytes under a number are the next one."""

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Source system, kind, issuer and external number: with the revision, the identity."""
        document = self.arrival.document
        return (
            document.source_system,
            self.arrival.kind.value,
            self.issuer_code,
            document.external_number,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one arrival."""

    outcome: RecordOutcome
    document_id: UUID | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Sender:
    """On whose behalf documents come in: one hospital, one supplier, one area, or any (None)."""

    hospital_id: UUID | None = None
    supplier_id: UUID | None = None
    area_code: str | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """The parties and source systems that a stretch of documents names, as far as they exist."""

    hospitals: Mapping[str, tuple[str, UUID]]
    """Hospital code → (area code, hospital id)."""
    suppliers: Mapping[str, tuple[UUID, str]]
    """USCC or alias → (supplier id, USCC)."""
    sources: Mapping[str, bool]
    """Source system → whether it numbers revisions by arrival (`next_revision`)."""


def place(arrival: Arrival, directory: Directory, sender: Sender) -> tuple[str, Placed] | Verdict:
    """The area a document goes to and its parties, or why it is rejected, every reason named."""
    document = arrival.document
    hospital = directory.hospitals.get(document.hospital_code)
    supplier = directory.suppliers.get(document.supplier_uscc)
    profile = directory.sources.get(document.source_system)
    if hospital is None or supplier is None or profile is None:
        return rejected(unknown_parties(document, directory))
    (area_code, hospital_id), (supplier_id, uscc) = hospital, supplier
    issuer = ISSUERS[arrival.kind]
    if not _may_send(sender, issuer, area_code, hospital_id, supplier_id):
        message = f"a {arrival.kind.value} is sent by the {issuer.value} it names"
        return rejected([Fault("", Rejection.NOT_ISSUER, message)])
    of_hospital = issuer is Issuer.HOSPITAL
    code = document.hospital_code if of_hospital else uscc
    return area_code, Placed(arrival, hospital_id, supplier_id, code, profile)


def unknown_parties(named: Any, directory: Directory) -> list[Fault]:
    """What a document names that is not registered; what it does not say (None) is not asked."""
    registers = (directory.sources, directory.hospitals, directory.suppliers)
    return [
        Fault(f"/{name}", code, message)
        for (name, code, message), known in zip(STRANGERS, registers, strict=True)
        if (said := getattr(named, name)) is not None and said not in known
    ]


def _may_send(
    sender: Sender, issuer: Issuer, area_code: str, hospital_id: UUID, supplier_id: UUID
) -> bool:
    if sender.hospital_id is not None:
        return issuer is Issuer.HOSPITAL and sender.hospital_id == hospital_id
    if sender.supplier_id is not None:
        return issuer is Issuer.SUPPLIER and sender.supplier_id == supplier_id
    return sender.area_code in (None, area_code)


def rejected(faults: Iterable[Fault]) -> Verdict:
    """The verdict on an arrival that is not stored."""
    return Verdict(RecordOutcome.REJECTED, faults=tuple(faults))


@dataclass(frozen=True, slots=True)
class Known:
    """A stored revision of some identity."""

    document_id: UUID
    revision: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """An arrival to be stored: under which revision, and which revision stands above it."""

    placed: Placed
    document_id: UUID
    revision: int
    superseded_by: UUID | None
    supersedes: tuple[UUID, ...]
    """Lower revisions that no longer count."""


def decide(
    placed: Placed, known: list[Known], new_id: UUID, *, shows_hashes: bool
) -> Accepted | Verdict:
    """Applies the identity rule (domain.md section 5) to one arrival; `known` may be extended.

    Same revision and bytes: unchanged. Other bytes: refused, or the next revision where the
    source has no revisions. A higher revision supersedes; a lower one is stored superseded.
    """
    revision, sha256 = placed.arrival.document.revision, placed.arrival.sha256
    same = next((one for one in known if one.revision == revision), None)
    if placed.next_revision and same is not None:
        same = next((one for one in known if one.sha256 == sha256), None)
        revision = revision if same else max(one.revision for one in known) + 1
    if same is not None:
        if same.sha256 == sha256:
            return Verdict(RecordOutcome.UNCHANGED, same.document_id)
        return rejected([_conflict(same.sha256, sha256, shows_hashes=shows_hashes)])
    higher = [one for one in known if one.revision > revision]
    lower = tuple(one.document_id for one in known if one.revision < revision)
    known.append(Known(new_id, revision, sha256))
    above = max(higher, key=lambda one: one.revision).document_id if higher else None
    return Accepted(placed, new_id, revision, above, lower)


def _conflict(stored: bytes, sent: bytes, *, shows_hashes: bool) -> Fault:
    message = "this number and revision were sent before with other content"
    if shows_hashes:
        message += f" (stored sha256 {stored.hex()}, sent {sent.hex()})"
    return Fault("/external_number", Rejection.IDENTITY_CONFLICT, message)


def is_issuer(sender: Sender, placed: Placed) -> bool:
    """Whether the sender is the party that issued the document: only it is shown hashes."""
    if ISSUERS[placed.arrival.kind] is Issuer.HOSPITAL:
        return sender.hospital_id == placed.hospital_id
    return sender.supplier_id == placed.supplier_id


CORRECTIVE = frozenset(
    {
        DocumentKind.ORDER_CHANGE,
        DocumentKind.ORDER_CANCELLATION,
        DocumentKind.RECEIPT_CANCELLATION,
        DocumentKind.INVOICE_VOID,
    }
)
"""Kinds that change what other documents mean, whichever comes first."""


def needs_whole_gate(placed: Iterable[Placed]) -> bool:
    """Whether any of these can change what documents of other transactions mean."""
    return any(
        one.next_revision or one.arrival.document.revision > 1 or one.arrival.kind in CORRECTIVE
        for one in placed
    )


# ── lines as they are stored ────────────────────────────────────────────────────────────────

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A table of lines and the columns an arrival fills in it, without `area_code` and `id`."""

    table: str
    columns: tuple[str, ...]
    rows: Callable[[Any, str, Measures], Iterator[Row]]
    """The rows of one document, after the columns every line shares (`HEAD`)."""


HEAD = ("document_id", "hospital_id", "supplier_id", "state")
PRODUCT = ("line_number", "product_code", "unit", "product_id", "unit_factor_known")


def line_rows(target: Target, accepted: Accepted, measures: Measures) -> Iterator[Row]:
    """The rows of one accepted document, in the order of HEAD and the target's columns."""
    placed = accepted.placed
    state = DocumentState.SUPERSEDED if accepted.superseded_by else DocumentState.EFFECTIVE
    head = (accepted.document_id, placed.hospital_id, placed.supplier_id, state.value)
    for row in target.rows(placed.arrival.document, placed.arrival.kind.value, measures):
        yield head + row


def _order_rows(document: Any, kind: str, measures: Measures) -> Iterator[Row]:
    number = document.external_number if kind == "purchase_order" else document.order_number
    day = document.document_date
    for line in document.lines:
        code, unit = line.product_code, line.unit
        measure = measures[code, unit]
        quantity, known = measure.convert(QUANTITY_OR_NONE.parse(line.quantity))  # type: ignore[arg-type]
        price, pack, decimals = _price(line, measure) if known else _price(line, UNCONVERTED)
        if pack is None:
            quantity, known = UNCONVERTED.convert(QUANTITY_OR_NONE.parse(line.quantity))  # type: ignore[arg-type]
            price, pack, decimals = _price(line, UNCONVERTED)
        # One flat display: this is the hottest line of bulk intake.
        # fmt: off
        yield (
            line.line_number, code, unit, measure.product_id, known, kind, number,
            line.contract_code, line.manufacturer, quantity, price, pack, decimals,
            _minor(line.amount), day, line.required_date, line.paid_offline,
        )
        # fmt: on


def _price(line: Any, measure: Measure) -> tuple[int | None, int | None, int]:
    """Micro-yuan per so many smallest units, and the decimals stated; no pack beyond the limits."""
    if line.price is None:
        return None, 1, 0
    micro = PRICE.parse(line.price)
    assert micro is not None, "the message was checked before"
    price, pack = measure.convert_price(micro, line.price_base_quantity) or (None, None)
    return price, pack, len(line.price.partition(".")[2])


def _minor(amount: str | None) -> int | None:
    return None if amount is None else AMOUNT.parse(amount)


def _despatch_rows(document: Any, kind: str, measures: Measures) -> Iterator[Row]:
    for line in document.lines:
        measure = measures[line.product_code, line.unit]
        quantity, known = measure.convert(QUANTITY.parse(line.quantity))  # type: ignore[arg-type]
        yield (
            *(line.line_number, line.product_code, line.unit, measure.product_id, known),
            *(document.external_number, line.order_number, line.order_line_number, quantity),
            *(line.lot_number, line.expiry_date, document.document_date),
        )


def _receipt_rows(document: Any, kind: str, measures: Measures) -> Iterator[Row]:
    for line in document.lines:
        measure = measures[line.product_code, line.unit]
        taken, both = _both(
            measure,
            QUANTITY_OR_NONE.parse(line.accepted_quantity),
            QUANTITY_OR_NONE.parse(line.rejected_quantity),
        )
        yield (
            *(line.line_number, line.product_code, line.unit, measure.product_id, both),
            *(document.external_number, line.order_number, line.order_line_number),
            *(line.despatch_number, *taken, line.lot_number, line.expiry_date),
            *(document.document_date, document.accepted_date, document.recorded_date),
            line.trace_codes and len(line.trace_codes),
        )


def _both(measure: Measure, *quantities: int | None) -> tuple[tuple[int, ...], bool]:
    """Quantities of one line converted together: all of them, or none."""
    sent = [quantity or 0 for quantity in quantities]
    converted = [measure.convert(quantity) for quantity in sent]
    known = all(fits for _, fits in converted)
    return tuple(quantity for quantity, _ in converted) if known else tuple(sent), known


def _invoice_rows(document: Any, kind: str, measures: Measures) -> Iterator[Row]:
    red = kind == "credit_note"
    for line in document.lines:
        measure = measures[line.product_code, line.unit]
        stated = QUANTITY.parse(line.quantity) if line.quantity is not None else None
        quantity, known = (None, False) if stated is None else measure.convert(stated)
        blue_number = (document if red else line).blue_invoice_number
        net, tax = AMOUNT.parse(line.net_amount) or 0, AMOUNT.parse(line.tax_amount) or 0
        yield (
            *(line.line_number, line.product_code, line.unit, measure.product_id, known),
            *(kind, document.external_number, line.charge_kind, line.order_number),
            *(line.order_line_number, line.receipt_number, line.receipt_line_number, blue_number),
            *(line.blue_line_number, line.upstream_invoice_number, quantity, line.price),
            *(None if red else line.lot_number, net, tax, net + tax, document.document_date),
        )


def _return_rows(document: Any, kind: str, measures: Measures) -> Iterator[Row]:
    for line in document.lines:
        measure = measures[line.product_code, line.unit]
        quantity, known = measure.convert(QUANTITY.parse(line.quantity))  # type: ignore[arg-type]
        yield (
            *(line.line_number, line.product_code, line.unit, measure.product_id, known),
            *(document.external_number, line.order_number, line.order_line_number),
            *(line.receipt_number, line.receipt_line_number, quantity, line.lot_number),
            document.document_date,
        )


def _link_rows(document: Any, kind: str, measures: Measures) -> Iterator[Row]:
    for line in document.lines:
        yield (
            *(line.line_number, document.external_number, document.document_date),
            *(line.invoice_number, line.invoice_line_number, line.order_number),
            *(line.order_line_number, line.receipt_number, line.receipt_line_number),
            None if line.quantity is None else QUANTITY.parse(line.quantity),
            line.mode,
        )


CANCELS = {
    "order_cancellation": ("purchase_order", "order_number", "order_line_number"),
    "receipt_cancellation": ("goods_receipt", "receipt_number", "receipt_line_number"),
    "invoice_void": ("invoice", "invoice_number", ""),
}


def _cancellation_rows(document: Any, kind: str, measures: Measures) -> Iterator[Row]:
    target_kind, number, line_number = CANCELS[kind]
    yield (
        *(target_kind, getattr(document, number)),
        *(getattr(document, line_number) if line_number else None, document.document_date),
        document.reason,
    )


_ORDER_LINES = Target(
    "purchase_order_line",
    (
        *PRODUCT,
        *("document_kind", "order_number", "contract_code", "manufacturer", "quantity_milli"),
        *("price_micro", "price_pack_size", "price_decimals", "amount_minor", "order_date"),
        *("required_date", "paid_offline"),
    ),
    _order_rows,
)
_INVOICE_LINES = Target(
    "invoice_line",
    (
        *PRODUCT,
        *("document_kind", "invoice_number", "charge_kind", "order_number"),
        *("order_line_number", "receipt_number", "receipt_line_number", "blue_invoice_number"),
        *("blue_line_number", "upstream_invoice_number", "quantity_milli", "price_text"),
        *("lot_number", "net_minor", "tax_minor", "total_minor", "invoice_date"),
    ),
    _invoice_rows,
)
_CANCELLATIONS = Target(
    "document_cancellation",
    ("target_kind", "target_number", "target_line_number", "cancelled_date", "reason"),
    _cancellation_rows,
)
TARGETS: Mapping[DocumentKind, Target] = {
    DocumentKind.PURCHASE_ORDER: _ORDER_LINES,
    DocumentKind.ORDER_CHANGE: _ORDER_LINES,
    DocumentKind.ORDER_CANCELLATION: _CANCELLATIONS,
    DocumentKind.DESPATCH_ADVICE: Target(
        "despatch_line",
        (
            *PRODUCT,
            *("despatch_number", "order_number", "order_line_number", "quantity_milli"),
            *("lot_number", "expiry_date", "despatch_date"),
        ),
        _despatch_rows,
    ),
    DocumentKind.GOODS_RECEIPT: Target(
        "goods_receipt_line",
        (
            *PRODUCT,
            *("receipt_number", "order_number", "order_line_number", "despatch_number"),
            *("accepted_milli", "rejected_milli", "lot_number", "expiry_date", "receipt_date"),
            *("accepted_date", "recorded_date", "trace_code_count"),
        ),
        _receipt_rows,
    ),
    DocumentKind.RECEIPT_CANCELLATION: _CANCELLATIONS,
    DocumentKind.INVOICE: _INVOICE_LINES,
    DocumentKind.INVOICE_VOID: _CANCELLATIONS,
    DocumentKind.CREDIT_NOTE: _INVOICE_LINES,
    DocumentKind.INVOICE_LINK: Target(
        "invoice_link_line",
        (
            *("line_number", "link_number", "link_date", "invoice_number"),
            *("invoice_line_number", "order_number", "order_line_number", "receipt_number"),
            *("receipt_line_number", "quantity_milli", "mode"),
        ),
        _link_rows,
    ),
    DocumentKind.RETURN_NOTE: Target(
        "return_note_line",
        (
            *PRODUCT,
            *("return_number", "order_number", "order_line_number", "receipt_number"),
            *("receipt_line_number", "quantity_milli", "lot_number", "return_date"),
        ),
        _return_rows,
    ),
}
"""Where the lines of each kind go."""


def stated_total(document: Any) -> tuple[int | None, int]:
    """An invoice's stated total in fen, and by how much the lines miss it."""
    if not hasattr(document, "total_amount"):
        return None, 0
    total = TOTAL.parse(document.total_amount) or 0
    lines = sum(
        (AMOUNT.parse(line.net_amount) or 0) + (AMOUNT.parse(line.tax_amount) or 0)
        for line in document.lines
    )
    return total, total - lines


# ── lines looked at again ───────────────────────────────────────────────────────────────────

RESOLVED: Mapping[str, str] = {
    "purchase_order_line": (
        "quantity_milli = given.first_milli, price_micro = given.price_micro,"
        " price_pack_size = given.price_pack_size"
    ),
    "despatch_line": "quantity_milli = given.first_milli",
    "goods_receipt_line": (
        "accepted_milli = given.first_milli, rejected_milli = given.second_milli"
    ),
    "invoice_line": "quantity_milli = given.first_milli",
    "return_note_line": "quantity_milli = given.first_milli",
}
"""What is set of a line of each table once its product and unit are known."""


def missing_products(
    accepted: Iterable[Accepted], products: Mapping[str, ProductFacts]
) -> set[str]:
    """Codes of these documents whose product, or a unit they state, is not in `products`."""
    named = {
        (line.product_code, line.unit)
        for one in accepted
        for line in getattr(one.placed.arrival.document, "lines", ())
        if getattr(line, "product_code", None)
    }
    return {
        code
        for code, unit in named
        if code not in products or (unit and unit not in products[code].units)
    }


def resolve(line: Any, measure: Measure) -> Row | None:
    """An unresolved line as it would have been stored had its product been known; None if alike.

    (id, product, known, first and second quantity in thousandths, price in micro-yuan, its pack)
    """
    quantities = (line.first_milli, line.second_milli)
    price, pack = line.price_micro, line.price_pack_size
    if line.first_milli is not None:
        converted, known = _both(measure, *quantities)
        terms = (price, pack) if price is None else measure.convert_price(price, pack)
        if known and terms is not None:
            return (line.id, measure.product_id, True, *converted, *terms)
    if line.product_id == measure.product_id:
        return None
    return (line.id, measure.product_id, False, *quantities, price, pack)
