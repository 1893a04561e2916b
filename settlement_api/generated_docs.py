"""Pages written from the code itself, so that they cannot drift: `make docs`, checked in tests."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import settlement_api
from schemas.problems import Problem

FOLDER = Path("docs/generated")


def write_pages(*, check: bool = False) -> list[str]:
    """Writes every generated page, or with `check` only names those that differ."""
    stale = []
    for name, render in PAGES.items():
        path, text = FOLDER / name, render()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(str(path))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return stale if check else []


def modules_named(name: str) -> Iterator[tuple[str, ModuleType]]:
    """(feature, module) for every feature folder that has a module of this name."""
    for package in sorted(iter_modules(settlement_api.__path__), key=lambda module: module.name):
        if not package.ispkg:
            continue
        folder = import_module(f"settlement_api.{package.name}")
        if any(module.name == name for module in iter_modules(folder.__path__)):
            yield package.name, import_module(f"settlement_api.{package.name}.{name}")


def _problems_page() -> str:
    lines = [
        "# Problem codes",
        "",
        "Every refusal is a problem document (RFC 9457) with one of these codes. Codes are stable.",
        "",
        "| Code | Status | Title | When |",
        "|---|---|---|---|",
    ]
    for problem in sorted(problem_classes(), key=lambda problem: problem.code):
        reason = " ".join((problem.__doc__ or "").split())
        lines.append(f"| `{problem.code}` | {problem.status} | {problem.title} | {reason} |")
    return "\n".join(lines) + "\n"


def problem_classes() -> set[type[Problem]]:
    """Every refusal there is."""
    for _ in modules_named("errors"):
        pass
    import_module("settlement_api.app")
    found, waiting = set(), [Problem]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.code not in (
            parent.code for parent in kind.__mro__[1:] if issubclass(parent, Problem)
        ):
            found.add(kind)
    return found


def _states_page() -> str:
    lines = [
        "# State machines",
        "",
        "What *we* decide moves along these arrows, each one guarded statement. What a bank tells",
        "is never moved, only folded again from evidence.",
    ]
    for feature, module in modules_named("states"):
        for name, moves in sorted(vars(module).items()):
            if name.isupper() and isinstance(moves, Mapping) and _is_machine(moves):
                lines += ["", f"## {feature}: {name.lower().replace('_', ' ')}", "", "```mermaid"]
                lines += ["stateDiagram-v2", *_arrows(moves), "```"]
    return "\n".join(lines) + "\n"


def _is_machine(moves: Mapping[object, object]) -> bool:
    return bool(moves) and all(isinstance(key, tuple) and len(key) == 2 for key in moves)


def _arrows(moves: Mapping[object, object]) -> Iterator[str]:
    for key, event in moves.items():
        assert isinstance(key, tuple)
        before, after = key
        yield f"    {before or '[*]'} --> {after}: {event}"


PAGES: Mapping[str, Callable[[], str]] = {
    "problems.md": _problems_page,
    "states.md": _states_page,
}
