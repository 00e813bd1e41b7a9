"""The operators: what is changed in a function, node by node of its syntax tree, in the order of the source.

Annotations, docstrings and the texts of messages are left alone: what they say is no behaviour that anything is
claimed of. Statements, conditions, values, arguments and handlers are changed in `statements`; here, expressions.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from itertools import pairwise

from tmem_proofs.mutants.mutant import Edit, Text, has_docstring

Operator = Callable[[Text, ast.AST, ast.AST], Iterator[Edit]]

_COMPARED: dict[type[ast.cmpop], tuple[str, tuple[str, ...]]] = {
    ast.Lt: ("<", ("<=", ">=")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<=")),
    ast.GtE: (">=", (">", "<")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: ("is not", ("is",)),
    ast.In: ("in", ("not in",)),
    ast.NotIn: ("not in", ("in",)),
}

_COMPUTED: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "//"),
    ast.FloorDiv: ("//", "*"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "&"),
}


def edits_of(text: Text, function: ast.FunctionDef, operators: tuple[Operator, ...]) -> list[Edit]:
    """Every edit of a function that the operators make, in the order of the source."""
    found: list[Edit] = []
    for node, parent in _nodes(function):
        for operator in operators:
            found += operator(text, node, parent)
    return sorted(found, key=lambda edit: (edit.start, edit.end, edit.text))


def _nodes(function: ast.FunctionDef) -> Iterator[tuple[ast.AST, ast.AST]]:
    """The nodes of a function's body, each with the one above it; nothing of annotations, docstrings and messages."""
    ahead: list[tuple[ast.AST, ast.AST]] = [(one, function) for one in function.body[has_docstring(function) :]]
    while ahead:
        node, parent = ahead.pop()
        if isinstance(node, ast.JoinedStr):
            continue
        yield node, parent
        left = node.annotation if isinstance(node, ast.AnnAssign) else None
        ahead += [(child, node) for child in ast.iter_child_nodes(node) if child is not left]


def comparisons(text: Text, node: ast.AST, _: ast.AST) -> Iterator[Edit]:
    """A comparison takes in its boundary, or leaves it out, or is turned round; identity becomes equality."""
    if not isinstance(node, ast.Compare):
        return
    for (left, right), sign in zip(pairwise([node.left, *node.comparators]), node.ops, strict=True):
        old, others = _COMPARED[type(sign)]
        if old in {"is", "is not"} and not _is_none(right):
            others = (*others, "==" if old == "is" else "!=")
        for other in others:
            yield _between(text, node, left, right, old, other)


def arithmetic(text: Text, node: ast.AST, _: ast.AST) -> Iterator[Edit]:
    """An operator of arithmetic, or on bits, becomes another; also one that assigns."""
    if isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
        yield _between(text, node, node.left, node.right, *_COMPUTED[type(node.op)])
    if isinstance(node, ast.AugAssign) and type(node.op) in _COMPUTED:
        old, new = _COMPUTED[type(node.op)]
        yield _between(text, node, node.target, node.value, f"{old}=", f"{new}=")


def constants(text: Text, node: ast.AST, parent: ast.AST) -> Iterator[Edit]:
    """An integer is one more, or one less; a truth value is the other one."""
    if not isinstance(node, ast.Constant):
        return
    around = parent if isinstance(parent, ast.expr | ast.stmt) and not isinstance(parent, ast.If) else node
    if isinstance(node.value, bool):
        yield _within(text, around, node, str(not node.value))
    elif isinstance(node.value, int):
        for number in (node.value + 1, node.value - 1):
            yield _within(text, around, node, str(number) if number >= 0 else f"({number})")


def truth(text: Text, node: ast.AST, _: ast.AST) -> Iterator[Edit]:
    """`not` is dropped; `and` becomes `or`, and the other way round; one side of either is dropped."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield _instead(text, node, f"({text.of(node.operand)})")
    if isinstance(node, ast.BoolOp):
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in pairwise(node.values):
            yield _between(text, node, left, right, old, new)
        for dropped in node.values:
            kept = f" {old} ".join(text.of(one) for one in node.values if one is not dropped)
            yield _instead(text, node, f"({kept})")


def arguments(text: Text, node: ast.AST, _: ast.AST) -> Iterator[Edit]:
    """Two neighbouring arguments of a call are swapped; a list of things is empty."""
    if isinstance(node, ast.Call):
        for left, right in pairwise(node.args):
            first, second = text.of(left), text.of(right)
            gap = text.source[text.end(left) : text.start(right)]
            yield _stretch(text, node, text.start(left), text.end(right), f"{second}{gap}{first}")
    if isinstance(node, ast.List) and node.elts:
        yield _instead(text, node, "[]")


def conditions(text: Text, node: ast.AST, _: ast.AST) -> Iterator[Edit]:
    """A condition always holds, or never."""
    tests: list[ast.expr] = []
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        tests = [node.test]
    elif isinstance(node, ast.comprehension):
        tests = node.ifs
    for test in tests:
        for forced in ("True", "False"):
            yield Edit(text.start(test), text.end(test), forced, f"if {text.of(test)}", f"if {forced}")


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _between(text: Text, node: ast.AST, left: ast.expr, right: ast.expr, old: str, new: str) -> Edit:
    """An edit of the sign between two expressions."""
    start, end = text.end(left), text.start(right)
    at = start + text.source[start:end].index(old)
    return _stretch(text, node, at, at + len(old), new)


def _within(text: Text, around: ast.AST, node: ast.expr, new: str) -> Edit:
    """An edit of an expression, told by what is around it."""
    return _stretch(text, around, text.start(node), text.end(node), new)


def _instead(text: Text, node: ast.expr, new: str) -> Edit:
    return Edit(text.start(node), text.end(node), new, text.of(node), new)


def _stretch(text: Text, around: ast.AST, start: int, end: int, new: str) -> Edit:
    assert isinstance(around, ast.expr | ast.stmt)  # noqa: S101 - for the type checker
    first, last = text.start(around), text.end(around)
    becomes = text.source[first:start] + new + text.source[end:last]
    return Edit(start, end, new, text.of(around), becomes)


EXPRESSIONS: tuple[Operator, ...] = (comparisons, arithmetic, constants, truth, arguments, conditions)
