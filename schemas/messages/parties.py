"""Rows of party files, and parties and accounts as the API shows and takes them."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from schemas.codes.parties import (
    HospitalLevel,
    Ownership,
    RevisionProfile,
    Scheme,
    VerificationState,
    hospital_level,
)
from schemas.codes.supplier_codes import canonical_supplier_code, is_alias
from schemas.messages.base import Message
from schemas.messages.cells import (
    AccountName,
    AccountNumber,
    AreaCodeCell,
    Cnaps,
    Code,
    Day,
    HospitalCode,
    MasterDataRow,
    Name,
    Truth,
    Uscc,
)

_OWNERSHIP_WORDS = {"公立": "public", "民营": "private", "军队": "military"}


def _level(value: object) -> object:
    if isinstance(value, str) and value not in list(HospitalLevel):
        return hospital_level(value)
    return value


def _ownership(value: object) -> object:
    return _OWNERSHIP_WORDS.get(value, value) if isinstance(value, str) else value


def _alias(text: str) -> str:
    found = canonical_supplier_code(text)
    if not is_alias(found):
        raise ValueError("an alias has 2 to 100 signs and not the form of a social credit code")
    return found


def pinyin(name: str) -> str:
    """The sort key of a Chinese name: its syllables without tones."""
    # Its dictionary of phrases fills 55 MB, which only a process that imports names should hold.
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    return " ".join(lazy_pinyin(name)).casefold()


class NamedRow(MasterDataRow):
    """A row with a name that lists are sorted by."""

    name: Name

    @property
    def name_pinyin(self) -> str:
        return pinyin(self.name)


class PeriodRow(MasterDataRow):
    """A row that holds from one day to another, both included; no end means none is known."""

    valid_from: Day
    valid_to: Day | None = None

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from")
        return self


class AreaRow(NamedRow):
    """A settlement area."""

    area_code: AreaCodeCell
    province_code: AreaCodeCell


class AgencyRow(NamedRow):
    """An agency of an area."""

    area_code: AreaCodeCell
    agency_code: Code


class HospitalRow(NamedRow):
    """A designated hospital. The level may be written in any of the usual Chinese ways."""

    area_code: AreaCodeCell
    hospital_code: HospitalCode
    level: Annotated[HospitalLevel, BeforeValidator(_level)] = HospitalLevel.UNKNOWN
    ownership: Annotated[Ownership, BeforeValidator(_ownership)] = Ownership.UNKNOWN
    suspended_from: Day | None = None


class SupplierRow(NamedRow):
    """A distributor or self-delivering manufacturer."""

    uscc: Uscc
    is_sme: Truth
    suspended_from: Day | None = None
    successor_uscc: Uscc | None = None

    @model_validator(mode="after")
    def _succeeded_by_another(self) -> Self:
        if self.successor_uscc == self.uscc:
            raise ValueError("a supplier cannot succeed itself")
        return self


class SupplierAliasRow(MasterDataRow):
    """Another name or code of a supplier; without a supplier, nobody's any more."""

    alias: Annotated[str, AfterValidator(_alias)]
    uscc: Uscc | None = None


class SourceSystemRow(NamedRow):
    """A system that sends documents."""

    code: Code
    revision_profile: RevisionProfile = RevisionProfile.REFUSE


class PayeeAccountRow(PeriodRow):
    """A receiving account of a supplier; arrives unverified."""

    uscc: Uscc
    account_number: AccountNumber
    account_name: AccountName
    cnaps_code: Cnaps


class AgencyAccountRow(PeriodRow):
    """The expenditure account of an agency for one scheme."""

    area_code: AreaCodeCell
    agency_code: Code
    scheme: Scheme
    account_number: AccountNumber
    account_name: AccountName
    cnaps_code: Cnaps


class MandateRow(PeriodRow):
    """A hospital's mandate to pay its suppliers."""

    hospital_code: HospitalCode
    document_reference: Name


class CalendarRow(MasterDataRow):
    """A day that does not follow its week. One row makes its whole year known."""

    day: Day
    is_working: Truth
    name: Name
    source: Name

    @property
    def year(self) -> int:
        return self.day.year


class AreaMessage(Message):
    """A settlement area."""

    area_code: str
    name: str
    province_code: str


class HospitalMessage(Message):
    """A designated hospital."""

    id: UUID
    area_code: str
    hospital_code: str
    name: str
    level: HospitalLevel
    ownership: Ownership
    suspended_from: date | None


class SupplierMessage(Message):
    """A supplier."""

    id: UUID
    uscc: str
    name: str
    is_sme: bool
    suspended_from: date | None
    successor_id: UUID | None


class MandateMessage(Message):
    """A mandate of a hospital."""

    id: UUID
    hospital_id: UUID
    document_reference: str
    valid_from: date
    valid_to: date | None


class PayeeAccountMessage(Message):
    """A receiving account with all but the last four digits hidden."""

    id: UUID
    supplier_id: UUID
    account_masked: str
    account_name: str
    cnaps_code: str
    verification_state: VerificationState
    verified_by_first: UUID | None
    verified_by_second: UUID | None
    valid_from: date
    valid_to: date | None


class AgencyAccountMessage(Message):
    """An expenditure account with all but the last four digits hidden."""

    id: UUID
    agency_id: UUID
    scheme: Scheme
    account_masked: str
    account_name: str
    cnaps_code: str
    valid_from: date
    valid_to: date | None


class NewPayeeAccount(Message):
    """A receiving account as a supplier, or an agency on its behalf, proposes it."""

    account_number: AccountNumber
    account_name: AccountName
    cnaps_code: Cnaps
    valid_from: Day


class AccountsToVerify(Message):
    """Accounts that one person has checked against their papers."""

    account_ids: list[UUID] = Field(min_length=1, max_length=10_000)


class AccountVerification(Message):
    """What a verification did to one account."""

    account_id: UUID
    result: str
    """`first_recorded`, `verified`, or why not: `not_found`, `not_unverified`, `same_person`,
    `ended` (its last day has passed), `one_per_supplier` (another account of the same supplier
    came first in this call)."""
