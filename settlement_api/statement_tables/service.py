"""Declared profiles from their directory, and the one that reads a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from schemas.bank import BankStatement
from schemas.codes.bank_statements import FileFormat
from schemas.messages.statement_profiles import StatementProfile
from settlement_api.spreadsheets import FileRefused, read_cells
from settlement_api.statement_tables.errors import ProfilesBroken, TableUnreadable
from settlement_api.statement_tables.policy import Rows, header_line, statement_of

OWN: Final = Path(__file__).parent
"""Where the profiles of this distribution lie, beside this module."""
ENCODINGS: Final = {"utf-8": "utf-8-sig", "gbk": "gb18030"}


@dataclass(frozen=True)
class Declared:
    """A profile and the digest of the bytes that declare it."""

    profile: StatementProfile
    sha256: bytes


def load_profiles(directory: Path | None) -> list[Declared]:
    """Ours and those of a directory, the latest version of each code, by code.

    Raises ProfilesBroken naming the file; a version that is declared twice is one of them.
    """
    found: dict[tuple[str, int], Declared] = {}
    for place in (OWN, *([directory] if directory else [])):
        for path in sorted(place.glob("*.json")):
            declared = _declared(path)
            key = (declared.profile.code, declared.profile.version)
            if found.setdefault(key, declared).sha256 != declared.sha256:
                raise ProfilesBroken(f"{path.name}: {declared.profile.name} is declared before")
    latest = {code: found[code, version] for code, version in sorted(found)}
    return list(latest.values())


def _declared(path: Path) -> Declared:
    try:
        body = path.read_bytes()
        return Declared(StatementProfile.model_validate_json(body), sha256(body).digest())
    except OSError as error:
        raise ProfilesBroken(f"{path.name}: {error.strerror}") from error
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise ProfilesBroken(f"{path.name}: {place}: {fault['msg']}") from error


def read_table(
    body: bytes, file_format: FileFormat, profiles: Sequence[Declared]
) -> tuple[Declared, BankStatement]:
    """The statement of a table, and the profile whose columns its header has.

    Raises TableUnreadable: no profile reads it, more than one does, or it is not what its
    profile says.
    """
    read: list[tuple[Declared, Rows]] = []
    refused: list[str] = []
    for declared in profiles:
        profile = declared.profile
        try:
            rows = _rows(body, file_format, profile)
        except FileRefused as fault:
            refused.append(f"{profile.name}: {_said(fault)}")
            continue
        if header_line(rows, profile) is None:
            refused.append(f"{profile.name}: the header lacks its columns")
        else:
            read.append((declared, rows))
    if not read:
        raise TableUnreadable("no profile reads this table; " + "; ".join(refused))
    if len(read) > 1:
        names = ", ".join(declared.profile.name for declared, _ in read)
        raise TableUnreadable(f"more than one profile reads this table: {names}")
    (declared, rows) = read[0]
    return declared, statement_of(rows, declared.profile)


def _rows(body: bytes, file_format: FileFormat, profile: StatementProfile) -> Rows:
    if file_format is FileFormat.XLSX:
        return list(read_cells(body))
    encoding = ENCODINGS[profile.encoding]
    return list(read_cells(body, encoding=encoding, delimiter=profile.delimiter))


def _said(fault: FileRefused) -> str:
    return "; ".join(f"{one.place}: {one.message}" for one in fault.faults)
