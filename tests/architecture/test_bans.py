"""What must not be written: clocks in the middle, floats near money, drawers for leftovers."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.test_size import PACKAGES, sources

CLOCK_CALLS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
}
CLOCKS_ALLOWED = {Path("schemas/times.py"), Path("bank_adapters/simulator/__main__.py")}
"""The clocks at the edges: ours, and the simulated bank's when nobody brings it another time."""

FLOATS_ALLOWED = (
    Path("settlement_api/rehearsal"),
    Path("bank_adapters/simulator"),
    Path("settlement_api/observability.py"),
)
"""Draws and delays of the rehearsal and the simulated bank; seconds in metrics. No money."""

LEFTOVER_NAMES = {"utils", "util", "common", "core", "helpers", "helper", "manager", "misc"}
SQL_CLOCK = re.compile(
    r"\b(current_date|current_timestamp|localtimestamp|localtime|now\s*\(\s*\))", re.IGNORECASE
)
SQL_BANS = re.compile(
    r"\b(pg_advisory\w*|pg_try_advisory\w*|set_config\s*\(|LANGUAGE\s+plpgsql"
    r"|CREATE\s+(OR\s+REPLACE\s+)?(CONSTRAINT\s+)?TRIGGER|SKIP\s+LOCKED)",
    re.IGNORECASE,
)
SKIP_LOCKED_ALLOWED = {Path("settlement_api/audit/service.py")}
"""The sealer passes over an area that another sealer works on; no line of money is skipped."""

PINYIN_NAMES = re.compile(r"\b(yiyuan|gongying|jiesuan|yibao|hetong|fapiao)\w*", re.IGNORECASE)


def calls(path: Path) -> Iterator[tuple[int, str, str]]:
    """(line, owner, name) of every call like `owner.name(...)`, or ('', name) for plain ones."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
            yield node.lineno, name, node.func.attr
        elif isinstance(node.func, ast.Name):
            yield node.lineno, "", node.func.id


def sql_texts(path: Path) -> Iterator[tuple[int, str]]:
    """Statements of a file: the whole of an .sql file without comments, or string literals."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".sql":
        yield 1, re.sub(r"--[^\n]*", "", text)
        return
    documentation = _docstrings(text)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING and token.start[0] not in documentation:
            yield token.start[0], token.string


def _docstrings(text: str) -> set[int]:
    """Lines on which a string stands alone as a statement: prose, not SQL."""
    return {
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def statements() -> Iterator[tuple[Path, int, str]]:
    files = [*sources(*PACKAGES), *sorted(Path("settlement_api").rglob("*.sql"))]
    for path in [*files, *sorted(Path("reconciler").rglob("*.sql"))]:
        for line, text in sql_texts(path):
            yield path, line, text


def test_no_clock_but_the_one_at_the_edge() -> None:
    found = [
        f"{path}:{line} {owner}.{name}()"
        for path in sources(*PACKAGES)
        if path not in CLOCKS_ALLOWED
        for line, owner, name in calls(path)
        if (owner, name) in CLOCK_CALLS
    ]
    assert not found


def test_no_clock_in_statements() -> None:
    found = [f"{path}:{line}" for path, line, text in statements() if SQL_CLOCK.search(text)]
    assert not found


def test_no_floats_near_money() -> None:
    found = [
        f"{path}:{line}"
        for path in sources(*PACKAGES)
        if not any(path.is_relative_to(allowed) for allowed in FLOATS_ALLOWED)
        for line, owner, name in calls(path)
        if (owner, name) == ("", "float")
    ]
    assert not found


def test_no_statement_of_the_banned_kinds() -> None:
    found = [
        f"{path}:{line} {match.group()}"
        for path, line, text in statements()
        if (match := SQL_BANS.search(text))
        and not (match.group().upper().startswith("SKIP") and path in SKIP_LOCKED_ALLOWED)
    ]
    assert not found


@pytest.mark.parametrize("folder", [*PACKAGES, "tests", "deploy"])
def test_no_drawers_for_leftovers(folder: str) -> None:
    found = [
        str(path)
        for path in Path(folder).rglob("*")
        if LEFTOVER_NAMES & set(path.stem.lower().split("_"))
    ]
    assert not found


def test_no_pinyin_in_names() -> None:
    found = [
        f"{path}:{number}"
        for path in sources(*PACKAGES)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if PINYIN_NAMES.search(line)
    ]
    assert not found


def test_every_sql_file_says_what_it_answers() -> None:
    silent = [
        str(path)
        for folder in ("settlement_api", "reconciler")
        for path in sorted(Path(folder).rglob("sql/*.sql"))
        if not path.read_text(encoding="utf-8").startswith("-- ")
    ]
    assert not silent


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path)
        for path in sources(*PACKAGES)
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_the_bans_find_what_they_ban(tmp_path: Path) -> None:
    guilty = tmp_path / "guilty.py"
    guilty.write_text(
        '"""now() in prose is no statement."""\n'
        "a = datetime.now()\nb = float(1)\nc = 'SELECT now()'\nd = 'SELECT pg_advisory_lock(1)'\n"
    )
    found = list(calls(guilty))
    assert (2, "datetime", "now") in found
    assert (3, "", "float") in found
    assert [line for line, text in sql_texts(guilty) if SQL_CLOCK.search(text)] == [4]
    assert [line for line, text in sql_texts(guilty) if SQL_BANS.search(text)] == [5]
