"""Cells of imported files: one type per kind of content, each refusing what it cannot read."""

from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from schemas.codes.cnaps import is_cnaps
from schemas.codes.contracts import PRICE_DECIMALS
from schemas.codes.hospital_codes import is_hospital_code
from schemas.codes.parties import ACCOUNT_NUMBER_PATTERN, AREA_PATTERN
from schemas.codes.product_codes import is_product_code
from schemas.codes.uscc import is_uscc
from schemas.money import parse_scaled

MAX_PACK_PRICE_MICRO = 10**6 * 10**PRICE_DECIMALS
"""Largest price of one pack: 10^6 yuan (domain.md section 10 limits the unit price to that)."""
_YES = frozenset({"true", "1", "yes", "是"})
_NO = frozenset({"false", "0", "no", "否"})


class MasterDataRow(BaseModel):
    """One row of an imported file; an empty cell is the same as a missing column."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _plausible(day: date) -> date:
    if not 1990 <= day.year <= 2200:
        raise ValueError("year outside 1990 to 2200")
    return day


def _day(value: object) -> object:
    if isinstance(value, str) and not (len(value) == 10 and value[4] == value[7] == "-"):
        raise ValueError("write the day as YYYY-MM-DD")
    return value


def _truth(value: object) -> object:
    if isinstance(value, str):
        if value.lower() in _YES:
            return True
        if value.lower() in _NO:
            return False
        raise ValueError("write true or false (是, 否)")
    return value


def _coded(check: Any, name: str) -> AfterValidator:
    def validate(text: str) -> str:
        if not check(text):
            raise ValueError(f"not a {name}: form or check digit is wrong")
        return text

    return AfterValidator(validate)


def _price(value: object) -> object:
    if not isinstance(value, str):
        return value
    micro = parse_scaled(value, scale=PRICE_DECIMALS)
    if not 0 < micro <= MAX_PACK_PRICE_MICRO:
        raise ValueError("a pack price is above 0 and at most 1000000 yuan")
    return micro


def _quantity(value: object) -> object:
    return parse_scaled(value, scale=3) if isinstance(value, str) else value


def _hundredths(value: object) -> object:
    return parse_scaled(value, scale=2) if isinstance(value, str) else value


ACCOUNT_NAME_LENGTH = 60
"""Survives end to end (banks.md section 4); a longer name would be refused month after month."""


def _carried(name: str) -> str:
    """Bank systems that hold GBK only would pay to '?': such a name is written another way."""
    strange = [character for character in name if not _is_gbk(character)]
    if strange:
        raise ValueError(f"banks cannot carry the character {strange[0]!r}")
    return name


def _is_gbk(character: str) -> bool:
    try:
        character.encode("gbk")
    except UnicodeEncodeError:
        return False
    return character.isprintable()


Code = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._/+-]{0,63}$")]
"""A code somebody else gives: letters, digits and . _ / + -, at most 64."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=300)]
AccountName = Annotated[
    str, StringConstraints(min_length=1, max_length=ACCOUNT_NAME_LENGTH), AfterValidator(_carried)
]
"""The name of an account as every bank carries it: 60 characters, none that GBK lacks."""
AreaCodeCell = Annotated[str, StringConstraints(pattern=AREA_PATTERN)]
HospitalCode = Annotated[str, _coded(is_hospital_code, "hospital code")]
Uscc = Annotated[str, _coded(is_uscc, "unified social credit code")]
Cnaps = Annotated[str, _coded(is_cnaps, "CNAPS bank code")]
ProductCode = Annotated[str, _coded(is_product_code, "product code")]
AccountNumber = Annotated[str, StringConstraints(pattern=ACCOUNT_NUMBER_PATTERN)]
Day = Annotated[date, BeforeValidator(_day), AfterValidator(_plausible)]
Truth = Annotated[bool, BeforeValidator(_truth)]
PackPrice = Annotated[int, BeforeValidator(_price)]
"""Yuan with at most six decimals in the file; millionths of a yuan as read."""
Fen = Annotated[int, BeforeValidator(_hundredths), Field(gt=0, le=10**11)]
"""Yuan with at most two decimals in the file, above 0 and at most 10^9; fen as read."""
Permyriad = Annotated[int, BeforeValidator(_hundredths), Field(ge=1, le=10_000)]
"""Per cent with at most two decimals in the file, above 0 and at most 100; parts of 10 000."""
VolumeMilli = Annotated[int, BeforeValidator(_quantity), Field(ge=0, le=10**15)]
"""Smallest units with at most three decimals in the file; thousandths as read."""
Year = Annotated[int, Field(ge=1990, le=2200)]
