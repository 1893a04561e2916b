"""Small faults put into a module's functions one at a time, from its syntax tree.

A mutant keeps the functions where they are and changes their code only, so that whoever imported
them runs the fault too: no module is loaded twice.
"""

import ast
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import getsource, unwrap
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

SWAPPED: Final[dict[type[ast.AST], type[ast.AST]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
NAMES: Final = {"minimum": "maximum", "maximum": "minimum", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One fault: where it is, what the line reads then, and the function it is in."""

    module: str
    function: str
    line: int
    place: int
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.function}: `{self.before}` → `{self.after}`"


def mutants_of(name: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its text."""
    module = import_module(name)
    tree = _tree(module)
    found = []
    for function, body in _functions(tree):
        for place, (node, other) in enumerate(_faults(body)):
            texts = [" ".join(ast.unparse(one).split()) for one in (node, other)]
            found.append(Mutant(name, function, int(node.lineno), place, *texts))
    return found


def put(mutant: Mutant) -> None:
    """Gives the function the mutant's code, for the rest of this process."""
    module = import_module(mutant.module)
    tree = deepcopy(_tree(module))
    body = dict(_functions(tree))[mutant.function]
    node, other = list(_faults(body))[mutant.place]
    _Put(node, other).visit(tree)
    code = compile(ast.fix_missing_locations(tree), str(module.__file__), "exec")
    function_of(module, mutant.function).__code__ = _found(code, mutant.function)


def function_of(module: ModuleType, name: str) -> FunctionType:
    """A function or method by its qualified name."""
    owner: Any = module
    for part in name.split("."):
        owner = vars(owner)[part]
    owner = owner.fget if isinstance(owner, property) else owner
    owner = owner.__func__ if isinstance(owner, staticmethod) else owner
    function: FunctionType = unwrap(owner)
    return function


@cache
def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(getsource(module))


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{node.name}.{inner.name}", inner


def _found(code: CodeType, name: str) -> CodeType:
    for const in code.co_consts:
        if isinstance(const, CodeType):
            if const.co_qualname == name:
                return const
            if name.startswith(f"{const.co_qualname}."):
                return _found(const, name)
    raise LookupError(name)


def _faults(function: ast.FunctionDef) -> Iterator[tuple[Any, ast.AST]]:
    """(node, what stands in its place), depth first; not in annotations or words."""
    for statement in function.body:
        yield from _inside(statement)


def _inside(node: ast.AST) -> Iterator[tuple[Any, ast.AST]]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    yield from ((node, other) for other in _others(node))
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _inside(child)


def _others(node: ast.AST) -> Iterator[ast.AST]:
    yield from _other_signs(node)
    match node:
        case ast.Call(func=ast.Attribute(attr="where") as func, args=[test, one, two]):
            yield _with(node, func=func, args=[test, two, one])
        case ast.Attribute(attr=attr) if attr in NAMES:
            yield _with(node, attr=NAMES[attr])
        case ast.Subscript(value=value, slice=ast.Slice(step=ast.UnaryOp())):
            yield value
        case ast.IfExp(test=test) | ast.If(test=test):
            yield _with(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.AugAssign() | ast.Assign(targets=[ast.Subscript()]):
            yield ast.copy_location(ast.Pass(), node)


def _other_signs(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in SWAPPED:
            yield _with(node, ops=[SWAPPED[type(op)]()])
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in SWAPPED:
            yield _with(node, op=SWAPPED[type(op)]())
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.Constant(value=bool() as value):
            yield _with(node, value=not value)
        case ast.Constant(value=int() as value):
            yield _with(node, value=value + 1)


def _with(node: ast.AST, **changes: Any) -> ast.AST:
    other = type(node)(**{**dict(ast.iter_fields(node)), **changes})
    return ast.copy_location(other, node)


class _Put(ast.NodeTransformer):
    def __init__(self, node: ast.AST, other: ast.AST) -> None:
        self._node, self._other = node, other

    def visit(self, node: ast.AST) -> Any:
        return self._other if node is self._node else self.generic_visit(node)
