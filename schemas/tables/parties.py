"""Who is who: areas and places, agencies, hospitals, suppliers, their accounts and mandates.

Every period is `valid_from` to `valid_to`, both days included; no `valid_to` means no end is
known. Rows with `superseded_at` were corrected by a later row and are kept for old decisions.
"""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field, SQLModel

from schemas.codes.parties import (
    HospitalLevel,
    Ownership,
    RevisionProfile,
    Scheme,
    VerificationState,
)
from schemas.tables.base import (
    PlainRow,
    TenantRow,
    datetime,
    instant_field,
    party,
    recorded_at_field,
    reference,
    system,
    tenant,
    text_field,
)


def _one_of(column: str, values: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


PERIOD = "valid_to IS NULL OR valid_to >= valid_from"


class Area(SQLModel, table=True):
    """A settlement area (统筹区), the tenant. Its code is never changed or reused."""

    __tablename__ = "area"
    __table_args__ = (
        CheckConstraint("area_code ~ '^[0-9]{6}$'", name="area_code_form"),
        CheckConstraint("province_code ~ '^[0-9]{6}$'", name="province_code_form"),
        reference(updatable=("name", "name_pinyin")),
    )

    area_code: str = text_field(primary_key=True)
    name: str = text_field()
    name_pinyin: str = text_field()
    province_code: str = text_field()
    recorded_at: datetime = recorded_at_field()


class Place(SQLModel, table=True):
    """A place of GB/T 2260 and the area that settles for it; places come and go, areas do not."""

    __tablename__ = "place"
    __table_args__ = (
        CheckConstraint("place_code ~ '^[0-9]{6}$'", name="place_code_form"),
        reference(updatable=("name", "name_pinyin", "valid_to")),
    )

    place_code: str = text_field(primary_key=True)
    name: str = text_field()
    name_pinyin: str = text_field()
    parent_code: str = text_field()
    area_code: str = text_field(foreign_key="area.area_code")
    source: str = text_field()
    valid_to: date | None = None
    """The last day on which the code was in use, for places that no longer exist."""
    recorded_at: datetime = recorded_at_field()


class SourceSystem(SQLModel, table=True):
    """A system that sends documents, and what a repeated number means when it comes from there."""

    __tablename__ = "source_system"
    __table_args__ = (
        CheckConstraint(_one_of("revision_profile", RevisionProfile), name="profile_known"),
        reference(updatable=("name", "revision_profile")),
    )

    code: str = text_field(primary_key=True)
    name: str = text_field()
    revision_profile: str = text_field(default=RevisionProfile.REFUSE)
    recorded_at: datetime = recorded_at_field()


class ImportGate(SQLModel, table=True):
    """One row per kind of master data: whoever imports a kind holds its row until the end."""

    __tablename__ = "import_gate"
    __table_args__ = (system(updatable=("last_sha256",)),)

    kind: str = text_field(primary_key=True)
    last_sha256: str | None = text_field(default=None)


class Agency(TenantRow, table=True):
    """A medical-insurance agency (医保经办机构): pays on mandate."""

    __tablename__ = "agency"
    __table_args__ = (
        UniqueConstraint("area_code", "code"),
        ForeignKeyConstraint(["area_code"], ["area.area_code"]),
        tenant(hospital=True, supplier=True, updatable=("name", "name_pinyin")),
    )

    code: str = text_field()
    name: str = text_field()
    name_pinyin: str = text_field()
    recorded_at: datetime = recorded_at_field()


class Hospital(TenantRow, table=True):
    """A designated hospital (定点医疗机构) of one area."""

    __tablename__ = "hospital"
    __table_args__ = (
        UniqueConstraint("area_code", "hospital_code"),
        ForeignKeyConstraint(["area_code"], ["area.area_code"]),
        CheckConstraint("hospital_code ~ '^[HP][0-9]{11}$'", name="hospital_code_form"),
        CheckConstraint(_one_of("level", HospitalLevel), name="level_known"),
        CheckConstraint(_one_of("ownership", Ownership), name="ownership_known"),
        tenant(
            hospital=True,
            supplier=True,
            updatable=("name", "name_pinyin", "level", "ownership", "suspended_from"),
        ),
    )

    hospital_code: str = text_field()
    name: str = text_field()
    name_pinyin: str = text_field()
    level: str = text_field(default=HospitalLevel.UNKNOWN)
    ownership: str = text_field(default=Ownership.UNKNOWN)
    suspended_from: date | None = None
    """From this day the hospital's offset capacity is 0."""
    recorded_at: datetime = recorded_at_field()


class HospitalRegistry(SQLModel, table=True):
    """Which area a hospital code belongs to: one code is one hospital, whatever the area."""

    __tablename__ = "hospital_registry"
    __table_args__ = (
        UniqueConstraint("hospital_id"),
        CheckConstraint("hospital_code ~ '^[HP][0-9]{11}$'", name="hospital_code_form"),
        system(updatable=()),
    )

    hospital_code: str = text_field(primary_key=True)
    area_code: str = text_field(foreign_key="area.area_code")
    hospital_id: UUID
    recorded_at: datetime = recorded_at_field()


class Supplier(PlainRow, table=True):
    """A distributor or self-delivering manufacturer, in every area the same."""

    __tablename__ = "supplier"
    __table_args__ = (
        UniqueConstraint("uscc"),
        CheckConstraint("uscc ~ '^[0-9A-HJ-NP-RTUWXY]{18}$'", name="uscc_form"),
        CheckConstraint("successor_id IS NULL OR successor_id <> id", name="successor_is_another"),
        CheckConstraint(
            "(successor_id IS NULL) = (succeeded_at IS NULL)", name="succession_recorded"
        ),
        Index(
            "ix_supplier_successor",
            "successor_id",
            postgresql_where=text("successor_id IS NOT NULL"),
        ),
        party(
            hospital=True,
            updatable=(
                *("name", "name_pinyin", "is_sme", "suspended_from"),
                *("successor_id", "succeeded_at"),
            ),
        ),
    )

    uscc: str = text_field()
    name: str = text_field()
    name_pinyin: str = text_field()
    is_sme: bool = Field(sa_type=Boolean)
    """Declared small or medium enterprise."""
    suspended_from: date | None = None
    successor_id: UUID | None = Field(default=None, foreign_key="supplier.id")
    """Renamed or merged: who it is now. Once recorded it stays; the successor may have its own."""
    succeeded_at: datetime | None = instant_field(default=None)
    """When we learned of it."""
    recorded_at: datetime = recorded_at_field()


class SupplierAlias(PlainRow, table=True):
    """Another name or code of one supplier, in its canonical form (`schemas.codes.supplier_codes`),
    by which documents may name it. One that was withdrawn stays, superseded."""

    __tablename__ = "supplier_alias"
    __table_args__ = (
        ForeignKeyConstraint(["supplier_id"], ["supplier.id"]),
        CheckConstraint("alias !~ '^[0-9A-Z]{18}$'", name="alias_is_no_uscc"),
        Index(
            "uq_supplier_alias_current",
            "alias",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        reference(updatable=("superseded_at",), parties=False),
    )

    alias: str = text_field()
    supplier_id: UUID
    recorded_at: datetime = recorded_at_field()
    superseded_at: datetime | None = instant_field(default=None)


class PayeeAccount(PlainRow, table=True):
    """A receiving account of a supplier; paid to only after two people have verified it."""

    __tablename__ = "payee_account"
    __table_args__ = (
        ForeignKeyConstraint(["supplier_id"], ["supplier.id"]),
        CheckConstraint(
            _one_of("verification_state", VerificationState), name="verification_state_known"
        ),
        CheckConstraint(
            "verification_state <> 'verified'"
            " OR (verified_by_first IS NOT NULL AND verified_by_second IS NOT NULL)",
            name="verified_by_two",
        ),
        CheckConstraint("verified_by_first <> verified_by_second", name="verifiers_differ"),
        CheckConstraint(
            "verified_by_first IS NOT NULL OR verified_by_second IS NULL",
            name="first_before_second",
        ),
        CheckConstraint(
            "proposed_by <> verified_by_first AND proposed_by <> verified_by_second",
            name="proposer_does_not_verify",
        ),
        CheckConstraint("cnaps_code ~ '^[0-9]{12}$'", name="cnaps_code_form"),
        CheckConstraint("account_last4 ~ '^[0-9]{4}$'", name="account_last4_form"),
        CheckConstraint("octet_length(account_blind_index) = 32", name="blind_index_length"),
        CheckConstraint(PERIOD, name="period_forward"),
        Index("ix_payee_account_supplier", "supplier_id", "id"),
        UniqueConstraint(
            "supplier_id",
            "account_blind_index",
            "cnaps_code",
            "valid_from",
            name="uq_payee_account_from",
        ),
        ExcludeConstraint(
            ("supplier_id", "="),
            (text("daterange(valid_from, valid_to, '[]')"), "&&"),
            where=text("verification_state IN ('verified', 'frozen')"),
            using="gist",
            name="ex_payee_account_one_current",
        ),
        party(
            updatable=(
                "verification_state",
                "verified_by_first",
                "verified_by_second",
                "verified_at",
                "valid_to",
            )
        ),
    )

    supplier_id: UUID
    account_ciphertext: bytes = Field(sa_type=LargeBinary)
    key_id: str = text_field()
    account_blind_index: bytes = Field(sa_type=LargeBinary)
    account_last4: str = text_field()
    account_name: str = text_field()
    cnaps_code: str = text_field()
    verification_state: str = text_field(default=VerificationState.UNVERIFIED)
    proposed_by: UUID | None = None
    """The user who proposed it; none when a file brought it."""
    verified_by_first: UUID | None = None
    verified_by_second: UUID | None = None
    verified_at: datetime | None = instant_field(default=None)
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime = recorded_at_field()


class AgencyAccount(TenantRow, table=True):
    """The expenditure account (支出户) of an agency for one scheme, never shared by two."""

    __tablename__ = "agency_account"
    __table_args__ = (
        ForeignKeyConstraint(["area_code", "agency_id"], ["agency.area_code", "agency.id"]),
        CheckConstraint(_one_of("scheme", Scheme), name="scheme_known"),
        CheckConstraint("cnaps_code ~ '^[0-9]{12}$'", name="cnaps_code_form"),
        CheckConstraint("account_last4 ~ '^[0-9]{4}$'", name="account_last4_form"),
        CheckConstraint("octet_length(account_blind_index) = 32", name="blind_index_length"),
        CheckConstraint(PERIOD, name="period_forward"),
        UniqueConstraint("area_code", "account_blind_index", name="uq_agency_account_number"),
        UniqueConstraint("area_code", "id", "scheme", name="uq_agency_account_scheme"),
        ExcludeConstraint(
            ("area_code", "="),
            ("agency_id", "="),
            ("scheme", "="),
            (text("daterange(valid_from, valid_to, '[]')"), "&&"),
            using="gist",
            name="ex_agency_account_one_current",
        ),
        tenant(updatable=("account_name", "valid_to")),
    )

    agency_id: UUID
    scheme: str = text_field()
    account_ciphertext: bytes = Field(sa_type=LargeBinary)
    key_id: str = text_field()
    account_blind_index: bytes = Field(sa_type=LargeBinary)
    account_last4: str = text_field()
    account_name: str = text_field()
    cnaps_code: str = text_field()
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime = recorded_at_field()


class Mandate(TenantRow, table=True):
    """A hospital's instruction that the agency pays its suppliers for it (委托代付)."""

    __tablename__ = "mandate"
    __table_args__ = (
        ForeignKeyConstraint(["area_code", "hospital_id"], ["hospital.area_code", "hospital.id"]),
        CheckConstraint(PERIOD, name="period_forward"),
        Index("ix_mandate_hospital", "hospital_id", "id"),
        Index(
            "uq_mandate_current",
            "area_code",
            "hospital_id",
            "document_reference",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        tenant(hospital=True, updatable=("superseded_at",)),
    )

    hospital_id: UUID
    valid_from: date
    valid_to: date | None = None
    document_reference: str = text_field()
    learned_at: datetime = instant_field()
    """Business instant from which the platform knew of it: it covers no release before."""
    superseded_at: datetime | None = instant_field(default=None)
    """Business instant at which a correction of its period took its place."""
    recorded_at: datetime = recorded_at_field()
