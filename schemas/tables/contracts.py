"""What may be bought at which price: products, procurement rounds, contracts and their reach.

Every period is `valid_from` to `valid_to`, both days included; no `valid_to` means no end is
known. Prices are millionths of a yuan per pack. Rows with `superseded_at` were corrected by a
later row and are kept, so that an old decision can be made again.
"""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from schemas.codes.contracts import ChargeTerms, ProductKind, ProgramLevel
from schemas.codes.documents import ChargeKind
from schemas.tables.base import (
    PlainRow,
    TenantRow,
    datetime,
    instant_field,
    minor_field,
    recorded_at_field,
    reference,
    tenant,
    text_field,
)


def _one_of(column: str, values: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


PERIOD = "valid_to IS NULL OR valid_to >= valid_from"
CURRENT = "superseded_at IS NULL"


class Product(PlainRow, table=True):
    """A drug, consumable or reagent with the smallest unit in which it is counted."""

    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("product_code"),
        CheckConstraint(_one_of("kind", ProductKind), name="kind_known"),
        reference(updatable=("name", "name_pinyin", "specification")),
    )

    product_code: str = text_field()
    name: str = text_field()
    name_pinyin: str = text_field()
    kind: str = text_field()
    specification: str = text_field()
    smallest_unit: str = text_field()
    recorded_at: datetime = recorded_at_field()


class ProductUnit(PlainRow, table=True):
    """A unit a product is traded in: 1 unit = numerator / denominator smallest units.

    The smallest unit itself has a row 1/1. A factor is never changed: documents were already
    converted by it.
    """

    __tablename__ = "product_unit"
    __table_args__ = (
        UniqueConstraint("product_id", "unit"),
        ForeignKeyConstraint(["product_id"], ["product.id"]),
        CheckConstraint("numerator > 0 AND denominator > 0", name="factor_positive"),
        reference(),
    )

    product_id: UUID
    unit: str = text_field()
    numerator: int = Field(sa_type=BigInteger)
    denominator: int = Field(sa_type=BigInteger)
    recorded_at: datetime = recorded_at_field()


class ProcurementRound(PlainRow, table=True):
    """A round of centralized procurement (集采批次)."""

    __tablename__ = "procurement_round"
    __table_args__ = (
        UniqueConstraint("round_code"),
        CheckConstraint(_one_of("level", ProgramLevel), name="level_known"),
        reference(updatable=("name",)),
    )

    round_code: str = text_field()
    name: str = text_field()
    level: str = text_field()
    recorded_at: datetime = recorded_at_field()


class ProductGroupMember(PlainRow, table=True):
    """A product of a group of a procurement round: one may be delivered for another of the group.

    A product is in one group at most. What it was moved out of stays, superseded.
    """

    __tablename__ = "product_group_member"
    __table_args__ = (
        ForeignKeyConstraint(["round_id"], ["procurement_round.id"]),
        ForeignKeyConstraint(["product_id"], ["product.id"]),
        Index(
            "uq_product_group_member_current",
            "product_id",
            unique=True,
            postgresql_where=text(CURRENT),
        ),
        Index("ix_product_group_member_group", "round_id", "group_code"),
        reference(updatable=("superseded_at",)),
    )

    round_id: UUID
    group_code: str = text_field()
    product_id: UUID
    recorded_at: datetime = recorded_at_field()
    superseded_at: datetime | None = instant_field(default=None)


class Contract(PlainRow, table=True):
    """One price version of one contract item: product × manufacturer × pack price × period.

    `pack_price_micro` yuan·10^-6 buys `pack_size` smallest units. Two current rows of the same
    contract, product and manufacturer never overlap in time.
    """

    __tablename__ = "contract"
    __table_args__ = (
        ForeignKeyConstraint(["round_id"], ["procurement_round.id"]),
        ForeignKeyConstraint(["product_id"], ["product.id"]),
        CheckConstraint("pack_price_micro > 0", name="pack_price_positive"),
        CheckConstraint("pack_size > 0", name="pack_size_positive"),
        CheckConstraint(PERIOD, name="period_forward"),
        Index(
            "uq_contract_current",
            "contract_code",
            "item_no",
            "manufacturer",
            "valid_from",
            unique=True,
            postgresql_where=text(CURRENT),
        ),
        Index("ix_contract_product", "product_id", "valid_from"),
        ExcludeConstraint(
            ("contract_code", "="),
            ("product_id", "="),
            ("manufacturer", "="),
            (text("daterange(valid_from, valid_to, '[]')"), "&&"),
            where=text(CURRENT),
            using="gist",
            name="ex_contract_one_price",
        ),
        reference(updatable=("superseded_at",)),
    )

    contract_code: str = text_field()
    item_no: str = text_field()
    round_id: UUID
    product_id: UUID
    manufacturer: str = text_field()
    holder_uscc: str | None = text_field(default=None)
    """USCC of the winner (上市许可持有人); none where the award names it only."""
    pack_price_micro: int = minor_field()
    pack_size: int = Field(sa_type=Integer)
    pack_size_inferred: bool = Field(sa_type=Boolean)
    """The award gave a unit price only; the pack was inferred from it."""
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime = recorded_at_field()
    superseded_at: datetime | None = instant_field(default=None)


class ContractScope(PlainRow, table=True):
    """Where a contract's price holds: a province or an area."""

    __tablename__ = "contract_scope"
    __table_args__ = (
        ForeignKeyConstraint(["contract_id"], ["contract.id"]),
        CheckConstraint("scope_code ~ '^[0-9]{6}$'", name="scope_code_form"),
        Index(
            "uq_contract_scope_current",
            "contract_id",
            "scope_code",
            unique=True,
            postgresql_where=text(CURRENT),
        ),
        reference(updatable=("superseded_at",)),
    )

    contract_id: UUID
    scope_code: str = text_field()
    recorded_at: datetime = recorded_at_field()
    superseded_at: datetime | None = instant_field(default=None)


class DistributorAuthorization(PlainRow, table=True):
    """A supplier may deliver a product in an area."""

    __tablename__ = "distributor_authorization"
    __table_args__ = (
        ForeignKeyConstraint(["product_id"], ["product.id"]),
        ForeignKeyConstraint(["supplier_id"], ["supplier.id"]),
        ForeignKeyConstraint(["area_code"], ["area.area_code"]),
        CheckConstraint(PERIOD, name="period_forward"),
        Index(
            "uq_distributor_authorization_current",
            "area_code",
            "product_id",
            "supplier_id",
            "valid_from",
            unique=True,
            postgresql_where=text(CURRENT),
        ),
        reference(updatable=("superseded_at",)),
    )

    product_id: UUID
    supplier_id: UUID
    area_code: str = text_field()
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime = recorded_at_field()
    superseded_at: datetime | None = instant_field(default=None)


class ChargeTerm(PlainRow, table=True):
    """What a contract says of a kind of charge: the price of the goods includes it, or it is paid
    on top, up to a part of the goods' value on an order, an amount for an order, or the lower.
    """

    __tablename__ = "charge_term"
    __table_args__ = (
        CheckConstraint(_one_of("charge_kind", ChargeKind), name="charge_kind_known"),
        CheckConstraint("charge_kind <> 'goods'", name="no_goods"),
        CheckConstraint(_one_of("terms", ChargeTerms), name="terms_known"),
        CheckConstraint(
            "(terms = 'payable') = (coalesce(most_permyriad, most_minor) IS NOT NULL)",
            name="limited",
        ),
        CheckConstraint("most_permyriad BETWEEN 1 AND 10000", name="most_permyriad"),
        CheckConstraint("most_minor > 0", name="most_minor"),
        CheckConstraint(PERIOD, name="period_forward"),
        ExcludeConstraint(
            ("contract_code", "="),
            ("charge_kind", "="),
            (text("daterange(valid_from, valid_to, '[]')"), "&&"),
            where=text(CURRENT),
            using="gist",
            name="ex_charge_term_one",
        ),
        reference(updatable=("superseded_at",)),
    )

    contract_code: str = text_field()
    charge_kind: str = text_field()
    terms: str = text_field()
    most_permyriad: int | None = Field(default=None, sa_type=Integer, nullable=True)
    """Of the value of the order's goods under the contract."""
    most_minor: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    """Fen for each order."""
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime = recorded_at_field()
    superseded_at: datetime | None = instant_field(default=None)


class AgreedVolume(TenantRow, table=True):
    """The volume agreed for an area in a contract year; its use is computed, never counted up.

    `contract_id` is the price version the volume was agreed under; `contract_code` and
    `item_no` stay the same when that version is corrected.
    """

    __tablename__ = "agreed_volume"
    __table_args__ = (
        ForeignKeyConstraint(["contract_id"], ["contract.id"]),
        ForeignKeyConstraint(["area_code"], ["area.area_code"]),
        CheckConstraint("quantity_milli >= 0", name="quantity_not_negative"),
        CheckConstraint("year BETWEEN 1990 AND 2200", name="year_plausible"),
        Index(
            "uq_agreed_volume_current",
            "area_code",
            "contract_code",
            "item_no",
            "manufacturer",
            "scope_code",
            "year",
            unique=True,
            postgresql_where=text(CURRENT),
        ),
        tenant(updatable=("superseded_at",)),
    )

    contract_id: UUID
    contract_code: str = text_field()
    item_no: str = text_field()
    manufacturer: str = text_field()
    scope_code: str = text_field()
    """Province, area, or the hospital code the volume was agreed for."""
    year: int = Field(sa_type=Integer)
    quantity_milli: int = minor_field()
    recorded_at: datetime = recorded_at_field()
    superseded_at: datetime | None = instant_field(default=None)
